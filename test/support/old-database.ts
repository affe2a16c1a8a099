import { Client } from 'pg';

/** The tables of the former service 1.2, as its documentation has them. */
const tables = `
create table orders (
  id uuid primary key default gen_random_uuid(),
  order_number varchar(50) unique not null,
  customer_id uuid,
  status varchar(20) not null default 'confirmed',
  currency varchar(3) not null default 'USD',
  subtotal decimal(10,2) default 0,
  tax_amount decimal(10,2) default 0,
  shipping_amount decimal(10,2) default 0,
  discount_amount decimal(10,2) default 0,
  total_amount decimal(10,2) not null,
  payment_id varchar(255),
  payment_method varchar(50),
  payment_status varchar(20) default 'completed',
  shipping_address jsonb,
  billing_address jsonb,
  notes text,
  metadata jsonb default '{}',
  created_at timestamp with time zone default now(),
  updated_at timestamp with time zone default now(),
  cancelled_at timestamp with time zone,
  completed_at timestamp with time zone,
  created_by_service varchar(50) default 'checkout-service'
);
create table order_items (
  id bigserial primary key,
  order_id uuid not null references orders(id),
  product_id uuid not null,
  product_sku varchar(255) not null,
  product_name varchar(500) not null,
  quantity integer not null,
  unit_price decimal(10,2) not null,
  total_price decimal(10,2) not null,
  discount_amount decimal(10,2) default 0,
  tax_amount decimal(10,2) default 0,
  warehouse_id uuid not null,
  reservation_id uuid,
  metadata jsonb default '{}'
);
create index idx_order_items_order on order_items(order_id);`;

/** Histories, which the former service did not always have. */
export const historyTables = `
create table order_status_history (
  id bigserial primary key, order_id uuid not null references orders(id), from_status varchar(20), to_status varchar(20) not null,
  reason text, notes text, changed_by varchar(255), created_at timestamptz default now()
);
create table order_edit_history (
  id bigserial primary key, order_id uuid not null references orders(id), field_name varchar(100) not null,
  old_value jsonb, new_value jsonb, reason text, changed_by varchar(255), created_at timestamptz default now()
);`;

/** So many orders, the n-th made n minutes before this moment, in every status and payment status in turn, one or two lines each. */
const rows = `
insert into orders (order_number, customer_id, status, payment_status, subtotal, tax_amount, shipping_amount, total_amount, payment_id,
  payment_method, shipping_address, billing_address, notes, metadata, created_at, updated_at, cancelled_at)
select 'ORD-' || to_char($2::timestamptz at time zone 'UTC', 'YYYYMMDD') || '-' || lpad(n::text, 6, '0'),
  case when n % 5 > 0 then gen_random_uuid() end, s.status,
  (array['completed', 'completed', 'completed', 'refunded', 'pending', 'authorized', 'failed'])[n % 7 + 1],
  20 * (1 + n % 2), 1.50, 4.99, 20 * (1 + n % 2) + 6.49, 'pay-' || n, 'credit_card',
  case when n % 11 > 0 then jsonb_build_object('name', 'Name ' || n, 'address', n || ' Street', 'city', 'Town', 'zip', '12345', 'country', 'US') end,
  null, case when n % 3 = 0 then 'note ' || n end, jsonb_build_object('n', n), $2::timestamptz - n * interval '1 minute',
  $2::timestamptz - n * interval '30 seconds', case when s.status = 'cancelled' then $2::timestamptz end
from generate_series(1, $1::integer) n,
  lateral (select (array['confirmed', 'processing', 'shipped', 'delivered', 'partially_returned', 'returned', 'cancelled'])[n / 7 % 7 + 1] as status) s`;

const lines = `
insert into order_items (order_id, product_id, product_sku, product_name, quantity, unit_price, total_price, tax_amount, warehouse_id, reservation_id)
select o.id, gen_random_uuid(), 'SKU-' || l, 'Product ' || l, 2, 10, 20, 0, gen_random_uuid(), gen_random_uuid()
from orders o, lateral generate_series(1, (o.subtotal / 20)::integer) l`;

/** Makes the former service's tables in a database, with so many orders up to this moment. */
export const makeOldDatabase = async (dsn: string, orders: number, now: string, histories = false): Promise<void> => {
  const client = new Client({ connectionString: dsn });
  await client.connect();
  try {
    await client.query(tables);
    await client.query(rows, [orders, now]);
    await client.query(lines);
    if (!histories) return;
    await client.query(historyTables);
    await client.query(
      `insert into order_status_history (order_id, from_status, to_status, changed_by, created_at)
       select id, null, 'confirmed', 'checkout-service', created_at from orders
       union all
       select id, 'confirmed', 'processing', 'fulfillment', created_at + interval '1 second' from orders where status <> 'confirmed'`,
    );
    await client.query(
      `insert into order_edit_history (order_id, field_name, old_value, new_value, changed_by, created_at)
       select id, 'notes', 'null', to_jsonb(notes), 'support', created_at + interval '2 seconds' from orders where notes is not null`,
    );
  } finally {
    await client.end();
  }
};
