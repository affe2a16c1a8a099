-- Up Migration

-- The journal: what happened to each order, in order. The truth; everything else can be derived from it.
create table order_events (
  order_id    uuid        not null,
  version     integer     not null check (version > 0),
  type        text        not null,
  data        json        not null,
  personal    json,
  by_type     text        not null,
  by_id       text        not null,
  channel     text        not null,
  command_id  text        not null,
  traceparent text,
  at          timestamptz not null,
  primary key (order_id, version)
);

-- The order as it is now. The document is the answer to a read; the columns serve filters, deadlines and reports.
create table orders (
  id                  uuid           primary key,
  order_number        text collate "C" not null unique,
  customer_id         text,
  guest_email         text,
  status              text           not null,
  currency            text           not null,
  subtotal            numeric(19, 4) not null,
  tax_amount          numeric(19, 4) not null,
  shipping_amount     numeric(19, 4) not null,
  discount_amount     numeric(19, 4) not null,
  total_amount        numeric(19, 4) not null,
  captured_amount     numeric(19, 4) not null,
  refunded_amount     numeric(19, 4) not null,
  requested_amount    numeric(19, 4) not null,
  payment_id          text,
  payment_method      text,
  payment_status      text           not null,
  cancellation_reason text,
  created_by_service  text           not null,
  created_at          timestamptz    not null,
  updated_at          timestamptz    not null,
  cancelled_at        timestamptz,
  completed_at        timestamptz,
  deadline_what       text,
  deadline_at         timestamptz,
  version             integer        not null,
  document            json           not null,
  constraint orders_money_conserved check (refunded_amount + requested_amount <= captured_amount)
);

create index orders_by_time on orders (created_at desc, id desc);
create index orders_by_customer on orders (customer_id, created_at desc, id desc) where customer_id is not null;
create index orders_by_guest on orders (lower(guest_email), created_at desc, id desc) where guest_email is not null;
create index orders_by_status on orders (status, created_at desc, id desc);
create index orders_by_payment_status on orders (payment_status, created_at desc, id desc);
create index orders_by_deadline on orders (deadline_at) where deadline_at is not null;

create table order_items (
  order_id           uuid           not null references orders (id),
  id                 integer        not null,
  product_id         text           not null,
  product_sku        text           not null,
  product_name       text           not null,
  quantity           integer        not null check (quantity > 0),
  cancelled_quantity integer        not null default 0 check (cancelled_quantity >= 0),
  returned_quantity  integer        not null default 0 check (returned_quantity >= 0),
  unit_price         numeric(19, 4) not null,
  total_price        numeric(19, 4) not null,
  discount_amount    numeric(19, 4) not null,
  tax_amount         numeric(19, 4) not null,
  warehouse_id       text           not null,
  reservation_id     text,
  metadata           jsonb          not null,
  primary key (order_id, id),
  constraint order_items_conserved check (cancelled_quantity + returned_quantity <= quantity)
);

-- Which order a caller's idempotency key created. For ever.
create table order_creations (
  command_id   text        primary key,
  order_id     uuid        not null,
  request_hash text        not null,
  created_at   timestamptz not null
);

-- Which commands an order has taken. For ever.
create table order_receipts (
  order_id     uuid    not null,
  command_id   text    not null,
  request_hash text    not null,
  version      integer not null,
  primary key (order_id, command_id)
);

-- What must happen elsewhere: the ledger and its own queue. (order_id, target) is a lane, ordered by (version, position).
create table order_effects (
  key         text        primary key,
  order_id    uuid        not null,
  version     integer     not null,
  position    smallint    not null,
  target      text        not null,
  operation   text        not null,
  payload     json        not null,
  state       text        not null default 'pending' check (state in ('pending', 'done', 'rejected', 'dead', 'resolved')),
  attempts    integer     not null default 0,
  next_at     timestamptz not null,
  claim       uuid,
  last_error  text,
  traceparent text,
  created_at  timestamptz not null,
  -- When it was queued last: staff may ask again for what was refused or given up.
  queued_at   timestamptz not null default now(),
  settled_at  timestamptz
) with (
  -- Every row is written three times within a second of its life, then never again.
  autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02
);

create index order_effects_due on order_effects (target, next_at) where state = 'pending';
create index order_effects_lane on order_effects (order_id, target, version, position);
create index order_effects_failed on order_effects (state, queued_at desc, key) where state in ('rejected', 'dead');

-- Events that came before their time, decided again after each change of their order.
create table waiting_events (
  order_id    uuid        not null,
  source      text        not null,
  event_id    text        not null,
  topic       text        not null,
  data        json        not null,
  received_at timestamptz not null,
  decided_at_version integer not null,
  primary key (order_id, source, event_id)
);

-- Events that could not be applied: somebody must act.
create table dead_letters (
  id          uuid        primary key,
  topic       text        not null,
  source      text        not null,
  event_id    text        not null,
  order_id    uuid,
  payload     json        not null,
  reason      text        not null,
  state       text        not null default 'open' check (state in ('open', 'replayed', 'discarded')),
  received_at timestamptz not null,
  settled_at  timestamptz,
  settled_by  text,
  note        text,
  unique (topic, source, event_id)
);

create index dead_letters_open on dead_letters (received_at desc, id desc);

create view order_status_history as
select order_id,
       version,
       data ->> 'from_status' as from_status,
       data ->> 'to_status'   as to_status,
       data ->> 'reason'      as reason,
       -- The notes of a creation are the order's own, not the move's.
       case when type <> 'order.created' then personal ->> 'notes' end as notes,
       by_type,
       by_id,
       at                     as changed_at
from order_events
where data ->> 'to_status' is not null;

create view order_edit_history as
select e.order_id,
       e.version,
       c.position,
       c.change ->> 'field'     as field,
       c.change -> 'old_value'  as old_value,
       c.change -> 'new_value'  as new_value,
       e.data ->> 'reason'      as reason,
       e.by_type,
       e.by_id,
       e.at                     as changed_at
from order_events e
cross join lateral json_array_elements(e.personal -> 'changes') with ordinality as c (change, position)
where e.type = 'order.updated';

-- Down Migration

drop view order_edit_history;
drop view order_status_history;
drop table dead_letters;
drop table waiting_events;
drop table order_effects;
drop table order_receipts;
drop table order_creations;
drop table order_items;
drop table orders;
drop table order_events;
