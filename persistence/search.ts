import type { Pool, PoolClient } from 'pg';
import type { Order } from '../actors/rules/order.js';
import { advanced, readSnapshot, writeSnapshot } from '../insights/cursor.js';
import type { JournalReader, Step } from '../insights/store.js';
import { definition, wordsOfOrder } from '../search/words.js';
import { readTail, takeTurn } from './sql/insights.js';
import {
  beginAnew,
  isFresh,
  lag,
  moveOn,
  nextOrders,
  ordersOfTransaction,
  readProgress,
  theseOrders,
  turnLock,
  writeWords,
} from './sql/search.js';
import { inTransaction } from './transaction.js';

/** How much is taken at once. */
export interface SearchLimits {
  /** Transaction numbers that a step looks at. */
  readonly transactions: number;
  /** Journal entries that a step takes. */
  readonly entries: number;
  /** Orders that are read and written at once. */
  readonly orders: number;
}

/** Small enough that what computes between two statements holds up no request. */
const usual: SearchLimits = { transactions: 20_000, entries: 400, orders: 100 };

interface Progress {
  readonly definition: number;
  readonly cursor: string;
  readonly walked: string | null;
  readonly complete: boolean;
  readonly ours: boolean;
}

interface Tail {
  readonly present: string;
  readonly at: string;
  readonly entries: readonly { readonly order_id: string; readonly transaction: string }[];
}

interface Stored {
  readonly id: string;
  readonly document: string;
}

const write = async (client: PoolClient, orders: readonly Stored[]): Promise<void> => {
  const rows = orders.map(({ id, document }) => ({
    order_id: id,
    words: wordsOfOrder(JSON.parse(document) as Partial<Order>),
  }));
  if (rows.length > 0) await client.query({ name: 'search-write', text: writeWords, values: [JSON.stringify(rows)] });
};

/**
 * The search index in Postgres, behind the journal (docs/adr/0032). An order is indexed as it is when a step comes to it, so
 * that a step may be repeated; always true is that every entry which the cursor sees is in the index.
 */
export const createSearchIndex = (pool: Pool, limits: SearchLimits = usual): JournalReader => {
  const index = async (client: PoolClient, orderIds: readonly string[]): Promise<void> => {
    for (let from = 0; from < orderIds.length; from += limits.orders) {
      const values = [orderIds.slice(from, from + limits.orders)];
      const { rows } = await client.query<Stored>({ name: 'search-orders', text: theseOrders, values });
      await write(client, rows);
    }
  };

  const begin = async (client: PoolClient): Promise<Step> => {
    const [empty, start] = beginAnew;
    await client.query(empty);
    await client.query(start, [definition]);
    return 'begun';
  };

  const walk = async (client: PoolClient, { cursor, walked }: Progress): Promise<Step> => {
    const { rows } = await client.query<Stored>(nextOrders, [walked, limits.orders]);
    await write(client, rows);
    await client.query(moveOn, [cursor, rows.at(-1)?.id ?? walked, rows.length < limits.orders, null]);
    return 'behind';
  };

  const ordersOf = async (client: PoolClient, transaction: string): Promise<readonly string[]> => {
    const { rows } = await client.query<{ order_id: string }>(ordersOfTransaction, [transaction]);
    return rows.map(({ order_id }) => order_id);
  };

  const follow = async (client: PoolClient, progress: Progress): Promise<Step> => {
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
    const orderIds = whole === undefined ? taken.map(({ order_id }) => order_id) : await ordersOf(client, whole);
    await index(client, [...new Set(orderIds)]);
    const present = readSnapshot(tail.present);
    const end = cut === undefined ? window : BigInt(cut) + (whole === undefined ? 0n : 1n);
    const current = present.xmax <= end;
    await client.query(moveOn, [
      writeSnapshot(advanced(cursor, present, end)),
      progress.walked,
      true,
      current ? tail.at : null,
    ]);
    return current ? 'current' : 'behind';
  };

  return {
    advance: () =>
      inTransaction(pool, async (client) => {
        const turn = await client.query<{ taken: boolean }>(takeTurn, [turnLock]);
        if (turn.rows[0]?.taken !== true) return 'elsewhere';
        const { rows } = await client.query<Progress | { readonly definition: null }>(readProgress);
        const [progress] = rows;
        if (progress === undefined || progress.definition === null) return begin(client);
        if (progress.definition > definition) return 'elsewhere';
        if (!progress.ours || progress.definition < definition) return begin(client);
        return progress.complete ? follow(client, progress) : walk(client, progress);
      }),

    isFresh: async (milliseconds) => {
      const { rowCount } = await pool.query({
        name: 'search-fresh',
        text: isFresh,
        values: [definition, milliseconds],
      });
      return rowCount === 1;
    },

    lagSeconds: async () => {
      const { rows } = await pool.query<{ seconds: number }>({ name: 'search-lag', text: lag });
      return rows[0]?.seconds;
    },
  };
};
