import type { EditHistoryEntry, StatusHistoryEntry } from '../../actors/order-reads.js';
import type { OrderChange } from '../../actors/rules/changes.js';
import type { Fault } from '../../actors/rules/refusal.js';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';

/** Who calls, and the headers that a changing call may carry. */
export interface CallOptions {
  /** Whose token goes along; default: the service `contract-suite`. */
  readonly caller?: Caller;
  /** A token of the test's own making in its place; null: none at all. */
  readonly token?: string | null;
  readonly key?: string;
  /** As it is sent, with its quotes. */
  readonly ifMatch?: string;
  /** As it is sent: `true`, or something faulty. */
  readonly dryRun?: string;
}

/** What a dry run answers. */
export interface PreviewView {
  readonly version?: number;
  readonly order: Omit<Order, 'id' | 'order_number'> & Partial<Pick<Order, 'id' | 'order_number'>>;
  readonly changes: readonly { readonly path: string; readonly old: unknown; readonly new: unknown }[];
  readonly effects: readonly { readonly target: string; readonly operation: string; readonly payload: unknown }[];
  readonly refund?: {
    readonly amount: string;
    readonly currency: string;
    readonly lines: readonly { readonly item_id: string; readonly amount: string }[];
    readonly other_amount: string;
    readonly payments: readonly { readonly payment_id?: string; readonly amount: string }[];
  };
}

/** The result of a bulk request for one order. */
export interface BulkView {
  readonly order_id: string;
  readonly outcome: 'done' | 'refused' | 'unavailable';
  readonly version?: number;
  readonly problem?: { readonly code: string };
  readonly preview?: PreviewView;
}

/** What any call answered, with the differences of the surfaces taken away. */
export interface Answer {
  readonly ok: boolean;
  /** HTTP status, or gRPC status code. */
  readonly status: number;
  /** The code of the error table; undefined where all went well, or where the answer does not name one. */
  readonly code: string | undefined;
  /** The faults of a faulty input; empty otherwise. */
  readonly errors: readonly Fault[];
  /** Seconds, where the answer says when to try again. */
  readonly retryAfter: number | undefined;
  readonly etag: string | undefined;
  readonly replayed: boolean;
  readonly order: Order | undefined;
  readonly guestToken: string | undefined;
  /** Of a dry run. */
  readonly preview?: PreviewView | undefined;
}

/** What a call that answers page by page answered. */
export interface PageAnswer<T> extends Answer {
  readonly entries: readonly T[];
  readonly nextPageToken: string | undefined;
  /** Of a search by words. */
  readonly searchAsOf?: string | undefined;
}

/** What a comparison of two versions answered. */
export interface DiffAnswer extends Answer {
  readonly changes: readonly OrderChange[] | undefined;
}

/** A JSON object on its way in, faulty ones too. */
export type Body = Readonly<Record<string, unknown>>;

/** Filters and page of a list. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** The nine core calls over one surface. A driver only translates: it refuses nothing and tries nothing again. */
export interface Driver {
  readonly name: string;
  readonly protocol: 'http' | 'grpc';
  /** Set where the surface knows who calls without a token: always this caller then. */
  readonly fixedCaller: Caller | undefined;
  createOrder(body: unknown, options?: CallOptions): Promise<Answer>;
  getOrder(id: string, options?: CallOptions): Promise<Answer>;
  /** @param moment version or time */
  getOrderAt(id: string, moment: Query, options?: CallOptions): Promise<Answer>;
  orderDiff(id: string, versions: Query, options?: CallOptions): Promise<DiffAnswer>;
  listOrders(query: Query, options?: CallOptions): Promise<PageAnswer<Order>>;
  updateOrderStatus(id: string, body: Body, options?: CallOptions): Promise<Answer>;
  updateOrder(id: string, body: Body, options?: CallOptions): Promise<Answer>;
  cancelOrder(id: string, body: Body, options?: CallOptions): Promise<Answer>;
  cancelOrderItems(id: string, body: Body, options?: CallOptions): Promise<Answer>;
  statusHistory(id: string, query?: Query, options?: CallOptions): Promise<PageAnswer<StatusHistoryEntry>>;
  editHistory(id: string, query?: Query, options?: CallOptions): Promise<PageAnswer<EditHistoryEntry>>;
}
