import type { Deadline, ItemQuantity, OrderState } from './order.js';
import type { Payment } from './payment.js';
import type { Status } from './transitions.js';

/** A cancellation that can still be undone: what the order was, and what was asked of payments since. */
export interface Grace {
  readonly ends_at: string;
  /** The version that the cancellation made. */
  readonly version: number;
  readonly status: Status;
  /** The units that it cancelled. */
  readonly items: readonly ItemQuantity[];
  readonly holds: OrderState['holds'];
  readonly deadlines: readonly Deadline[];
  /** Keys of the refunds requested since. */
  readonly refunds: readonly string[];
  /** Authorizations given up since, and how their payments stood before. */
  readonly voids: readonly {
    readonly payment_id?: string | undefined;
    readonly amount: string;
    readonly state: Payment['state'];
  }[];
}
