/** A caller's key and the hash of the call that it stands for, to be kept by the very statement that acts. */
export interface Claim {
  readonly commandId: string;
  readonly requestHash: string;
}

/** Which bulk requests were begun. Every method is one statement; all throw only for infrastructure. */
export interface BulkRequests {
  /**
   * Keeps what a key stands for, once and forever.
   *
   * @returns the hash that the key stands for, this one where it is new
   */
  keep(commandId: string, requestHash: string): Promise<string>;
  /** The hash that a key stands for, if any. */
  find(commandId: string): Promise<string | undefined>;
}

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
