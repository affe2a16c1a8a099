import type { Pool } from 'pg';
import type {
  EditHistoryEntry,
  HistoryPosition,
  ListFilter,
  ListPosition,
  OrderReads,
  Placed,
  StatusHistoryEntry,
  StoredDocument,
} from '../actors/order-reads.js';

const documentColumns = 'id, version, document::text as document';

interface Condition {
  readonly sql: (parameter: string) => string;
  readonly value: unknown;
}

/** The text just above every text with this beginning, in the order of the bytes. */
const prefixEnd = (prefix: string): string => `${prefix}\u{10ffff}`;

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
  ...(filter.numberPrefix === undefined
    ? []
    : [
        { sql: (p: string) => `order_number >= ${p}`, value: filter.numberPrefix },
        { sql: (p: string) => `order_number < ${p}`, value: prefixEnd(filter.numberPrefix) },
      ]),
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

/** Reads for the gateways: one indexed statement each. */
export const createOrderReads = (pool: Pool): OrderReads => ({
  byId: async (id) => {
    const { rows } = await pool.query<StoredDocument>({
      name: 'order-by-id',
      text: `select ${documentColumns} from orders where id = $1::uuid`,
      values: [id],
    });
    return rows[0];
  },

  byNumber: async (orderNumber) => {
    const { rows } = await pool.query<StoredDocument>({
      name: 'order-by-number',
      text: `select ${documentColumns} from orders where order_number = $1`,
      values: [orderNumber],
    });
    return rows[0];
  },

  list: async (filter) => {
    const { rows } = await pool.query<StoredDocument & ListPosition>(listStatement(filter));
    return rows;
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

  editHistory: async (id: string, after: HistoryPosition | undefined, limit: number) => {
    const { rows } = await pool.query<HistoryRow & { field: string; old_value: unknown; new_value: unknown }>({
      name: 'edit-history',
      text: `select * from order_edit_history
        where order_id = $1::uuid and (version, position) > ($2, $3) order by version, position limit $4`,
      values: [id, after?.version ?? 0, after?.position ?? 0, limit],
    });
    return rows.map((row) => {
      const { version, ...rest } = common(row);
      const { field, old_value, new_value } = row;
      const entry: EditHistoryEntry = { version, field, old_value, new_value, ...rest };
      return placed(row, entry);
    });
  },
});
