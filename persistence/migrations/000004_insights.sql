-- Up Migration

-- Which transaction wrote an entry: by this the rollups below find what is new in the journal (docs/adr/0012). Added
-- without a default, so that the table is not rewritten; entries from before have none and count as long known.
alter table order_events add column if not exists transaction_id bigint;
alter table order_events alter column transaction_id set default pg_current_xact_id()::text::bigint;

-- The journal only grows at its end, so that ranges of pages tell enough, and inserts pay next to nothing.
create index if not exists order_events_tail on order_events using brin (transaction_id) with (autosummarize = on);

-- How far the rollups are. They hold what the entries visible in `cursor` tell of the orders up to `walked`, or of all.
create table order_insights_progress (
  only_one   boolean     primary key default true check (only_one),
  -- Which meaning of the figures they were counted by.
  definition integer     not null,
  -- The cluster whose transaction numbers `cursor` speaks of.
  system_id  bigint      not null,
  cursor     pg_snapshot not null,
  walked     uuid,
  complete   boolean     not null,
  -- The journal came from another cluster: its transaction numbers mean nothing and are taken off on the way.
  adopting   boolean     not null,
  begun_at   timestamptz not null,
  -- Every commit until then is counted; null until the first count is done.
  as_of      timestamptz
);

-- The rollups. `at`: beginning of the month, day or hour (UTC) in which the orders were created. A table for each step of
-- time, so that what is read together lies together.
create table order_insights_sales_month (
  at                      timestamptz not null,
  currency                text        not null,
  payment_method          text        not null,
  orders                  bigint      not null,
  shipped_orders          bigint      not null,
  cancelled_orders        bigint      not null,
  partly_cancelled_orders bigint      not null,
  returned_orders         bigint      not null,
  units                   bigint      not null,
  cancelled_units         bigint      not null,
  returned_units          bigint      not null,
  gross_amount            numeric     not null,
  cancelled_amount        numeric     not null,
  returned_amount         numeric     not null,
  captured_amount         numeric     not null,
  refunded_amount         numeric     not null,
  primary key (at, currency, payment_method)
);
create table order_insights_sales_day (like order_insights_sales_month including all);
create table order_insights_sales_hour (like order_insights_sales_month including all);

-- `dimension` is product or warehouse, `name` its id.
create table order_insights_goods_month (
  at               timestamptz not null,
  dimension        text        not null,
  currency         text        not null,
  name             text        not null,
  orders           bigint      not null,
  units            bigint      not null,
  cancelled_units  bigint      not null,
  returned_units   bigint      not null,
  gross_amount     numeric     not null,
  cancelled_amount numeric     not null,
  primary key (dimension, at, currency, name)
);
create table order_insights_goods_day (like order_insights_goods_month including all);

-- `kind` is cancellation or return.
create table order_insights_reasons_month (
  at       timestamptz not null,
  kind     text        not null,
  currency text        not null,
  reason   text        not null,
  orders   bigint      not null,
  units    bigint      not null,
  amount   numeric     not null,
  primary key (kind, at, currency, reason)
);
create table order_insights_reasons_day (like order_insights_reasons_month including all);

create table order_insights_statuses_month (
  at       timestamptz not null,
  currency text        not null,
  status   text        not null,
  reached  bigint      not null,
  present  bigint      not null,
  primary key (at, currency, status)
);
create table order_insights_statuses_day (like order_insights_statuses_month including all);

-- How long orders stayed in a status: how many stays fell into each bin of insights/durations.ts.
create table order_insights_stays_month (
  at       timestamptz not null,
  currency text        not null,
  status   text        not null,
  bin      integer     not null,
  stays    bigint      not null,
  primary key (at, currency, status, bin)
);
create table order_insights_stays_day (like order_insights_stays_month including all);

-- What a product was called when it was ordered last.
create table order_insights_product_names (
  product_id   text        primary key,
  product_sku  text        not null,
  product_name text        not null,
  ordered_at   timestamptz not null,
  order_id     uuid        not null
);

-- Down Migration

drop table order_insights_product_names;
drop table order_insights_stays_day;
drop table order_insights_stays_month;
drop table order_insights_statuses_day;
drop table order_insights_statuses_month;
drop table order_insights_reasons_day;
drop table order_insights_reasons_month;
drop table order_insights_goods_day;
drop table order_insights_goods_month;
drop table order_insights_sales_hour;
drop table order_insights_sales_day;
drop table order_insights_sales_month;
drop table order_insights_progress;
drop index order_events_tail;
alter table order_events drop column transaction_id;
