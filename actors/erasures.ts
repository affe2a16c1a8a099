/** Whose personal data is erased. */
export type Subject = { readonly customer_id: string } | { readonly guest_email: string };

/** The records that belong to one customer or guest. */
export interface Traces {
  readonly orderIds: readonly string[];
  /** In lower case. */
  readonly emails: readonly string[];
}

/** What is erased beside the orders themselves. All throw only for infrastructure. */
export interface Erasures {
  /** All orders of the customer or guest, erased ones included, and their emails. */
  tracesOf(subject: Subject): Promise<Traces>;
  /** Erases the verified emails, and dead letters without an order that contain these emails, the customer or the orders. */
  forget(subject: Subject, traces: Traces): Promise<void>;
  /** Whether search index and analytics have taken the erasure of all these orders. */
  isTaken(orderIds: readonly string[]): Promise<boolean>;
}
