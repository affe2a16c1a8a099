import type { Deadline, Grace, Hold, Holds, ItemQuantity, ReplacedTime, Shipment } from './order-parts.js';
import type { Funds, SettledBefore } from './payment.js';
import type { Status } from './transitions.js';

/** JSON as it is stored and sent. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
/** A JSON object. An interface, since a type may not name itself inside a record. */
export interface JsonObject {
  readonly [key: string]: Json;
}
/** A JSON object of the client's own making. */
export type Metadata = JsonObject;

/** How an order is paid, over all its payments. */
export const paymentStatuses = [
  'pending',
  'authorized',
  'partially_paid',
  'completed',
  'failed',
  'partially_refunded',
  'refunded',
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

/** The status of one payment of an order. */
export const singlePaymentStatuses = [
  'pending',
  'authorized',
  'completed',
  'failed',
  'voided',
  'partially_refunded',
  'refunded',
] as const;
export type SinglePaymentStatus = (typeof singlePaymentStatuses)[number];

/** One payment of an order, as the document shows it. */
export interface OrderPayment {
  readonly payment_id: string;
  readonly method?: string | undefined;
  readonly status: SinglePaymentStatus;
  /** What was authorized, less what failed or was voided of it. */
  readonly authorized_amount: string;
  readonly captured_amount: string;
  readonly refunded_amount: string;
  /** Refunds requested and not answered. */
  readonly requested_amount: string;
}

/** A postal address; `country` is ISO 3166-1 alpha-2. */
export interface Address {
  readonly recipient: string;
  readonly line1: string;
  readonly line2?: string | undefined;
  readonly city: string;
  readonly region?: string | undefined;
  readonly postal_code?: string | undefined;
  readonly country: string;
  readonly phone?: string | undefined;
  readonly email?: string | undefined;
  /** An address of the former service in its own shape, beside the fields that it fills. */
  readonly original?: JsonObject | undefined;
}

/** One line of an order. Amounts are decimal strings in the order's currency. */
export interface Item {
  readonly id: string;
  readonly product_id: string;
  readonly product_sku: string;
  readonly product_name: string;
  readonly quantity: number;
  readonly cancelled_quantity: number;
  readonly returned_quantity: number;
  readonly unit_price: string;
  readonly total_price: string;
  readonly discount_amount: string;
  readonly tax_amount: string;
  readonly warehouse_id: string;
  readonly reservation_id?: string | undefined;
  readonly metadata: Metadata;
}

/** The metadata of one line. */
export interface ItemMetadata {
  readonly item_id: string;
  readonly metadata: Metadata;
}

/** A part of a return that came back. */
export interface ReturnPart {
  /** Absent: the part that has no name of its own. */
  readonly part_id?: string | undefined;
  readonly items: readonly ItemQuantity[];
  readonly completed_at: string;
}

/** A return, as the return service reported it. */
export interface Return {
  readonly return_id: string;
  /** `completed` once a part without a name came back, or parts with all that was announced. */
  readonly status: 'requested' | 'completed';
  /** What was announced; of a completed return what came back. */
  readonly items: readonly ItemQuantity[];
  /** In the order in which they came back. */
  readonly parts: readonly ReturnPart[];
  readonly reason?: string | undefined;
  readonly requested_at?: string | undefined;
  readonly completed_at?: string | undefined;
}

/** The order as it is stored and answered (docs/openapi.json, `Order`). */
export interface Order {
  readonly id: string;
  readonly order_number: string;
  readonly customer_id?: string | undefined;
  readonly guest_email?: string | undefined;
  readonly status: Status;
  readonly currency: string;
  readonly subtotal: string;
  readonly tax_amount: string;
  readonly shipping_amount: string;
  readonly discount_amount: string;
  readonly total_amount: string;
  readonly captured_amount: string;
  readonly refunded_amount: string;
  readonly payment_id?: string | undefined;
  readonly payment_method?: string | undefined;
  readonly payment_status: PaymentStatus;
  readonly payments: readonly OrderPayment[];
  readonly shipping_address: Address;
  readonly billing_address?: Address | undefined;
  readonly notes?: string | undefined;
  readonly metadata: Metadata;
  readonly items: readonly Item[];
  /** The first of `shipments`. */
  readonly shipment?: Shipment | undefined;
  /** In the order in which they became known; none is ever removed. */
  readonly shipments: readonly Shipment[];
  readonly returns: readonly Return[];
  readonly hold?: Hold | undefined;
  readonly deadlines: readonly Deadline[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly cancelled_at?: string | undefined;
  readonly completed_at?: string | undefined;
  readonly cancellation_reason?: string | undefined;
  readonly created_by_service: string;
  readonly version: number;
}

/** An event that came before its time, kept until it can be decided (docs/events.md). */
export interface WaitingEvent {
  readonly source: string;
  readonly event_id: string;
  readonly topic: OrderTopic;
  readonly data: InboundData;
  readonly received_at: string;
}

/** The topics that concern one order (docs/events.md). */
export const orderTopics = [
  'payment.authorized',
  'payment.completed',
  'payment.failed',
  'payment.refunded',
  'fulfillment.started',
  'shipping.shipped',
  'shipping.delivered',
  'return.requested',
  'return.completed',
] as const;
export type OrderTopic = (typeof orderTopics)[number];

/** The data of those topics, joined: which fields a topic has, its schema says (docs/events.md). */
export interface InboundData {
  readonly order_id: string;
  readonly payment_id?: string | undefined;
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
  readonly reason?: string | undefined;
  readonly capture_id?: string | undefined;
  readonly refund_id?: string | undefined;
  readonly fulfillment_id?: string | undefined;
  readonly carrier?: string | undefined;
  readonly tracking_number?: string | undefined;
  readonly tracking_url?: string | undefined;
  readonly shipped_at?: string | undefined;
  readonly delivered_at?: string | undefined;
  readonly return_id?: string | undefined;
  readonly part_id?: string | undefined;
  readonly items?: readonly ItemQuantity[] | undefined;
}

/** What customer or guest did to an order on one day. */
export interface OwnEdits {
  readonly day: string;
  readonly count: number;
  /** Of all values that their edits set. */
  readonly characters: number;
}

/** All that a decision needs to know of an order: the document, and what the document does not show. */
export interface OrderState extends Funds {
  readonly order: Order;
  /** Decimals of the currency (ISO 4217), fixed at creation. */
  readonly decimals: number;
  readonly holds: Holds;
  readonly fulfilment: {
    /** This service asked for it. */
    readonly asked: boolean;
    /** The fulfilment service reported that it began. */
    readonly started: boolean;
  };
  readonly grace?: Grace | undefined;
  /** Whether the order was covered at some moment (coverage.ts). */
  readonly everCovered: boolean;
  /** How often, and with how many characters, customer or guest edited the order on the day of their last edit (UTC). */
  readonly ownEdits?: OwnEdits | undefined;
  readonly replacedTimes: readonly ReplacedTime[];
  /** Of an imported order: what the refund rule leaves alone, because it was settled before. */
  readonly settledBefore?: SettledBefore | undefined;
  /** Everything personal is erased, and nothing personal came since. */
  readonly erased?: true | undefined;
  readonly waiting: readonly WaitingEvent[];
  /** Hash of the newest entry of the journal; absent where that entry has none. */
  readonly head?: string | undefined;
}
