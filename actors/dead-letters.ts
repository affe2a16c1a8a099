import type { Claim } from './bulk-requests.js';
import type { Caller } from './rules/order-parts.js';

/** An event that could not be applied, as it came, and why. */
export interface DeadLetter {
  readonly topic: string;
  readonly source: string;
  readonly eventId: string;
  readonly orderId?: string | undefined;
  /** CloudEvents time, RFC 3339. */
  readonly eventTime?: string | undefined;
  readonly payload: unknown;
  readonly reason: string;
}

export const deadLetterStates = ['open', 'replayed', 'discarded'] as const;
export type DeadLetterState = (typeof deadLetterStates)[number];

/** A dead letter as people see it. */
export interface DeadLetterView {
  readonly id: string;
  readonly topic: string;
  readonly source: string;
  readonly event_id: string;
  readonly event_time?: string | undefined;
  readonly order_id?: string | undefined;
  readonly payload: unknown;
  readonly reason: string;
  readonly state: DeadLetterState;
  readonly received_at: string;
  readonly settled_at?: string | undefined;
  readonly settled_by?: string | undefined;
  readonly note?: string | undefined;
}

/** Where a page of dead letters begins. */
export interface DeadLetterPosition {
  readonly received_at: string;
  readonly id: string;
}

/** Where they are kept until staff acts. */
export interface DeadLetters {
  /** Keeps it; the same topic, source and id once. */
  add(letter: DeadLetter): Promise<void>;
  get(id: string): Promise<DeadLetterView | undefined>;
  /** Newest first. */
  list(
    state: DeadLetterState,
    after: DeadLetterPosition | undefined,
    limit: number,
  ): Promise<readonly { readonly at: DeadLetterPosition; readonly letter: DeadLetterView }[]>;
  /**
   * Closes an open one; false where it is closed already.
   *
   * @param claim the key of the call, which is kept in the same statement; where another call has it, the answer is false
   */
  close(
    id: string,
    state: 'replayed' | 'discarded',
    by: Caller,
    note: string | undefined,
    claim?: Claim,
  ): Promise<boolean>;
  /** For metrics. */
  open(): Promise<number>;
}
