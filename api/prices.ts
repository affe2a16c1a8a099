import { z } from 'zod';
import type { PriceKey, PriceList } from '../actors/price-list.js';
import { amount } from '../actors/rules/money.js';
import type { Fault } from '../actors/rules/refusal.js';
import { currencies } from '../actors/iso-codes.js';
import { amountText, foreignId, text } from './schemas/text.js';

/** Finds the prices of a CreateOrder body that are not those of the list. */
export type PriceCheck = (input: unknown) => Promise<readonly Fault[]>;

const body = z.object({ currency: z.string().default('USD'), items: z.array(z.unknown()).max(500) });
const line = z.object({ product_id: foreignId, product_sku: text(255), unit_price: amountText });

/**
 * Every line at its list price; an unlisted product is a fault too (`ORDER_VERIFY_PRICES`). Looks at what can be read of a
 * body that has other faults, so that all are found at once.
 */
export const createPriceCheck =
  (prices: PriceList): PriceCheck =>
  async (input) => {
    const read = body.safeParse(input);
    if (!read.success || !currencies.has(read.data.currency)) return [];
    const { currency, items } = read.data;
    const lines = items.flatMap((item, index) => {
      const { success, data } = line.safeParse(item);
      return success ? [{ ...data, path: `items[${index}].unit_price` }] : [];
    });
    if (lines.length === 0) return [];
    const keys = lines.map(({ product_id, product_sku }): PriceKey => ({ product_id, product_sku, currency }));
    const listed = await prices.get(keys);
    return lines.flatMap(({ path, unit_price }, index): readonly Fault[] => {
      const price = listed[index];
      if (price === undefined) return [{ path, message: 'is of a product that is not in the price list' }];
      return amount(price).eq(unit_price)
        ? []
        : [{ path, message: `must be the list price, ${amount(price).toFixed()}` }];
    });
  };
