import type { Snapshot } from './journal-snapshot.js';
import type { Order } from './rules/order.js';

/** An entry among all entries of the journal. */
export interface EntryPlace {
  /** The number of the transaction that wrote it. */
  readonly transaction: bigint;
  readonly order_id: string;
  readonly version: number;
}

/** A place in the stream of all changes. */
export interface StreamPlace {
  /** Entries that this moment sees come before the place. */
  readonly cursor: Snapshot;
  /** Except for the entries after this one in its transaction, which the cursor sees. They come next. */
  readonly last?: EntryPlace | undefined;
}

/** A place in the stream of one database. */
export interface ChangePosition extends StreamPlace {
  /** Postgres' own number of its cluster: numbers of transactions have no meaning in another one. */
  readonly cluster: string;
}

/** One change of one order. */
export interface OrderChanged {
  /** The order before it; undefined: the order was created. */
  readonly before: Order | undefined;
  readonly after: Order;
  /** The place behind the change. Computed when asked for. */
  readonly place: () => StreamPlace;
}

/** A part of the stream. */
export interface Tail {
  readonly changes: readonly OrderChanged[];
  /** The stream goes on from here. */
  readonly next: StreamPlace;
  /** Whether there may be more already. */
  readonly isBehind: boolean;
}

/**
 * The changes of all orders as one stream. Changes of one order come in the order of its versions; a change whose transaction
 * committed late comes late, and is neither missed nor repeated.
 */
export interface JournalTail {
  /** The end of the stream at this moment. */
  end(): Promise<ChangePosition>;
  /**
   * What comes next after a place.
   *
   * @param until only what this moment sees; undefined: the present
   */
  after(place: StreamPlace, until?: Snapshot): Promise<Tail>;
}
