import type { Address, Order as StoredOrder, Return } from '../../actors/rules/order.js';
import type { Shipment } from '../../actors/rules/order-parts.js';

/** Who did something. */
export interface Author {
  readonly type: string;
  readonly id: string;
}

/** What stopped fulfilment, and why. The reason and the author are for staff. */
export interface Hold {
  readonly reason?: string;
  readonly by?: Author;
  readonly at: string;
  readonly until?: string;
}

/** An order as the API sends it. */
export type Order = Omit<StoredOrder, 'hold'> & { readonly hold?: Hold };

export type { EffectView as Effect } from '../../actors/ledger.js';
export type { DeadLetterView as DeadLetter } from '../../actors/dead-letters.js';
export type { DependencyHealth as Dependency } from '../../observability/readiness.js';
export type { Address, Return, Shipment };

/** A leaf of the order that differs. */
export interface Change {
  readonly path: string;
  readonly old: unknown;
  readonly new: unknown;
}

/** What would be asked of another service. */
export interface PreviewedEffect {
  readonly target: string;
  readonly operation: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What would be refunded. */
export interface PreviewedRefund {
  readonly amount: string;
  readonly currency: string;
  readonly lines: readonly { readonly item_id: string; readonly amount: string }[];
  readonly other_amount: string;
  readonly payments: readonly { readonly payment_id?: string; readonly amount: string }[];
}

/** What a command would do; answered to a dry run. */
export interface Preview {
  readonly version: number;
  readonly order: Order;
  readonly changes: readonly Change[];
  readonly effects: readonly PreviewedEffect[];
  readonly refund?: PreviewedRefund;
}

/** What may be done with an order, or why not. */
export interface Action {
  readonly action: string;
  /** The target, for `change_status`. */
  readonly to?: string;
  readonly allowed: boolean;
  readonly code?: string;
  readonly detail?: string;
  readonly remedy?: string;
  /** When `allowed` changes by itself. */
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
  /** Absent until an entry of an earlier release is sealed. */
  readonly hash?: string;
}

/** What a check of the journal found. */
export interface Verification {
  readonly verified: boolean;
  readonly entries: number;
  readonly head?: string;
  /** Absent where only the stored order differs. */
  readonly first_bad_version?: number;
  readonly why?: string;
  readonly sealed_at?: string;
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
