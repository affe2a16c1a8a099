import type { Caller } from './order.js';

/** Why an order's fulfilment is on hold, by whose decision, and since when. */
export interface Hold {
  readonly reason: string;
  readonly by: Caller;
  readonly at: string;
  /** When the hold ends by itself. */
  readonly until?: string | undefined;
}

/** Whose hold: the coverage rule's, or a person's. Both may exist together. */
export type HoldKind = 'payment' | 'person';
