import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { Insights } from '../../analytics/reads.js';
import { createInsightsReads } from '../../analytics/store/reads.js';
import { nextOrders, readJournals } from '../../analytics/store/sql.js';
import { readTail, takeTurn } from '../../persistence/journal-reader.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const days = `generate_series(timestamptz '2025-01-01', '2025-12-31', '1 day') at`;
const months = `generate_series(timestamptz '2025-01-01', '2025-12-01', '1 month') at`;

/** A year of rollups, and a journal. */
const filling = [
  `insert into order_insights_sales_hour select at, 'USD', 'method-' || n, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0
   from generate_series(timestamptz '2025-01-01', '2025-12-31', '1 hour') at, generate_series(1, 3) n`,
  `insert into order_insights_sales_day select at, 'USD', 'method-' || n, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0
   from ${days}, generate_series(1, 60) n`,
  `insert into order_insights_goods_day select at, 'product', 'USD', 'product-' || n, 1, 1, 0, 0, 1, 0 from ${days}, generate_series(1, 100) n`,
  `insert into order_insights_goods_month select at, 'product', 'USD', 'product-' || n, 1, 1, 0, 0, 1, 0 from ${months}, generate_series(1, 2000) n`,
  `insert into order_insights_reasons_day select at, 'cancellation', 'USD', 'reason ' || n, 1, 1, 1 from ${days}, generate_series(1, 60) n`,
  `insert into order_insights_statuses_day select at, 'USD', 'status-' || n, 1, 1 from ${days}, generate_series(1, 60) n`,
  `insert into order_insights_stays_day select at, 'USD', 'confirmed', n, 1 from ${days}, generate_series(1, 100) n`,
  `insert into order_events (order_id, version, type, data, by_type, by_id, channel, command_id, at, transaction_id)
   select gen_random_uuid(), 1, 'order.created', '{}', 'test', 'test', 'test', 'test', now(), n / 2 from generate_series(1, 40000) n`,
  'analyze',
];

const selection = {
  range: { from: new Date('2025-05-10T00:00:00Z'), to: new Date('2025-06-09T00:00:00Z') },
} as const;

const asks: Readonly<Record<string, (insights: Insights) => Promise<unknown>>> = {
  'sales by the day': (insights) => insights.sales(selection, 'day'),
  'sales by the hour': (insights) => insights.sales(selection, 'hour'),
  'payment methods': (insights) => insights.paymentMethods(selection, 10),
  'products by revenue': (insights) => insights.goods('product', selection, 'revenue', 10),
  'products by units, of one currency': (insights) =>
    insights.goods('product', { ...selection, currency: 'USD' }, 'units', 10),
  warehouses: (insights) => insights.goods('warehouse', selection, 'revenue', 10),
  cancellations: (insights) => insights.reasons('cancellation', selection, 10),
  returns: (insights) => insights.reasons('return', selection, 10),
  funnel: (insights) => insights.funnel(selection),
};

describe('order insights at size', () => {
  let databases: TestDatabases;
  let pool: Pool;
  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = new Pool({ connectionString: await databases.create(), max: 1 });
    for (const statement of filling) await pool.query(statement);
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });

  const planOf = async (text: string, values: readonly unknown[]): Promise<string> => {
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, [...values]);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  it.each(Object.entries(asks))('are read by index: %s', async (_name, ask) => {
    const plans: string[] = [];
    const explaining = {
      query: async (text: string, values: readonly unknown[]) => {
        plans.push(await planOf(text, values));
        return { rows: [] };
      },
    };
    await ask(createInsightsReads(explaining as unknown as Pool));
    expect(plans).toHaveLength(1);
    assert.doesNotMatch(plans[0] ?? '', /Seq Scan on order_insights_(\w+_(hour|day)|goods_month)/, plans[0]);
  });

  it('find what is new at the end of the journal, and the journals of orders, by index', async () => {
    await pool.query('begin');
    await pool.query(takeTurn, [1]);
    const tail = await planOf(readTail, ['19990', '20500', ['7', '19'], 1_001]);
    assert.match(tail, /Index Scan (using|on) order_events_by_transaction/, tail);
    const walk = await planOf(nextOrders, [null, 500]);
    assert.match(walk, /Index Only Scan using order_events_pkey/, walk);
    const { rows } = await pool.query<{ order_id: string }>('select order_id from order_events limit 50');
    const journals = await planOf(readJournals, [rows.map(({ order_id }) => order_id), null, '20000:20000:']);
    assert.match(journals, /order_events_pkey/, journals);
    for (const plan of [tail, walk, journals]) assert.doesNotMatch(plan, /Seq Scan|Parallel/, plan);
    await pool.query('rollback');
    const { rows: settings } = await pool.query('show enable_seqscan');
    // other statements are planned as ever
    expect(settings).toStrictEqual([{ enable_seqscan: 'on' }]);
  });

  it('read few pages to find what is new, also before autovacuum has come by', async () => {
    await pool.query(
      `insert into order_events (order_id, version, type, data, by_type, by_id, channel, command_id, at, transaction_id)
       select gen_random_uuid(), 1, 'order.created', '{}', 'test', 'test', 'test', 'test', now(), 20001 + n / 2
       from generate_series(1, 10000) n`,
    );
    const pagesRead = async (from: number): Promise<number> => {
      await pool.query('begin');
      await pool.query(takeTurn, [1]);
      const values = [String(from), String(from + 20_000), [], 1_001];
      const plan = await planOf(`(analyze, buffers) ${readTail}`, values);
      await pool.query('rollback');
      const [, hit = '0', read = '0'] = /Buffers: shared hit=(\d+)(?: read=(\d+))?/.exec(plan) ?? assert.fail(plan);
      return Number(hit) + Number(read);
    };
    const { rows } = await pool.query<{ pages: number }>(
      `select (pg_relation_size('order_events') / 8192)::integer as pages`,
    );
    expect(rows[0]!.pages).toBeGreaterThan(500);
    // Nothing new, and twenty entries.
    expect(await pagesRead(25_002)).toBeLessThan(20);
    expect(await pagesRead(24_992)).toBeLessThan(50);
  });
});
