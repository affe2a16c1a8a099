/**
 * Changes of several orders in one statement: what {@link commitChange} does, for each row of $1, which must be of the usual
 * kind: nothing is requeued, released, given up, withdrawn or erased, and no line changes. $2: the orders' ids, so that any
 * plan looks them up by their key.
 *
 * An order that has moved on is passed over, and so is one whose row another transaction holds: this statement does not wait
 * for it. Neither is in the result. A command that was taken before violates a key and undoes the whole statement.
 * Effects that come with a claim are their worker's for $3 milliseconds.
 */
export const commitChanges = `
with input as materialized (
  select *
  from json_to_recordset($1::json) as i (order_id uuid, expected integer, version integer, document json, requested numeric,
    deadline_what text, deadline_at timestamptz, held boolean, by_type text, by_id text, channel text, command_id text,
    traceparent text, at timestamptz, request_hash text, is_caller_key boolean, entries json, effects json)
), locked as materialized (
  select o.id, i.command_id
  from orders o
  join input i on o.id = i.order_id and o.version = i.expected
  where o.id = any($2::uuid[])
  for no key update of o skip locked
), fenced as (
  update orders
  set version = i.version, status = o.status, customer_id = o.customer_id, captured_amount = o.captured_amount,
    refunded_amount = o.refunded_amount, requested_amount = i.requested, payment_id = o.payment_id,
    payment_status = o.payment_status, payments = o.payments, updated_at = o.updated_at, cancelled_at = o.cancelled_at,
    completed_at = o.completed_at, cancellation_reason = o.cancellation_reason, deadline_what = i.deadline_what,
    deadline_at = i.deadline_at, held = i.held, document = i.document
  from locked l
  join input i on i.order_id = l.id and i.command_id = l.command_id
  cross join lateral json_populate_record(null::orders, i.document) o
  where orders.id = any($2::uuid[]) and orders.id = l.id and orders.version = i.expected
  returning orders.id, i.command_id
), taken as materialized (
  select i.* from fenced f join input i on i.order_id = f.id and i.command_id = f.command_id
), journal as (
  insert into order_events (order_id, version, type, data, personal, by_type, by_id, channel, command_id, traceparent, at,
    hash, hash_key, personal_salt, personal_digest)
  select t.order_id, e.version, e.type, e.data, e.personal, t.by_type, t.by_id, t.channel, t.command_id, t.traceparent, t.at,
    e.hash, e.hash_key, e.personal_salt, e.personal_digest
  from taken t cross join lateral json_populate_recordset(null::order_events, t.entries) e
), receipt as (
  insert into order_receipts (order_id, command_id, request_hash, version)
  select t.order_id, t.command_id, t.request_hash, t.version from taken t
), caller_key as (
  insert into order_creations (command_id, order_id, request_hash, created_at)
  select t.command_id, t.order_id, t.request_hash, t.at from taken t where t.is_caller_key order by t.command_id
), effects as (
  insert into order_effects (key, order_id, version, position, target, operation, payload, next_at, not_before, traceparent,
    created_at, claim, attempts)
  select e.key, t.order_id, e.version, e.position, e.target, e.operation, e.payload,
    case when born.claimed then now() + $3::integer * interval '1 millisecond' else coalesce(e.not_before, t.at) end,
    e.not_before, t.traceparent, t.at,
    case when born.claimed then e.claim end, case when born.claimed then 1 else 0 end
  from taken t
  cross join lateral json_populate_recordset(null::order_effects, t.effects) e
  cross join lateral (
    select e.claim is not null and (
      select b.key
      from order_effects b
      where b.settled_at is null and b.order_id = t.order_id and b.target = e.target
      order by b.version, b.position
      limit 1
    ) is null as claimed
  ) born
  returning order_id, key, claim
)
select t.order_id as id, t.command_id, now() as queued_at,
  (select array_agg(e.key) from effects e where e.order_id = t.order_id and e.claim is not null) as claimed
from taken t`;
