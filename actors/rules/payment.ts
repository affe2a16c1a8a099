import type { Amount } from './money.js';

/** A part of a refund, and the payment that it is taken from; undefined: from money under no name. */
export interface RefundShare {
  readonly payment_id: string | undefined;
  readonly amount: Amount;
}

/** A refund this order asked for. `key` is the effect's key and the idempotency key the payment service sees. */
export interface RefundRequest {
  readonly key: string;
  readonly amount: string;
  readonly state: 'requested' | 'refunded' | 'refused';
  readonly refund_id?: string | undefined;
  /** The payment that was asked. Undefined: the request named none. */
  readonly payment_id?: string | undefined;
  /** Where the money is taken from: the payment that was asked, as far as that is known. */
  readonly shares: readonly RefundShare[];
}

/** A capture that an event reported. */
export interface Capture {
  readonly capture_id?: string | undefined;
  readonly amount: Amount;
}

/** Everything known of one payment; see funds.ts. */
export interface Payment {
  readonly payment_id: string;
  readonly method?: string | undefined;
  /** What the latest news made of it. Its status also depends on captures and refunds. */
  readonly state: 'pending' | 'authorized' | 'completed' | 'failed' | 'voided';
  /** CloudEvents time of the news that decided `state`. Undefined: stated at creation. */
  readonly decided_at?: string | undefined;
  readonly authorized: Amount;
  readonly voided: Amount;
  readonly captured: Amount;
  readonly refunded: Amount;
  /** What creation stated about it, whatever its status: stands in for an amount that an event does not name. */
  readonly announced: Amount;
  /** The part of `captured` that no capture's event has reported yet. */
  readonly unconfirmed: Amount;
  readonly captures: readonly Capture[];
  /** Version at which money came in last. */
  readonly captured_in: number;
}

/** Money of a payment that has no name yet. */
export interface UnnamedMoney {
  readonly authorized: Amount;
  readonly captured: Amount;
  readonly refunded: Amount;
}

/** All the money of an order. */
export interface Funds {
  readonly payments: readonly Payment[];
  readonly unnamed: UnnamedMoney;
  readonly refunds: readonly RefundRequest[];
  /** Ids of the refunds that are counted: repeats are stale. */
  readonly seenRefunds: readonly string[];
  /** The part of what was refunded that paid for goods which came back. */
  readonly refundedForReturns: Amount;
}

/** By how much an imported order was paid beyond its value, or below it. */
export interface SettledBefore {
  readonly amount: Amount;
  /** It belongs to the units that are kept: once none is, it no longer counts. */
  readonly withUnits: boolean;
}
