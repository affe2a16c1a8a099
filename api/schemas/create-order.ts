import { z } from 'zod';
import type { NewOrder } from '../../actors/rules/commands.js';
import { amount, format } from '../../actors/rules/money.js';
import type { Result } from '../errors.js';
import { read, withFieldChecks } from './faults.js';
import { currencies } from '../../actors/iso-codes.js';
import { amountText, country, email, foreignId, metadata, note, optionalText, text, whole } from './text.js';
import { paymentFaults } from './payments.js';
import { type CreateRules, sumFaults } from './sums.js';

const addressFields = {
  recipient: text(255),
  line1: text(255),
  line2: optionalText(255).optional(),
  city: text(255),
  region: optionalText(255).optional(),
  postal_code: optionalText(32).optional(),
  country: country.optional(),
  phone: optionalText(64).optional(),
  email: email.optional(),
};

/** A postal address; without a country it is in the shop's own. */
export const address = (defaultCountry: string) =>
  z.strictObject({ ...addressFields, country: country.default(defaultCountry) });

/** A postal address that takes the place of another; without a country it stays in that one's. */
export const editedAddress = z.strictObject(addressFields);

const item = z.strictObject({
  product_id: foreignId,
  product_sku: text(255),
  product_name: text(500),
  quantity: whole.min(1, 'must be at least 1').max(1_000_000_000, 'is too large'),
  unit_price: amountText,
  total_price: amountText,
  discount_amount: amountText.default('0'),
  tax_amount: amountText.default('0'),
  warehouse_id: foreignId,
  reservation_id: foreignId.optional(),
  metadata: metadata.optional(),
});

/** One of several payments. */
const payment = z.strictObject({
  payment_id: foreignId,
  method: text(50).optional(),
  status: z.enum(['completed', 'pending', 'authorized']),
  amount: amountText,
});

/** The body of CreateOrder, each field by itself; `createOrderReader` adds the sums. */
export const createOrderBody = (defaultCountry: string) =>
  z.strictObject({
    customer_id: foreignId.optional(),
    guest_email: email.optional(),
    currency: z
      .string()
      .refine((code) => currencies.has(code), 'must be a currency in force under ISO 4217')
      .default('USD'),
    subtotal: amountText,
    tax_amount: amountText,
    shipping_amount: amountText,
    discount_amount: amountText,
    total_amount: amountText,
    payment_id: foreignId.optional(),
    payment_method: text(50).optional(),
    payment_status: z.enum(['completed', 'pending', 'authorized', 'partially_paid']).optional(),
    payments: z.array(payment).min(1, 'must have at least 1').max(50, 'must have at most 50').optional(),
    shipping_address: address(defaultCountry),
    billing_address: address(defaultCountry).optional(),
    notes: note(10_000).optional(),
    metadata: metadata.optional(),
    created_by_service: text(255).optional(),
    items: z.array(item).min(1, 'must have at least 1').max(500, 'must have at most 500'),
  });

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
