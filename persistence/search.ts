import type { Pool, PoolClient } from 'pg';
import type { Order } from '../actors/rules/order.js';
import { definition, wordsOfOrder } from '../search/words.js';
import { createJournalReader, type JournalReader } from './journal-reader.js';
import {
  beginAnew,
  isFresh,
  lag,
  moveOn,
  nextOrders,
  ordersOfTransaction,
  readProgress,
  theseOrders,
  writeWords,
} from './sql/search.js';

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

  return createJournalReader(pool, {
    name: 'search',
    definition,
    limits,
    statements: { readProgress, beginAnew, moveOn, isFresh, lag },
    walk: async (client, { walked }) => {
      const { rows } = await client.query<Stored>(nextOrders, [walked, limits.orders]);
      await write(client, rows);
      return { last: rows.at(-1)?.id, complete: rows.length < limits.orders };
    },
    take: index,
    ordersOf: async (client, transaction) => {
      const { rows } = await client.query<{ order_id: string }>(ordersOfTransaction, [transaction]);
      return rows.map(({ order_id }) => order_id);
    },
  });
};
