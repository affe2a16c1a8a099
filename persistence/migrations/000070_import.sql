-- Up Migration

-- Item ids of the former service are 64-bit and unique over all orders; its lines may have no unit.
alter table order_items
  alter column id type bigint,
  drop constraint order_items_quantity_check,
  add constraint order_items_quantity_check check (quantity >= 0);

-- The notes of an import, as of a creation, are those of the order.
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

do $$
begin
  if not exists (select from pg_namespace where nspname = 'reports') then
    create schema reports;
  end if;
end
$$;

-- The orders in the former service's columns and types, for reports written against them. What does not fit is null.
create view reports.orders as
select o.id,
  case when length(o.order_number) <= 50 then o.order_number end::varchar(50) as order_number,
  case when o.customer_id ~* '^([0-9a-f]{4}-?){7}[0-9a-f]{4}$' then o.customer_id::uuid end as customer_id,
  o.status::varchar(20) as status,
  o.currency::varchar(3) as currency,
  case when abs(round(o.subtotal, 2)) < 1e8 then round(o.subtotal, 2) end::numeric(10,2) as subtotal,
  case when abs(round(o.tax_amount, 2)) < 1e8 then round(o.tax_amount, 2) end::numeric(10,2) as tax_amount,
  case when abs(round(o.shipping_amount, 2)) < 1e8 then round(o.shipping_amount, 2) end::numeric(10,2) as shipping_amount,
  case when abs(round(o.discount_amount, 2)) < 1e8 then round(o.discount_amount, 2) end::numeric(10,2) as discount_amount,
  case when abs(round(o.total_amount, 2)) < 1e8 then round(o.total_amount, 2) end::numeric(10,2) as total_amount,
  case when length(o.payment_id) <= 255 then o.payment_id end::varchar(255) as payment_id,
  case when length(o.payment_method) <= 50 then o.payment_method end::varchar(50) as payment_method,
  o.payment_status::varchar(20) as payment_status,
  coalesce(o.document -> 'shipping_address' -> 'original', o.document -> 'shipping_address')::jsonb as shipping_address,
  coalesce(o.document -> 'billing_address' -> 'original', o.document -> 'billing_address')::jsonb as billing_address,
  o.document ->> 'notes' as notes,
  (o.document -> 'metadata')::jsonb as metadata,
  o.created_at,
  o.updated_at,
  o.cancelled_at,
  o.completed_at,
  case when length(o.created_by_service) <= 50 then o.created_by_service end::varchar(50) as created_by_service
from orders o;

-- Item ids are unique within their order only: join by order_id and id.
create view reports.order_items as
select i.id,
  i.order_id,
  case when i.product_id ~* '^([0-9a-f]{4}-?){7}[0-9a-f]{4}$' then i.product_id::uuid end as product_id,
  case when length(i.product_sku) <= 255 then i.product_sku end::varchar(255) as product_sku,
  case when length(i.product_name) <= 500 then i.product_name end::varchar(500) as product_name,
  i.quantity,
  case when abs(round(i.unit_price, 2)) < 1e8 then round(i.unit_price, 2) end::numeric(10,2) as unit_price,
  case when abs(round(i.total_price, 2)) < 1e8 then round(i.total_price, 2) end::numeric(10,2) as total_price,
  case when abs(round(i.discount_amount, 2)) < 1e8 then round(i.discount_amount, 2) end::numeric(10,2) as discount_amount,
  case when abs(round(i.tax_amount, 2)) < 1e8 then round(i.tax_amount, 2) end::numeric(10,2) as tax_amount,
  case when i.warehouse_id ~* '^([0-9a-f]{4}-?){7}[0-9a-f]{4}$' then i.warehouse_id::uuid end as warehouse_id,
  case when i.reservation_id ~* '^([0-9a-f]{4}-?){7}[0-9a-f]{4}$' then i.reservation_id::uuid end as reservation_id,
  i.metadata
from order_items i;

-- Down Migration

drop view reports.order_items;
drop view reports.orders;

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

alter table order_items
  drop constraint order_items_quantity_check,
  alter column id type integer,
  add constraint order_items_quantity_check check (quantity > 0);
