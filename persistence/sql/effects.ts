// These plans must be good from the first second of an empty database, since a connection keeps the plan it made then:
// hence the shapes that leave the planner no choice (limit 1, any, `settled_at is null`, which no partial index answers).

/**
 * One statement for all targets: $1 their names, $2 how many rows each may have, $3 this claim's id, $4 the lease in
 * milliseconds. Only the earliest pending row of a lane can be had; rows that another worker takes at this moment are
 * passed over. The lease is database time, so replicas' clocks do not matter. The first `next_at` comes from the clock of
 * the service that wrote the order, hence five seconds of tolerance for rows never tried.
 */
export const claimEffects = `
with due as materialized (
  select d.key
  from unnest($1::text[], $2::integer[]) as w (target, free)
  cross join lateral (
    select e.key
    from order_effects e
    where e.state = 'pending' and e.target = w.target
      and e.next_at <= now() + interval '5 seconds' and (e.attempts = 0 or e.next_at <= now())
      and (e.not_before is null or e.not_before <= now())
      and e.key = (
        select b.key
        from order_effects b
        where b.settled_at is null and b.order_id = e.order_id and b.target = e.target
        order by b.version, b.position
        limit 1
      )
    order by e.next_at
    limit w.free
    for update skip locked
  ) d
), claimed as (
  update order_effects e
  set claim = $3::uuid, attempts = e.attempts + 1, next_at = now() + $4::integer * interval '1 millisecond'
  where e.key = any (array(select key from due))
  returning e.key, e.claim, e.order_id, e.version, e.target, e.operation, e.payload, e.attempts, e.created_at, e.queued_at,
    e.traceparent
)
select c.*, j.type, j.data, j.personal, j.at, j.by_type, j.by_id, j.order_number, j.hash
from claimed c
left join lateral (
  select e.type, e.data, e.personal, e.at, e.by_type, e.by_id, e.hash, o.order_number
  from order_events e
  join orders o on o.id = e.order_id
  where c.target = 'events' and e.order_id = c.order_id and e.version = c.version
  limit 1
) j on true`;

/**
 * Settles a batch; a row whose claim is no longer ours is left alone. What comes later in the lane of a row that must wait
 * waits as long, so that a claim does not meet it before; once the row is settled it is due at once. Answers the keys of the
 * rows that were ours, each with whether anything comes later in its lane.
 */
export const settleEffects = `
with settled as (
  update order_effects e
  set state = i.state, claim = null, last_error = coalesce(i.error, e.last_error),
    next_at = case when i.state = 'pending' then now() + i.delay_ms * interval '1 millisecond' else e.next_at end,
    settled_at = case when i.state = 'pending' then null else now() end
  from json_to_recordset($1::json) as i (key text, claim uuid, state text, delay_ms integer, error text)
  where e.key = any ($2::text[]) and i.key = e.key and i.claim = e.claim
  returning e.key, e.order_id, e.target, e.version, e.position, e.state, e.next_at
), followers as (
  update order_effects f
  -- What is deferred goes on waiting: greatest passes nulls over.
  set next_at = case when s.state = 'pending' then greatest(s.next_at, f.not_before) else greatest(now(), f.not_before) end
  from settled s
  where f.settled_at is null and f.claim is null and f.order_id = s.order_id and f.target = s.target
    and (f.version, f.position) > (s.version, s.position)
    and case when s.state = 'pending' then f.next_at < s.next_at else f.next_at > greatest(now(), f.not_before) end
)
select s.key, (
  select f.key
  from order_effects f
  where f.settled_at is null and f.order_id = s.order_id and f.target = s.target
    and (f.version, f.position) > (s.version, s.position)
  order by f.version, f.position
  limit 1
) is not null as followed
from settled s`;

/** Rows that nobody has tried, $1 their keys and $2 their claims, are due as before; one whose claim is no longer ours stays. */
export const giveBackEffects = `
update order_effects e
set claim = null, attempts = e.attempts - 1, next_at = now()
from unnest($1::text[], $2::uuid[]) as i (key, claim)
where e.key = any ($1::text[]) and i.key = e.key and e.claim = i.claim`;

/**
 * What is not done, by target and state: how many ($2 at most), and how long the oldest of them has waited. $1 are the
 * targets. Bounded, since it is asked again and again while a backlog is long.
 */
export const unsettledEffects = `
select w.target, 'pending' as state, p.count, p.oldest_seconds
from unnest($1::text[]) as w (target)
cross join lateral (
  select count(*)::integer as count, extract(epoch from now() - min(queued_at))::float8 as oldest_seconds
  from (
    select queued_at from order_effects where state = 'pending' and target = w.target order by next_at limit $2
  ) first
) p
where p.count > 0
union all
select target, state, count(*)::integer, extract(epoch from now() - min(queued_at))::float8
from (select target, state, queued_at from order_effects where state in ('rejected', 'dead') limit $2) failed
group by target, state`;

/** Done long ago, oldest orders first: ids are UUIDv7, so their index finds them by age. $1 id, $2 time, $3 how many. */
export const deleteOldEffects = `
delete from order_effects
where key in (
  select key from order_effects
  where order_id < $1::uuid and state in ('done', 'resolved', 'withdrawn') and settled_at < $2::timestamptz
  order by order_id
  limit $3
  for update skip locked
)`;
