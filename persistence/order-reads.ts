import type { Pool } from 'pg';
import type {
  HistoryPosition,
  Listed,
  OrderReads,
  Placed,
  StatusHistoryEntry,
  StoredDocument,
} from '../actors/order-reads.js';
import type { Caller } from '../actors/rules/order-parts.js';
import { isPresentDocument, replayAll } from './document-upgrade.js';
import { editHistory, common, type HistoryRow } from './edit-history.js';
import { listStatement, searchStatement } from './list-statement.js';
import { indexedUntil } from './sql/search.js';
import { toTsquery } from '../search/words.js';
import { followingVersions, pastOrder, pastOrders } from './past-orders.js';
import type { SharedStatement } from './statement-spans.js';
import { createTogether, type TogetherLimits } from './together.js';

const documentColumns = 'id, version, document::text as document';

const placed = <T>(row: HistoryRow, entry: T): Placed<T> => ({
  at: { version: row.version, position: Number(row.position) },
  entry,
});

/** The same rows, every document in today's shape: what a replica of an older release wrote is rebuilt from its journal. */
const present = async <T extends StoredDocument>(pool: Pool, rows: readonly T[]): Promise<readonly T[]> => {
  const older = rows.filter(({ document }) => !isPresentDocument(document)).map(({ id }) => id);
  if (older.length === 0) return rows;
  const states = new Map((await replayAll(pool, older)).map(({ order }) => [order.id, order]));
  return rows.map((row) => {
    const order = states.get(row.id);
    return order === undefined ? row : { ...row, version: order.version, document: JSON.stringify(order) };
  });
};

/** Whose orders a caller reads; undefined: everyone's. */
const ownershipOf = (reader: Caller | undefined): { readonly of: string; readonly sql: string } | undefined => {
  if (reader?.type === 'customer') return { of: 'customer', sql: 'and customer_id = $2' };
  if (reader?.type === 'guest') return { of: 'guest', sql: 'and id = $2::uuid and customer_id is null' };
  return undefined;
};

const readOne = async (pool: Pool, by: 'id' | 'number', value: string, reader: Caller | undefined) => {
  const ownership = ownershipOf(reader);
  const condition = by === 'id' ? 'id = $1::uuid' : 'order_number = $1';
  const { rows } = await pool.query<StoredDocument>({
    name: ownership === undefined ? `order-by-${by}` : `order-by-${by}-of-${ownership.of}`,
    text: `select ${documentColumns} from orders where ${condition} ${ownership?.sql ?? ''}`,
    values: ownership === undefined ? [value] : [value, reader?.id],
  });
  return (await present(pool, rows))[0];
};

/** An order that was looked for, where there is one. */
interface Looked {
  readonly found: StoredDocument | undefined;
}

/** Leaves out documents of an older shape: each is then read by its own statement, in the trace of its own request. */
const readSeveral = async (pool: Pool, ids: readonly string[], traces: SharedStatement['traces']) => {
  const statement: SharedStatement = {
    name: 'orders-by-id',
    text: `select ${documentColumns} from orders where id = any($1::uuid[])`,
    values: [ids],
    traces,
  };
  const { rows } = await pool.query<StoredDocument>(statement);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id): Looked | undefined => {
    const found = byId.get(id.toLowerCase());
    return found === undefined || isPresentDocument(found.document) ? { found } : undefined;
  });
};

/** What waits while this many reads are under way goes together (docs/adr/0023). */
const usual: TogetherLimits = { atOnce: 2, most: 32, mostText: 65_536, patienceMs: 100 };

/** Reads one order by its id, for those who may read every order: with others where they wait anyway. */
const createReadAny = (pool: Pool, limits: TogetherLimits): ((id: string) => Promise<StoredDocument | undefined>) => {
  const look = createTogether<string, Looked>({
    ...limits,
    row: (id) => JSON.stringify(id),
    alone: async (id) => ({ found: await readOne(pool, 'id', id, undefined) }),
    several: (ids, _rows, traces) => readSeveral(pool, ids, traces),
  });
  return async (id) => (await look(id)).found;
};

/**
 * Reads for the gateways: one indexed statement each.
 *
 * @param limits how many reads by an id share a statement, and when
 */
export const createOrderReads = (pool: Pool, limits: TogetherLimits = usual): OrderReads => {
  const readAny = createReadAny(pool, limits);
  return {
    byId: (id, reader) => (ownershipOf(reader) === undefined ? readAny(id) : readOne(pool, 'id', id, reader)),
    byNumber: (orderNumber, reader) => readOne(pool, 'number', orderNumber, reader),

    past: (id, moment) => pastOrder(pool, id, moment),
    pastTwo: (id, versions) => pastOrders(pool, id, versions),
    following: (id, after, limit) => followingVersions(pool, id, after, limit),

    versionsOf: async (ids) => {
      const text = 'select id, version from orders where id = any($1::uuid[])';
      const { rows } = await pool.query<{ id: string; version: number }>({ name: 'versions-of', text, values: [ids] });
      return rows;
    },

    list: async (filter) => {
      const run = async ({ text, values }: ReturnType<typeof listStatement>) =>
        (await pool.query<Listed>({ text, values: [...values] })).rows;
      if (filter.q === undefined) return present(pool, await run(listStatement(filter)));
      const words = toTsquery(filter.q);
      const rows = await run(searchStatement(filter, words, 'newest'));
      return present(pool, rows.length === filter.limit ? rows : await run(searchStatement(filter, words, 'all')));
    },

    searchedUntil: async () => {
      const { rows } = await pool.query<{ as_of: string | null }>({ name: 'searched-until', text: indexedUntil });
      return rows[0]?.as_of ?? undefined;
    },

    statusHistory: async (id: string, after: HistoryPosition | undefined, limit: number) => {
      const { rows } = await pool.query<
        HistoryRow & { from_status: string | null; to_status: string; notes: string | null }
      >({
        name: 'status-history',
        text: `select *, 0 as position from order_status_history
        where order_id = $1::uuid and version > $2 order by version limit $3`,
        values: [id, after?.version ?? 0, limit],
      });
      return rows.map((row) => {
        const { from_status, to_status, notes } = row;
        const { version, ...rest } = common(row);
        const entry: StatusHistoryEntry = {
          version,
          ...(from_status === null ? {} : { from_status }),
          to_status,
          ...(notes === null ? {} : { notes }),
          ...rest,
        };
        return placed(row, entry);
      });
    },

    editHistory: (...asked) => editHistory(pool, ...asked),
  };
};
