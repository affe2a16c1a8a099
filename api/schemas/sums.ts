import { type Amount, amount, sum } from '../../actors/rules/money.js';
import type { Fault } from '../../actors/rules/refusal.js';
import { currencies } from '../../actors/iso-codes.js';
import { isAmountText } from './text.js';

/** The switches that a new order must obey (docs/configuration.md). */
export interface CreateRules {
  readonly guestCheckout: boolean;
  readonly multipleWarehouses: boolean;
  readonly promotions: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** The amount, where the field holds one; an absent optional one is nothing. A faulty one is the schema's affair. */
const amountIn = (fields: Fields, name: string, absent?: '0'): Amount | undefined => {
  const value = fields[name] ?? absent;
  return isAmountText(value) ? amount(value) : undefined;
};

const present = <T>(values: readonly (T | undefined)[]): readonly T[] | undefined => {
  const found = values.filter((value) => value !== undefined);
  return found.length === values.length ? found : undefined;
};

const orderAmounts = ['subtotal', 'tax_amount', 'shipping_amount', 'discount_amount', 'total_amount'] as const;
const itemAmounts = ['unit_price', 'total_price', 'discount_amount', 'tax_amount'] as const;

const decimalFaults = (order: Fields, items: readonly Fields[]): readonly Fault[] => {
  const { currency = 'USD' } = order;
  if (typeof currency !== 'string') return [];
  const decimals = currencies.get(currency);
  if (decimals === undefined) return [];
  const tooFine = (value: unknown): boolean => isAmountText(value) && (value.split('.')[1] ?? '').length > decimals;
  const message = `${currency} has ${decimals} decimals`;
  return [
    ...orderAmounts.filter((name) => tooFine(order[name])).map((path) => ({ path, message })),
    ...items.flatMap((line, index) =>
      itemAmounts.filter((name) => tooFine(line[name])).map((name) => ({ path: `items[${index}].${name}`, message })),
    ),
  ];
};

const lineFaults = (line: Fields, path: string): readonly Fault[] => {
  const [price, total, discount] = [
    amountIn(line, 'unit_price'),
    amountIn(line, 'total_price'),
    amountIn(line, 'discount_amount', '0'),
  ];
  const { quantity } = line;
  const faults: Fault[] = [];
  if (price !== undefined && total !== undefined && typeof quantity === 'number' && Number.isSafeInteger(quantity)) {
    const expected = price.times(quantity);
    if (!total.eq(expected))
      faults.push({ path: `${path}.total_price`, message: `must be unit_price × quantity, ${expected.toFixed()}` });
  }
  if (total !== undefined && discount?.gt(total) === true)
    faults.push({ path: `${path}.discount_amount`, message: 'must not exceed total_price' });
  return faults;
};

const lineSum = (items: readonly Fields[], name: string, absent?: '0'): Amount | undefined => {
  const values = present(items.map((line) => amountIn(line, name, absent)));
  return values === undefined ? undefined : sum(values.map((value) => value.toFixed()));
};

const orderFaults = (order: Fields, items: readonly Fields[]): readonly Fault[] => {
  const faults: Fault[] = [];
  const amounts = orderAmounts.map((name) => amountIn(order, name));
  const [subtotal, tax, , discount] = amounts;
  const lines = lineSum(items, 'total_price');
  if (subtotal !== undefined && lines !== undefined && items.length > 0 && !subtotal.eq(lines))
    faults.push({ path: 'subtotal', message: `must be the sum of the items' total_price, ${lines.toFixed()}` });
  const [shipping, total] = [amounts[2], amounts[4]];
  if (subtotal && tax && shipping && discount && total) {
    const expected = subtotal.minus(discount).plus(tax).plus(shipping);
    if (expected.isNegative())
      faults.push({ path: 'discount_amount', message: 'must not exceed what there is to pay' });
    else if (!total.eq(expected))
      faults.push({
        path: 'total_amount',
        message: `must be subtotal − discount_amount + tax_amount + shipping_amount, ${expected.toFixed()}`,
      });
  }
  if (discount !== undefined && lineSum(items, 'discount_amount', '0')?.gt(discount) === true)
    faults.push({ path: 'discount_amount', message: "must not be less than the items' discounts" });
  if (tax !== undefined && lineSum(items, 'tax_amount', '0')?.gt(tax) === true)
    faults.push({ path: 'tax_amount', message: "must not be less than the items' taxes" });
  return faults;
};

const switchFaults = (order: Fields, items: readonly Fields[], rules: CreateRules): readonly Fault[] => {
  const faults: Fault[] = [];
  if (order['customer_id'] === undefined && order['guest_email'] === undefined)
    faults.push({ path: 'customer_id', message: 'customer_id or guest_email is needed' });
  if (order['customer_id'] === undefined && order['guest_email'] !== undefined && !rules.guestCheckout)
    faults.push({ path: 'customer_id', message: 'is needed: guest checkout is switched off' });
  const warehouses = new Set(items.map((line) => line['warehouse_id']).filter((id) => typeof id === 'string'));
  if (warehouses.size > 1 && !rules.multipleWarehouses)
    faults.push({ path: 'items', message: 'must come from one warehouse' });
  if (!rules.promotions) {
    if (amountIn(order, 'discount_amount')?.gt(0) === true)
      faults.push({ path: 'discount_amount', message: 'must be 0: promotions are switched off' });
    items.forEach((line, index) => {
      if (amountIn(line, 'discount_amount')?.gt(0) === true)
        faults.push({ path: `items[${index}].discount_amount`, message: 'must be 0: promotions are switched off' });
    });
  }
  return faults;
};

/**
 * All that does not add up in a CreateOrder body, or that a switch forbids. Looks
 * only at what can be read, so that it finds its faults beside the schema's.
 */
export const sumFaults = (input: unknown, rules: CreateRules): readonly Fault[] => {
  const order = fieldsOf(input);
  const list: unknown = order['items'];
  // Too many lines are the schema's affair; looking at each of them would be the client's way to keep us busy.
  const items = Array.isArray(list) && list.length <= 500 ? list.map(fieldsOf) : [];
  return [
    ...decimalFaults(order, items),
    ...items.flatMap((line, index) => lineFaults(line, `items[${index}]`)),
    ...orderFaults(order, items),
    ...switchFaults(order, items, rules),
  ];
};
