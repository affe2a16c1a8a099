import type { Claim } from './bulk-requests.js';
import type { Caller } from './rules/order-parts.js';

/** States of an effect (docs/architecture.md). */
export const effectStates = ['pending', 'done', 'rejected', 'dead', 'resolved', 'withdrawn'] as const;
export type EffectState = (typeof effectStates)[number];

/** What a person did about an effect, and why. */
export interface EffectAction {
  readonly action: 'retry' | 'resolve';
  readonly reason: string;
  readonly by: { readonly type: string; readonly id: string };
  readonly at: string;
}

/** A line of the ledger: what must happen elsewhere because of an order, and how that stands. */
export interface EffectView {
  readonly key: string;
  readonly order_id: string;
  readonly version: number;
  readonly target: string;
  readonly operation: string;
  readonly state: EffectState;
  readonly attempts: number;
  /** Only while pending. */
  readonly next_at?: string | undefined;
  readonly last_error?: string | undefined;
  readonly payload: unknown;
  readonly actions: readonly EffectAction[];
  readonly created_at: string;
  readonly settled_at?: string | undefined;
}

/** Where a page of the ledger begins. */
export interface LedgerPosition {
  /** Money first: 0 for what concerns payment, 1 for the rest. */
  readonly rank: number;
  readonly queued_at: string;
  readonly key: string;
}

/**
 * The effects ledger, as people look at it and act on it. What acts takes the key of the call in the same statement, where it
 * has one: where another call has the key, nothing is done and the answer is false.
 */
export interface Ledger {
  ofOrder(orderId: string): Promise<readonly EffectView[]>;
  get(key: string): Promise<EffectView | undefined>;
  /** Over all orders: what concerns money first, then the newest. */
  list(
    states: readonly EffectState[],
    after: LedgerPosition | undefined,
    limit: number,
  ): Promise<readonly { readonly at: LedgerPosition; readonly effect: EffectView }[]>;
  /** Puts an effect back to be tried at once, and forgets that it was given up. False where it is already settled well. */
  retry(key: string, by: Caller, reason: string, claim?: Claim): Promise<boolean>;
  /** Marks an effect as done by hand. False where it cannot be: done, resolved, or an event. */
  resolve(key: string, by: Caller, reason: string, claim?: Claim): Promise<boolean>;
  /** Notes what was done about an effect without touching its state. */
  note(key: string, action: EffectAction['action'], by: Caller, reason: string, claim?: Claim): Promise<boolean>;
}
