import type { Status } from './transitions.js';

/** Money of one payment; of none where none is named. */
export interface PaymentAmount {
  readonly payment_id?: string | undefined;
  readonly amount: string;
}

/** What every entry may carry beside its own data: what the rules made of the change. */
export interface Consequences {
  /** Sum of `refunds_requested`. */
  readonly refund_requested?: string | undefined;
  /** Refunds requested by the refund rule, one a payment; their keys are those of `refundKey`. */
  readonly refunds_requested?: readonly PaymentAmount[] | undefined;
  /** Authorizations given up because the order is cancelled, one a payment. */
  readonly voids_requested?: readonly PaymentAmount[] | undefined;
  /** When an order that is not covered will be cancelled; null: it is covered now, the deadline is lifted. */
  readonly payment_due_at?: string | null | undefined;
  /** The order is covered: fulfilment is asked to start. */
  readonly start_fulfilment?: boolean | undefined;
  /** Happened before this service had the order: settled, so nothing follows from it. */
  readonly imported?: true | undefined;
}

/** A move from one status to another. */
export interface Moved {
  readonly from_status: Status;
  readonly to_status: Status;
}

/** What a person wrote beside a move: free text, so it stays in the journal. */
export interface Remarks {
  readonly notes: string;
}
