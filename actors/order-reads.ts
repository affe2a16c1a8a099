import type { Caller } from './rules/order-parts.js';
import type { Order, PaymentStatus } from './rules/order.js';
import type { Status } from './rules/transitions.js';

/** An order as it is stored for reading: its document as JSON text, ready to be sent. */
export interface StoredDocument {
  readonly id: string;
  readonly version: number;
  readonly document: string;
}

/** A moment in the life of an order: one of its versions, or a time (RFC 3339 UTC). */
export type Moment = { readonly version: number } | { readonly at: string };

/** What came after a version of an order. */
export interface Following {
  readonly current: Order | undefined;
  readonly documents: readonly StoredDocument[];
}

/** Where a page begins: after this order, in the direction of time. */
export interface ListPosition {
  readonly created_at: string;
  readonly id: string;
}

/** What to list. */
export interface ListFilter {
  /** Both, where a customer narrows their own list. */
  readonly customerIds: readonly string[];
  readonly statuses: readonly Status[] | undefined;
  readonly paymentStatus: PaymentStatus | undefined;
  readonly createdAfter: string | undefined;
  readonly createdBefore: string | undefined;
  readonly updatedAfter: string | undefined;
  readonly numberPrefix: string | undefined;
  readonly guestEmail: string | undefined;
  /** Of any payment of the order. */
  readonly paymentId: string | undefined;
  /** Of any parcel of the order. */
  readonly trackingNumber: string | undefined;
  /** Of any line of the order, as the next. */
  readonly productSku: string | undefined;
  readonly warehouseId: string | undefined;
  /** Whether fulfilment is on hold. */
  readonly held: boolean | undefined;
  /** Orders with a deadline earlier than this. */
  readonly deadlineBefore: string | undefined;
  /** Words that the order must have, the last one as a prefix. */
  readonly q: string | undefined;
  readonly after: ListPosition | undefined;
  readonly limit: number;
  /** Once about so much is read, a page need not have more; undefined: it may be as long as it is. */
  readonly enoughBytes?: number | undefined;
}

/** One line of the status history. */
export interface StatusHistoryEntry {
  readonly version: number;
  readonly from_status?: string | undefined;
  readonly to_status: string;
  readonly reason?: string | undefined;
  readonly notes?: string | undefined;
  readonly changed_by: { readonly type: string; readonly id: string };
  readonly changed_at: string;
}

/** One line of the edit history. */
export interface EditHistoryEntry {
  readonly version: number;
  readonly field: string;
  readonly old_value: unknown;
  readonly new_value: unknown;
  readonly reason?: string | undefined;
  readonly changed_by: { readonly type: string; readonly id: string };
  readonly changed_at: string;
}

/** Where a page of a history begins: after this entry and, in an edit, after this leaf. */
export interface HistoryPosition {
  readonly version: number;
  readonly position: number;
}

/** A line of a history, with its place. */
export interface Placed<T> {
  readonly at: HistoryPosition;
  readonly entry: T;
}

/** How an edit history is read. */
export interface EditHistoryOptions {
  /** Fields that are left out. */
  readonly hidden?: ((field: string) => boolean) | undefined;
  /** Once so much is read, a page need not have more. */
  readonly enoughBytes: number;
}

/** A line of a list. */
export interface Listed extends StoredDocument, ListPosition {
  /** Whether a line follows that was left out because of `enoughBytes`. */
  readonly isCut?: boolean;
}

/** Reading, as the gateways need it: straight from Postgres, never through an actor (docs/architecture.md). */
export interface OrderReads {
  /** @param reader customers and guests get their own orders only, and nothing of another order leaves the database */
  byId(id: string, reader?: Caller): Promise<StoredDocument | undefined>;
  /** @param reader as above */
  byNumber(orderNumber: string, reader?: Caller): Promise<StoredDocument | undefined>;
  /** The order as it was at a version or time, in the present shape; undefined where it had no such version. */
  past(id: string, moment: Moment): Promise<StoredDocument | undefined>;
  /** The order as it was at each of these versions. */
  pastTwo(id: string, versions: readonly [number, number]): Promise<readonly (StoredDocument | undefined)[]>;
  /** At most `limit` versions after this one, each as it was, and the present order; undefined where there is none. */
  following(id: string, after: number, limit: number): Promise<Following>;
  /** The present versions of these orders. */
  versionsOf(ids: readonly string[]): Promise<readonly { readonly id: string; readonly version: number }[]>;
  list(filter: ListFilter): Promise<readonly Listed[]>;
  /** Every change before this moment is found by words; undefined while the search index is incomplete. RFC 3339 UTC */
  searchedUntil(): Promise<string | undefined>;
  statusHistory(
    id: string,
    after: HistoryPosition | undefined,
    limit: number,
  ): Promise<readonly Placed<StatusHistoryEntry>[]>;
  editHistory(
    id: string,
    after: HistoryPosition | undefined,
    limit: number,
    options: EditHistoryOptions,
  ): Promise<readonly Placed<EditHistoryEntry>[]>;
}
