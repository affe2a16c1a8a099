import { currencies } from '../actors/iso-codes.js';
import type { Context } from '../actors/rules/commands.js';
import type { Imported, ImportedPayment } from '../actors/rules/creation-entries.js';
import { later } from '../actors/rules/lifecycle.js';
import { amount, format, notBelowZero } from '../actors/rules/money.js';
import type { Item, Json, Metadata } from '../actors/rules/order.js';
import type { Status } from '../actors/rules/transitions.js';
import { addressOf, noAddress } from './addresses.js';
import { jsonOf, type OldItem, type OldOrder } from './old-orders.js';

/** When and under which policy orders are imported. */
export type ImportContext = Pick<Context, 'now' | 'policy'>;

/** Milliseconds of a day. */
export const dayMs = 86_400_000;

/** Every amount of an order, as text. */
export const amountsOf = ({ items, ...order }: OldOrder): readonly (string | null)[] => [
  ...[order.subtotal, order.tax_amount, order.shipping_amount, order.discount_amount, order.total_amount],
  ...items.flatMap((item) => [item.unit_price, item.total_price, item.discount_amount, item.tax_amount]),
];

/** Decimals of the currency; two where an amount of the order needs more, or the currency is not known. */
const decimalsOf = (old: OldOrder): number => {
  const usual = currencies.get((old.currency ?? '').toUpperCase()) ?? 2;
  const needed = Math.max(...amountsOf(old).map((text) => amount(text ?? '0').decimalPlaces()));
  return needed > usual ? Math.max(needed, 2) : usual;
};

const metadataOf = (text: string | null): Metadata => {
  const value: Json | undefined = jsonOf(text);
  if (value === undefined || value === null) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Metadata) : { value };
};

/** The text; undefined where there is none. */
export const text = (value: string | null): string | undefined => (value === null || value === '' ? undefined : value);

/** Whether an order in this status was delivered, as far as is known. */
export const reachedDelivery = (status: Status): boolean =>
  status === 'delivered' || status === 'partially_returned' || status === 'returned';

const money = (value: string | null, decimals: number): string => format(amount(value ?? '0'), decimals);

const itemOf = (item: OldItem, begin: Status, decimals: number): Item => {
  const quantity = item.quantity ?? 0;
  return {
    id: item.id,
    product_id: item.product_id ?? '',
    product_sku: item.product_sku ?? '',
    product_name: item.product_name ?? '',
    quantity,
    cancelled_quantity: begin === 'cancelled' ? quantity : 0,
    returned_quantity: begin === 'returned' ? quantity : 0,
    unit_price: money(item.unit_price, decimals),
    total_price: money(item.total_price, decimals),
    discount_amount: money(item.discount_amount, decimals),
    tax_amount: money(item.tax_amount, decimals),
    warehouse_id: item.warehouse_id ?? '',
    reservation_id: text(item.reservation_id),
    metadata: metadataOf(item.metadata),
  };
};

/** Times of an order, those that are not known filled in. */
export const timesOf = ({ created_at, updated_at }: OldOrder, now: string) => {
  const created = created_at ?? updated_at ?? now;
  return { created, updated: updated_at ?? created };
};

/** The entry that an order's journal begins with. `begin` is its status then. */
export const beginningOf = (
  old: OldOrder,
  begin: Status,
  started: boolean,
  { now, policy }: ImportContext,
): Imported => {
  const decimals = decimalsOf(old);
  const { updated } = timesOf(old, now);
  const left = begin === 'shipped' || reachedDelivery(begin);
  const total = notBelowZero(amount(old.total_amount ?? '0'));
  const payment: ImportedPayment = {
    payment_id: text(old.payment_id),
    method: text(old.payment_method),
    // Whoever calls has made sure of it.
    status: old.payment_status as ImportedPayment['status'],
    amount: format(total, decimals),
  };
  const metadata = metadataOf(old.metadata);
  const told = metadata['guest_email'];
  return {
    type: 'order.imported',
    data: {
      ...{ imported: true, imported_at: now, order_number: old.order_number, to_status: begin },
      customer_id: text(old.customer_id),
      ...{ currency: old.currency ?? 'USD', decimals },
      subtotal: money(old.subtotal, decimals),
      tax_amount: money(old.tax_amount, decimals),
      shipping_amount: money(old.shipping_amount, decimals),
      discount_amount: money(old.discount_amount, decimals),
      total_amount: money(old.total_amount, decimals),
      ...{ payment_id: payment.payment_id, payment_method: payment.method, payment },
      metadata,
      items: old.items.map((item) => itemOf(item, begin, decimals)),
      created_by_service: old.created_by_service ?? '',
      fulfilment_started: started,
      shipped_at: left ? updated : undefined,
      delivered_at: reachedDelivery(begin) ? updated : undefined,
      return_window_ends_at: reachedDelivery(begin) ? later(updated, policy.returnWindowDays * dayMs) : undefined,
      updated_at: updated,
      cancelled_at: old.cancelled_at ?? (begin === 'cancelled' ? updated : undefined),
      completed_at: old.completed_at ?? undefined,
      ...(begin === 'cancelled' && payment.status === 'authorized' && !total.isZero()
        ? { voids_requested: [{ payment_id: payment.payment_id, amount: payment.amount }] }
        : {}),
    },
    personal: {
      guest_email: text(old.guest_email) ?? (old.customer_id === null && typeof told === 'string' ? told : undefined),
      shipping_address:
        addressOf(jsonOf(old.shipping_address), policy.defaultCountry) ?? noAddress(policy.defaultCountry),
      billing_address: addressOf(jsonOf(old.billing_address), policy.defaultCountry),
      notes: text(old.notes),
      ...(begin === 'cancelled' ? { cancellation_reason: text(old.cancellation_reason) } : {}),
    },
  };
};
