import type { EffectView } from '../../actors/ledger.js';
import type { Address, Order as StoredOrder } from '../../actors/rules/order.js';

/** Who did something. */
export interface Author {
  readonly type: string;
  readonly id: string;
}

/** One payment of an order. */
export interface Payment {
  readonly payment_id: string;
  readonly method?: string;
  readonly status: string;
  readonly authorized_amount: string;
  readonly captured_amount: string;
  readonly refunded_amount: string;
  readonly requested_amount: string;
}

/** One parcel of an order. */
export interface Parcel {
  readonly carrier?: string | undefined;
  readonly tracking_number?: string | undefined;
  readonly tracking_url?: string | undefined;
  readonly shipped_at?: string | undefined;
  readonly delivered_at?: string | undefined;
  readonly items?: readonly { readonly item_id: string; readonly quantity: number }[] | undefined;
}

/** What a person stopped, and why. */
export interface Hold {
  readonly reason: string;
  readonly by: Author;
  readonly at: string;
  readonly until?: string;
}

/** Parts that an older replica does not send yet. */
interface Optional {
  readonly payments?: readonly Payment[];
  readonly shipments?: readonly Parcel[];
  readonly hold?: Hold;
  readonly payment_status: string;
  readonly deadlines: readonly { readonly what: string; readonly at: string }[];
}

/** An order as the API sends it. */
export type Order = Omit<StoredOrder, keyof Optional> & Optional;

/** A line of the effects ledger. */
export type Effect = Omit<EffectView, 'state'> & { readonly state: string };

export type { DeadLetterView as DeadLetter } from '../../actors/dead-letters.js';
export type { DependencyHealth as Dependency } from '../../actors/dependency-health.js';
export type { Address };

/** A leaf of the order that differs. */
export interface Change {
  readonly path: string;
  readonly old: unknown;
  readonly new: unknown;
}

/** What a command would do. */
export interface Preview {
  readonly version: number;
  readonly order: Order;
  readonly changes: readonly Change[];
  readonly effects: readonly { readonly target: string; readonly operation: string; readonly payload: unknown }[];
  readonly refund?: {
    readonly amount: string;
    readonly currency: string;
    readonly lines: readonly { readonly item_id: string; readonly amount: string }[];
    readonly other_amount: string;
    readonly payments: readonly { readonly payment_id?: string; readonly amount: string }[];
  };
}

/** What may be done with an order, or why not. */
export interface Action {
  readonly action: string;
  readonly to?: string;
  readonly allowed: boolean;
  readonly code?: string;
  readonly detail?: string;
  readonly remedy?: string;
  readonly until?: string;
  readonly items?: readonly { readonly item_id: string; readonly max_quantity: number }[];
}

/** One thing that happened to an order. */
export interface Entry {
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly by: Author;
  readonly channel: string;
  readonly trace_id?: string;
  readonly at: string;
  readonly hash: string;
}

/** RFC 9457. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly trace_id?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}
