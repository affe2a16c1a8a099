import { Client } from 'pg';
import type { Chain } from '../actors/chain.js';
import { toStored } from '../actors/rules/stored-entry.js';
import { linked } from '../actors/linked-entries.js';
import { requestedIn } from '../actors/rules/funds.js';
import { format } from '../actors/rules/money.js';
import { sequenceOf } from '../persistence/order-numbers.js';
import { unfinishedImport } from '../persistence/unusable-database.js';
import { findSchemaPlace } from '../persistence/schema-place.js';
import type { Journaled } from './journal-of.js';
import { type DayTotal, ImportError } from './source.js';

/** Orders that are there already: by id, and the ids that hold a number. */
export interface Known {
  readonly ids: ReadonlySet<string>;
  readonly holderOf: ReadonlyMap<string, string>;
}

/** This service's database, as the import writes it. */
export interface Target {
  /** Marks the database as one whose import has not ended; the service says so at its start. */
  begin(): Promise<void>;
  /** Takes the mark away. */
  finish(): Promise<void>;
  known(ids: readonly string[], numbers: readonly string[]): Promise<Known>;
  /** Stores orders that are not there, all or none. Answers the ids of those it stored. */
  store(orders: readonly Journaled[]): Promise<ReadonlySet<string>>;
  /** Lets the numbers of a day (`YYYYMMDD`) go on after this one. */
  continueAfter(day: string, number: string): Promise<void>;
  /** The highest order number of each day (`YYYYMMDD`). */
  highestNumbers(): Promise<readonly (readonly [string, bigint])[]>;
  /** Updates the planner's statistics about what was stored. */
  analyze(): Promise<void>;
  /** Numbers and sums of what was imported, as it is now. */
  totals(): Promise<readonly DayTotal[]>;
  close(): Promise<void>;
}

const insert = `
with stored as (
  insert into orders (id, order_number, customer_id, guest_email, status, currency, subtotal, tax_amount, shipping_amount,
    discount_amount, total_amount, captured_amount, refunded_amount, requested_amount, payment_id, payment_method,
    payment_status, payments, cancellation_reason, created_by_service, created_at, updated_at, cancelled_at, completed_at,
    deadline_what, deadline_at, version, document)
  select o.id, o.order_number, o.customer_id, o.guest_email, o.status, o.currency, o.subtotal, o.tax_amount,
    o.shipping_amount, o.discount_amount, o.total_amount, o.captured_amount, o.refunded_amount, n.requested_amount,
    o.payment_id, o.payment_method, o.payment_status, o.payments, o.cancellation_reason, o.created_by_service,
    o.created_at, o.updated_at, o.cancelled_at, o.completed_at, n.deadline_what, n.deadline_at, o.version, n.document
  from json_to_recordset($1::json) as n (document json, requested_amount numeric, deadline_what text, deadline_at timestamptz)
  cross join lateral json_populate_record(null::orders, n.document) o
  on conflict do nothing
  returning id
), lines as (
  insert into order_items (order_id, id, product_id, product_sku, product_name, quantity, cancelled_quantity,
    returned_quantity, unit_price, total_price, discount_amount, tax_amount, warehouse_id, reservation_id, metadata)
  select stored.id, i.id, i.product_id, i.product_sku, i.product_name, i.quantity, i.cancelled_quantity,
    i.returned_quantity, i.unit_price, i.total_price, i.discount_amount, i.tax_amount, i.warehouse_id, i.reservation_id, i.metadata
  from stored join json_populate_recordset(null::order_items, $2::json) i on i.order_id = stored.id
), journal as (
  insert into order_events (order_id, version, type, data, personal, by_type, by_id, channel, command_id, at, hash, hash_key,
    personal_salt, personal_digest)
  select stored.id, e.version, e.type, e.data, e.personal, e.by_type, e.by_id, e.channel, e.command_id, e.at, e.hash,
    e.hash_key, e.personal_salt, e.personal_digest
  from stored join json_populate_recordset(null::order_events, $3::json) e on e.order_id = stored.id
)
select id from stored`;

const totals = `
select to_char(o.created_at at time zone 'UTC', 'YYYY-MM-DD') as day, o.status, count(*)::integer as orders,
  sum(o.total_amount)::numeric(19,2)::text as total
from orders o
join order_events e on e.order_id = o.id and e.version = 1 and e.type = 'order.imported'
group by 1, 2
order by 1, 2`;

const orderRow = ({ state }: Journaled) => {
  const [deadline] = state.order.deadlines.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return {
    document: state.order,
    requested_amount: format(requestedIn(state), state.decimals),
    deadline_what: deadline?.what,
    deadline_at: deadline?.at,
  };
};

const lineRows = ({ state: { order } }: Journaled) => order.items.map((item) => ({ ...item, order_id: order.id }));

/** The rows of a journal, linked to a hash chain as the service links its own entries. */
const entryRows = (chain: Chain, { state: { order }, entries }: Journaled) => {
  let head: string | undefined;
  return entries.map(({ order_id, version, at, entry, author }) => {
    const command_id = `import:${order_id}`;
    const by = { caller: author, channel: 'import', commandId: command_id, at } as const;
    const { link, seal } = linked(chain, order, head, [version, entry], by);
    head = link?.hash;
    return {
      ...seal,
      ...link,
      order_id,
      version,
      at,
      ...toStored(entry),
      by_type: author.type,
      by_id: author.id,
      channel: by.channel,
      command_id,
    };
  });
};

/** Any number that nothing else here locks. */
const advisoryLock = 8_004_070;

/**
 * Opens this service's database for an import. One import runs at a time.
 *
 * @param sequenceKey ORDER_NUMBER_SEQUENCE_KEY
 * @param chain the chain that the service's own entries are linked with
 * @throws ImportError when it cannot be reached, has no tables of this service, or another import runs
 */
export const openTarget = async (dsn: string, sequenceKey: string, chain: Chain): Promise<Target> => {
  let client: Client | undefined;
  try {
    const place = await findSchemaPlace(dsn);
    client = new Client({ connectionString: place.dsn, application_name: 'order-service import', keepAlive: true });
    client.on('error', () => undefined);
    await client.connect();
  } catch (error) {
    // The connection may be broken already; what broke it is reported.
    await client?.end().catch(() => undefined);
    throw new ImportError(`This service's database cannot be reached: ${(error as Error).message}`);
  }
  const db = client;
  try {
    const ready = await db.query<{ migrated: boolean; free: boolean }>(
      `select to_regclass('order_events') is not null and to_regclass('reports.orders') is not null as migrated,
         pg_try_advisory_lock($1) as free`,
      [advisoryLock],
    );
    if (ready.rows[0]?.migrated !== true)
      throw new ImportError("This service's database lacks its tables. Run `npm run migrate -- up` first.");
    if (!ready.rows[0].free) throw new ImportError('Another import is running on this database.');
  } catch (error) {
    await db.end();
    throw error;
  }
  return {
    begin: async () => {
      await db.query(`create table if not exists ${unfinishedImport} ()`);
    },
    finish: async () => {
      await db.query(`drop table if exists ${unfinishedImport}`);
    },
    known: async (ids, numbers) => {
      const { rows } = await db.query<{ id: string; order_number: string }>(
        `select id, order_number from orders where id = any($1::uuid[])
         union
         select id, order_number from orders where order_number = any($2::text[])`,
        [ids, numbers],
      );
      return {
        ids: new Set(rows.map(({ id }) => id)),
        holderOf: new Map(rows.map(({ id, order_number }) => [order_number, id])),
      };
    },
    store: async (orders) => {
      const values = [
        orders.map(orderRow),
        orders.flatMap(lineRows),
        orders.flatMap((order) => entryRows(chain, order)),
      ];
      const { rows } = await db.query<{ id: string }>(
        insert,
        values.map((value) => JSON.stringify(value)),
      );
      return new Set(rows.map(({ id }) => id));
    },
    continueAfter: async (day, number) => {
      const sequence = `"${sequenceOf(sequenceKey, day)}"`;
      await db.query('select make_number_sequence($1)', [sequenceOf(sequenceKey, day)]);
      await db.query(
        `select setval($1::regclass, $2::bigint) from ${sequence} s
         where case when s.is_called then s.last_value else 0 end < $2::bigint`,
        [sequence, number],
      );
    },
    highestNumbers: async () => {
      const { rows } = await db.query<{ day: string; number: string }>(
        `select substr(order_number, 5, 8) as day, max(substr(order_number, 14)::bigint)::text as number
         from orders where order_number ~ '^ORD-[0-9]{8}-[0-9]{6,18}$' group by 1`,
      );
      return rows.map(({ day, number }) => [day, BigInt(number)] as const);
    },
    analyze: async () => {
      await db.query('analyze orders, order_items, order_events');
    },
    totals: async () => (await db.query<DayTotal>(totals)).rows,
    close: () => db.end(),
  };
};
