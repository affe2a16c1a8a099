/** How far the index is, and whether in this cluster. */
export const readProgress = `
select p.definition, p.cursor::text, p.walked, p.complete,
  p.system_id = c.system_identifier and pg_snapshot_xmax(p.cursor) <= pg_snapshot_xmax(pg_current_snapshot()) as ours
from pg_control_system() c
left join order_search_progress p on true`;

/** Starts again: an empty index that knows of no order yet, and follows from this moment on. $1 definition. */
export const beginAnew = [
  'truncate order_search',
  `insert into order_search_progress (definition, system_id, cursor, walked, complete, begun_at, as_of)
   select $1::integer, system_identifier, pg_current_snapshot(), null, false, now(), null from pg_control_system()
   on conflict (only_one) do update
   set definition = excluded.definition, system_id = excluded.system_id, cursor = excluded.cursor, walked = null,
     complete = false, begun_at = excluded.begun_at, as_of = null`,
] as const;

/** The next orders of a walk over all of them. $1 the last one of before, or null; $2 how many. */
export const nextOrders = `
select id, document::text as document
from orders
where id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000')
order by id
limit $2`;

/** Some orders as they are now. $1 ids. */
export const theseOrders = `select id, document::text as document from orders where id = any($1::uuid[])`;

/** The orders that one transaction has changed. $1 its number. */
export const ordersOfTransaction = `select distinct order_id from order_events where transaction_id = $1::bigint`;

/** Writes the words of some orders where they have changed. $1 the orders with their words. */
export const writeWords = `
insert into order_search as s (order_id, created_at, words)
select o.id, o.created_at, array_to_tsvector(n.words)
from json_to_recordset($1::json) as n (order_id uuid, words text[])
join orders o on o.id = n.order_id
on conflict (order_id) do update set words = excluded.words where s.words <> excluded.words`;

/** After a step. $1 cursor, $2 the last order walked, $3 whether all were, $4 since when nothing is missing, or null. */
export const moveOn = `
update order_search_progress
set cursor = $1::pg_snapshot, walked = $2::uuid, complete = $3::boolean, as_of = coalesce($4::timestamptz, as_of)`;

/** Whether all is indexed up to $2 milliseconds ago, by definition $1 or a later one. */
export const isFresh = `
select from order_search_progress
where definition > $1 or (definition = $1 and as_of > now() - $2::integer * interval '1 millisecond')`;

/** Up to when everything is indexed; null while the index is incomplete. */
export const indexedUntil = `
select to_char(as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as as_of from order_search_progress`;

/** Seconds since the moment up to which all is indexed, or since the index was begun. */
export const lag = `
select extract(epoch from now() - coalesce(as_of, begun_at))::float8 as seconds from order_search_progress`;
