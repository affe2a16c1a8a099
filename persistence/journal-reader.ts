import type { Pool, PoolClient } from 'pg';
import { advanced, readSnapshot, writeSnapshot } from '../actors/journal-snapshot.js';
import { inTransaction } from './transaction.js';

/** What became of one step behind the journal. */
export type Step =
  /** Everything is read again. */
  | 'begun'
  /** There is more to read. */
  | 'behind'
  /** Everything that was there has been read. */
  | 'current'
  /** Another replica is at it, or one of a later release has been. */
  | 'elsewhere';

/** Keeps tables of its own behind the journal: the rollups, the search index. */
export interface JournalReader {
  /** Reads a little more of the journal: one transaction, all or nothing. */
  advance(): Promise<Step>;
  /** Whether there is nothing to do, since everything up to so many milliseconds ago has been read. */
  isFresh(milliseconds: number): Promise<boolean>;
  /** Seconds since the moment up to which everything has been read; undefined before that was begun. */
  lagSeconds(): Promise<number | undefined>;
}

/**
 * Advisory locks of the replica that reads for some tables, and that empties them; the numbers are used for nothing else.
 */
export const turnLocks = { insights: 8_004_012, search: 8_004_013 } as const;

/** Whether this transaction is the one that reads: one at a time, over all replicas. $1 the lock's number. */
export const takeTurn = `
select pg_try_advisory_xact_lock($1) as taken,
  -- The end of the journal is short, which the planner cannot know.
  set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`;

/**
 * What is new in the journal: entries of transactions numbered $1 to $2 (without), and of those of $3, at most $4 of them in
 * the order of their numbers. With it, the moment that all this was seen at.
 */
export const readTail = `
select pg_current_snapshot()::text as present, statement_timestamp() as at,
  (select coalesce(json_agg(t), '[]')
   from (
     select e.order_id, e.transaction_id::text as transaction
     from order_events e
     where (e.transaction_id >= $1::bigint and e.transaction_id < $2::bigint) or e.transaction_id = any($3::bigint[])
     order by e.transaction_id
     limit $4
   ) t) as entries`;

interface Tail {
  readonly present: string;
  readonly at: string;
  readonly entries: readonly { readonly order_id: string; readonly transaction: string }[];
}

/** How far the tables are. */
export interface Progress {
  readonly definition: number;
  /** What of the journal has been read; a `pg_snapshot`. */
  readonly cursor: string;
  /** The last order of the walk over all; null: none yet. */
  readonly walked: string | null;
  /** Whether that walk is over. */
  readonly complete: boolean;
  /** Whether this cluster wrote the cursor. */
  readonly ours: boolean;
}

/** How far a walk over all orders has come. */
export interface Walked {
  readonly last: string | undefined;
  readonly complete: boolean;
}

/** Which tables are kept behind the journal, and how. */
export interface Reading<P extends Progress> {
  /** Begins the names of the prepared statements, and names the lock. */
  readonly name: keyof typeof turnLocks;
  /** Which meaning the tables have: those of an earlier one are built again. */
  readonly definition: number;
  readonly limits: {
    /** Transaction numbers that a step looks at. */
    readonly transactions: number;
    /** Journal entries that a step takes. */
    readonly entries: number;
  };
  readonly statements: {
    readonly readProgress: string;
    readonly beginAnew: readonly [empty: string, start: string];
    readonly moveOn: string;
    readonly isFresh: string;
    readonly lag: string;
  };
  /** Takes in the next orders of all, as far as the cursor sees them. */
  readonly walk: (client: PoolClient, progress: P) => Promise<Walked>;
  /** Takes in what orders have new: what the cursor `to` sees and the cursor `from` does not. */
  readonly take: (client: PoolClient, orderIds: readonly string[], from: string, to: string) => Promise<void>;
  /** The orders of a transaction that wrote more entries than a step takes; absent: everything is read again then. */
  readonly ordersOf?: (client: PoolClient, transaction: string) => Promise<readonly string[]>;
}

/** Reads the journal by the snapshots of Postgres, first all orders in a walk, then what is new, in small transactions. */
export const createJournalReader = <P extends Progress>(
  pool: Pool,
  { name, definition, limits, statements, walk, take, ordersOf }: Reading<P>,
): JournalReader => {
  const begin = async (client: PoolClient): Promise<Step> => {
    const [empty, start] = statements.beginAnew;
    await client.query(empty);
    await client.query(start, [definition]);
    return 'begun';
  };

  const walkOn = async (client: PoolClient, progress: P): Promise<Step> => {
    const { last, complete } = await walk(client, progress);
    await client.query(statements.moveOn, [progress.cursor, last ?? progress.walked, complete, null]);
    return 'behind';
  };

  const follow = async (client: PoolClient, progress: P): Promise<Step> => {
    const cursor = readSnapshot(progress.cursor);
    const window = cursor.xmax + BigInt(limits.transactions);
    const { rows } = await client.query<Tail>({
      text: readTail,
      values: [String(cursor.xmax), String(window), cursor.running.map(String), limits.entries + 1],
    });
    const [tail] = rows;
    if (tail === undefined) throw new Error('Postgres returned no snapshot');
    // One entry too many: the transaction it belongs to waits for the next step, since it may have written more.
    const cut = tail.entries.length > limits.entries ? tail.entries.at(-1)?.transaction : undefined;
    const taken = tail.entries.filter(({ transaction }) => transaction !== cut);
    // A transaction that wrote more than a step takes is a step of its own.
    const whole = cut !== undefined && taken.length === 0 ? cut : undefined;
    if (whole !== undefined && ordersOf === undefined) return begin(client);
    const orderIds =
      whole === undefined || ordersOf === undefined
        ? taken.map(({ order_id }) => order_id)
        : await ordersOf(client, whole);
    const present = readSnapshot(tail.present);
    const end = cut === undefined ? window : BigInt(cut) + (whole === undefined ? 0n : 1n);
    const next = writeSnapshot(advanced(cursor, present, end));
    await take(client, [...new Set(orderIds)], progress.cursor, next);
    const current = present.xmax <= end;
    await client.query(statements.moveOn, [next, progress.walked, true, current ? tail.at : null]);
    return current ? 'current' : 'behind';
  };

  return {
    advance: () =>
      inTransaction(pool, async (client) => {
        const turn = await client.query<{ taken: boolean }>(takeTurn, [turnLocks[name]]);
        if (turn.rows[0]?.taken !== true) return 'elsewhere';
        const { rows } = await client.query<P | { readonly definition: null }>(statements.readProgress);
        const [progress] = rows;
        if (progress === undefined || progress.definition === null) return begin(client);
        if (progress.definition > definition) return 'elsewhere';
        if (!progress.ours || progress.definition < definition) return begin(client);
        return progress.complete ? follow(client, progress) : walkOn(client, progress);
      }),

    isFresh: async (milliseconds) => {
      const { rowCount } = await pool.query({
        name: `${name}-fresh`,
        text: statements.isFresh,
        values: [definition, milliseconds],
      });
      return rowCount === 1;
    },

    lagSeconds: async () => {
      const { rows } = await pool.query<{ seconds: number }>({ name: `${name}-lag`, text: statements.lag });
      return rows[0]?.seconds;
    },
  };
};
