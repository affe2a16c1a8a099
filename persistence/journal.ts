import type { Pool, PoolClient } from 'pg';
import type { Audited, AuditRow, StoredOrder } from '../actors/journal-audit.js';
import type { Journal, TimelineEntry } from '../actors/journal.js';
import { fromStored } from '../actors/rules/stored-entry.js';
import { auditOrders, nextOrders, pageOfEntries } from './sql/journal.js';

interface EntryRow {
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly personal: Readonly<Record<string, unknown>> | null;
  readonly by_type: string;
  readonly by_id: string;
  readonly channel: string;
  readonly traceparent: string | null;
  readonly at: string;
  readonly hash: string | null;
}

const toTimeline = ({ by_type, by_id, traceparent, at, hash, ...row }: EntryRow): TimelineEntry => {
  const entry = fromStored(row);
  const traceId = traceparent?.split('-')[1];
  return {
    version: row.version,
    type: row.type,
    data: { ...entry.data, ...('personal' in entry ? entry.personal : {}) },
    by: { type: by_type, id: by_id },
    channel: row.channel,
    ...(traceId === undefined ? {} : { trace_id: traceId }),
    at: new Date(at).toISOString(),
    ...(hash === null ? {} : { hash }),
  };
};

interface AuditedRow {
  readonly order_id: string;
  readonly journal: readonly AuditRow[];
  readonly stored: StoredOrder | null;
}

/** What storage holds of these orders, each from one snapshot. */
export const auditedOrders = async (pool: Pool | PoolClient, ids: readonly string[]): Promise<readonly Audited[]> => {
  const { rows } = await pool.query<AuditedRow>({ name: 'audit-orders', text: auditOrders, values: [ids] });
  return rows.map(({ stored, ...row }) => ({ ...row, stored: stored ?? undefined }));
};

/** Ids of all orders in batches, in their order; each batch costs the same, however many orders there are. */
export async function* orderIds(pool: Pool, batch: number): AsyncGenerator<readonly string[]> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const { rows } = await pool.query<{ id: string }>({
      name: 'next-orders',
      text: nextOrders,
      values: [after, batch],
    });
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    yield rows.map(({ id }) => id);
  }
}

/** The journals in Postgres, for reading. */
export const createJournal = (pool: Pool): Journal => ({
  entries: async (orderId, after, limit) => {
    const { rows } = await pool.query<EntryRow>({
      name: 'page-of-entries',
      text: pageOfEntries,
      values: [orderId, after, limit],
    });
    return rows.map(toTimeline);
  },
  audited: async (orderId) => {
    const [audited] = await auditedOrders(pool, [orderId]);
    return audited ?? { order_id: orderId, stored: undefined, journal: [] };
  },
});
