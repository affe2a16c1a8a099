import type { Pool, PoolClient } from 'pg';
import { inTransaction } from './transaction.js';
import type { JournalEntry } from '../actors/rules/entries.js';
import { replay } from '../actors/rules/evolve.js';
import { requestedIn } from '../actors/rules/funds.js';
import { format } from '../actors/rules/money.js';
import type { OrderState } from '../actors/rules/order.js';
import { fromStored } from '../actors/rules/stored-entry.js';

/**
 * The shape that stored documents have. Whoever changes the document raises it by one: at the next start every document is
 * rebuilt from its journal, by the replicas in turn, before they serve.
 */
export const documentShape = 3;

/** Orders that are brought up to date at once, each batch in a statement of its own. */
const batch = 200;
/** Any number that nothing else here locks. */
const advisoryLock = 8_004_010;

/** A row of the journal. */
export interface JournalRow {
  readonly order_id: string;
  readonly version: number;
  readonly at: string;
  readonly type: string;
  readonly data: unknown;
  readonly personal: unknown;
}

/** An entry as the rules take it. */
export const toEntry = ({ order_id, version, at, type, data, personal }: JournalRow): JournalEntry => ({
  ...{ order_id, version, at: new Date(at).toISOString() },
  entry: fromStored({ type, data, personal }),
});

/** The journals of orders $1. */
export const readJournals = `
select order_id, version, at, type, data, personal from order_events where order_id = any($1::uuid[]) order by order_id, version`;

/** Orders folded from their journals, whatever release wrote them. */
export const replayAll = async (client: Pool | PoolClient, ids: readonly string[]): Promise<readonly OrderState[]> => {
  const { rows } = await client.query<JournalRow>(readJournals, [ids]);
  return [...Map.groupBy(rows, ({ order_id }) => order_id).values()].flatMap((journal) => {
    const state = replay(journal.map(toEntry));
    return state === undefined ? [] : [state];
  });
};

/** Written unless the order has moved on: whoever moved it wrote today's shape. */
const writeDocuments = `
update orders
set document = n.document, payments = o.payments, payment_id = o.payment_id, payment_status = o.payment_status,
  captured_amount = o.captured_amount, refunded_amount = o.refunded_amount, requested_amount = n.requested_amount,
  held = n.document -> 'hold' is not null
from json_to_recordset($1::json) as n (id uuid, version integer, document json, requested_amount numeric)
cross join lateral json_populate_record(null::orders, n.document) o
where orders.id = n.id and orders.version = n.version`;

const begin = `
insert into order_document_upgrade (shape, walked, complete) values ($1, null, false)
on conflict (only_one) do update set shape = $1, walked = null, complete = false
where order_document_upgrade.shape <> $1`;

const nextOrders = `select id from orders where $1::uuid is null or id > $1::uuid order by id limit $2`;

const moveOn = `update order_document_upgrade set walked = coalesce($1::uuid, walked), complete = $2`;

/** One batch after the last one. Answers whether there may be more; none when another release has begun with its own shape. */
const advance = async (client: PoolClient): Promise<boolean> => {
  const progress = await client.query<{ walked: string | null; complete: boolean }>(
    'select walked, complete from order_document_upgrade where shape = $1',
    [documentShape],
  );
  if (progress.rows[0]?.complete !== false) return false;
  const { rows } = await client.query<{ id: string }>(nextOrders, [progress.rows[0].walked, batch]);
  const states = await replayAll(
    client,
    rows.map(({ id }) => id),
  );
  const written = states.map((state) => ({
    id: state.order.id,
    version: state.order.version,
    document: state.order,
    requested_amount: format(requestedIn(state), state.decimals),
  }));
  await client.query(writeDocuments, [JSON.stringify(written)]);
  const more = rows.length === batch;
  await client.query(moveOn, [rows.at(-1)?.id ?? null, !more]);
  return more;
};

/**
 * Brings stored documents to today's shape. Online: each batch is a transaction of its own, and nothing is locked for longer.
 * Restartable: an interrupted run goes on after its last batch. Replicas that start together take turns.
 *
 * @throws when the database cannot be reached
 */
export const upgradeDocuments = async (pool: Pool, log: (line: string) => void): Promise<void> => {
  // A transaction lock, not a session lock: PgBouncer in transaction mode hands the session, and its lock, to another client.
  const inTurn = <T>(work: (client: PoolClient) => Promise<T>): Promise<T> =>
    inTransaction(pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [advisoryLock]);
      return work(client);
    });
  const begun = await inTurn((client) => client.query(begin, [documentShape]));
  if ((begun.rowCount ?? 0) > 0) log(`stored orders are brought to shape ${documentShape}`);
  while (await inTurn(advance));
};

/** Whether a stored document has today's shape. One that a replica of an older release wrote has not. */
export const isPresentDocument = (document: string): boolean =>
  document.includes('"payments":[') && document.includes('"shipments":[');
