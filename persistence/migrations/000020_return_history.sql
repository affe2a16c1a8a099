-- Up Migration

-- A requested return has a line of its own: it moves nothing, so the order's status at that moment stands on both sides.
create or replace view order_status_history as
select e.order_id, e.version,
  case when e.type = 'order.return_requested' then present.status else e.data ->> 'from_status' end as from_status,
  case when e.type = 'order.return_requested' then present.status else e.data ->> 'to_status' end as to_status,
  e.data ->> 'reason' as reason,
  case when e.type <> 'order.created' then e.personal ->> 'notes' end as notes,
  e.by_type, e.by_id, e.at as changed_at
from order_events e
left join lateral (
  select before.data ->> 'to_status' as status
  from order_events before
  where e.type = 'order.return_requested' and before.order_id = e.order_id and before.version < e.version
    and before.data ->> 'to_status' is not null
  order by before.version desc
  limit 1
) present on true
where e.data ->> 'to_status' is not null or e.type = 'order.return_requested';

-- Down Migration

create or replace view order_status_history as
select order_id, version, data ->> 'from_status' as from_status, data ->> 'to_status' as to_status, data ->> 'reason' as reason,
  case when type <> 'order.created' then personal ->> 'notes' end as notes, by_type, by_id, at as changed_at
from order_events
where data ->> 'to_status' is not null;
