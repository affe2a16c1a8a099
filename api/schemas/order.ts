import { z } from 'zod';
import {
  type Address,
  type Item,
  type Order,
  type OrderPayment,
  paymentStatuses,
  type ReturnPart,
  singlePaymentStatuses,
} from '../../actors/rules/order.js';
import type { Caller, Shipment } from '../../actors/rules/order-parts.js';
import { statuses } from '../../actors/rules/transitions.js';
import { metadata } from './text.js';

/** The order as it is answered. The descriptions stand in the OpenAPI document. */

/** RFC 3339, always in UTC. */
export const utc = z.iso.datetime();
/** An amount of money. */
export const amount = z.string().regex(/^\d{1,18}(\.\d{1,4})?$/);
/** Of an order: what was imported may be below zero. */
const anyAmount = z.string().regex(/^-?\d{1,18}(\.\d{1,4})?$/);
/** Nothing or more. */
export const count = z.int().min(0);
/** One or more. */
export const positive = z.int().min(1);
/** ISO 4217. */
export const currencyCode = z.string().regex(/^[A-Z]{3}$/);
/** Line of an order. */
export const itemId = z.string().regex(/^\d{1,19}$/);

/** A postal address, its country filled in. */
export const addressAnswer = z.strictObject({
  recipient: z.string().describe('Name on the parcel.'),
  line1: z.string().describe('Street and number.'),
  line2: z.string().optional().describe('Floor, building, care of.'),
  city: z.string().describe('City.'),
  region: z.string().optional().describe('State or province.'),
  postal_code: z.string().optional().describe('Postal code.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .describe('ISO 3166-1 alpha-2 or `XK`; by default the shop’s own, in an update the present one.'),
  phone: z.string().optional().describe('Phone number, as given.'),
  email: z.string().optional().describe('Email address.'),
  original: metadata
    .optional()
    .describe('Of an imported order: the address of the former service, where it has another shape.'),
}) satisfies z.ZodType<Address>;

/** One line of an order. */
export const orderItem = z
  .strictObject({
    id: itemId.describe('Line of the order: `1`, `2`, …'),
    product_id: z.string().describe('Id of the product in the catalog.'),
    product_sku: z.string().describe('Stock keeping unit.'),
    product_name: z.string().describe('Name at the time of the order.'),
    quantity: count.describe('Units ordered; never changes.'),
    cancelled_quantity: count.describe('Units cancelled since.'),
    returned_quantity: count.describe('Units that came back.'),
    unit_price: anyAmount.describe('Price of one unit. Decimal string.'),
    total_price: anyAmount.describe('`unit_price` × `quantity`. Decimal string.'),
    discount_amount: anyAmount.describe('Discount on this line, at most its `total_price`. Decimal string.'),
    tax_amount: anyAmount.describe('Tax of this line. Decimal string.'),
    warehouse_id: z.string().describe('Warehouse that holds the stock.'),
    reservation_id: z.string().optional().describe('Stock reservation, released when units are cancelled.'),
    metadata: metadata.describe('Any JSON object, at most 32 levels deep; kept as it is.'),
  })
  .describe('One line of an order.') satisfies z.ZodType<Item>;

/** A quantity of one line. */
export const itemQuantity = z.strictObject({
  item_id: itemId.describe('Line of the order.'),
  quantity: positive.describe('Units.'),
});

/** A parcel. */
export const shipment = z.strictObject({
  carrier: z.string().optional().describe('Who carries it.'),
  tracking_number: z
    .string()
    .optional()
    .describe('The carrier’s number; absent where the order was moved to shipped by hand.'),
  tracking_url: z.string().optional().describe('Where its way can be followed.'),
  shipped_at: utc.describe('When it left. RFC 3339 UTC.'),
  delivered_at: utc.optional().describe('When it arrived. RFC 3339 UTC.'),
  items: z.array(itemQuantity).optional().describe('What is in it; absent where the carrier did not say.'),
}) satisfies z.ZodType<Shipment>;

/** One payment. */
export const orderPayment = z.strictObject({
  payment_id: z.string().describe('Id of the payment in the payment service.'),
  method: z.string().optional().describe('As checkout names it.'),
  status: z.enum(singlePaymentStatuses).describe('How this payment stands.'),
  authorized_amount: amount.describe('What was authorized, less what failed or was voided of it. Decimal string.'),
  captured_amount: amount.describe('What has been paid. Decimal string.'),
  refunded_amount: amount.describe('What has been paid back. Decimal string.'),
  requested_amount: amount.describe('Refunds requested and not answered. Decimal string.'),
}) satisfies z.ZodType<OrderPayment>;

/** A part of a return. */
export const returnPart = z.strictObject({
  part_id: z.string().optional().describe('The return service’s name of the part; absent where it has none.'),
  items: z.array(itemQuantity).describe('What came back with it.'),
  completed_at: utc.describe('When it was back. RFC 3339 UTC.'),
}) satisfies z.ZodType<ReturnPart>;

/** A return. */
export const orderReturn = z.strictObject({
  return_id: z.string().describe('Id of the return in the return service.'),
  status: z
    .enum(['requested', 'completed'])
    .describe(
      '`requested` when announced; `completed` once a part without a name came back, or parts ' +
        'with all that was announced.',
    ),
  items: z.array(itemQuantity).describe('What was announced; of a completed return what came back.'),
  parts: z.array(returnPart).describe('What came back, part by part.'),
  reason: z.string().optional().describe('Why, as the return service gave it.'),
  requested_at: utc.optional().describe('When it was announced. RFC 3339 UTC.'),
  completed_at: utc.optional().describe('When the goods were back. RFC 3339 UTC.'),
});

/** What will happen by itself. */
export const deadline = z.strictObject({
  what: z
    .enum(['payment', 'return_window', 'hold', 'grace'])
    .describe(
      '`payment`: cancelled when still unpaid then. `return_window`: completed then. `hold`: a person’s hold ' +
        'ends then. `grace`: a cancelled order can be restored until then.',
    ),
  at: utc.describe('When. RFC 3339 UTC.'),
});

/** Who did something. */
export const actor = z.strictObject({
  type: z
    .enum(['service', 'staff', 'admin', 'customer', 'guest', 'system'] satisfies Caller['type'][])
    .describe('Kind of caller; `system` for what happens by itself.'),
  id: z.string().describe('Who exactly.'),
});

/** Why fulfilment waits. Customers and guests do not see the reason, nor whose hold it is. */
export const hold = z.strictObject({
  reason: z.string().optional().describe('Why. For staff and services only.'),
  by: actor.optional().describe('Who said so. For staff and services only.'),
  at: utc.describe('Since when. RFC 3339 UTC.'),
  until: utc.optional().describe('When it ends by itself. RFC 3339 UTC.'),
});

/** The order as it is answered. */
export const order = z
  .strictObject({
    id: z.guid().describe('UUID of the order.'),
    order_number: z
      .string()
      .regex(/^ORD-\d{8}-\d{6,}$/)
      .describe('`ORD-YYYYMMDD-NNNNNN`, unique and rising per day.'),
    customer_id: z.string().optional().describe('Id of the customer; absent for a guest.'),
    guest_email: z.string().optional().describe('Email of a guest who ordered without an account.'),
    status: z
      .enum(statuses)
      .describe(
        'Where the order stands: confirmed → processing → shipped → delivered; cancelled and returned are final.',
      ),
    currency: currencyCode.describe('ISO 4217; decides how many decimals amounts have.'),
    subtotal: anyAmount.describe('Sum of the lines’ `total_price`. Decimal string.'),
    tax_amount: anyAmount.describe('Tax of the whole order. Decimal string.'),
    shipping_amount: anyAmount.describe('Shipping. Decimal string.'),
    discount_amount: anyAmount.describe('Discount on the whole order. Decimal string.'),
    total_amount: anyAmount.describe('What there is to pay. Decimal string.'),
    captured_amount: amount.describe('What has been paid. Decimal string.'),
    refunded_amount: amount.describe('What has been paid back. Decimal string.'),
    payment_id: z.string().optional().describe('Id of the payment in the payment service.'),
    payment_method: z
      .string()
      .optional()
      .describe('As checkout names it; `cod` (cash on delivery) is never cancelled for want of payment.'),
    payment_status: z.enum(paymentStatuses).describe('How the order is paid.'),
    payments: z.array(orderPayment).describe('Every payment that is known by its id.'),
    shipping_address: addressAnswer.describe('Where the goods go.'),
    billing_address: addressAnswer.optional().describe('Where the invoice goes, if elsewhere.'),
    notes: z.string().optional().describe('Free text.'),
    metadata: metadata.describe('Any JSON object, at most 32 levels deep; kept as it is.'),
    items: z.array(orderItem).min(1).max(500).describe('The lines.'),
    shipment: shipment.optional().describe('The first parcel, once it has left.'),
    shipments: z.array(shipment).describe('The parcels, in the order in which they became known.'),
    returns: z.array(orderReturn).describe('Returns announced and completed.'),
    hold: hold.optional().describe('Why fulfilment waits; absent while it does not.'),
    deadlines: z.array(deadline).describe('What will happen by itself, and when.'),
    created_at: utc.describe('RFC 3339 UTC.'),
    updated_at: utc.describe('Last change. RFC 3339 UTC.'),
    cancelled_at: utc.optional().describe('RFC 3339 UTC; only when cancelled.'),
    completed_at: utc.optional().describe('When the return window closed. RFC 3339 UTC.'),
    cancellation_reason: z.string().optional().describe('Why it was cancelled.'),
    created_by_service: z.string().describe('Who handed the order over.'),
    version: positive.describe('Rises by one with every entry of the journal; the `ETag`.'),
  })
  .describe('An order as it is now.') satisfies z.ZodType<
  Omit<Order, 'hold'> & { readonly hold?: { readonly at: string } | undefined }
>;
