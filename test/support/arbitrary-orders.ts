import fc from 'fast-check';
import type { NewOrder } from '../../actors/rules/commands.js';
import type { Item, Order } from '../../actors/rules/order.js';
import { minor } from './given.js';
import { line, newOrder } from './sample-orders.js';

/** An amount in the smallest unit, written as the currency writes it. */
export const written = (value: bigint, decimals: number): string => {
  const digits = String(value).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

const currencies = [
  { currency: 'JPY', decimals: 0 },
  { currency: 'USD', decimals: 2 },
  { currency: 'KWD', decimals: 3 },
] as const;

const small = (max: number): fc.Arbitrary<bigint> => fc.oneof(fc.bigInt(0n, 20n), fc.bigInt(0n, BigInt(max)));

const share = (whole: bigint, percent: bigint): bigint => (whole * percent) / 100n;

const percentage = fc.oneof(fc.constant(0n), fc.bigInt(0n, 100n));

const drawnLine = fc.record({
  quantity: fc.integer({ min: 1, max: 7 }),
  price: small(5000),
  off: percentage,
  tax: small(300),
});

/** Where a run fails, an order is shown by its money alone. */
const brief = (order: NewOrder): NewOrder => {
  const { currency, payment_status, discount_amount, tax_amount, shipping_amount, total_amount, items } = order;
  const lines = items.map(
    (item) => `${item.quantity} × ${item.unit_price} - ${item.discount_amount} + ${item.tax_amount}`,
  );
  const sums = `discount ${discount_amount}, tax ${tax_amount}, shipping ${shipping_amount}, total ${total_amount}`;
  const text = `${currency} ${payment_status}: [${lines.join('; ')}], ${sums}`;
  return Object.defineProperty({ ...order }, fc.toStringMethod, { value: () => text });
};

/** An order whose sums add up as creation demands, in a currency of 0, 2 or 3 decimals. */
export const arbitraryOrder = (payment: Partial<NewOrder> = {}): fc.Arbitrary<NewOrder> =>
  fc
    .record({
      money: fc.constantFrom(...currencies),
      lines: fc.array(drawnLine, { minLength: 1, maxLength: 4 }),
      shipping: small(900),
      tax: small(900),
      off: percentage,
    })
    .map(({ money, lines, shipping, tax, off }) => {
      const text = (value: bigint): string => written(value, money.decimals);
      const sums = lines.map((one) => {
        const total = BigInt(one.quantity) * one.price;
        return { ...one, total, discount: share(total, one.off) };
      });
      const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
      const subtotal = sum(sums.map(({ total }) => total));
      const lineTax = sum(sums.map((one) => one.tax));
      const lineDiscount = sum(sums.map(({ discount }) => discount));
      // Beyond the lines' own: at most all that is left to pay.
      const beyond = share(subtotal - lineDiscount + lineTax + tax + shipping, off);
      return brief({
        ...newOrder,
        ...money,
        ...payment,
        subtotal: text(subtotal),
        tax_amount: text(lineTax + tax),
        shipping_amount: text(shipping),
        discount_amount: text(lineDiscount + beyond),
        total_amount: text(subtotal - lineDiscount - beyond + lineTax + tax + shipping),
        items: sums.map(({ quantity, price, discount, tax: own }, i) =>
          line(String(i + 1), quantity, text(price), {
            total_price: text(BigInt(quantity) * price),
            discount_amount: text(discount),
            tax_amount: text(own),
          }),
        ),
      });
    });

const rounded = (numerator: bigint, denominator: bigint): bigint => {
  const sign = numerator < 0n ? -1n : 1n;
  return (sign * (2n * sign * numerator + denominator)) / (2n * denominator);
};

const keptOf = (item: Item): bigint => BigInt(item.quantity - item.cancelled_quantity);

/** Value of what remains, in the smallest unit: the refund rule once more, in whole numbers. */
export const valueLeft = (order: Order, decimals: number): bigint => {
  if (order.items.every((item) => keptOf(item) === 0n)) return 0n;
  const read = (value: string): bigint => minor(value, decimals);
  const sum = (of: (item: Item) => bigint): bigint => order.items.reduce((total, item) => total + of(item), 0n);
  const lines = sum((item) => {
    const quantity = BigInt(item.quantity);
    const each = read(item.unit_price) * quantity - read(item.discount_amount) + read(item.tax_amount);
    return rounded(keptOf(item) * each, quantity);
  });
  const beyond =
    read(order.tax_amount) -
    sum((item) => read(item.tax_amount)) -
    (read(order.discount_amount) - sum((item) => read(item.discount_amount)));
  const whole = read(order.subtotal);
  const remaining = sum((item) => read(item.unit_price) * keptOf(item));
  const value = lines + read(order.shipping_amount) + (whole === 0n ? beyond : rounded(beyond * remaining, whole));
  return value < 0n ? 0n : value;
};
