import { z } from 'zod';
import type { Entry, EventType } from '../../actors/rules/entries.js';
import { paymentStatuses } from '../../actors/rules/order.js';
import { statuses } from '../../actors/rules/transitions.js';
import { actor, amount, count, itemQuantity, orderItem, orderPayment, positive, utc } from './order.js';
import { metadata } from './text.js';

/** What this service publishes, exactly (docs/events.md): the AsyncAPI document and the tests use these schemas. */

const status = z.enum(statuses);

/** In the data of every event. */
const common = {
  order_id: z.guid(),
  order_number: z.string(),
  version: positive,
  changed_by: actor,
  /** Hash of the journal entry; absent in entries of earlier releases that were not sealed. */
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
};
/** What the rules made of a change. */
const paymentAmount = z.strictObject({ payment_id: z.string().optional(), amount });
const consequences = {
  refund_requested: amount.optional(),
  refunds_requested: z.array(paymentAmount).optional(),
  voids_requested: z.array(paymentAmount).optional(),
  payment_due_at: utc.nullable().optional(),
  start_fulfilment: z.boolean().optional(),
};
const newPayment = z.strictObject({
  payment_id: z.string(),
  method: z.string().optional(),
  status: z.enum(['pending', 'authorized', 'completed']),
  amount,
});
/** What is new of parcels. */
const parcelNews = {
  parcels: z.array(count).optional(),
  carrier: z.string().optional(),
  tracking_number: z.string().optional(),
  tracking_url: z.string().optional(),
  parcel_items: z.array(itemQuantity).optional(),
  shipped_at: utc.optional(),
  delivered_at: utc.optional(),
  reported_at: z.string().optional(),
  return_window_ends_at: utc.optional(),
};
const holdKind = z.enum(['payment', 'person']);
const moved = { from_status: status, to_status: status };
const items = z.array(itemQuantity);
const reason = z.string().optional();

/** Data by event type. Never an address, an email, a name or a note. */
export const publishedData = {
  'order.created': z.strictObject({
    ...common,
    ...consequences,
    to_status: z.literal('confirmed'),
    customer_id: z.string().optional(),
    currency: z.string(),
    decimals: count,
    subtotal: amount,
    tax_amount: amount,
    shipping_amount: amount,
    discount_amount: amount,
    total_amount: amount,
    payment_id: z.string().optional(),
    payment_method: z.string().optional(),
    payment_status: z.enum(paymentStatuses),
    payments: z.array(newPayment),
    metadata,
    items: z.array(orderItem),
    created_by_service: z.string(),
  }),
  'order.status_changed': z.strictObject({
    ...common,
    ...consequences,
    ...moved,
    reason,
    ...parcelNews,
    fulfillment_id: z.string().optional(),
  }),
  'order.updated': z.strictObject({
    ...common,
    ...consequences,
    ...parcelNews,
    fields: z.array(z.string()),
    reason,
    metadata: metadata.optional(),
    items: z.array(z.strictObject({ item_id: z.string(), metadata })).optional(),
    customer_id: z.string().optional(),
    grace_ended: z.boolean().optional(),
  }),
  'order.items_cancelled': z.strictObject({ ...common, ...consequences, items, reason: z.string() }),
  'order.cancelled': z.strictObject({
    ...common,
    ...consequences,
    ...moved,
    items,
    reason: z.string(),
    grace_ends_at: utc.optional(),
  }),
  'order.restored': z.strictObject({ ...common, ...consequences, ...moved, items, reason }),
  'order.return_requested': z.strictObject({ ...common, ...consequences, return_id: z.string(), items, reason }),
  'order.returned': z.strictObject({
    ...common,
    ...consequences,
    from_status: status.optional(),
    to_status: status.optional(),
    return_id: z.string().optional(),
    part_id: z.string().optional(),
    items,
    reason,
    return_window_ends_at: utc.optional(),
  }),
  'order.payment_updated': z.strictObject({
    ...common,
    ...consequences,
    change: z.enum(['authorized', 'completed', 'failed', 'refunded', 'refund_refused', 'refund_retried']),
    payment_id: z.string().optional(),
    amount: amount.optional(),
    capture_id: z.string().optional(),
    refund_id: z.string().optional(),
    return_id: z.string().optional(),
    refund_key: z.string().optional(),
    occurred_at: utc.optional(),
    reason,
    payment_status: z.enum(paymentStatuses),
    captured_amount: amount,
    refunded_amount: amount,
    payments: z.array(orderPayment),
  }),
  'order.held': z.strictObject({ ...common, ...consequences, hold: holdKind, until: utc.optional() }),
  'order.released': z.strictObject({ ...common, ...consequences, hold: holdKind }),
  'order.completed': z.strictObject({ ...common, ...consequences }),
  'order.erased': z.strictObject({
    ...common,
    ...consequences,
    shipping_country: z.string(),
    billing_country: z.string().optional(),
  }),
} as const satisfies { readonly [T in EventType]: z.ZodType<Extract<Entry, { type: T }>['data']> };

/** The CloudEvent around the data. */
export const publishedEnvelope = z.object({
  specversion: z.literal('1.0'),
  id: z.string().regex(/^[0-9a-f-]{36}:\d+$/),
  source: z.literal('order-service'),
  type: z.enum(Object.keys(publishedData) as [EventType, ...EventType[]]),
  subject: z.guid(),
  time: utc,
  datacontenttype: z.literal('application/json'),
  sequence: positive,
});
