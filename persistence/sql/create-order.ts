/**
 * One statement, one round trip: creation key, number, order, lines, journal, effects; all or nothing.
 * Everything selects from `drawn`, which is empty when the creation key was taken before.
 * An effect that comes with a claim is its worker's at once, for $22 milliseconds; it is the first of its lane.
 * The number is drawn inside, so it takes its place in the texts here: $6 is a placeholder no client can know.
 */
export const createOrder = `
with creation as (
  insert into order_creations (command_id, order_id, request_hash, created_at)
  values ($1, $2::uuid, $3, $4::timestamptz)
  on conflict do nothing
  returning order_id
), sequence as (
  select nextval($5::regclass)::text as number from creation
), drawn as (
  select $7 || lpad(number, greatest(6, length(number)), '0') as order_number from sequence
), stored as (
  insert into orders (id, order_number, customer_id, guest_email, status, currency, subtotal, tax_amount, shipping_amount,
    discount_amount, total_amount, captured_amount, refunded_amount, requested_amount, payment_id, payment_method,
    payment_status, payments, created_by_service, created_at, updated_at, deadline_what, deadline_at, version, document)
  select $2::uuid, drawn.order_number, o.customer_id, o.guest_email, o.status, o.currency, o.subtotal, o.tax_amount,
    o.shipping_amount, o.discount_amount, o.total_amount, o.captured_amount, o.refunded_amount, 0, o.payment_id,
    o.payment_method, o.payment_status, o.payments, o.created_by_service, o.created_at, o.updated_at, $15::text, $16::timestamptz, 1,
    replace($8::text, $6::text, drawn.order_number)::json
  from drawn, json_populate_record(null::orders, $8::text::json) o
  returning id
), lines as (
  insert into order_items (order_id, id, product_id, product_sku, product_name, quantity, cancelled_quantity,
    returned_quantity, unit_price, total_price, discount_amount, tax_amount, warehouse_id, reservation_id, metadata)
  select stored.id, i.id, i.product_id, i.product_sku, i.product_name, i.quantity, 0, 0, i.unit_price, i.total_price,
    i.discount_amount, i.tax_amount, i.warehouse_id, i.reservation_id, i.metadata
  from stored, json_populate_recordset(null::order_items, $8::text::json -> 'items') i
), journal as (
  insert into order_events (order_id, version, type, data, personal, by_type, by_id, channel, command_id, traceparent, at,
    hash, hash_key, personal_salt, personal_digest)
  select $2::uuid, 1, 'order.created', replace($9::text, $6::text, drawn.order_number)::json, $10::json, $11, $12, $13, $1, $14,
    $4::timestamptz, $18, $19, $20, $21
  from drawn
), receipt as (
  insert into order_receipts (order_id, command_id, request_hash, version)
  select id, $1, $3, 1 from stored
), effects as (
  insert into order_effects (key, order_id, version, position, target, operation, payload, next_at, traceparent, created_at,
    claim, attempts)
  select e.key, $2::uuid, 1, e.position, e.target, e.operation, e.payload,
    case when e.claim is null then $4::timestamptz else now() + $22::integer * interval '1 millisecond' end, $14, $4::timestamptz,
    e.claim, case when e.claim is null then 0 else 1 end
  from drawn, json_populate_recordset(null::order_effects, replace($17::text, $6::text, drawn.order_number)::json) e
)
select order_number, now() as queued_at from drawn`;

/** Which order a creation key has made. */
export const findCreation = `select order_id, request_hash from order_creations where command_id = $1`;
