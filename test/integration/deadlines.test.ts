import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createDeadlines, type Deadlines } from '../../persistence/deadlines.js';
import { createPool } from '../../persistence/pool.js';
import { createRetention, type Retention } from '../../persistence/retention.js';
import { insertEffects, insertOrder } from '../support/effect-rows.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const dayMs = 86_400_000;

describe('what time sets going', () => {
  let databases: TestDatabases;
  let pool: Pool;
  let deadlines: Deadlines;
  let retention: Retention;

  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = createPool(
      { dsn: await databases.create(), connections: 4, lifetimeSeconds: 300, name: 'test' },
      pino({ level: 'silent' }),
    );
    deadlines = createDeadlines(pool);
    retention = createRetention(pool);
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });
  beforeEach(() => pool.query('truncate order_effects, order_events, orders, waiting_events, dead_letters cascade'));

  const order = async (fields: Record<string, string | number | null> = {}): Promise<string> => {
    const id = uuidv7();
    await insertOrder(pool, id, [{ type: 'order.created', data: { items: [] } }]);
    for (const [column, value] of Object.entries(fields))
      await pool.query(`update orders set ${column} = $2 where id = $1`, [id, value]);
    return id;
  };

  describe('deadlines', () => {
    it('finds the orders whose deadline has passed, exactly as they state it', async () => {
      const at = '2026-01-02T03:04:05.678Z';
      const due = await order({ deadline_what: 'payment', deadline_at: at });
      await order({ deadline_what: 'payment', deadline_at: new Date(Date.now() + 60_000).toISOString() });
      await order();
      expect(await deadlines.due(10)).toStrictEqual([{ orderId: due, what: 'payment', at }]);
    });

    it('draws from the longest overdue', async () => {
      const orders = new Map<string, number>();
      for (let index = 0; index < 12; index += 1) {
        const at = new Date(Date.now() - (index + 1) * 60_000).toISOString();
        orders.set(await order({ deadline_what: 'return_window', deadline_at: at }), index);
      }
      const seen = new Set<number>();
      for (let round = 0; round < 60; round += 1) {
        const found = await deadlines.due(2);
        expect(found).toHaveLength(2);
        for (const { orderId } of found) seen.add(orders.get(orderId) ?? -1);
      }
      expect([...seen].sort((a, b) => a - b)).toStrictEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    });

    it('finds them by index', async () => {
      await pool.query(
        `insert into orders (id, order_number, status, currency, subtotal, tax_amount, shipping_amount, discount_amount,
           total_amount, captured_amount, refunded_amount, requested_amount, payment_status, created_by_service, created_at,
           updated_at, version, document, deadline_what, deadline_at)
         select gen_random_uuid(), 'N-' || i, 'delivered', 'USD', 1, 0, 0, 0, 1, 1, 0, 0, 'completed', 'test', now(), now(), 1,
           '{}', 'return_window', now() + i * interval '1 minute'
         from generate_series(1, 3000) i`,
      );
      await pool.query('analyze orders');
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
        `explain select id from orders where deadline_at <= now() order by deadline_at limit 800`,
      );
      expect(rows.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/orders_by_deadline/);
    });
  });

  describe('waiting events', () => {
    const wait = (orderId: string, receivedAt: Date, version: number): Promise<unknown> =>
      pool.query(
        `insert into waiting_events (order_id, source, event_id, topic, data, received_at, decided_at_version)
         values ($1, 'shipping', gen_random_uuid(), 'shipping.delivered', '{}', $2, $3)`,
        [orderId, receivedAt, version],
      );
    const ago = (ms: number): Date => new Date(Date.now() - ms);

    it('finds those that waited too long', async () => {
      const old = await order();
      await wait(old, ago(dayMs + 60_000), 1);
      await wait(old, ago(dayMs + 50_000), 1);
      await wait(await order(), ago(dayMs - 60_000), 1);
      expect(await deadlines.toReconsider(24, 10)).toStrictEqual([old]);
    });

    it('finds those whose order moved on without them, once for each move', async () => {
      const id = await order({ version: 3, updated_at: ago(11_000).toISOString() });
      await wait(id, ago(20_000), 2);
      const fresh = await order({ version: 3, updated_at: ago(5_000).toISOString() });
      await wait(fresh, ago(20_000), 2);
      await wait(await order({ version: 2, updated_at: ago(60_000).toISOString() }), ago(20_000), 2);
      expect(await deadlines.toReconsider(24, 10)).toStrictEqual([id]);
      await deadlines.reconsidered(id, 3);
      expect(await deadlines.toReconsider(24, 10)).toStrictEqual([]);
      await pool.query('update orders set version = 4 where id = $1', [id]);
      expect(await deadlines.toReconsider(24, 10)).toStrictEqual([id]);
    });
  });

  describe('retention', () => {
    const before = new Date(Date.now() - 90 * dayMs);
    const long = new Date(before.getTime() - dayMs);
    const oldId = (): string => uuidv7({ msecs: long.getTime() });
    const remaining = async (): Promise<readonly string[]> => {
      const { rows } = await pool.query<{ key: string }>('select key from order_effects order by key');
      return rows.map(({ key }) => key);
    };

    it('forgets effects settled long ago, in small batches, and nothing that still needs somebody', async () => {
      const rows = ['done', 'resolved', 'dead', 'rejected', 'pending'].map((state) => ({ state, orderId: oldId() }));
      const keys = await insertEffects(pool, rows);
      const [late] = await insertEffects(pool, [{ orderId: oldId() }]);
      const [young] = await insertEffects(pool, [{ orderId: uuidv7() }]);
      for (const [index, { state }] of rows.entries())
        await pool.query('update order_effects set state = $2, settled_at = $3 where key = $1', [
          keys[index],
          state,
          long,
        ]);
      await pool.query(`update order_effects set state = 'done', settled_at = now() where key = $1`, [late]);
      await pool.query(`update order_effects set state = 'done', settled_at = now() where key = $1`, [young]);
      expect(await retention.deleteSettled(before, 1)).toBe(1);
      expect(await retention.deleteSettled(before, 1)).toBe(1);
      expect(await retention.deleteSettled(before, 10)).toBe(0);
      expect(await remaining()).toStrictEqual([...keys.slice(2), late, young].sort());
    });

    it('forgets dead letters settled long ago', async () => {
      for (const [state, settledAt] of [
        ['discarded', long],
        ['replayed', new Date()],
        ['open', null],
      ] as const)
        await pool.query(
          `insert into dead_letters (id, topic, source, event_id, payload, reason, state, received_at, settled_at)
           values (gen_random_uuid(), 't', 's', $1, '{}', 'r', $1, $2, $3)`,
          [state, new Date(long.getTime() - dayMs), settledAt],
        );
      expect(await retention.deleteSettled(before, 10)).toBe(1);
      const { rows } = await pool.query<{ state: string }>('select state from dead_letters order by state');
      expect(rows).toStrictEqual([{ state: 'open' }, { state: 'replayed' }]);
    });
  });
});
