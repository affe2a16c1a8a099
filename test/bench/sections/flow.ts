import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchStack } from '../bench.js';
import { closedLoad } from '../load.js';
import { creates } from './create.js';

/** What a whole flow is measured by. */
export interface Flow {
  readonly name: string;
  /** An order is through when it has this status and none of its effects is pending. */
  readonly until: 'confirmed' | 'delivered';
  /** Orders that may be on their way; with more, the load waits: what is measured is what can be sustained. */
  readonly onTheirWay: number;
  readonly target: number;
}

/** With the index on the status: a scan over all orders ten times a second would be load of its own. */
const countOpen = async ({ pool }: BenchStack, { until }: Flow): Promise<number> => {
  const open =
    until === 'delivered'
      ? `select count(*) from orders where status = any ('{pending,confirmed,processing,shipped}')`
      : `select count(distinct order_id) from order_effects where state = 'pending'`;
  const { rows } = await pool.query<{ count: string }>(open);
  return Number(rows[0]?.count);
};

const lags = async ({ pool }: BenchStack): Promise<{ readonly p50: number; readonly p95: number }> => {
  const { rows } = await pool.query<{ p50: number; p95: number }>(`
    select percentile_cont(0.5) within group (order by lag) as p50, percentile_cont(0.95) within group (order by lag) as p95
    from (select extract(epoch from settled_at - queued_at)::float8 as lag from order_effects where state = 'done') done`);
  return rows[0] ?? { p50: 0, p95: 0 };
};

/** What arrived of the events of these orders at the subscriber: missing ones. */
const missingEvents = async ({ stack, pool }: BenchStack): Promise<number> => {
  const { rows } = await pool.query<{ id: string; version: number }>('select id, version from orders');
  let missing = 0;
  for (const { id, version } of rows) {
    const answer = await fetch(`${stack.sandbox?.url ?? ''}/events?order_id=${id}`);
    const heard = (await answer.json()) as readonly { readonly sequence: number }[];
    missing += version - new Set(heard.map(({ sequence }) => sequence)).size;
  }
  return missing;
};

const patienceMs = 120_000;

/** Orders all the way, for a minute, no more on their way than can be carried. */
export const flowSection = async (bench: Bench, running: BenchStack, flow: Flow): Promise<void> => {
  const { report, seconds } = bench;
  const request = await creates(running);
  await closedLoad({ connections: 8, seconds: seconds(4), request });
  let open = 0;
  const over = new AbortController();
  const backlog: number[] = [];
  const watch = (async () => {
    while (!over.signal.aborted) {
      open = await countOpen(running, flow);
      backlog.push(open);
      await sleep(100);
    }
  })();
  const hold = (): Promise<void> | undefined => {
    if (open < flow.onTheirWay) return undefined;
    return (async () => {
      while (open >= flow.onTheirWay) await sleep(20);
    })();
  };
  const before = await countOpen(running, flow);
  const begun = performance.now();
  const created = await closedLoad({ connections: 16, seconds: seconds(60), request, hold });
  const left = await countOpen(running, flow);
  const took = (performance.now() - begun) / 1_000;
  over.abort();
  await watch;
  if (created.failed > 0) throw new Error(`${flow.name}: ${JSON.stringify(created.failures)}`);
  const halves = [backlog.slice(0, backlog.length / 2), backlog.slice(backlog.length / 2)].map(
    (part) => part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length),
  );
  report.add(flow.name, 'orders all the way', (before + created.answered - left) / took, '/s', { least: flow.target });
  report.add(flow.name, 'on their way, first half of the run', halves[0] ?? 0, 'orders');
  report.add(flow.name, 'on their way, second half', halves[1] ?? 0, 'orders');
  report.add(flow.name, 'create p50 meanwhile', created.p50, 'ms');
  const end = performance.now() + patienceMs;
  while ((await countOpen(running, flow)) > 0) {
    if (performance.now() > end) throw new Error(`${flow.name}: orders are still on their way`);
    await sleep(200);
  }
  const { p50, p95 } = await lags(running);
  report.add(flow.name, 'effect lag p50', p50 * 1_000, 'ms');
  report.add(flow.name, 'effect lag p95', p95 * 1_000, 'ms');
  const settled = performance.now();
  let missing = await missingEvents(running);
  while (missing > 0 && performance.now() < end) missing = await missingEvents(running);
  report.add(flow.name, 'last event after the last effect', (performance.now() - settled) / 1_000, 's');
  report.add(flow.name, 'events that did not arrive', missing, 'events', { most: 0 });
};
