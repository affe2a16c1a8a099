import type { Address, ItemMetadata, Json, Metadata, OrderPayment, PaymentStatus } from './order.js';
import type { Caller, ItemQuantity } from './order-parts.js';
import type { Cancelled, ItemsCancelled, Restored, Erased, Held, Released } from './action-entries.js';
import type { Created, Imported } from './creation-entries.js';
import type { Consequences, Moved, Remarks } from './entry-parts.js';
import type { Status } from './transitions.js';

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
