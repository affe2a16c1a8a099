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
  constraint dead_letters_pkey primary key (id),
  constraint dead_letters_state_check check ((state = any (array['open'::text, 'replayed'::text, 'discarded'::text]))),
  constraint dead_letters_topic_source_event_id_key unique (topic, source, event_id)
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
  constraint order_effects_pkey primary key (key),
  constraint order_effects_state_check check ((state = any (array['pending'::text, 'done'::text, 'rejected'::text, 'dead'::text, 'resolved'::text])))
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
  id integer not null,
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
  constraint order_items_quantity_check check ((quantity > 0)),
  constraint order_items_returned_quantity_check check ((returned_quantity >= 0))
);

create table order_receipts (
  order_id uuid not null,
  command_id text not null,
  request_hash text not null,
  version integer not null,
  constraint order_receipts_pkey primary key (order_id, command_id)
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

create index order_events_tail on order_events using brin (transaction_id) with (autosummarize='on');

create index orders_by_customer on orders using btree (customer_id, created_at desc, id desc) where (customer_id is not null);

create index orders_by_deadline on orders using btree (deadline_at) where (deadline_at is not null);

create index orders_by_guest on orders using btree (lower(guest_email), created_at desc, id desc) where (guest_email is not null);

create index orders_by_payment_status on orders using btree (payment_status, created_at desc, id desc);

create index orders_by_status on orders using btree (status, created_at desc, id desc);

create index orders_by_time on orders using btree (created_at desc, id desc);

create index orders_shipped_unpaid_idx on orders using btree (id) where ((status = any (array['shipped'::text, 'delivered'::text, 'partially_returned'::text])) and (payment_status = any (array['pending'::text, 'failed'::text, 'partially_paid'::text])) and (payment_method is distinct from 'cod'::text));

create view order_edit_history as
 select e.order_id,
    e.version,
    c."position",
    (c.change ->> 'field'::text) as field,
    (c.change -> 'old_value'::text) as old_value,
    (c.change -> 'new_value'::text) as new_value,
    (e.data ->> 'reason'::text) as reason,
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
    (e.data ->> 'reason'::text) as reason,
        case
            when (e.type <> 'order.created'::text) then (e.personal ->> 'notes'::text)
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

create or replace function make_number_sequence(name text)
 returns void
 language plpgsql
 security definer
 set search_path to '$user', 'public'
as $function$
begin
  perform pg_advisory_xact_lock(8004001);
  execute format('create sequence if not exists %I', name);
  execute format('grant usage on sequence %I to %I', name, session_user);
end
$function$
;
