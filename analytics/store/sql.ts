import { type Grain, type RollupName, rollups } from '../rollups.js';

/** The table of a rollup. */
export const tableOf = (rollup: RollupName, grain: Grain): string => `order_insights_${rollup}_${grain}`;

const allTables = (Object.keys(rollups) as readonly RollupName[]).flatMap((rollup) =>
  rollups[rollup].grains.map((grain) => tableOf(rollup, grain)),
);

/** How far the rollups are, in which cluster this is, and what can be seen now. */
export const readProgress = `
select p.definition, p.cursor::text, p.walked, p.complete, p.adopting,
  p.system_id = c.system_identifier and pg_snapshot_xmax(p.cursor) <= pg_snapshot_xmax(pg_current_snapshot()) as ours
from pg_control_system() c
left join order_insights_progress p on true`;

/**
 * Starts the count again: empty rollups that know what can be seen at this moment, but of no order yet. $1 definition. An
 * entry of a transaction that this cluster has not begun yet was written in another one, and brought here.
 */
export const beginAnew = [
  `truncate ${[...allTables, 'order_insights_product_names'].join(', ')}`,
  `insert into order_insights_progress (definition, system_id, cursor, walked, complete, adopting, begun_at, as_of)
   select $1::integer, system_identifier, pg_current_snapshot(), null, false,
     exists (select from order_events where transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint),
     now(), null
   from pg_control_system()
   on conflict (only_one) do update
   set definition = excluded.definition, system_id = excluded.system_id, cursor = excluded.cursor, walked = null,
     complete = false, adopting = excluded.adopting, begun_at = excluded.begun_at, as_of = null`,
] as const;

/** The next orders of a walk over all of them. $1 the last one of before, or null; $2 how many. */
export const nextOrders = `
select order_id
from order_events
where order_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') and version = 1
order by order_id
limit $2`;

/** Numbers of another cluster's transactions say nothing here: entries without one count as long known. $1 orders. */
export const adoptEntries = `
update order_events set transaction_id = null where order_id = any($1::uuid[]) and transaction_id is not null`;

/**
 * The journals of some orders as the snapshot $3 sees them; \`before\`: $2 saw it too (null: it saw nothing). Of what is
 * personal the reasons alone: those of erased entries until they are taken out.
 */
export const readJournals = `
select e.order_id, e.version, e.type, e.data, e.at, coalesce(e.personal ->> 'reason', r.reason) as reason,
  $2::pg_snapshot is not null and coalesce(pg_visible_in_snapshot(transaction_id::text::xid8, $2::pg_snapshot), true) as before
from order_events e
left join erased_reasons r on r.order_id = e.order_id and r.version = e.version
where e.order_id = any($1::uuid[])
  and coalesce(pg_visible_in_snapshot(transaction_id::text::xid8, $3::pg_snapshot), true)
order by e.order_id, e.version`;

/** Forgets the reasons of erased entries once they are taken out. $1 the orders, each with the version that erased them. */
export const forgetReasons = `
delete from erased_reasons r
using json_to_recordset($1::json) as n (order_id uuid, erased integer)
where r.order_id = n.order_id and r.version < n.erased`;

/** Missing or erased reasons. */
export const dropEmptyReasons = rollups.reasons.grains.map(
  (grain) => `delete from ${tableOf('reasons', grain)} where orders = 0 and units = 0`,
);

/** Adds rows to a rollup. $1 the rows. */
export const addRows = (rollup: RollupName, grain: Grain): string => {
  const { key, counts, amounts } = rollups[rollup];
  const table = tableOf(rollup, grain);
  const added = [...counts, ...amounts];
  const columns = ['at', ...key, ...added].join(', ');
  return `insert into ${table} as r (${columns})
select ${columns} from json_populate_recordset(null::${table}, $1::json)
on conflict (${['at', ...key].join(', ')}) do update
set ${added.map((column) => `${column} = r.${column} + excluded.${column}`).join(', ')}`;
};

/** Keeps the latest names of products; of orders of the same moment, that of the greater id. $1 the names. */
export const keepNames = `
insert into order_insights_product_names as n (product_id, product_sku, product_name, ordered_at, order_id)
select product_id, product_sku, product_name, ordered_at, order_id
from json_populate_recordset(null::order_insights_product_names, $1::json)
on conflict (product_id) do update
set product_sku = excluded.product_sku, product_name = excluded.product_name, ordered_at = excluded.ordered_at,
  order_id = excluded.order_id
where (n.ordered_at, n.order_id) <= (excluded.ordered_at, excluded.order_id)`;

/** After a step. $1 cursor, $2 the last order walked, $3 whether all were, $4 since when nothing is missing, or null. */
export const moveOn = `
update order_insights_progress
set cursor = $1::pg_snapshot, walked = $2::uuid, complete = $3::boolean, as_of = coalesce($4::timestamptz, as_of)`;

/** Whether all is counted up to $2 milliseconds ago, by definition $1 or a later one. */
export const isFresh = `
select from order_insights_progress
where definition > $1 or (definition = $1 and as_of > now() - $2::integer * interval '1 millisecond')`;

/** Seconds since the moment up to which all is counted, or since the count was begun. */
export const lag = `
select extract(epoch from now() - coalesce(as_of, begun_at))::float8 as seconds from order_insights_progress`;
