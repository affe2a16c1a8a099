import type { Pool } from 'pg';
import type { RecentOrders } from '../observability/gauges.js';

/** What the metrics page shows of all orders: each one bounded read, whatever the size of the tables. */
export interface Figures {
  /** The last 24 hours, the newest 10,000 at most, by currency. */
  recentOrders(): Promise<readonly RecentOrders[]>;
  /** Seconds since the earliest deadline that was not met yet; 0 where none has passed. */
  overdueSeconds(): Promise<number>;
  /** Orders that were shipped although they are not paid for, cash on delivery aside; 50,000 stand for all beyond. */
  shippedUnpaid(): Promise<number>;
}

const recentOrders = `
select currency, count(*)::integer as orders, avg(total_amount)::float8 as average,
  (count(*) filter (where status = 'cancelled'))::integer as cancelled
from (
  select currency, total_amount, status
  from orders
  where created_at > now() - interval '24 hours'
  order by created_at desc, id desc
  limit 10000
) newest
group by currency`;

const overdue = `
select extract(epoch from now() - deadline_at)::float8 as seconds
from orders
where deadline_at <= now()
order by deadline_at
limit 1`;

const shippedUnpaid = `
select count(*)::integer as orders
from (
  select 1
  from orders
  where status in ('shipped', 'delivered', 'partially_returned')
    and payment_status in ('pending', 'failed', 'partially_paid')
    and payment_method is distinct from 'cod'
  limit 50000
) unpaid`;

/** Figures in Postgres. */
export const createFigures = (pool: Pool): Figures => ({
  recentOrders: async () => (await pool.query<RecentOrders>(recentOrders)).rows,
  overdueSeconds: async () => (await pool.query<{ seconds: number }>(overdue)).rows[0]?.seconds ?? 0,
  shippedUnpaid: async () => (await pool.query<{ orders: number }>(shippedUnpaid)).rows[0]?.orders ?? 0,
});

/** How many events wait for their time, over all orders. */
export const countWaitingEvents = async (pool: Pool): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>({
    name: 'count-waiting-events',
    text: 'select count(*)::integer as count from waiting_events',
  });
  return rows[0]?.count ?? 0;
};
