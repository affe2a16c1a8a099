import fc from 'fast-check';
import { minor } from '../support/given.js';

const currencies = [
  ['USD', 2],
  ['JPY', 0],
  ['KWD', 3],
  ['CLF', 4],
] as const;

type Fields = Readonly<Record<string, unknown>>;

const text = (units: bigint, decimals: number): string => {
  const digits = units.toString().padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

const price = fc.bigInt({ min: 0n, max: 10n ** 9n });
const quantity = fc.integer({ min: 1, max: 1_000 });

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

/** What the schema cannot say made true: sums, currency, countries, somebody to send it to. */
export const addingUp = (bodies: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => {
  const money = fc.record({
    currency: fc.constantFrom(...currencies),
    prices: fc.array(price, { minLength: 8, maxLength: 8 }),
    quantities: fc.array(quantity, { minLength: 8, maxLength: 8 }),
    shipping: price,
    customer: fc.option(fc.constantFrom('fuzz-customer-1', 'fuzz-customer-2'), { nil: undefined }),
  });
  return fc.tuple(bodies, money).map(
    ([
      body,
      {
        currency: [code, decimals],
        prices,
        quantities,
        shipping,
        customer,
      },
    ]) => {
      const order = body as Fields;
      const address = (value: unknown): object => ({ ...(value as object), country: 'DE', email: undefined });
      const lines = (order['items'] as readonly Fields[]).map((line, index) => {
        const unit = prices[index % prices.length] ?? 0n;
        const units = quantities[index % quantities.length] ?? 1;
        const total = unit * BigInt(units);
        return { ...line, quantity: units, unit_price: text(unit, decimals), total_price: text(total, decimals) };
      });
      const none = text(0n, decimals);
      const subtotal = sum(lines.map((line) => minor(line.total_price, decimals)));
      return {
        ...order,
        guest_email: customer === undefined ? 'guest@example.com' : undefined,
        customer_id: customer,
        currency: code,
        items: lines.map((line) => ({ ...line, discount_amount: none, tax_amount: none })),
        subtotal: text(subtotal, decimals),
        discount_amount: none,
        tax_amount: none,
        shipping_amount: text(shipping, decimals),
        total_amount: text(subtotal + shipping, decimals),
        shipping_address: address(order['shipping_address']),
        ...(order['billing_address'] === undefined ? {} : { billing_address: address(order['billing_address']) }),
      };
    },
  );
};
