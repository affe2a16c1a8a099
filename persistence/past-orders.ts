import type { Pool } from 'pg';
import type { Following, Moment, StoredDocument } from '../actors/order-reads.js';
import { evolve, replay } from '../actors/rules/evolve.js';
import type { Order, OrderState } from '../actors/rules/order.js';
import { type JournalRow, toEntry } from './document-upgrade.js';

const columns = 'order_id, version, at, type, data, personal';

const upToVersion = `
select ${columns} from order_events where order_id = $1::uuid and version <= $2::bigint order by version`;

const upToTime = `
select ${columns} from order_events
where order_id = $1::uuid
  and version <= (select max(version) from order_events where order_id = $1::uuid and at <= $2::timestamptz)
order by version`;

const toDocument = (order: Order): StoredDocument => ({
  id: order.id,
  version: order.version,
  document: JSON.stringify(order),
});

/** The order folded from the journal up to a moment, in the present shape; undefined where it had no such version. */
export const pastOrder = async (pool: Pool, id: string, moment: Moment): Promise<StoredDocument | undefined> => {
  const { rows } = await ('version' in moment
    ? pool.query<JournalRow>({ name: 'order-at-version', text: upToVersion, values: [id, moment.version] })
    : pool.query<JournalRow>({ name: 'order-at-time', text: upToTime, values: [id, moment.at] }));
  const journal = rows.map(toEntry);
  const order = replay(journal)?.order;
  if (order === undefined) return undefined;
  // Clocks of replicas differ: a later entry may have an earlier time than the creation.
  const existed =
    'version' in moment ? order.version === moment.version : Date.parse(order.created_at) <= Date.parse(moment.at);
  return existed ? toDocument(order) : undefined;
};

/** The order folded from its journal up to two versions, in one go; undefined where it had no such version. */
export const pastOrders = async (
  pool: Pool,
  id: string,
  versions: readonly [number, number],
): Promise<readonly (StoredDocument | undefined)[]> => {
  const values = [id, Math.max(...versions)];
  const { rows } = await pool.query<JournalRow>({ name: 'order-at-version', text: upToVersion, values });
  const found = new Map<number, StoredDocument>();
  let state: OrderState | undefined;
  for (const row of rows) {
    state = evolve(state, toEntry(row));
    if (versions.includes(row.version)) found.set(row.version, toDocument(state.order));
  }
  return versions.map((version) => found.get(version));
};

const present = `select version, document::text as document from orders where id = $1::uuid`;

const whole = `select ${columns} from order_events where order_id = $1::uuid order by version`;

/** At most `limit` versions after this one, and the present order. */
export const followingVersions = async (pool: Pool, id: string, after: number, limit: number): Promise<Following> => {
  // Most looks find nothing new, and need not fold the journal for that.
  const now = await pool.query<Omit<StoredDocument, 'id'>>({ name: 'order-now', text: present, values: [id] });
  const [stored] = now.rows;
  if (stored === undefined) return { current: undefined, documents: [] };
  if (stored.version <= after) return { current: JSON.parse(stored.document) as Order, documents: [] };
  const { rows } = await pool.query<JournalRow>({ name: 'journal-of-order', text: whole, values: [id] });
  const documents: StoredDocument[] = [];
  let state: OrderState | undefined;
  for (const row of rows) {
    state = evolve(state, toEntry(row));
    if (row.version > after && documents.length < limit) documents.push(toDocument(state.order));
  }
  return { current: state?.order, documents };
};
