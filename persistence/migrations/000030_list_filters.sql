-- Up Migration

-- Whether fulfilment is on hold, by whomever. Written by the statement that stores a change; no new order is held.
alter table orders add column held boolean not null default false;
update orders set held = true where status in ('confirmed', 'processing') and document -> 'hold' is not null;

create index orders_held on orders (created_at desc, id desc) where held;
create index orders_by_update on orders (updated_at);

-- Payments are found by their ids alone: one key for each. Without a pending list, so that no insert pays for thousands before.
create index orders_by_payment on orders using gin (jsonb_path_query_array(payments, '$[*].payment_id') jsonb_path_ops)
  with (fastupdate = off);

-- Only orders that have left have parcels: nothing is read from the document of any other. One parcel, or a list of them.
create index orders_by_tracking_number on orders using gin (
  jsonb_path_query_array(coalesce(document -> 'shipments', document -> 'shipment')::jsonb, '$[*].tracking_number') jsonb_path_ops
) with (fastupdate = off)
where status not in ('confirmed', 'processing', 'cancelled');

create index order_items_by_sku on order_items (product_sku, order_id);
create index order_items_by_warehouse on order_items (warehouse_id, order_id);

-- Down Migration

drop index order_items_by_warehouse;
drop index order_items_by_sku;
drop index orders_by_tracking_number;
drop index orders_by_payment;
drop index orders_by_update;
drop index orders_held;
alter table orders drop column held;
