-- The schema as all migrations leave it. Made by `npm run schema`; `npm run schema -- --check` compares it.

create table dead_letters (
  id uuid not null,
  topic text not null,
  source text not null,
  event_id text not null,
  order_id uuid,
  payload json not null,
  reason text not null,
  state text not null default 'open'::text,
  received_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  settled_by text,
  note text,
  event_time timestamp with time zone,
  constraint dead_letters_pkey primary key (id),
  constraint dead_letters_state_check check ((state = any (array['open'::text, 'replayed'::text, 'discarded'::text]))),
  constraint dead_letters_topic_source_event_id_key unique (topic, source, event_id)
);

create table erased_reasons (
  order_id uuid not null,
  version integer not null,
  reason text not null,
  constraint erased_reasons_pkey primary key (order_id, version)
);

create table order_creations (
  command_id text not null,
  order_id uuid not null,
  request_hash text not null,
  created_at timestamp with time zone not null,
  constraint order_creations_pkey primary key (command_id)
);

create table order_document_upgrade (
  only_one boolean not null default true,
  shape integer not null,
  walked uuid,
  complete boolean not null,
  constraint order_document_upgrade_only_one_check check (only_one),
  constraint order_document_upgrade_pkey primary key (only_one)
);

create table order_effects (
  key text not null,
  order_id uuid not null,
  version integer not null,
  position smallint not null,
  target text not null,
  operation text not null,
  payload json not null,
  state text not null default 'pending'::text,
  attempts integer not null default 0,
  next_at timestamp with time zone not null,
  claim uuid,
  last_error text,
  traceparent text,
  created_at timestamp with time zone not null,
  queued_at timestamp with time zone not null default now(),
  settled_at timestamp with time zone,
  actions jsonb not null default '[]'::jsonb,
  not_before timestamp with time zone,
  constraint order_effects_pkey primary key (key),
  constraint order_effects_state_check check ((state = any (array['pending'::text, 'done'::text, 'rejected'::text, 'dead'::text, 'resolved'::text, 'withdrawn'::text])))
) with (autovacuum_vacuum_threshold=1000, autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02);

create table order_events (
  order_id uuid not null,
  version integer not null,
  type text not null,
  data json not null,
  personal json,
  by_type text not null,
  by_id text not null,
  channel text not null,
  command_id text not null,
  traceparent text,
  at timestamp with time zone not null,
  transaction_id bigint default ((pg_current_xact_id())::text)::bigint,
  hash text,
  hash_key text,
  personal_salt text,
  personal_digest text,
  sealed_at timestamp with time zone,
  constraint order_events_pkey primary key (order_id, version),
  constraint order_events_version_check check ((version > 0))
);

create table order_insights_goods_day (
  at timestamp with time zone not null,
  dimension text not null,
  currency text not null,
  name text not null,
  orders bigint not null,
  units bigint not null,
  cancelled_units bigint not null,
  returned_units bigint not null,
  gross_amount numeric not null,
  cancelled_amount numeric not null,
  constraint order_insights_goods_day_pkey primary key (dimension, at, currency, name)
);

create table order_insights_goods_month (
  at timestamp with time zone not null,
  dimension text not null,
  currency text not null,
  name text not null,
  orders bigint not null,
  units bigint not null,
  cancelled_units bigint not null,
  returned_units bigint not null,
  gross_amount numeric not null,
  cancelled_amount numeric not null,
  constraint order_insights_goods_month_pkey primary key (dimension, at, currency, name)
);

create table order_insights_payments_day (
  at timestamp with time zone not null,
  currency text not null,
  payment_method text not null,
  status text not null,
  payments bigint not null,
  authorized_amount numeric not null,
  captured_amount numeric not null,
  refunded_amount numeric not null,
  requested_amount numeric not null,
  owed_amount numeric not null,
  constraint order_insights_payments_day_pkey primary key (at, currency, payment_method, status)
);

create table order_insights_payments_month (
  at timestamp with time zone not null,
  currency text not null,
  payment_method text not null,
  status text not null,
  payments bigint not null,
  authorized_amount numeric not null,
  captured_amount numeric not null,
  refunded_amount numeric not null,
  requested_amount numeric not null,
  owed_amount numeric not null,
  constraint order_insights_payments_month_pkey primary key (at, currency, payment_method, status)
);

create table order_insights_product_names (
  product_id text not null,
  product_sku text not null,
  product_name text not null,
  ordered_at timestamp with time zone not null,
  order_id uuid not null,
  constraint order_insights_product_names_pkey primary key (product_id)
);

create table order_insights_progress (
  only_one boolean not null default true,
  definition integer not null,
  system_id bigint not null,
  cursor pg_snapshot not null,
  walked uuid,
  complete boolean not null,
  adopting boolean not null,
  begun_at timestamp with time zone not null,
  as_of timestamp with time zone,
  constraint order_insights_progress_only_one_check check (only_one),
  constraint order_insights_progress_pkey primary key (only_one)
);

create table order_insights_reasons_day (
  at timestamp with time zone not null,
  kind text not null,
  currency text not null,
  reason text not null,
  orders bigint not null,
  units bigint not null,
  amount numeric not null,
  constraint order_insights_reasons_day_pkey primary key (kind, at, currency, reason)
);

create table order_insights_reasons_month (
  at timestamp with time zone not null,
  kind text not null,
  currency text not null,
  reason text not null,
  orders bigint not null,
  units bigint not null,
  amount numeric not null,
  constraint order_insights_reasons_month_pkey primary key (kind, at, currency, reason)
);

create table order_insights_sales_day (
  at timestamp with time zone not null,
  currency text not null,
  payment_method text not null,
  orders bigint not null,
  shipped_orders bigint not null,
  cancelled_orders bigint not null,
  partly_cancelled_orders bigint not null,
  returned_orders bigint not null,
  units bigint not null,
  cancelled_units bigint not null,
  returned_units bigint not null,
  gross_amount numeric not null,
  cancelled_amount numeric not null,
  returned_amount numeric not null,
  captured_amount numeric not null,
  refunded_amount numeric not null,
  constraint order_insights_sales_day_pkey primary key (at, currency, payment_method)
);

create table order_insights_sales_hour (
  at timestamp with time zone not null,
  currency text not null,
  payment_method text not null,
  orders bigint not null,
  shipped_orders bigint not null,
  cancelled_orders bigint not null,
  partly_cancelled_orders bigint not null,
  returned_orders bigint not null,
  units bigint not null,
  cancelled_units bigint not null,
  returned_units bigint not null,
  gross_amount numeric not null,
  cancelled_amount numeric not null,
  returned_amount numeric not null,
  captured_amount numeric not null,
  refunded_amount numeric not null,
  constraint order_insights_sales_hour_pkey primary key (at, currency, payment_method)
);

create table order_insights_sales_month (
  at timestamp with time zone not null,
  currency text not null,
  payment_method text not null,
  orders bigint not null,
  shipped_orders bigint not null,
  cancelled_orders bigint not null,
  partly_cancelled_orders bigint not null,
  returned_orders bigint not null,
  units bigint not null,
  cancelled_units bigint not null,
  returned_units bigint not null,
  gross_amount numeric not null,
  cancelled_amount numeric not null,
  returned_amount numeric not null,
  captured_amount numeric not null,
  refunded_amount numeric not null,
  constraint order_insights_sales_month_pkey primary key (at, currency, payment_method)
);

create table order_insights_statuses_day (
  at timestamp with time zone not null,
  currency text not null,
  status text not null,
  reached bigint not null,
  present bigint not null,
  constraint order_insights_statuses_day_pkey primary key (at, currency, status)
);

create table order_insights_statuses_month (
  at timestamp with time zone not null,
  currency text not null,
  status text not null,
  reached bigint not null,
  present bigint not null,
  constraint order_insights_statuses_month_pkey primary key (at, currency, status)
);

create table order_insights_stays_day (
  at timestamp with time zone not null,
  currency text not null,
  status text not null,
  bin integer not null,
  stays bigint not null,
  constraint order_insights_stays_day_pkey primary key (at, currency, status, bin)
);

create table order_insights_stays_month (
  at timestamp with time zone not null,
  currency text not null,
  status text not null,
  bin integer not null,
  stays bigint not null,
  constraint order_insights_stays_month_pkey primary key (at, currency, status, bin)
);

create table order_items (
  order_id uuid not null,
  id bigint not null,
  product_id text not null,
  product_sku text not null,
  product_name text not null,
  quantity integer not null,
  cancelled_quantity integer not null default 0,
  returned_quantity integer not null default 0,
  unit_price numeric(19,4) not null,
  total_price numeric(19,4) not null,
  discount_amount numeric(19,4) not null,
  tax_amount numeric(19,4) not null,
  warehouse_id text not null,
  reservation_id text,
  metadata jsonb not null,
  constraint order_items_cancelled_quantity_check check ((cancelled_quantity >= 0)),
  constraint order_items_conserved check (((cancelled_quantity + returned_quantity) <= quantity)),
  constraint order_items_order_id_fkey foreign key (order_id) references orders(id),
  constraint order_items_pkey primary key (order_id, id),
  constraint order_items_quantity_check check ((quantity >= 0)),
  constraint order_items_returned_quantity_check check ((returned_quantity >= 0))
);

create table order_journal_seal (
  only_one boolean not null default true,
  begun_at timestamp with time zone not null,
  complete boolean not null,
  mac text not null,
  mac_key text not null,
  constraint order_journal_seal_only_one_check check (only_one),
  constraint order_journal_seal_pkey primary key (only_one)
);

create table order_receipts (
  order_id uuid not null,
  command_id text not null,
  request_hash text not null,
  version integer not null,
  constraint order_receipts_pkey primary key (order_id, command_id)
);

create table order_search (
  order_id uuid not null,
  created_at timestamp with time zone not null,
  words tsvector not null,
  constraint order_search_pkey primary key (order_id)
);

create table order_search_progress (
  only_one boolean not null default true,
  definition integer not null,
  system_id bigint not null,
  cursor pg_snapshot not null,
  walked uuid,
  complete boolean not null,
  begun_at timestamp with time zone not null,
  as_of timestamp with time zone,
  constraint order_search_progress_only_one_check check (only_one),
  constraint order_search_progress_pkey primary key (only_one)
);

create table orders (
  id uuid not null,
  order_number text collate "C" not null,
  customer_id text,
  guest_email text,
  status text not null,
  currency text not null,
  subtotal numeric(19,4) not null,
  tax_amount numeric(19,4) not null,
  shipping_amount numeric(19,4) not null,
  discount_amount numeric(19,4) not null,
  total_amount numeric(19,4) not null,
  captured_amount numeric(19,4) not null,
  refunded_amount numeric(19,4) not null,
  requested_amount numeric(19,4) not null,
  payment_id text,
  payment_method text,
  payment_status text not null,
  cancellation_reason text,
  created_by_service text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  cancelled_at timestamp with time zone,
  completed_at timestamp with time zone,
  deadline_what text,
  deadline_at timestamp with time zone,
  version integer not null,
  document json not null,
  payments jsonb not null default '[]'::jsonb,
  held boolean not null default false,
  constraint orders_money_conserved check (((refunded_amount + requested_amount) <= captured_amount)),
  constraint orders_order_number_key unique (order_number),
  constraint orders_pkey primary key (id)
);

create table product_prices (
  product_id text not null,
  product_sku text not null,
  currency text not null,
  price numeric(19,4) not null,
  updated_at timestamp with time zone not null,
  constraint product_prices_pkey primary key (product_id, product_sku, currency)
);

create table verified_emails (
  email text not null,
  customer_id text not null,
  verified_at timestamp with time zone not null,
  kept_at timestamp with time zone not null default now(),
  settled boolean not null default false,
  constraint verified_emails_pkey primary key (email)
);

create table waiting_events (
  order_id uuid not null,
  source text not null,
  event_id text not null,
  topic text not null,
  data json not null,
  received_at timestamp with time zone not null,
  decided_at_version integer not null,
  constraint waiting_events_pkey primary key (order_id, source, event_id)
);

create index dead_letters_open on dead_letters using btree (received_at desc, id desc);

create index order_effects_due on order_effects using btree (target, next_at) where (state = 'pending'::text);

create index order_effects_failed on order_effects using btree (state, queued_at desc, key) where (state = any (array['rejected'::text, 'dead'::text]));

create index order_effects_lane on order_effects using btree (order_id, target, version, "position");

create index order_effects_resolved on order_effects using btree (queued_at desc, key) where (state = 'resolved'::text);

create index order_events_by_transaction on order_events using btree (transaction_id);

create index order_events_unsealed on order_events using btree (order_id) where (hash is null);

create index order_items_by_sku on order_items using btree (product_sku, order_id);

create index order_items_by_warehouse on order_items using btree (warehouse_id, order_id);

create index order_search_by_time on order_search using btree (created_at desc, order_id desc);

create index order_search_words on order_search using gin (words) with (fastupdate=off);

create index orders_by_customer on orders using btree (customer_id, created_at desc, id desc) where (customer_id is not null);

create index orders_by_deadline on orders using btree (deadline_at) where (deadline_at is not null);

create index orders_by_guest on orders using btree (lower(guest_email), created_at desc, id desc) where (guest_email is not null);

create index orders_by_payment on orders using gin (jsonb_path_query_array(payments, '$[*]."payment_id"'::jsonpath) jsonb_path_ops) with (fastupdate=off);

create index orders_by_payment_status on orders using btree (payment_status, created_at desc, id desc);

create index orders_by_status on orders using btree (status, created_at desc, id desc);

create index orders_by_time on orders using btree (created_at desc, id desc);

create index orders_by_tracking_number on orders using gin (jsonb_path_query_array((coalesce((document -> 'shipments'::text), (document -> 'shipment'::text)))::jsonb, '$[*]."tracking_number"'::jsonpath) jsonb_path_ops) with (fastupdate=off) where (status <> all (array['confirmed'::text, 'processing'::text, 'cancelled'::text]));

create index orders_by_update on orders using btree (updated_at);

create index orders_held on orders using btree (created_at desc, id desc) where held;

create index orders_shipped_unpaid_idx on orders using btree (id) where ((status = any (array['shipped'::text, 'delivered'::text, 'partially_returned'::text])) and (payment_status = any (array['pending'::text, 'failed'::text, 'partially_paid'::text])) and (payment_method is distinct from 'cod'::text));

create index verified_emails_unsettled on verified_emails using btree (kept_at) where (not settled);

create view order_edit_history as
 select e.order_id,
    e.version,
    c."position",
    (c.change ->> 'field'::text) as field,
    (c.change -> 'old_value'::text) as old_value,
    (c.change -> 'new_value'::text) as new_value,
    coalesce((e.personal ->> 'reason'::text), (e.data ->> 'reason'::text)) as reason,
    e.by_type,
    e.by_id,
    e.at as changed_at
   from (order_events e
     cross join lateral json_array_elements((e.personal -> 'changes'::text)) with ordinality c(change, "position"))
  where (e.type = 'order.updated'::text);

create view order_status_history as
 select e.order_id,
    e.version,
        case
            when (e.type = 'order.return_requested'::text) then present.status
            else (e.data ->> 'from_status'::text)
        end as from_status,
        case
            when (e.type = 'order.return_requested'::text) then present.status
            else (e.data ->> 'to_status'::text)
        end as to_status,
    coalesce((e.personal ->> 'reason'::text), (e.data ->> 'reason'::text)) as reason,
        case
            when (e.type <> all (array['order.created'::text, 'order.imported'::text])) then (e.personal ->> 'notes'::text)
            else null::text
        end as notes,
    e.by_type,
    e.by_id,
    e.at as changed_at
   from (order_events e
     left join lateral ( select (before.data ->> 'to_status'::text) as status
           from order_events before
          where ((e.type = 'order.return_requested'::text) and (before.order_id = e.order_id) and (before.version < e.version) and ((before.data ->> 'to_status'::text) is not null))
          order by before.version desc
         limit 1) present on (true))
  where (((e.data ->> 'to_status'::text) is not null) or (e.type = 'order.return_requested'::text));

create view reports.order_items as
 select id,
    order_id,
        case
            when (product_id ~* '^([0-9a-f]{4}-?){7}[0-9a-f]{4}$'::text) then (product_id)::uuid
            else null::uuid
        end as product_id,
    (
        case
            when (length(product_sku) <= 255) then product_sku
            else null::text
        end)::character varying(255) as product_sku,
    (
        case
            when (length(product_name) <= 500) then product_name
            else null::text
        end)::character varying(500) as product_name,
    quantity,
    (
        case
            when (abs(round(unit_price, 2)) < '100000000'::numeric) then round(unit_price, 2)
            else null::numeric
        end)::numeric(10,2) as unit_price,
    (
        case
            when (abs(round(total_price, 2)) < '100000000'::numeric) then round(total_price, 2)
            else null::numeric
        end)::numeric(10,2) as total_price,
    (
        case
            when (abs(round(discount_amount, 2)) < '100000000'::numeric) then round(discount_amount, 2)
            else null::numeric
        end)::numeric(10,2) as discount_amount,
    (
        case
            when (abs(round(tax_amount, 2)) < '100000000'::numeric) then round(tax_amount, 2)
            else null::numeric
        end)::numeric(10,2) as tax_amount,
        case
            when (warehouse_id ~* '^([0-9a-f]{4}-?){7}[0-9a-f]{4}$'::text) then (warehouse_id)::uuid
            else null::uuid
        end as warehouse_id,
        case
            when (reservation_id ~* '^([0-9a-f]{4}-?){7}[0-9a-f]{4}$'::text) then (reservation_id)::uuid
            else null::uuid
        end as reservation_id,
    metadata
   from order_items i;

create view reports.orders as
 select id,
    (
        case
            when (length(order_number) <= 50) then order_number
            else null::text
        end)::character varying(50) as order_number,
        case
            when (customer_id ~* '^([0-9a-f]{4}-?){7}[0-9a-f]{4}$'::text) then (customer_id)::uuid
            else null::uuid
        end as customer_id,
    (status)::character varying(20) as status,
    (currency)::character varying(3) as currency,
    (
        case
            when (abs(round(subtotal, 2)) < '100000000'::numeric) then round(subtotal, 2)
            else null::numeric
        end)::numeric(10,2) as subtotal,
    (
        case
            when (abs(round(tax_amount, 2)) < '100000000'::numeric) then round(tax_amount, 2)
            else null::numeric
        end)::numeric(10,2) as tax_amount,
    (
        case
            when (abs(round(shipping_amount, 2)) < '100000000'::numeric) then round(shipping_amount, 2)
            else null::numeric
        end)::numeric(10,2) as shipping_amount,
    (
        case
            when (abs(round(discount_amount, 2)) < '100000000'::numeric) then round(discount_amount, 2)
            else null::numeric
        end)::numeric(10,2) as discount_amount,
    (
        case
            when (abs(round(total_amount, 2)) < '100000000'::numeric) then round(total_amount, 2)
            else null::numeric
        end)::numeric(10,2) as total_amount,
    (
        case
            when (length(payment_id) <= 255) then payment_id
            else null::text
        end)::character varying(255) as payment_id,
    (
        case
            when (length(payment_method) <= 50) then payment_method
            else null::text
        end)::character varying(50) as payment_method,
    (payment_status)::character varying(20) as payment_status,
    (coalesce(((document -> 'shipping_address'::text) -> 'original'::text), (document -> 'shipping_address'::text)))::jsonb as shipping_address,
    (coalesce(((document -> 'billing_address'::text) -> 'original'::text), (document -> 'billing_address'::text)))::jsonb as billing_address,
    (document ->> 'notes'::text) as notes,
    ((document -> 'metadata'::text))::jsonb as metadata,
    created_at,
    updated_at,
    cancelled_at,
    completed_at,
    (
        case
            when (length(created_by_service) <= 50) then created_by_service
            else null::text
        end)::character varying(50) as created_by_service
   from orders o;

create or replace function make_number_sequence(name text)
 returns void
 language plpgsql
 security definer
 set search_path to '$user', 'public'
as $function$
begin
  perform pg_advisory_xact_lock(8004001);
  execute format('create sequence if not exists %I', name);
end
$function$
;
