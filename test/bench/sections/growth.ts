import type { Pool } from 'pg';
import { targets, type Target } from '../../../actors/rules/effects.js';
import { createEffectQueue } from '../../../persistence/effects.js';
import { createOrderReads } from '../../../persistence/order-reads.js';
import type { Bench, BenchStack } from '../bench.js';
import { fillOrders } from '../../support/fill-orders.js';
import { fillSearch } from '../fill-search.js';
import { type BenchRequest, closedLoad, quantile } from '../load.js';
import { creates } from './create.js';

const section = 'growth';
const kinds = ['create', 'get', 'list'] as const;

const requests = async (stack: BenchStack): Promise<Record<(typeof kinds)[number], (n: number) => BenchRequest>> => {
  const headers = await stack.headers();
  const { rows } = await stack.pool.query<{ id: string }>('select id from orders tablesample system (1) limit 5000');
  const base = (n: number): string => stack.orders[n % stack.orders.length] ?? '';
  return {
    create: await creates(stack),
    get: (n) => ({ method: 'GET', url: `${base(n)}/${rows[(n * 7) % rows.length]?.id ?? ''}`, headers }),
    list: (n) => ({ method: 'GET', url: `${base(n)}?customer_id=customer-${n % 500}`, headers }),
  };
};

/** Statements planned as the service sends them: lines that read a whole table. */
const sequentialScans = async (pool: Pool): Promise<number> => {
  const plans: string[] = [];
  const explaining = {
    query: async ({ text, values }: { text: string; values: unknown[] }) => {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
      plans.push(...rows.map((row) => row['QUERY PLAN']));
      return { rows: [] };
    },
  } as unknown as Pool;
  const id = '01a20000-0000-7000-8000-000000000000';
  const none = {
    ...{ customerIds: [], statuses: undefined, paymentStatus: undefined, createdAfter: undefined, held: undefined },
    ...{ paymentId: undefined, trackingNumber: undefined, productSku: undefined, warehouseId: undefined },
    ...{ updatedAfter: undefined, deadlineBefore: undefined, q: undefined },
  } as const;
  const rest = { createdBefore: undefined, numberPrefix: undefined, guestEmail: undefined, limit: 21 } as const;
  const reads = createOrderReads(explaining);
  await reads.byId(id);
  await reads.list({ ...none, ...rest, after: { created_at: '2026-01-01T00:00:00.000000Z', id } });
  await reads.list({ ...none, ...rest, customerIds: ['customer-1'], after: undefined });
  const free = new Map<Target, number>(targets.map((target) => [target, 16]));
  await createEffectQueue(explaining).claim(free, 30_000);
  return plans.filter((line) => line.includes('Seq Scan on order')).length;
};

const bytesPerOrder = async (pool: Pool): Promise<number> => {
  const { rows } = await pool.query<{ bytes: number }>(`
    select (pg_database_size(current_database()) / (select count(*) from orders))::float8 as bytes`);
  return rows[0]?.bytes ?? 0;
};

/** Searches by words that one order, one in a thousand and one in ten have, against a read by id. */
const searches = async ({ report, seconds, log }: Bench, stack: BenchStack, readP95: number): Promise<void> => {
  log('indexing the words of all orders');
  const words = await fillSearch(stack.pool);
  const headers = await stack.headers();
  for (const [what, wordOf] of [
    ['one order', words.ofOne],
    ['one order in a thousand', words.ofFew],
    ['one order in ten', words.ofMany],
  ] as const) {
    const request = (n: number): BenchRequest => ({
      method: 'GET',
      url: `${stack.orders[n % stack.orders.length] ?? ''}?q=${wordOf(n * 7)}`,
      headers,
    });
    await closedLoad({ connections: 4, seconds: seconds(3), request });
    const result = await closedLoad({ connections: 4, seconds: seconds(10), request });
    if (result.failed > 0) throw new Error(`search: ${JSON.stringify(result.failures)}`);
    report.add(section, `search for a word of ${what}, p95 at 4 connections`, result.p95, 'ms');
    report.add(section, `search for a word of ${what}: of a read by id`, result.p95 / readP95, '×', { most: 20 });
  }
};

/** The time of a claim of effects, p95. What is claimed is given back, so that the next claim finds as much. */
const claimP95 = async (pool: Pool, seconds: number): Promise<number> => {
  const queue = createEffectQueue(pool);
  const free = new Map<Target, number>(targets.map((target) => [target, 16]));
  const times: number[] = [];
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const begun = performance.now();
    const claimed = await queue.claim(free, 30_000);
    times.push(performance.now() - begun);
    if (claimed.length === 0) throw new Error('there is no effect to claim');
    await queue.giveBack(claimed);
  }
  return quantile(
    times.toSorted((a, b) => a - b),
    0.95,
  );
};

/** The same calls with few and with many orders stored; a customer's page is full either way. Then searches. */
export const growthSection = async (bench: Bench, paused: BenchStack): Promise<void> => {
  const { report, seconds, scaled, log } = bench;
  await closedLoad({ connections: 8, seconds: seconds(10), request: await creates(paused) });
  const p95 = new Map<string, number>();
  for (const total of [scaled(10_000), scaled(1_000_000)]) {
    await fillOrders(paused.pool, total, log);
    // Else the service would read all that was loaded meanwhile.
    await fillSearch(paused.pool);
    const loads = await requests(paused);
    const add = (kind: string, what: string, found: number): void => {
      report.add(section, `${kind} with ${total} orders, p95 ${what}`, found, 'ms');
      const before = p95.get(kind);
      if (before !== undefined) report.add(section, `${kind}: growth of p95`, found / before, '×', { most: 1.5 });
      p95.set(kind, found);
    };
    for (const kind of kinds) {
      await closedLoad({ connections: 4, seconds: seconds(3), request: loads[kind] });
      const result = await closedLoad({ connections: 4, seconds: seconds(10), request: loads[kind] });
      if (result.failed > 0) throw new Error(`${kind}: ${JSON.stringify(result.failures)}`);
      add(kind, 'at 4 connections', result.p95);
    }
    await claimP95(paused.pool, seconds(3));
    add('claim', 'of one after the other', await claimP95(paused.pool, seconds(10)));
  }
  await searches(bench, paused, p95.get('get') ?? Number.NaN);
  report.add(section, 'bytes per order', await bytesPerOrder(paused.pool), 'bytes');
  report.add(section, 'sequential scans in the plans', await sequentialScans(paused.pool), '', { most: 0 });
};
