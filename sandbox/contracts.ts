import { z } from 'zod';

const id = z.string().min(1).max(255);
const quantity = z.number().int().positive();
const itemId = z.string().regex(/^\d+$/, 'an item id is a decimal string');
const reason = z.string().max(10_000);
const amount = z.string().regex(/^\d{1,15}(\.\d{1,4})?$/, 'an amount is a decimal string');
const currency = z.string().regex(/^[A-Z]{3}$/, 'a currency is an ISO 4217 code');
const sku = z.string().min(1).max(255);

const settlement = z.object({ order_id: id, payment_id: id.exactOptional(), amount, currency, reason });

/** Body of each operation as the order service sends it; docs/services.md says the same in words. */
export const bodies = {
  'warehouse.release': z.object({
    order_id: id,
    items: z
      .array(
        z.object({ item_id: itemId, product_sku: sku, quantity, warehouse_id: id, reservation_id: id.exactOptional() }),
      )
      .min(1),
    reason,
  }),
  'payment.refund': settlement,
  'payment.void': settlement,
  'fulfillment.start': z.object({
    order_id: id,
    order_number: id,
    items: z.array(z.object({ item_id: itemId, product_id: id, product_sku: sku, quantity, warehouse_id: id })).min(1),
  }),
  'fulfillment.change': z.object({
    order_id: id,
    items: z.array(z.object({ item_id: itemId, quantity })).min(1),
    reason,
  }),
  'fulfillment.stop': z.object({ order_id: id, reason }),
  'fulfillment.hold': z.object({ order_id: id }),
  'fulfillment.release': z.object({ order_id: id }),
  'notification.send': z.looseObject({ order_id: id, order_number: id, kind: id, customer_id: id.exactOptional() }),
};

/** What the order service asks of others. */
export type Operation = keyof typeof bodies;
/** The checked body of an operation. */
export type BodyOf<O extends Operation> = z.infer<(typeof bodies)[O]>;

/** Where each operation is asked for, below the service's own address. */
export const PATHS: Record<Operation, string> = {
  'warehouse.release': '/api/v1/releases',
  'payment.refund': '/api/v1/refunds',
  'payment.void': '/api/v1/voids',
  'fulfillment.start': '/api/v1/fulfillments',
  'fulfillment.change': '/api/v1/fulfillments/change',
  'fulfillment.stop': '/api/v1/fulfillments/stop',
  'fulfillment.hold': '/api/v1/fulfillments/hold',
  'fulfillment.release': '/api/v1/fulfillments/release',
  'notification.send': '/api/v1/notifications',
};
