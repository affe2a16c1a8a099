import type { Pool } from 'pg';
import type { Order } from '../../actors/rules/order.js';
import { turnLocks } from '../../persistence/journal-reader.js';
import { inTransaction } from '../../persistence/transaction.js';
import { definition, wordsOfOrder } from '../../search/words.js';

/** Words that the loaded orders have besides their own, by how many of all orders have the same one. */
export interface SearchedWords {
  /** Has only one order. */
  readonly ofOne: (n: number) => string;
  /** Has one order in a thousand. */
  readonly ofFew: (n: number) => string;
  /** Has one order in ten. */
  readonly ofMany: (n: number) => string;
}

const few = 1_000;
const many = 10;

/**
 * Indexes all orders by SQL, each with as many words as a real one has and three more, and says that the index is complete:
 * the service goes on from there and does not read all that was loaded. The index is built afterwards, which is quicker.
 */
export const fillSearch = async (pool: Pool): Promise<SearchedWords> => {
  const { rows } = await pool.query<{ document: string }>(
    'select document::text as document from orders order by created_at desc limit 1',
  );
  const [newest] = rows;
  if (newest === undefined) throw new Error('there is no order to index');
  const words = wordsOfOrder(JSON.parse(newest.document) as Partial<Order>);
  const found = await pool.query<{ indexdef: string }>(
    `select indexdef from pg_indexes where indexname = 'order_search_words' and schemaname = current_schema()`,
  );
  const [index] = found.rows;
  if (index === undefined) throw new Error('the index of the words is not there');
  const total = await inTransaction(pool, async (client) => {
    // The service waits meanwhile.
    await client.query('select pg_advisory_xact_lock($1)', [turnLocks.search]);
    await client.query('drop index order_search_words');
    await client.query('truncate order_search');
    const { rowCount } = await client.query(fill, [words, few, many]);
    await client.query(index.indexdef);
    await client.query(complete, [definition]);
    return rowCount ?? 0;
  });
  await pool.query('vacuum analyze order_search');
  const word = (name: string, n: number): string => `${name}-${String(n).padStart(9, '0')}`;
  return {
    ofOne: (n) => word('only', 1 + (n % total)),
    ofFew: (n) => word('few', n % Math.max(1, Math.floor(total / few))),
    ofMany: (n) => word('many', n % many),
  };
};

/** $1 the words that all have, $2 how many have a word of few, $3 the part of the orders that have a word of many. */
const fill = `
insert into order_search (order_id, created_at, words)
select id, created_at, array_to_tsvector($1::text[] || array[
  'only-' || lpad(n::text, 9, '0'),
  'few-' || lpad((n % greatest(1, total / $2::integer))::text, 9, '0'),
  'many-' || lpad((n % $3::integer)::text, 9, '0'),
  id::text, lower(order_number), coalesce(customer_id, 'guest')
])
from (
  select id, created_at, order_number, customer_id,
    row_number() over (order by id) as n, count(*) over () as total
  from orders
) numbered`;

const complete = `
insert into order_search_progress (definition, system_id, cursor, walked, complete, begun_at, as_of)
select $1::integer, system_identifier, pg_current_snapshot(), null, true, now(), now() from pg_control_system()
on conflict (only_one) do update
set definition = excluded.definition, system_id = excluded.system_id, cursor = excluded.cursor, walked = null,
  complete = true, begun_at = excluded.begun_at, as_of = excluded.as_of`;
