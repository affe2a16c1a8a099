import { Client } from 'pg';
import { asLibpqReads } from '../persistence/tls.js';
import type { OldEdit, OldItem, OldMove, OldOrder } from './old-orders.js';

/** A database that cannot be imported from, in a sentence for people. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** The former service's database, read from one snapshot. */
export interface Source {
  count(): Promise<number>;
  /** Orders after this id, in the order of ids. */
  page(after: string | undefined, limit: number): Promise<readonly OldOrder[]>;
  /** Numbers and sums by day of creation (UTC) and status. */
  totals(): Promise<readonly DayTotal[]>;
  close(): Promise<void>;
}

/** The orders of a day in one status. */
export interface DayTotal {
  readonly day: string;
  readonly status: string;
  readonly orders: number;
  /** Sum of their totals. */
  readonly total: string;
}

type Kind = 'text' | 'time' | 'number';
/** A column to read: the names that it may have, most likely first. */
type Columns = Readonly<Record<string, readonly [Kind, ...string[]]>>;

const orderColumns: Columns = {
  id: ['text', 'id'],
  order_number: ['text', 'order_number'],
  customer_id: ['text', 'customer_id'],
  guest_email: ['text', 'guest_email'],
  status: ['text', 'status'],
  currency: ['text', 'currency'],
  subtotal: ['text', 'subtotal'],
  tax_amount: ['text', 'tax_amount'],
  shipping_amount: ['text', 'shipping_amount'],
  discount_amount: ['text', 'discount_amount'],
  total_amount: ['text', 'total_amount'],
  payment_id: ['text', 'payment_id'],
  payment_method: ['text', 'payment_method'],
  payment_status: ['text', 'payment_status'],
  shipping_address: ['text', 'shipping_address'],
  billing_address: ['text', 'billing_address'],
  notes: ['text', 'notes'],
  metadata: ['text', 'metadata'],
  created_at: ['time', 'created_at'],
  updated_at: ['time', 'updated_at'],
  cancelled_at: ['time', 'cancelled_at'],
  completed_at: ['time', 'completed_at'],
  cancellation_reason: ['text', 'cancellation_reason'],
  created_by_service: ['text', 'created_by_service'],
};

const itemColumns: Columns = {
  order_id: ['text', 'order_id'],
  id: ['text', 'id'],
  product_id: ['text', 'product_id'],
  product_sku: ['text', 'product_sku'],
  product_name: ['text', 'product_name'],
  quantity: ['number', 'quantity'],
  unit_price: ['text', 'unit_price'],
  total_price: ['text', 'total_price'],
  discount_amount: ['text', 'discount_amount'],
  tax_amount: ['text', 'tax_amount'],
  warehouse_id: ['text', 'warehouse_id'],
  reservation_id: ['text', 'reservation_id'],
  metadata: ['text', 'metadata'],
};

const authorColumns: Columns = {
  changed_by: ['text', 'changed_by', 'edited_by', 'created_by', 'updated_by', 'user_id'],
  changed_by_type: ['text', 'changed_by_type', 'edited_by_type'],
  changed_at: ['time', 'changed_at', 'edited_at', 'created_at'],
};

const moveColumns: Columns = {
  order_id: ['text', 'order_id'],
  from_status: ['text', 'from_status', 'old_status', 'previous_status'],
  to_status: ['text', 'to_status', 'new_status', 'status'],
  reason: ['text', 'reason', 'change_reason'],
  notes: ['text', 'notes', 'note', 'comment'],
  ...authorColumns,
};

const editColumns: Columns = {
  order_id: ['text', 'order_id'],
  field: ['text', 'field', 'field_name', 'field_changed', 'changed_field'],
  old_value: ['text', 'old_value', 'previous_value'],
  new_value: ['text', 'new_value'],
  reason: ['text', 'reason', 'change_reason', 'edit_reason'],
  ...authorColumns,
};

const read = (kind: Kind, column: string): string => {
  if (kind === 'number') return `t.${column}::integer`;
  if (kind === 'text') return `t.${column}::text`;
  return `to_char(t.${column}::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
};

const columnsOf = async (client: Client, table: string): Promise<ReadonlySet<string>> => {
  const { rows } = await client.query<{ name: string }>(
    'select attname as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped',
    [table],
  );
  return new Set(rows.map(({ name }) => name));
};

const selectOf = (columns: Columns, present: ReadonlySet<string>): string =>
  Object.entries(columns)
    .map(([name, [kind, ...names]]) => {
      const found = names.find((one) => present.has(one));
      return `${found === undefined ? `null::${kind === 'number' ? 'integer' : 'text'}` : read(kind, found)} as ${name}`;
    })
    .join(', ');

const demand = (table: string, present: ReadonlySet<string>, required: readonly string[]): void => {
  if (present.size === 0)
    throw new ImportError(
      `The database to import from has no table ${table}: it is not one of the former order service.`,
    );
  if (present.has('document') && present.has('version'))
    throw new ImportError('The database to import from holds the orders of this service, not of the former one.');
  const missing = required.filter((name) => !present.has(name));
  if (missing.length > 0)
    throw new ImportError(
      `The table ${table} of the database to import from has no column ${missing.join(', ')}: ` +
        'it is not that of the former order service 1.x.',
    );
};

const demandUuid = async (client: Client): Promise<void> => {
  const { rows } = await client.query<{ type: string }>(
    "select atttypid::regtype::text as type from pg_attribute where attrelid = to_regclass('orders') and attname = 'id'",
  );
  const type = rows[0]?.type ?? 'uuid';
  if (type !== 'uuid')
    throw new ImportError(
      `The column orders.id of the database to import from is ${type}, not uuid: it is not that of the former order service 1.x.`,
    );
};

type OfOrder<T> = T & { readonly order_id: string };

const groupedByOrder = <T extends { readonly order_id: string }>(
  rows: readonly T[],
): ReadonlyMap<string, readonly T[]> => Map.groupBy(rows, ({ order_id }) => order_id);

/** Statement that reads the rows of some orders; undefined where there is no such table. */
const historyOf = async (client: Client, names: readonly string[], columns: Columns): Promise<string | undefined> => {
  for (const name of names) {
    const present = await columnsOf(client, name);
    if (!present.has('order_id')) continue;
    const time = ['changed_at', 'edited_at', 'created_at'].find((one) => present.has(one));
    const order = [time, present.has('id') ? 'id' : undefined].filter((one) => one !== undefined);
    return `select ${selectOf(columns, present)} from ${name} t where t.order_id = any($1::uuid[])
      ${order.length === 0 ? '' : `order by ${order.map((one) => `t.${one}`).join(', ')}`}`;
  }
  return undefined;
};

const totals = `
select to_char(created_at::timestamptz at time zone 'UTC', 'YYYY-MM-DD') as day, status, count(*)::integer as orders,
  sum(total_amount)::numeric(19,2)::text as total
from orders
group by 1, 2
order by 1, 2`;

const connected = async (dsn: string): Promise<Client> => {
  const connectionString = await asLibpqReads(dsn);
  const client = new Client({ connectionString, application_name: 'order-service import', keepAlive: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query("set timezone = 'UTC'");
    // Nothing there can be changed, and all pages are of one moment.
    await client.query('begin isolation level repeatable read, read only');
    return client;
  } catch (error) {
    // The connection may be broken already; what broke it is reported.
    await client.end().catch(() => undefined);
    throw new ImportError(`The database to import from cannot be reached: ${(error as Error).message}`);
  }
};

/**
 * Opens the former service's database for reading only.
 *
 * @throws ImportError when it cannot be reached, or is not one of the former service
 */
export const openSource = async (dsn: string): Promise<Source> => {
  const client = await connected(dsn);
  try {
    const [orders, items] = [await columnsOf(client, 'orders'), await columnsOf(client, 'order_items')];
    await demandUuid(client);
    demand('orders', orders, ['id', 'order_number', 'status', 'total_amount', 'payment_status', 'created_at']);
    demand('order_items', items, ['id', 'order_id', 'quantity', 'unit_price']);
    const moves = await historyOf(client, ['order_status_history', 'order_status_histories'], moveColumns);
    const edits = await historyOf(client, ['order_edit_history', 'order_edit_histories'], editColumns);
    const history = async <T>(statement: string | undefined, ids: readonly string[]) =>
      groupedByOrder(statement === undefined ? [] : (await client.query<OfOrder<T>>(statement, [ids])).rows);
    return {
      count: async () => {
        const { rows } = await client.query<{ orders: number }>('select count(*)::integer as orders from orders');
        return rows[0]?.orders ?? 0;
      },
      page: async (after, limit) => {
        const { rows } = await client.query<Omit<OldOrder, 'items' | 'moves' | 'edits'>>(
          `select ${selectOf(orderColumns, orders)} from orders t
           where $1::uuid is null or t.id > $1::uuid order by t.id limit $2`,
          [after ?? null, limit],
        );
        const ids = rows.map(({ id }) => id);
        const lines = await client.query<OfOrder<OldItem>>(
          `select ${selectOf(itemColumns, items)} from order_items t where t.order_id = any($1::uuid[]) order by t.id`,
          [ids],
        );
        const itemsOf = groupedByOrder(lines.rows);
        const movesOf = await history<OldMove>(moves, ids);
        const editsOf = await history<OldEdit>(edits, ids);
        return rows.map((order) => ({
          ...order,
          items: itemsOf.get(order.id) ?? [],
          moves: movesOf.get(order.id) ?? [],
          edits: editsOf.get(order.id) ?? [],
        }));
      },
      totals: async () => (await client.query<DayTotal>(totals)).rows,
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
};
