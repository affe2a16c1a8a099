import type { Entry } from './entries.js';
import type { WaitingEvent } from './order.js';
import type { Refusal } from './refusal.js';

/** An event that had waited and can never be applied: staff must decide what to do (docs/events.md). */
export interface GivenUp {
  readonly event: WaitingEvent;
  readonly reason: string;
}

/** The command is taken. No entries: it asked for what already is, or its event waits. */
export interface Accepted {
  readonly outcome: 'accepted';
  readonly entries: readonly Entry[];
  /** An event of this command that came too early and is kept. */
  readonly kept: readonly WaitingEvent[];
  /** Events that waited and are decided now. */
  readonly released: readonly WaitingEvent[];
  readonly givenUp: readonly GivenUp[];
}

/** Nothing changes: a client is refused, an event was overtaken (`stale`) or contradicts the order (`conflict`). */
export type Rejected =
  | { readonly outcome: 'refused'; readonly refusal: Refusal }
  | { readonly outcome: 'stale' | 'conflict'; readonly reason: string };

/** What the rules say to a command. */
export type Decision = Accepted | Rejected;

/** A command taken with these entries. */
export const accept = (...entries: Entry[]): Accepted => ({
  outcome: 'accepted',
  entries,
  kept: [],
  released: [],
  givenUp: [],
});

/** A command refused. */
export const refuse = (refusal: Refusal): Rejected => ({ outcome: 'refused', refusal });

/** An event that only repeats, or that the order has overtaken. */
export const stale = (reason: string): Rejected => ({ outcome: 'stale', reason });

/** An event that cannot be true of this order. */
export const conflict = (reason: string): Rejected => ({ outcome: 'conflict', reason });
