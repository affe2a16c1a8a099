-- Up Migration

-- Reasons of entries whose personal part is erased, until the analytics have taken them out of their figures: seconds.
create table erased_reasons (
  order_id uuid    not null,
  version  integer not null,
  reason   text    not null,
  primary key (order_id, version)
);

-- The reason of a move is in its personal part. Entries of earlier releases have it in their data.
create or replace view order_status_history as
select e.order_id, e.version,
  case when e.type = 'order.return_requested' then present.status else e.data ->> 'from_status' end as from_status,
  case when e.type = 'order.return_requested' then present.status else e.data ->> 'to_status' end as to_status,
  coalesce(e.personal ->> 'reason', e.data ->> 'reason') as reason,
  case when e.type not in ('order.created', 'order.imported') then e.personal ->> 'notes' end as notes,
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

create or replace view order_edit_history as
select e.order_id, e.version, c.position, c.change ->> 'field' as field, c.change -> 'old_value' as old_value,
  c.change -> 'new_value' as new_value, coalesce(e.personal ->> 'reason', e.data ->> 'reason') as reason, e.by_type, e.by_id, e.at as changed_at
from order_events e
cross join lateral json_array_elements(e.personal -> 'changes') with ordinality as c (change, position)
where e.type = 'order.updated';

-- Down Migration

create or replace view order_status_history as
select e.order_id, e.version,
  case when e.type = 'order.return_requested' then present.status else e.data ->> 'from_status' end as from_status,
  case when e.type = 'order.return_requested' then present.status else e.data ->> 'to_status' end as to_status,
  e.data ->> 'reason' as reason,
  case when e.type not in ('order.created', 'order.imported') then e.personal ->> 'notes' end as notes,
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

create or replace view order_edit_history as
select e.order_id, e.version, c.position, c.change ->> 'field' as field, c.change -> 'old_value' as old_value,
  c.change -> 'new_value' as new_value, e.data ->> 'reason' as reason, e.by_type, e.by_id, e.at as changed_at
from order_events e
cross join lateral json_array_elements(e.personal -> 'changes') with ordinality as c (change, position)
where e.type = 'order.updated';

drop table erased_reasons;
