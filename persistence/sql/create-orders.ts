/**
 * Several orders in one statement: what {@link createOrder} does, for each row of $1. An order whose creation key was taken
 * before, also by another row, is passed over: it is not in the result. Rows are joined on key and order, since one key may
 * be that of two orders. Effects that come with a claim are their worker's for $2 milliseconds.
 */
export const createOrders = `
with input as materialized (
  select *
  from json_to_recordset($1::json) as i (command_id text, order_id uuid, request_hash text, at timestamptz, sequence text,
    prefix text, placeholder text, document json, data json, personal json, by_type text, by_id text, channel text,
    traceparent text, deadline_what text, deadline_at timestamptz, effects json, hash text, hash_key text, personal_salt text,
    personal_digest text)
), creation as (
  insert into order_creations (command_id, order_id, request_hash, created_at)
  select command_id, order_id, request_hash, at from input order by command_id
  on conflict do nothing
  returning command_id, order_id
), sequence as materialized (
  select i.*, nextval(i.sequence::regclass)::text as number
  from creation join input i using (command_id, order_id)
), drawn as materialized (
  select s.*, s.prefix || lpad(s.number, greatest(6, length(s.number)), '0') as order_number from sequence s
), stored as (
  insert into orders (id, order_number, customer_id, guest_email, status, currency, subtotal, tax_amount, shipping_amount,
    discount_amount, total_amount, captured_amount, refunded_amount, requested_amount, payment_id, payment_method,
    payment_status, payments, created_by_service, created_at, updated_at, deadline_what, deadline_at, version, document)
  select d.order_id, d.order_number, o.customer_id, o.guest_email, o.status, o.currency, o.subtotal, o.tax_amount,
    o.shipping_amount, o.discount_amount, o.total_amount, o.captured_amount, o.refunded_amount, 0, o.payment_id,
    o.payment_method, o.payment_status, o.payments, o.created_by_service, o.created_at, o.updated_at, d.deadline_what,
    d.deadline_at, 1, replace(d.document::text, d.placeholder, d.order_number)::json
  from drawn d cross join lateral json_populate_record(null::orders, d.document) o
), lines as (
  insert into order_items (order_id, id, product_id, product_sku, product_name, quantity, cancelled_quantity,
    returned_quantity, unit_price, total_price, discount_amount, tax_amount, warehouse_id, reservation_id, metadata)
  select d.order_id, i.id, i.product_id, i.product_sku, i.product_name, i.quantity, 0, 0, i.unit_price, i.total_price,
    i.discount_amount, i.tax_amount, i.warehouse_id, i.reservation_id, i.metadata
  from drawn d cross join lateral json_populate_recordset(null::order_items, d.document -> 'items') i
), journal as (
  insert into order_events (order_id, version, type, data, personal, by_type, by_id, channel, command_id, traceparent, at,
    hash, hash_key, personal_salt, personal_digest)
  select d.order_id, 1, 'order.created', replace(d.data::text, d.placeholder, d.order_number)::json, d.personal, d.by_type,
    d.by_id, d.channel, d.command_id, d.traceparent, d.at, d.hash, d.hash_key, d.personal_salt, d.personal_digest
  from drawn d
), receipt as (
  insert into order_receipts (order_id, command_id, request_hash, version)
  select d.order_id, d.command_id, d.request_hash, 1 from drawn d
), effects as (
  insert into order_effects (key, order_id, version, position, target, operation, payload, next_at, traceparent, created_at,
    claim, attempts)
  select e.key, d.order_id, 1, e.position, e.target, e.operation, e.payload,
    case when e.claim is null then d.at else now() + $2::integer * interval '1 millisecond' end, d.traceparent, d.at,
    e.claim, case when e.claim is null then 0 else 1 end
  from drawn d
  cross join lateral json_populate_recordset(null::order_effects,
    replace(d.effects::text, d.placeholder, d.order_number)::json) e
)
select order_id, command_id, order_number, now() as queued_at from drawn`;
