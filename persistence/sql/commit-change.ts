/** What the ways to commit differ in. */
interface Parts {
  /** Nothing is requeued, released or given up, and no line changes: most changes, and a third quicker. */
  readonly lean?: boolean;
  readonly before: string;
  /** Further columns of the order that are set. */
  readonly columns?: string;
  readonly fence: string;
  readonly withdrawn: string;
  readonly result: string;
}

/** What few changes do. */
const rest = `, requeued as (
  update order_effects e
  set state = 'pending', next_at = $13::timestamptz, queued_at = $13::timestamptz, attempts = 0, settled_at = null, claim = null
  from fenced
  where e.key = any($20::text[]) and e.order_id = fenced.id and e.state <> 'done'
), lines as (
  update order_items i
  set cancelled_quantity = n.cancelled_quantity, returned_quantity = n.returned_quantity, metadata = n.metadata
  from fenced, json_populate_recordset(null::order_items, $21::json) n
  where i.order_id = fenced.id and i.id = n.id
), released as (
  delete from waiting_events w
  using fenced, json_populate_recordset(null::waiting_events, $22::json) r
  where w.order_id = fenced.id and w.source = r.source and w.event_id = r.event_id
), given_up as (
  insert into dead_letters (id, topic, source, event_id, order_id, payload, reason, received_at)
  select d.id, d.topic, d.source, d.event_id, fenced.id, d.payload, d.reason, $13::timestamptz
  from fenced, json_populate_recordset(null::dead_letters, $23::json) d
  on conflict do nothing
)`;

/**
 * One statement, one round trip, fenced by the version: order, journal, receipt, lines, effects, events that waited.
 * Everything selects from `fenced`, which is empty when the order has moved on. A command taken before violates the
 * receipt's key and undoes it all, and so does a caller's key that stands for a call on another order. An effect that comes
 * with a claim is its worker's at once, for $19 milliseconds, unless an earlier one of its lane is unsettled.
 */
export const commit = ({ lean = false, before, columns = '', fence, withdrawn, result }: Parts): string => `
with ${before}fenced as (
  update orders
  set version = $3, status = o.status, customer_id = o.customer_id, captured_amount = o.captured_amount,
    refunded_amount = o.refunded_amount, requested_amount = $5::numeric, payment_id = o.payment_id,
    payment_status = o.payment_status, payments = o.payments, updated_at = o.updated_at, cancelled_at = o.cancelled_at,
    completed_at = o.completed_at, cancellation_reason = o.cancellation_reason, deadline_what = $6::text,
    deadline_at = $7::timestamptz, held = $18::boolean, document = $4::json${columns}
  from json_populate_record(null::orders, $4::json) o
  where orders.id = $1::uuid and orders.version = $2${fence}
  returning orders.id
), journal as (
  insert into order_events (order_id, version, type, data, personal, by_type, by_id, channel, command_id, traceparent, at,
    hash, hash_key, personal_salt, personal_digest)
  select fenced.id, e.version, e.type, e.data, e.personal, $8, $9, $10, $11, $12, $13::timestamptz,
    e.hash, e.hash_key, e.personal_salt, e.personal_digest
  from fenced, json_populate_recordset(null::order_events, $14::json) e
), receipt as (
  insert into order_receipts (order_id, command_id, request_hash, version)
  select id, $11, $15, $3 from fenced
), caller_key as (
  insert into order_creations (command_id, order_id, request_hash, created_at)
  select $11, id, $15, $13::timestamptz from fenced where $17::boolean
), effects as (
  insert into order_effects (key, order_id, version, position, target, operation, payload, next_at, not_before, traceparent,
    created_at, claim, attempts)
  select e.key, fenced.id, e.version, e.position, e.target, e.operation, e.payload,
    case when born.claimed then now() + $19::integer * interval '1 millisecond' else coalesce(e.not_before, $13::timestamptz) end,
    e.not_before, $12, $13::timestamptz,
    case when born.claimed then e.claim end, case when born.claimed then 1 else 0 end
  from fenced, json_populate_recordset(null::order_effects, $16::json) e
  cross join lateral (
    select e.claim is not null and (
      select b.key
      from order_effects b
      where b.settled_at is null and b.order_id = fenced.id and b.target = e.target
      order by b.version, b.position
      limit 1
    ) is null as claimed
  ) born
  returning key, claim
)${lean ? '' : rest}${withdrawn}
${result}`;

/** Whether it was written, and what became ours of its effects. */
const committed = `select id, now() as queued_at, (select array_agg(key) from effects where claim is not null) as claimed
from fenced`;

/** A change of an order. */
export const commitChange = commit({ before: '', fence: '', withdrawn: '', result: committed });

/** A change of the usual kind: see {@link Parts.lean}. */
export const commitLeanChange = commit({ lean: true, before: '', fence: '', withdrawn: '', result: committed });

/**
 * A change that withdraws effects which wait ($24: of this version and later). Their rows are locked first: a worker that has
 * one of them makes `fenced` empty, and one that comes now passes them over. Answers whether they were free.
 */
export const commitWithdrawal = commit({
  before: `waiting as materialized (
  select e.key, e.state = 'pending' and e.attempts = 0 and e.claim is null as free
  from order_effects e
  where e.order_id = $1::uuid and e.version >= $24::integer and e.not_before is not null
  for update
), `,
  fence: ' and (select coalesce(bool_and(free), true) from waiting)',
  withdrawn: `, withdrawn as (
  update order_effects e
  set state = 'withdrawn', settled_at = $13::timestamptz
  from fenced, waiting
  where e.key = waiting.key
)`,
  result: `select fenced.id, (select coalesce(bool_and(free), true) from waiting) as free
from (select 1) as one left join fenced on true`,
});

/** Whether effects that wait are free to be withdrawn: see {@link commitWithdrawal}. */
export const waitingAreFree = `
select coalesce(bool_and(state = 'pending' and attempts = 0 and claim is null), true) as free
from order_effects
where order_id = $1::uuid and version >= $2::integer and not_before is not null`;

/** A command that changed nothing is remembered all the same: its key now stands for this request. */
export const rememberCommand = `
with receipt as (
  insert into order_receipts (order_id, command_id, request_hash, version) values ($1::uuid, $2, $3, $4)
)
insert into order_creations (command_id, order_id, request_hash, created_at)
select $2, $1::uuid, $3, $5::timestamptz where $6::boolean`;

/** An event that came early is kept, if the order still stands where it was judged; a repeat keeps one. */
export const keepEvent = `
with fenced as (
  select id from orders where id = $1::uuid and version = $2 for share
), kept as (
  insert into waiting_events (order_id, source, event_id, topic, data, received_at, decided_at_version)
  select id, $3, $4, $5, $6::json, $7::timestamptz, $2 from fenced
  on conflict do nothing
)
select id from fenced`;

/** The journal and the events that wait, from one snapshot. */
export const loadOrder = `
select
  (select json_agg(json_build_object('version', version, 'at', at, 'type', type, 'data', data, 'personal', personal,
     'by_type', by_type, 'hash', hash) order by version)
   from order_events where order_id = $1::uuid) as journal,
  (select json_agg(json_build_object('topic', topic, 'source', source, 'event_id', event_id, 'data', data,
     'received_at', received_at) order by received_at, source, event_id)
   from waiting_events where order_id = $1::uuid) as waiting`;

/**
 * The order's version and this command's receipt: what proves a refusal. A caller's key may stand for a call on another
 * order, whose hash is never that of a call on this one.
 */
export const recallCommand = `
select
  (select version from orders where id = $1::uuid) as version,
  coalesce(
    (select request_hash from order_receipts where order_id = $1::uuid and command_id = $2),
    (select request_hash from order_creations where command_id = $2)
  ) as request_hash`;
