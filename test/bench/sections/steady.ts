import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchStack } from '../bench.js';
import { cpuTimes } from '../cpu.js';
import { createClient, openLoad } from '../load.js';
import { reportLate } from '../report.js';
import { creates } from './create.js';

const section = 'steady walk';

const countDelivered = async ({ pool }: BenchStack): Promise<number> => {
  const { rows } = await pool.query<{ count: string }>(`select count(*) from orders where status = 'delivered'`);
  return Number(rows[0]?.count);
};

/** Seconds from when an effect was queued until it was settled, of those queued since; an effect that is not done counts until now. */
const lagSince = `
select percentile_cont(0.5) within group (order by lag) as p50, percentile_cont(0.95) within group (order by lag) as p95
from (
  select extract(epoch from coalesce(settled_at, now()) - queued_at)::float8 as lag
  from order_effects where queued_at > now() - make_interval(secs => $1)
) since`;

/**
 * Orders at a fixed pace, all the way to `delivered`: what comes out each second once the first have got there, and how long
 * effects wait meanwhile, with the CPU of an order by kind of process. Where the service is too slow, fewer come out than came in
 * and the lag grows.
 *
 * @param offered orders that come in each second
 */
export const steadySection = async (bench: Bench, running: BenchStack, offered: number): Promise<void> => {
  const { report, seconds } = bench;
  const request = await creates(running);
  const client = createClient(64);
  // Code and plans warm, as those of a service that runs; at a pace that leaves no backlog.
  await openLoad(client, { perSecond: offered * 0.4, seconds: seconds(10), request });
  const [ramp, window] = [seconds(8), seconds(40)];
  const load = openLoad(client, { perSecond: offered, seconds: ramp + window, request });
  await sleep(ramp * 1_000);
  const [begun, before] = [performance.now(), await countDelivered(running)];
  const cpuBefore = cpuTimes(running.stack.dataDir);
  const created = await load;
  const cpu = cpuTimes(running.stack.dataDir);
  const after = await countDelivered(running);
  const took = (performance.now() - begun) / 1_000;
  const { rows } = await running.pool.query<{ p50: number; p95: number }>(lagSince, [took]);
  await client.close();
  report.add(section, `delivered, ${offered}/s offered`, (after - before) / took, '/s');
  const orders = Math.max(1, offered * window);
  for (const kind of Object.keys(cpu) as (keyof typeof cpu)[])
    report.add(section, `CPU of an order, ${kind}`, (cpu[kind] - cpuBefore[kind]) / orders, 'ms');
  report.add(section, 'create p50', created.p50, 'ms');
  report.add(section, 'create p95', created.p95, 'ms');
  reportLate(report, section, 'create', created);
  report.add(section, 'effect lag p50', (rows[0]?.p50 ?? 0) * 1_000, 'ms');
  report.add(section, 'effect lag p95', (rows[0]?.p95 ?? 0) * 1_000, 'ms', { most: 1_000 });
  report.add(section, 'requests that failed', created.failed, '', { most: 0 });
};
