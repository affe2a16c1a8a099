-- Up Migration

-- A caller's idempotency key stands for one call, on whatever order: from now on order_creations also has the keys of calls
-- that change an order, beside the receipts that each order keeps of all its commands. Those of before are added here. Ids
-- of events and deadlines, and of calls without a key (UUIDs), belong to their order alone.
insert into order_creations (command_id, order_id, request_hash, created_at)
select r.command_id, r.order_id, r.request_hash, e.at
from order_receipts r
join order_events e on e.order_id = r.order_id and e.version = r.version and e.command_id = r.command_id
where e.channel in ('rest', 'grpc', 'invoke') and length(r.command_id) = 43
order by e.at
on conflict do nothing;

-- Down Migration

delete from order_creations c
using order_receipts r
where r.order_id = c.order_id and r.command_id = c.command_id and r.version > 1;
