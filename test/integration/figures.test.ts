import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { createEffectQueue } from '../../persistence/effects.js';
import { createFigures } from '../../persistence/figures.js';
import { insertEffects } from '../support/effect-rows.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

describe('figures of the whole database', () => {
  let databases: TestDatabases;
  let pool: Pool;
  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = new Pool({ connectionString: await databases.create(), max: 2 });
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });
  beforeEach(() => pool.query('truncate order_effects, order_events, orders cascade'));

  /** So many orders, the n-th (from 1) of them of `n / 10` USD and made `seconds × n` ago. */
  const insertOrders = (count: number, seconds: number, status = 'confirmed', currency = 'USD') =>
    pool.query(
      `insert into orders (id, order_number, status, currency, subtotal, tax_amount, shipping_amount, discount_amount, total_amount,
        captured_amount, refunded_amount, requested_amount, payment_status, created_by_service, created_at, updated_at, version, document)
      select gen_random_uuid(), gen_random_uuid()::text, $3, $4, 1, 0, 0, 0, n / 10.0, 1, 0, 0, 'completed', 'test',
        now() - n * $2::float8 * interval '1 second', now(), 1, '{}'
      from generate_series(1, $1) n`,
      [count, seconds, status, currency],
    );

  it('tell the newest orders by currency: how many, their average, how many are cancelled', async () => {
    expect(await createFigures(pool).recentOrders()).toStrictEqual([]);
    await insertOrders(3, 60);
    await insertOrders(1, 60, 'cancelled');
    await insertOrders(2, 60, 'delivered', 'EUR');
    // Older than a day.
    await insertOrders(1, 86_401, 'cancelled');
    const found = [...(await createFigures(pool).recentOrders())].sort((a, b) => b.orders - a.orders);
    const expected = [
      { currency: 'USD', orders: 4, average: 0.175, cancelled: 1 },
      { currency: 'EUR', orders: 2, average: 0.15, cancelled: 0 },
    ];
    expect(found).toStrictEqual(expected);
  });

  it('look at the newest ten thousand orders only', async () => {
    await insertOrders(10_000, 1);
    await insertOrders(3, 11_000, 'cancelled');
    const [found] = await createFigures(pool).recentOrders();
    expect([found?.orders, found?.cancelled]).toStrictEqual([10_000, 0]);
  });

  it('tell how long the earliest deadline is overdue', async () => {
    const { overdueSeconds } = createFigures(pool);
    await insertOrders(2, 60);
    expect(await overdueSeconds()).toBe(0);
    await pool.query(`update orders set deadline_what = 'payment', deadline_at = now() + interval '1 minute'`);
    expect(await overdueSeconds()).toBe(0);
    await pool.query(`update orders set deadline_at = created_at`);
    expect(Math.abs((await overdueSeconds()) - 120)).toBeLessThan(30);
  });

  it('count the orders that were shipped without being paid for', async () => {
    const { shippedUnpaid } = createFigures(pool);
    await insertOrders(6, 4);
    await pool.query(`update orders set payment_status = 'pending', status = 'processing'`);
    expect(await shippedUnpaid()).toBe(0);
    await pool.query(`update orders set status = 'shipped'`);
    const unpaid = await shippedUnpaid();
    expect(unpaid).toBeGreaterThanOrEqual(6);
    await pool.query(`update orders set payment_method = 'cod' where id = (select min(id::text)::uuid from orders)`);
    await pool.query(
      `update orders set payment_status = 'authorized' where id = (select max(id::text)::uuid from orders)`,
    );
    expect(await shippedUnpaid()).toBe(unpaid - 2);
  });

  it('are reads whose cost has a bound: each by an index', async () => {
    await insertOrders(20_000, 4);
    await insertEffects(
      pool,
      Array.from({ length: 3_000 }, () => ({})),
    );
    await pool.query(`update order_effects set state = 'done', settled_at = now() where random() < 0.9`);
    await pool.query('analyze orders');
    await pool.query('analyze order_effects');
    const plans: string[] = [];
    const explaining = {
      query: async (text: string, values: unknown[] = []) => {
        const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return { rows: [] };
      },
    } as unknown as Pool;
    await createFigures(explaining).recentOrders();
    await createFigures(explaining).overdueSeconds();
    await createFigures(explaining).shippedUnpaid();
    await createEffectQueue(explaining).unsettled();
    expect(plans).toHaveLength(4);
    for (const plan of plans) assert.doesNotMatch(plan, /Seq Scan/, plan);
  });
});
