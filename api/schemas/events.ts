import { z } from 'zod';
import type { InboundData, OrderTopic } from '../../actors/rules/order.js';
import { amountText, email, foreignId, reportedTime, text, timestamp, uuid, verbatim, webAddress } from './text.js';

const money = {
  amount: amountText.optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be ISO 4217')
    .optional(),
};

const payment = z.object({
  order_id: uuid,
  payment_id: foreignId,
  ...money,
  reason: verbatim(2_000).optional(),
  capture_id: foreignId.optional(),
  refund_id: foreignId.optional(),
  return_id: foreignId.optional(),
});

const items = z
  .array(z.object({ item_id: z.string().regex(/^\d{1,19}$/), quantity: z.int().min(1) }))
  .min(1)
  .max(500)
  .refine((all) => new Set(all.map(({ item_id }) => item_id)).size === all.length, 'names an item twice');

const returned = z.object({
  order_id: uuid,
  return_id: foreignId,
  part_id: foreignId.optional(),
  items,
  reason: verbatim(2_000).optional(),
});

/** What the other services send (docs/events.md). Fields we do not know are theirs to add. */
export const eventData = {
  'payment.authorized': payment,
  'payment.completed': payment,
  'payment.failed': payment,
  'payment.refunded': payment,
  'fulfillment.started': z.object({ order_id: uuid, fulfillment_id: foreignId.optional() }),
  'shipping.shipped': z.object({
    order_id: uuid,
    carrier: text(255).optional(),
    tracking_number: text(255).optional(),
    tracking_url: webAddress.optional(),
    shipped_at: reportedTime.optional(),
    items: items.optional(),
  }),
  'shipping.delivered': z.object({
    order_id: uuid,
    tracking_number: text(255).optional(),
    delivered_at: reportedTime.optional(),
  }),
  'return.requested': returned,
  'return.completed': returned,
} as const satisfies Record<OrderTopic, z.ZodType<InboundData>>;

/** A customer signed up: guest orders of the same, verified, email become theirs. */
export const customerCreated = z.object({ customer_id: foreignId, email, email_verified: z.boolean() });

/** A product has a new price. */
export const priceUpdated = z.object({
  product_id: foreignId,
  product_sku: text(255),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be ISO 4217'),
  price: amountText,
  updated_at: timestamp,
});

/** CloudEvents 1.0, as the sidecar delivers them. */
export const cloudEvent = z.object({
  id: foreignId,
  source: verbatim(1_000).min(1, 'must not be empty'),
  type: z.string().optional(),
  topic: foreignId,
  time: z.string().optional(),
  data: z.unknown().optional(),
  traceparent: z.string().optional(),
});

export type CloudEvent = z.output<typeof cloudEvent>;

/** Several events of one topic, as the sidecar delivers them in bulk (Dapr, "bulk subscribe"). */
export const bulkDelivery = z.object({ entries: z.array(z.object({ entryId: z.string(), event: z.unknown() })) });
