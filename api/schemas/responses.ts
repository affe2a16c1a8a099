import { z } from 'zod';
import type { EditHistoryEntry, StatusHistoryEntry } from '../../actors/order-reads.js';
import {
  type Address,
  type Item,
  type Order,
  type OrderPayment,
  paymentStatuses,
  type ReturnPart,
  singlePaymentStatuses,
} from '../../actors/rules/order.js';
import { type Caller } from '../../actors/rules/order-parts.js';
import type { Shipment } from '../../actors/rules/order-parts.js';
import { statuses } from '../../actors/rules/transitions.js';
import { type ErrorCode, errorTable, mostNamedFaults } from '../errors.js';
import { metadata } from './text.js';

/** What the REST gateway answers, exactly: these describe the answers in the OpenAPI document, and tests hold them to it. */

/** RFC 3339, always in UTC. */
export const utc = z.iso.datetime();
const amount = z.string().regex(/^\d{1,18}(\.\d{1,4})?$/);
/** Of an order: what was imported may be below zero. */
const anyAmount = z.string().regex(/^-?\d{1,18}(\.\d{1,4})?$/);
/** Nothing or more. */
export const count = z.int().min(0);
/** One or more. */
export const positive = z.int().min(1);
/** Line of an order. */
export const itemId = z.string().regex(/^\d{1,19}$/);

/** A postal address, its country filled in. */
export const addressAnswer = z.strictObject({
  recipient: z.string(),
  line1: z.string(),
  line2: z.string().optional(),
  city: z.string(),
  region: z.string().optional(),
  postal_code: z.string().optional(),
  country: z.string().regex(/^[A-Z]{2}$/),
  phone: z.string().optional(),
  email: z.string().optional(),
  original: metadata.optional(),
}) satisfies z.ZodType<Address>;

/** One line of an order. */
export const orderItem = z.strictObject({
  id: itemId,
  product_id: z.string(),
  product_sku: z.string(),
  product_name: z.string(),
  quantity: count,
  cancelled_quantity: count,
  returned_quantity: count,
  unit_price: anyAmount,
  total_price: anyAmount,
  discount_amount: anyAmount,
  tax_amount: anyAmount,
  warehouse_id: z.string(),
  reservation_id: z.string().optional(),
  metadata,
}) satisfies z.ZodType<Item>;

/** A quantity of one line. */
export const itemQuantity = z.strictObject({ item_id: itemId, quantity: positive });

/** A parcel. */
export const shipment = z.strictObject({
  carrier: z.string().optional(),
  tracking_number: z.string().optional(),
  tracking_url: z.string().optional(),
  shipped_at: utc,
  delivered_at: utc.optional(),
  items: z.array(itemQuantity).optional(),
}) satisfies z.ZodType<Shipment>;

/** One payment. */
export const orderPayment = z.strictObject({
  payment_id: z.string(),
  method: z.string().optional(),
  status: z.enum(singlePaymentStatuses),
  authorized_amount: amount,
  captured_amount: amount,
  refunded_amount: amount,
  requested_amount: amount,
}) satisfies z.ZodType<OrderPayment>;

/** A part of a return. */
export const returnPart = z.strictObject({
  part_id: z.string().optional(),
  items: z.array(itemQuantity),
  completed_at: utc,
}) satisfies z.ZodType<ReturnPart>;

/** A return. */
export const orderReturn = z.strictObject({
  return_id: z.string(),
  status: z.enum(['requested', 'completed']),
  items: z.array(itemQuantity),
  parts: z.array(returnPart),
  reason: z.string().optional(),
  requested_at: utc.optional(),
  completed_at: utc.optional(),
});

/** What will happen by itself. */
export const deadline = z.strictObject({ what: z.enum(['payment', 'return_window', 'hold', 'grace']), at: utc });

/** Who did something. */
export const actor = z.strictObject({
  type: z.enum(['service', 'staff', 'admin', 'customer', 'guest', 'system'] satisfies Caller['type'][]),
  id: z.string(),
});

/** Why fulfilment waits. Customers and guests do not see the reason, nor whose hold it is. */
export const hold = z.strictObject({
  reason: z.string().optional(),
  by: actor.optional(),
  at: utc,
  until: utc.optional(),
});

/** The order as it is answered. */
export const order = z.strictObject({
  id: z.guid(),
  order_number: z.string().regex(/^ORD-\d{8}-\d{6,}$/),
  customer_id: z.string().optional(),
  guest_email: z.string().optional(),
  status: z.enum(statuses),
  currency: z.string().regex(/^[A-Z]{3}$/),
  subtotal: anyAmount,
  tax_amount: anyAmount,
  shipping_amount: anyAmount,
  discount_amount: anyAmount,
  total_amount: anyAmount,
  captured_amount: amount,
  refunded_amount: amount,
  payment_id: z.string().optional(),
  payment_method: z.string().optional(),
  payment_status: z.enum(paymentStatuses),
  payments: z.array(orderPayment),
  shipping_address: addressAnswer,
  billing_address: addressAnswer.optional(),
  notes: z.string().optional(),
  metadata,
  items: z.array(orderItem).min(1).max(500),
  shipment: shipment.optional(),
  shipments: z.array(shipment),
  returns: z.array(orderReturn),
  hold: hold.optional(),
  deadlines: z.array(deadline),
  created_at: utc,
  updated_at: utc,
  cancelled_at: utc.optional(),
  completed_at: utc.optional(),
  cancellation_reason: z.string().optional(),
  created_by_service: z.string(),
  version: positive,
}) satisfies z.ZodType<Omit<Order, 'hold'> & { readonly hold?: { readonly at: string } | undefined }>;

/** One order. */
export const orderAnswer = z.strictObject({ order });

/** CreateOrder; with a token where the order has no customer. */
export const createdOrderAnswer = z.strictObject({ order, guest_token: z.string().optional() });

/** Where the next page begins. */
export const nextPage = { next_page_token: z.string() };

/** ListOrders. */
export const orderPage = z.strictObject({ orders: z.array(order), ...nextPage, search_as_of: utc.optional() });

/** One move of the status. */
export const statusHistoryEntry = z.strictObject({
  version: positive,
  from_status: z.enum(statuses).optional(),
  to_status: z.enum(statuses),
  reason: z.string().optional(),
  notes: z.string().optional(),
  changed_by: actor,
  changed_at: utc,
}) satisfies z.ZodType<StatusHistoryEntry>;

/** GetOrderStatusHistory. */
export const statusHistoryPage = z.strictObject({ history: z.array(statusHistoryEntry), ...nextPage });

/** One leaf that an edit changed. */
export const editHistoryEntry = z.strictObject({
  version: positive,
  field: z.string(),
  old_value: z.unknown(),
  new_value: z.unknown(),
  reason: z.string().optional(),
  changed_by: actor,
  changed_at: utc,
}) satisfies z.ZodType<EditHistoryEntry>;

/** GetOrderEditHistory. */
export const editHistoryPage = z.strictObject({ edits: z.array(editHistoryEntry), ...nextPage });

/** One fault of an input. */
export const fault = z.strictObject({ path: z.string(), message: z.string() });

/** A code of the error table. */
export const errorCode = z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]);

/** RFC 9457. */
export const problem = z.strictObject({
  type: z.string().regex(/^\/problems\/[a-z_]+$/),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  code: errorCode,
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  errors: z.array(fault).max(mostNamedFaults).optional(),
});

/** What `type` of a problem leads to. */
export const problemType = z.strictObject({
  type: z.string().regex(/^\/problems\/[a-z_]+$/),
  code: errorCode,
  title: z.string(),
  status: z.int().min(400).max(599),
  grpc_status: z.string().regex(/^[A-Z_]+$/),
  meaning: z.string(),
  remedy: z.string(),
});
