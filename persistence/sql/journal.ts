const time = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const row = `json_build_object('order_id', e.order_id, 'version', e.version, 'type', e.type, 'data', e.data::text,
  'personal', e.personal::text, 'by_type', e.by_type, 'by_id', e.by_id, 'channel', e.channel, 'command_id', e.command_id,
  'traceparent', e.traceparent, 'at', ${time('e.at')}, 'personal_salt', e.personal_salt,
  'personal_digest', e.personal_digest, 'sealed_at', ${time('e.sealed_at')}, 'hash', e.hash, 'hash_key', e.hash_key)`;

const columns = [
  'order_number',
  'customer_id',
  'guest_email',
  'status',
  'currency',
  'subtotal',
  'tax_amount',
  'shipping_amount',
  'discount_amount',
  'total_amount',
  'captured_amount',
  'refunded_amount',
  'payment_id',
  'payment_method',
  'payment_status',
  'cancellation_reason',
  'created_by_service',
  'created_at',
  'updated_at',
  'cancelled_at',
  'completed_at',
  'version',
];
const lineColumns = [
  'product_id',
  'product_sku',
  'product_name',
  'quantity',
  'cancelled_quantity',
  'returned_quantity',
  'unit_price',
  'total_price',
  'discount_amount',
  'tax_amount',
  'warehouse_id',
  'reservation_id',
  'metadata',
];
const of = (table: string, names: readonly string[]): string => names.map((name) => `${table}.${name}`).join(', ');

/**
 * Of each of the orders $1: its journal as text, the stored order, and whether columns and lines hold what the document
 * says. Columns and document are compared here, so that Postgres' own types decide what is equal.
 */
export const auditOrders = `
select w.id as order_id,
  (select coalesce(json_agg(${row} order by e.version), '[]') from order_events e where e.order_id = w.id) as journal,
  (select json_build_object('order_number', o.order_number, 'version', o.version, 'document', o.document::text,
     'requested_amount', o.requested_amount::text, 'agrees',
     (${of('o', columns)}) is not distinct from (select (${of('d', columns)}) from json_populate_record(null::orders, o.document) d)
     and o.deadline_at is not distinct from
       (select min((l ->> 'at')::timestamptz) from json_array_elements(o.document -> 'deadlines') l)
     and (o.deadline_at is null or exists (
       select from json_array_elements(o.document -> 'deadlines') l
       where l ->> 'what' = o.deadline_what and (l ->> 'at')::timestamptz = o.deadline_at))
     and not exists (
       select from (select * from order_items where order_id = o.id) s
       full join json_populate_recordset(null::order_items, o.document -> 'items') i on i.id = s.id
       where (${of('s', lineColumns)}) is distinct from (${of('i', lineColumns)})
     ))
   from orders o where o.id = w.id) as stored
from unnest($1::uuid[]) as w (id)
order by w.id`;

/** The next orders by id after $1, $2 of them: those of the journal too, whose stored order may be gone. */
export const nextOrders = `
select id from (
  (select id from orders where id > $1::uuid order by id limit $2)
  union
  (select order_id from order_events where order_id > $1::uuid and version = 1 order by order_id limit $2)
) ids order by id limit $2`;

/** A page of an order's timeline: $1 order, $2 version before the page, $3 how many. */
export const pageOfEntries = `
select version, type, data, personal, by_type, by_id, channel, traceparent, ${time('at')} as at, hash
from order_events where order_id = $1::uuid and version > $2 order by version limit $3`;
