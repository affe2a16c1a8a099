import type { PriceList } from '../actors/price-list.js';
import type { NewOrder } from '../actors/rules/commands.js';
import { amount } from '../actors/rules/money.js';
import type { Fault } from '../actors/rules/refusal.js';
import { ok, type Result } from './errors.js';
import { invalid } from './schemas/faults.js';

/** Every line at its list price; an unlisted product is refused too (`ORDER_VERIFY_PRICES`). */
export const createPriceCheck =
  (prices: PriceList) =>
  async ({ items, currency }: NewOrder): Promise<Result<undefined>> => {
    const keys = items.map(({ product_id, product_sku }) => ({ product_id, product_sku, currency }));
    const listed = await prices.get(keys);
    const faults: readonly Fault[] = items.flatMap(({ unit_price }, index) => {
      const path = `items[${index}].unit_price`;
      const price = listed[index];
      if (price === undefined) return [{ path, message: 'is of a product that is not in the price list' }];
      return amount(price).eq(unit_price)
        ? []
        : [{ path, message: `must be the list price, ${amount(price).toFixed()}` }];
    });
    return faults.length === 0 ? ok(undefined) : invalid(faults);
  };
