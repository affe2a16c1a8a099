import type { Pool } from 'pg';
import type {
  HistoryPosition,
  ListFilter,
  ListPosition,
  OrderReads,
  Placed,
  StatusHistoryEntry,
  StoredDocument,
} from '../actors/order-reads.js';
import type { Caller } from '../actors/rules/order.js';
import { editsIn } from '../actors/rules/history.js';
import { isPresentDocument, type JournalRow, replayAll, toEntry } from './document-upgrade.js';

const documentColumns = 'id, version, document::text as document';

interface Condition {
  readonly sql: (parameter: string) => string;
  readonly value: unknown;
}

/** The text just above every text with this beginning, in the order of the bytes. */
const prefixEnd = (prefix: string): string => `${prefix}\u{10ffff}`;

const dayMs = 86_400_000;

/** Days around those that a number names: its day is taken in the shop's time zone. */
const marginDays = 2;

/**
 * When orders whose number begins like this were created, as far as it names a year (`ORD-2026`, `ORD-202601`): without
 * these bounds, Postgres may walk all orders by time to find the few with this number.
 */
const createdWithin = (prefix: string): { readonly from: string; readonly to: string } | undefined => {
  const digits = /^ORD-(\d{4,8})/.exec(prefix)?.[1];
  const year = Number(digits?.slice(0, 4));
  if (digits === undefined || year < 1970 || year > 9_000) return undefined;
  const dayOf = (filled: string): number => {
    const [month, day] = [Number(filled.slice(4, 6)), Number(filled.slice(6, 8))];
    return Date.UTC(year, Math.min(12, Math.max(1, month)) - 1, Math.min(31, Math.max(1, day)));
  };
  return {
    from: new Date(dayOf(digits.padEnd(8, '0')) - marginDays * dayMs).toISOString(),
    to: new Date(dayOf(digits.padEnd(8, '9')) + (marginDays + 1) * dayMs).toISOString(),
  };
};

const numberConditions = (prefix: string): readonly Condition[] => {
  const created = createdWithin(prefix);
  return [
    { sql: (p: string) => `order_number >= ${p}`, value: prefix },
    { sql: (p: string) => `order_number < ${p}`, value: prefixEnd(prefix) },
    ...(created === undefined
      ? []
      : [
          { sql: (p: string) => `created_at >= ${p}::timestamptz`, value: created.from },
          { sql: (p: string) => `created_at < ${p}::timestamptz`, value: created.to },
        ]),
  ];
};

const conditions = (filter: ListFilter): readonly Condition[] => [
  ...filter.customerIds.map((id) => ({ sql: (p: string) => `customer_id = ${p}`, value: id })),
  ...(filter.statuses === undefined
    ? []
    : [{ sql: (p: string) => `status = any(${p}::text[])`, value: filter.statuses }]),
  ...(filter.paymentStatus === undefined
    ? []
    : [{ sql: (p: string) => `payment_status = ${p}`, value: filter.paymentStatus }]),
  ...(filter.createdAfter === undefined
    ? []
    : [{ sql: (p: string) => `created_at > ${p}::timestamptz`, value: filter.createdAfter }]),
  ...(filter.createdBefore === undefined
    ? []
    : [{ sql: (p: string) => `created_at < ${p}::timestamptz`, value: filter.createdBefore }]),
  ...(filter.numberPrefix === undefined ? [] : numberConditions(filter.numberPrefix)),
  ...(filter.guestEmail === undefined
    ? []
    : [
        {
          sql: (p: string) => `lower(guest_email) = ${p} and guest_email is not null`,
          value: filter.guestEmail.toLowerCase(),
        },
      ]),
];

/** Newest first, from a place on: the keyset makes every page cost the same, however deep. */
const listStatement = (filter: ListFilter): { text: string; values: unknown[] } => {
  const wanted = conditions(filter);
  const values = wanted.map(({ value }) => value);
  const where = wanted.map(({ sql }, index) => sql(`$${index + 1}`));
  if (filter.after !== undefined) {
    values.push(filter.after.created_at, filter.after.id);
    where.push(`(created_at, id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`);
  }
  values.push(filter.limit);
  const restriction = where.length === 0 ? '' : `where ${where.join(' and ')}`;
  return {
    text: `select ${documentColumns}, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
from orders ${restriction} order by orders.created_at desc, orders.id desc limit $${values.length}`,
    values,
  };
};

interface HistoryRow {
  readonly version: number;
  readonly position: string;
  readonly reason: string | null;
  readonly by_type: string;
  readonly by_id: string;
  readonly changed_at: string;
}

const placed = <T>(row: HistoryRow, entry: T): Placed<T> => ({
  at: { version: row.version, position: Number(row.position) },
  entry,
});

const common = ({ version, reason, by_type, by_id, changed_at }: HistoryRow) => ({
  version,
  ...(reason === null ? {} : { reason }),
  changed_by: { type: by_type, id: by_id },
  changed_at,
});

interface AuthoredRow extends JournalRow {
  readonly reason: string | null;
  readonly by_type: string;
  readonly by_id: string;
}

const readAuthored = `
select order_id, version, at, type, data, personal, data ->> 'reason' as reason, by_type, by_id
from order_events where order_id = $1::uuid order by version`;

/** The same rows, every document in today's shape: what a replica of an older release wrote is made anew from its journal. */
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

/** Reads for the gateways: one indexed statement each. */
export const createOrderReads = (pool: Pool): OrderReads => ({
  byId: (id, reader) => readOne(pool, 'id', id, reader),
  byNumber: (orderNumber, reader) => readOne(pool, 'number', orderNumber, reader),

  list: async (filter) => {
    const { rows } = await pool.query<StoredDocument & ListPosition>(listStatement(filter));
    return present(pool, rows);
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

  editHistory: async (id, after, limit, hidden = () => false) => {
    const { rows } = await pool.query<AuthoredRow>({ name: 'edit-history', text: readAuthored, values: [id] });
    const byVersion = new Map(rows.map((row) => [row.version, row]));
    const edits = editsIn(rows.map(toEntry)).flatMap(({ version, changes }) =>
      changes.map((change, index) => ({ at: { version, position: index + 1 }, change })),
    );
    const wanted = edits.filter(
      ({ at, change }) =>
        !hidden(change.field) &&
        (after === undefined ||
          at.version > after.version ||
          (at.version === after.version && at.position > after.position)),
    );
    return wanted.slice(0, limit).flatMap(({ at, change }) => {
      const row = byVersion.get(at.version);
      if (row === undefined) return [];
      const { version, ...rest } = common({ ...row, changed_at: row.at, position: '0' });
      return [{ at, entry: { version, ...change, ...rest } }];
    });
  },
});
