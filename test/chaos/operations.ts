import type { Order } from '../../actors/rules/order.js';
import type { ChangeCommand } from '../../actors/rules/decide.js';

/** An order as a client was shown it. */
export interface Shown {
  readonly order: Order;
  readonly start: number;
  readonly end: number;
}

/**
 * What a client wanted, with all the requests it took. Times in milliseconds of one clock, from the first request to the last
 * answer.
 */
export interface Operation {
  /** Stands in the journal where the operation changed something: as the reason, or in the new order's metadata. */
  readonly id: string;
  readonly call: string;
  /** Undefined where its creation was not acknowledged. */
  readonly order: string | undefined;
  readonly start: number;
  readonly end: number;
  readonly outcome: 'done' | 'refused' | 'unknown';
  /** Whether an earlier request of it had been taken. */
  readonly repeated: boolean;
  /** Of a refusal. */
  readonly code: string | undefined;
  /** What was asked for, where it may be refused. */
  readonly command: ChangeCommand | undefined;
  /** The version it was for; undefined: any. */
  readonly ifVersion: number | undefined;
  /** The last answer. */
  readonly shown: Shown | undefined;
}

/** A capture that the payment service told of, and the broker has. */
export interface Payment {
  readonly order: string;
  readonly paymentId: string;
  readonly amount: string;
}
