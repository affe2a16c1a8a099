import type { Pool, PoolClient } from 'pg';
import type { ChangePosition, EntryPlace, JournalTail, OrderChanged, StreamPlace } from '../actors/journal-tail.js';
import { evolve } from '../actors/rules/evolve.js';
import type { Order, OrderState } from '../actors/rules/order.js';
import { advanced, readSnapshot, type Snapshot } from '../actors/journal-snapshot.js';
import { isPresentDocument, type JournalRow, readJournals, toEntry } from './document-upgrade.js';
import { inTransaction } from './transaction.js';

/** How much is read at once. */
export interface TailLimits {
  /** Transaction numbers that a step looks at. */
  readonly transactions: number;
  /** Journal entries that a step takes. */
  readonly entries: number;
}

/** Small enough that what computes between two statements holds up no request. */
const usual: TailLimits = { transactions: 20_000, entries: 50 };

const readEnd = `
select pg_current_snapshot()::text as present, system_identifier::text as cluster from pg_control_system()`;

/** The end of the journal is short, which the planner cannot know. */
const byIndex = `
select set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)`;

/**
 * The entries after version $8 of order $7 in transaction $6; then those of the transactions numbered $1 to $2 (without) and
 * of those of $3, without those of $5 and those from $4 on (null: those that the present does not see). At most $9 of them,
 * in the order of their numbers. With it, the moment that all this was seen at.
 */
export const readTail = `
select pg_current_snapshot()::text as present,
  (select coalesce(json_agg(t), '[]')
   from (
     select e.order_id, e.version, e.transaction_id::text as transaction
     from order_events e
     where ((e.transaction_id >= $1::bigint and e.transaction_id < $2::bigint)
         or e.transaction_id = any(array_append($3::bigint[], $6::bigint)))
       and e.transaction_id < coalesce($4::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
       and e.transaction_id <> all($5::bigint[])
       and (e.transaction_id <> $6::bigint or (e.order_id, e.version) > ($7::uuid, $8::integer))
     order by e.transaction_id <> $6::bigint, e.transaction_id, e.order_id, e.version
     limit $9
   ) t) as entries`;

interface TailRow {
  readonly order_id: string;
  readonly version: number;
  readonly transaction: string;
}

interface TailAnswer {
  readonly present: string;
  readonly entries: readonly TailRow[];
}

const one = <T>(rows: readonly T[]): T => {
  const [row] = rows;
  if (row === undefined) throw new Error('Postgres returned no snapshot');
  return row;
};

const toPlace = ({ order_id, version, transaction }: TailRow): EntryPlace => ({
  transaction: BigInt(transaction),
  order_id,
  version,
});

const nowhere: EntryPlace = { transaction: 0n, order_id: '00000000-0000-0000-0000-000000000000', version: 0 };

/** Orders as of each version, by order and version. */
type Versions = ReadonlyMap<string, ReadonlyMap<number, Order>>;

const readNew = `select document::text as document from orders where id = any($1::uuid[]) and version = 1`;

/** Those of these orders that have not changed since they were created, as they are stored: nothing is to be folded. */
const newOrders = async (client: PoolClient, ids: readonly string[]): Promise<Versions> => {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<{ document: string }>({ name: 'tail-new', text: readNew, values: [ids] });
  const orders = rows
    .filter(({ document }) => isPresentDocument(document))
    .map((row) => JSON.parse(row.document) as Order);
  return new Map(orders.map((order) => [order.id, new Map([[order.version, order]])]));
};

/** These orders as of each version, folded from their journals. */
const foldedOrders = async (client: PoolClient, ids: readonly string[]): Promise<Versions> => {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<JournalRow>({ name: 'tail-journals', text: readJournals, values: [ids] });
  const versions = new Map<string, ReadonlyMap<number, Order>>();
  for (const [id, journal] of Map.groupBy(rows, ({ order_id }) => order_id)) {
    const orders = new Map<number, Order>();
    let state: OrderState | undefined;
    for (const row of journal) {
      state = evolve(state, toEntry(row));
      orders.set(row.version, state.order);
    }
    versions.set(id, orders);
  }
  return versions;
};

/** The orders of these entries, each as of the versions that the entries made and those before them. */
const versionsOf = async (client: PoolClient, entries: readonly TailRow[]): Promise<Versions> => {
  const changed = new Set(entries.filter(({ version }) => version > 1).map(({ order_id }) => order_id));
  const created = entries.map(({ order_id }) => order_id).filter((id) => !changed.has(id));
  const stored = await newOrders(client, created);
  const others = created.filter((id) => !stored.has(id));
  return new Map([...stored, ...(await foldedOrders(client, [...changed, ...others]))]);
};

/** The journals of all orders as one stream, by the snapshots of Postgres (docs/adr/0062). */
export const createJournalTail = (pool: Pool, limits: TailLimits = usual): JournalTail => ({
  end: async (): Promise<ChangePosition> => {
    const { rows } = await pool.query<{ present: string; cluster: string }>({ name: 'tail-end', text: readEnd });
    const { present, cluster } = one(rows);
    return { cluster, cursor: readSnapshot(present) };
  },

  after: ({ cursor, last = nowhere }, until) =>
    inTransaction(pool, async (client) => {
      const window = cursor.xmax + BigInt(limits.transactions);
      await client.query({ name: 'tail-by-index', text: byIndex });
      const { rows } = await client.query<TailAnswer>({
        name: 'tail-entries',
        text: readTail,
        values: [
          ...[String(cursor.xmax), String(window), cursor.running.map(String)],
          ...[until === undefined ? null : String(until.xmax), until?.running.map(String) ?? []],
          ...[String(last.transaction), last.order_id, last.version, limits.entries],
        ],
      });
      const { present, entries } = one(rows);
      const seen: Snapshot = until ?? readSnapshot(present);
      const placeAfter = (row: TailRow): StreamPlace => {
        const at = toPlace(row);
        // The rest of a transaction comes before all that the cursor does not see.
        if (at.transaction === last.transaction) return { cursor, last: at };
        return { cursor: advanced(cursor, seen, at.transaction + 1n), last: at };
      };
      const versions = await versionsOf(client, entries);
      const changes = entries.map((row): OrderChanged => {
        const orders = versions.get(row.order_id);
        const after = orders?.get(row.version);
        if (after === undefined) throw new Error(`the journal of order ${row.order_id} has no version ${row.version}`);
        return { before: orders?.get(row.version - 1), after, place: () => placeAfter(row) };
      });
      const final = entries.length === limits.entries ? entries.at(-1) : undefined;
      return {
        changes,
        next: final === undefined ? { cursor: advanced(cursor, seen, window) } : placeAfter(final),
        isBehind: final !== undefined || window < seen.xmax,
      };
    }),
});
