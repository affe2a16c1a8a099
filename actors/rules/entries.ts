import type {
  Address,
  Caller,
  Item,
  ItemMetadata,
  ItemQuantity,
  Json,
  Metadata,
  OrderPayment,
  PaymentStatus,
} from './order.js';
import type { Cancelled, ItemsCancelled, Restored } from './cancellation-entries.js';
import type { Erased } from './erasure-entries.js';
import type { Held, Released } from './hold-entries.js';
import type { Imported } from './imported.js';
import type { Status } from './transitions.js';

/** Money of one payment; of none where none is named. */
export interface PaymentAmount {
  readonly payment_id?: string | undefined;
  readonly amount: string;
}

/** What every entry may carry beside its own data: what the rules made of the change. */
export interface Consequences {
  /** Sum of `refunds_requested`. */
  readonly refund_requested?: string | undefined;
  /** Refunds requested by the refund rule, one a payment; their keys are those of {@link refundKey}. */
  readonly refunds_requested?: readonly PaymentAmount[] | undefined;
  /** Authorizations given up because the order is cancelled, one a payment. */
  readonly voids_requested?: readonly PaymentAmount[] | undefined;
  /** When an order that is not covered will be cancelled; null: it is covered now, the deadline is lifted. */
  readonly payment_due_at?: string | null | undefined;
  /** The order is covered: fulfilment is asked to start. */
  readonly start_fulfilment?: boolean | undefined;
  /** Happened before this service had the order: settled, so nothing follows from it. */
  readonly imported?: true | undefined;
}

/** A move from one status to another. */
export interface Moved {
  readonly from_status: Status;
  readonly to_status: Status;
}

/** What a person wrote beside a move: free text, so it stays in the journal. */
export interface Remarks {
  readonly notes: string;
}

/** A payment as checkout hands it over. */
export interface NewPayment {
  readonly payment_id: string;
  readonly method?: string | undefined;
  readonly status: 'pending' | 'authorized' | 'completed';
  readonly amount: string;
}

/** An order handed over by checkout. The order number is drawn by the storing statement and put in then. */
export interface Created {
  readonly type: 'order.created';
  readonly data: Consequences & {
    readonly order_number: string;
    readonly to_status: 'confirmed';
    readonly customer_id?: string | undefined;
    readonly currency: string;
    readonly decimals: number;
    readonly subtotal: string;
    readonly tax_amount: string;
    readonly shipping_amount: string;
    readonly discount_amount: string;
    readonly total_amount: string;
    readonly payment_id?: string | undefined;
    readonly payment_method?: string | undefined;
    readonly payment_status: PaymentStatus;
    readonly payments: readonly NewPayment[];
    readonly metadata: Metadata;
    readonly items: readonly Item[];
    readonly created_by_service: string;
  };
  readonly personal: {
    readonly guest_email?: string | undefined;
    readonly shipping_address: Address;
    readonly billing_address?: Address | undefined;
    readonly notes?: string | undefined;
  };
}

/**
 * What an entry says about parcels: a new one, or what is new of known ones. Entries of releases that knew one parcel read
 * the same: they never name positions.
 */
export interface ParcelNews {
  /**
   * The parcels that it is about, by their positions in `shipments`. Absent: with `shipped_at` a new parcel, with
   * `delivered_at` all that are not delivered yet.
   */
  readonly parcels?: readonly number[] | undefined;
  readonly carrier?: string | undefined;
  readonly tracking_number?: string | undefined;
  readonly tracking_url?: string | undefined;
  readonly parcel_items?: readonly ItemQuantity[] | undefined;
  readonly shipped_at?: string | undefined;
  readonly delivered_at?: string | undefined;
  /** The time as it was reported, where that is impossible and the time of arrival stands in for it. */
  readonly reported_at?: string | undefined;
  readonly return_window_ends_at?: string | undefined;
}

/** A move that has no event of its own. */
export interface StatusChanged {
  readonly type: 'order.status_changed';
  readonly data: Consequences &
    Moved &
    ParcelNews & {
      readonly reason?: string | undefined;
      readonly fulfillment_id?: string | undefined;
    };
  readonly personal?: Remarks | undefined;
}

/** One leaf that an edit changed: JSON before and after, null where there was or is nothing. */
export interface Change {
  readonly field: string;
  readonly old_value: Json;
  readonly new_value: Json;
}

/**
 * An edit, or news of parcels that does not move the status. Which fields, everybody may know; the values of an edit may be
 * personal and stay apart.
 */
export interface Updated {
  readonly type: 'order.updated';
  readonly data: Consequences &
    ParcelNews & {
      readonly fields: readonly string[];
      readonly reason?: string | undefined;
      readonly metadata?: Metadata | undefined;
      /** New metadata of some items. */
      readonly items?: readonly ItemMetadata[] | undefined;
      readonly customer_id?: string | undefined;
      /** The time to restore the order is over. */
      readonly grace_ended?: boolean | undefined;
    };
  readonly personal: {
    readonly changes: readonly Change[];
    readonly shipping_address?: Address | undefined;
    readonly billing_address?: Address | undefined;
    readonly notes?: string | undefined;
  };
}

/** A return announced; it moves nothing yet. */
export interface ReturnRequested {
  readonly type: 'order.return_requested';
  readonly data: Consequences & {
    readonly return_id: string;
    readonly items: readonly ItemQuantity[];
    readonly reason?: string | undefined;
  };
}

/** Units that came back. Without a return id it was done by hand. */
export interface Returned {
  readonly type: 'order.returned';
  readonly data: Consequences & {
    readonly from_status?: Status | undefined;
    readonly to_status?: Status | undefined;
    readonly return_id?: string | undefined;
    readonly part_id?: string | undefined;
    readonly items: readonly ItemQuantity[];
    readonly reason?: string | undefined;
    readonly return_window_ends_at?: string | undefined;
  };
  readonly personal?: Remarks | undefined;
}

/** Money that moved, or did not: authorized, captured, failed, refunded, a refund refused or asked for again. */
export interface PaymentUpdated {
  readonly type: 'order.payment_updated';
  readonly data: Consequences & {
    readonly change: 'authorized' | 'completed' | 'failed' | 'refunded' | 'refund_refused' | 'refund_retried';
    readonly payment_id?: string | undefined;
    /** Amount authorized, captured, refunded, or refused, in the order's currency. */
    readonly amount?: string | undefined;
    readonly capture_id?: string | undefined;
    readonly refund_id?: string | undefined;
    /** The return whose goods this refund pays for. */
    readonly return_id?: string | undefined;
    /** The request this answers. */
    readonly refund_key?: string | undefined;
    /** When it was authorized or failed, by the event that told of it: the later decides. */
    readonly occurred_at?: string | undefined;
    readonly reason?: string | undefined;
    /** How the order is paid after this entry. */
    readonly payment_status: PaymentStatus;
    readonly captured_amount: string;
    readonly refunded_amount: string;
    readonly payments: readonly OrderPayment[];
  };
}

/** The return window closed. */
export interface Completed {
  readonly type: 'order.completed';
  readonly data: Consequences;
}

/**
 * One line of an order's journal before it has its version. `data` is published; `personal` never is. The journal keeps the free
 * texts of `data` apart as well (stored-entry.ts).
 */
export type Entry =
  | Created
  | Imported
  | StatusChanged
  | Updated
  | ItemsCancelled
  | Cancelled
  | Restored
  | ReturnRequested
  | Returned
  | PaymentUpdated
  | Held
  | Released
  | Completed
  | Erased;

/** The event types this service publishes: every entry's but the import's. */
export type EventType = Exclude<Entry['type'], Imported['type']>;

/** An entry in its place: version n of its order, at a time. */
export interface JournalEntry {
  readonly order_id: string;
  readonly version: number;
  readonly at: string;
  /** Whose entry it is; absent where only the order that results matters. */
  readonly by?: Caller['type'] | undefined;
  readonly entry: Entry;
}

/** The key of the n-th refund that an entry asks for: also the effect's key. */
export const refundKey = (orderId: string, version: number, n = 0): string =>
  `${orderId}:${version}:payment.refund:${n}`;
