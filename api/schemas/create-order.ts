import { z } from 'zod';
import type { NewOrder } from '../../actors/rules/commands.js';
import { amount, format } from '../../actors/rules/money.js';
import type { Result } from '../errors.js';
import { read, withFieldChecks } from './faults.js';
import { currencies } from '../../actors/iso-codes.js';
import { amountText, country, email, foreignId, metadata, note, optionalText, text, whole } from './text.js';
import { paymentFaults } from './payments.js';
import { type CreateRules, sumFaults } from './sums.js';

const countryWords = 'ISO 3166-1 alpha-2 or `XK`; by default the shop’s own, in an update the present one.';

const addressFields = {
  recipient: text(255).describe('Name on the parcel.'),
  line1: text(255).describe('Street and number.'),
  line2: optionalText(255).optional().describe('Floor, building, care of.'),
  city: text(255).describe('City.'),
  region: optionalText(255).optional().describe('State or province.'),
  postal_code: optionalText(32).optional().describe('Postal code.'),
  country: country.optional().describe(countryWords),
  phone: optionalText(64).optional().describe('Phone number, as given.'),
  email: email.optional().describe('Email address.'),
};

/** A postal address; without a country it is in the shop's own. */
export const address = (defaultCountry: string) =>
  z.strictObject({
    ...addressFields,
    country: country.default(defaultCountry).describe(countryWords),
  });

/** A postal address that takes the place of another; without a country it stays in that one's. */
export const editedAddress = z.strictObject(addressFields);

const item = z.strictObject({
  product_id: foreignId.describe('Id of the product in the catalog.'),
  product_sku: text(255).describe('Stock keeping unit.'),
  product_name: text(500).describe('Name at the time of the order.'),
  quantity: whole.min(1, 'must be at least 1').max(1_000_000_000, 'is too large').describe('Units.'),
  unit_price: amountText.describe('Price of one unit. Decimal string.'),
  total_price: amountText.describe('`unit_price` × `quantity`. Decimal string.'),
  discount_amount: amountText
    .default('0')
    .describe('Discount on this line, at most its `total_price`. Decimal string.'),
  tax_amount: amountText.default('0').describe('Tax of this line. Decimal string.'),
  warehouse_id: foreignId.describe('Warehouse that holds the stock.'),
  reservation_id: foreignId.optional().describe('Stock reservation, released when units are cancelled.'),
  metadata: metadata.optional().describe('Any JSON object, at most 32 levels deep; kept as it is.'),
});

/** One of several payments. */
const payment = z.strictObject({
  payment_id: foreignId.describe('Id of the payment in the payment service.'),
  method: text(50).optional().describe('As checkout names it.'),
  status: z.enum(['completed', 'pending', 'authorized']).describe('How this payment stands.'),
  amount: amountText.describe('Decimal string.'),
});

/** The address of the examples. */
export const exampleAddress = {
  recipient: 'Ada Lovelace',
  line1: '12 St James Square',
  city: 'London',
  postal_code: 'SW1Y 4JH',
  country: 'GB',
};

const example = {
  customer_id: 'customer-42',
  currency: 'USD',
  subtotal: '59.97',
  tax_amount: '5.00',
  shipping_amount: '4.99',
  discount_amount: '10.00',
  total_amount: '59.96',
  payment_id: 'payment-7',
  payment_method: 'card',
  shipping_address: exampleAddress,
  items: [
    {
      product_id: 'product-1',
      product_sku: 'TEA-EARL-GREY-250',
      product_name: 'Earl Grey, 250 g',
      quantity: 3,
      unit_price: '19.99',
      total_price: '59.97',
      discount_amount: '10.00',
      tax_amount: '5.00',
      warehouse_id: 'warehouse-1',
    },
  ],
};

/** The body of CreateOrder, each field by itself; `createOrderReader` adds the sums. */
export const createOrderBody = (defaultCountry: string) => {
  const postal = address(defaultCountry);
  return z
    .strictObject({
      customer_id: foreignId.optional().describe('Id of the customer; absent for a guest.'),
      guest_email: email.optional().describe('Email of a guest who ordered without an account.'),
      currency: z
        .string()
        .refine((code) => currencies.has(code), 'must be a currency in force under ISO 4217')
        .default('USD')
        .meta({ pattern: '^[A-Z]{3}$', description: 'ISO 4217; decides how many decimals amounts have.' }),
      subtotal: amountText.describe('Sum of the lines’ `total_price`. Decimal string.'),
      tax_amount: amountText.describe('Tax of the whole order. Decimal string, never a float.'),
      shipping_amount: amountText.describe('Shipping. Decimal string.'),
      discount_amount: amountText.describe('Discount on the whole order. Decimal string.'),
      total_amount: amountText.describe('What there is to pay. Decimal string.'),
      payment_id: foreignId.optional().describe('Id of the payment in the payment service.'),
      payment_method: text(50)
        .optional()
        .describe('As checkout names it; `cod` (cash on delivery) is never cancelled for want of payment.'),
      payment_status: z
        .enum(['completed', 'pending', 'authorized', 'partially_paid'])
        .optional()
        .describe('`completed`: the total is already captured. `pending` orders are cancelled when unpaid too long.'),
      payments: z
        .array(payment)
        .min(1, 'must have at least 1')
        .max(50, 'must have at most 50')
        .optional()
        .describe(
          'For a purchase paid in parts, instead of `payment_id` and `payment_method`. Completed and authorized ones ' +
            'sum to at most `total_amount`.',
        ),
      shipping_address: postal.describe('Where the goods go.'),
      billing_address: postal.optional().describe('Where the invoice goes, if elsewhere.'),
      notes: note(10_000).optional().describe('Free text.'),
      metadata: metadata.optional().describe('Any JSON object, at most 32 levels deep; kept as it is.'),
      created_by_service: text(255).optional().describe('Who hands the order over; by default the caller.'),
      items: z
        .array(item)
        .min(1, 'must have at least 1')
        .max(500, 'must have at most 500')
        .describe('The lines, 1 to 500.'),
    })
    .meta({
      description:
        'Every sum is checked: `total_price` = `unit_price` × `quantity` for each line, `subtotal` = Σ `total_price`, ' +
        '`total_amount` = `subtotal` − `discount_amount` + `tax_amount` + `shipping_amount` ≥ 0; the lines’ discounts and ' +
        'taxes do not exceed the order’s. `customer_id` or `guest_email` is needed. Fields that are not listed are refused.',
      examples: [example],
    });
};

type Body = z.output<ReturnType<typeof createOrderBody>>;

/** How the order's one payment stands; `pending` where several are listed, since those say it themselves. */
const statusOf = ({ payments, payment_status, payment_method }: Body): NewOrder['payment_status'] => {
  if (payments !== undefined || payment_status === 'partially_paid') return 'pending';
  return payment_status ?? (payment_method === 'cod' ? 'pending' : 'completed');
};

const toNewOrder = (body: Body, decimals: number, creator: string): NewOrder => {
  const money = (value: string): string => format(amount(value), decimals);
  return {
    ...body,
    decimals,
    payment_status: statusOf(body),
    payments: body.payments?.map((one) => ({ ...one, amount: money(one.amount) })),
    subtotal: money(body.subtotal),
    tax_amount: money(body.tax_amount),
    shipping_amount: money(body.shipping_amount),
    discount_amount: money(body.discount_amount),
    total_amount: money(body.total_amount),
    metadata: body.metadata ?? {},
    created_by_service: body.created_by_service ?? creator,
    items: body.items.map((line, index) => ({
      id: String(index + 1),
      product_id: line.product_id,
      product_sku: line.product_sku,
      product_name: line.product_name,
      quantity: line.quantity,
      cancelled_quantity: 0,
      returned_quantity: 0,
      unit_price: money(line.unit_price),
      total_price: money(line.total_price),
      discount_amount: money(line.discount_amount),
      tax_amount: money(line.tax_amount),
      warehouse_id: line.warehouse_id,
      reservation_id: line.reservation_id,
      metadata: line.metadata ?? {},
    })),
  };
};

/** Reads CreateOrder bodies; made once, the schema is compiled then. */
export const createOrderReader = (defaultCountry: string, rules: CreateRules) => {
  const schema = withFieldChecks(createOrderBody(defaultCountry), (body) => [
    ...sumFaults(body, rules),
    ...paymentFaults(body),
  ]);
  /** @param creator stands in for an absent `created_by_service` */
  return (input: unknown, creator: string): Result<NewOrder> => {
    const body = read(schema, input);
    if (!body.ok) return body;
    return { ok: true, value: toNewOrder(body.value, currencies.get(body.value.currency) ?? 2, creator) };
  };
};
