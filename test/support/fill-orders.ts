import type { Pool } from 'pg';

const batch = 20_000;

/**
 * Loads orders by SQL until there are so many: copies of the newest order with ids and times of their own (a second
 * apart, back from now), of 500 customers, each with its lines, journal, receipt and settled effects.
 */
export const fillOrders = async (pool: Pool, total: number, log: (line: string) => void): Promise<void> => {
  const { rows } = await pool.query<{ count: string; id: string }>(
    'select count(*) as count, (select id from orders order by created_at desc limit 1) as id from orders',
  );
  const [have] = rows;
  if (have === undefined) throw new Error('there is no order to copy');
  for (let n = Number(have.count); n < total; n += batch) {
    const many = Math.min(batch, total - n);
    await pool.query(fill, [have.id, n, many]);
    log(`${n + many} of ${total} orders loaded`);
  }
  await pool.query('vacuum analyze');
};

/** $1 the order to copy, $2 how many there are, $3 how many to add. */
const fill = `
with copies as materialized (
  select (substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(random, 16, 21))::uuid as id,
         'ORD-LOAD-' || lpad(n::text, 9, '0') as number, 'customer-' || n % 500 as customer, at, n
  from (select n, now() - n * interval '1 second' as at, gen_random_uuid()::text as random
        from generate_series($2::int + 1, $2::int + $3::int) n) generated,
       lateral (select lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') as hex) time
), stored as (
  insert into orders (id, order_number, customer_id, guest_email, status, currency, subtotal, tax_amount, shipping_amount,
    discount_amount, total_amount, captured_amount, refunded_amount, requested_amount, payment_id, payment_method,
    payment_status, created_by_service, created_at, updated_at, version, document)
  select c.id, c.number, c.customer, null, 'confirmed', o.currency, o.subtotal, o.tax_amount, o.shipping_amount,
    o.discount_amount, o.total_amount, o.captured_amount, o.refunded_amount, 0, o.payment_id, o.payment_method,
    o.payment_status, o.created_by_service, c.at, c.at, 1,
    replace(replace(o.document::text, o.id::text, c.id::text), o.order_number, c.number)::json
  from copies c, orders o where o.id = $1
  returning id
), lines as (
  insert into order_items
  select s.id, i.id, i.product_id, i.product_sku, i.product_name, i.quantity, 0, 0, i.unit_price, i.total_price,
    i.discount_amount, i.tax_amount, i.warehouse_id, i.reservation_id, i.metadata
  from stored s, order_items i where i.order_id = $1
), journal as (
  insert into order_events (order_id, version, type, data, personal, by_type, by_id, channel, command_id, traceparent, at)
  select c.id, 1, e.type, replace(e.data::text, o.order_number, c.number)::json, e.personal, e.by_type, e.by_id, e.channel,
    'load-' || c.n, null, c.at
  from copies c, order_events e, orders o where e.order_id = $1 and e.version = 1 and o.id = $1
), receipts as (
  insert into order_receipts (order_id, command_id, request_hash, version)
  select c.id, 'load-' || c.n, 'load', 1 from copies c
), creations as (
  insert into order_creations (command_id, order_id, request_hash, created_at)
  select 'load-' || c.n, c.id, 'load', c.at from copies c
)
insert into order_effects (key, order_id, version, position, target, operation, payload, state, attempts, next_at,
  created_at, queued_at, settled_at)
select replace(f.key, $1::text, c.id::text), c.id, 1, f.position, f.target, f.operation, f.payload, 'done', 1, c.at, c.at, c.at, c.at
from copies c, order_effects f where f.order_id = $1 and f.version = 1`;
