import { readFileSync } from 'node:fs';
import type { StackOptions } from '../../../scripts/stack-types.js';
import type { Bench, BenchStack } from '../bench.js';
import { closedLoad, createClient, openLoad } from '../load.js';
import { reportLate } from '../report.js';
import { creates } from './create.js';

/** Resident memory of the replicas' apps, MiB, the largest. */
const residentMiB = ({ stack }: BenchStack): number => {
  const kilobytes = stack.replicas.map(({ app }) => {
    const status = readFileSync(`/proc/${String(app.pid)}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN);
  });
  return Math.max(...kilobytes) / 1_024;
};

/**
 * Creates until so many orders were touched, and then a third more: the memory must not grow any further (Linux only). An
 * actor is forgotten a minute after its last call, so the first orders tell of warming up.
 */
export const memorySection = async (bench: Bench, paused: BenchStack): Promise<void> => {
  const request = await creates(paused);
  let touched = 0;
  const touch = async (goal: number): Promise<number> => {
    while (touched < goal) {
      const { answered, failures, failed } = await closedLoad({ connections: 32, seconds: bench.seconds(20), request });
      if (failed > 0) throw new Error(JSON.stringify(failures));
      touched += answered;
      bench.log(`${touched} orders touched, ${Math.round(residentMiB(paused))} MiB`);
    }
    const resident = residentMiB(paused);
    bench.report.add('memory', `resident after ${goal} orders`, resident, 'MiB');
    return resident;
  };
  const many = bench.scaled(100_000);
  const [warm, later] = [await touch(many), await touch(Math.ceil((many * 4) / 3))];
  bench.report.add('memory', 'growth', later / warm, '×', { most: 1.1 });
};

/** From nothing to two replicas that serve, everything installed. */
export const startSection = async (bench: Bench): Promise<void> => {
  const begun = performance.now();
  const started = await bench.startStack();
  bench.report.add('start', 'warm start to ready', (performance.now() - begun) / 1_000, 's');
  await started.stop();
};

/** What a second replica brings, on the same two cores. */
export const scaleOutSection = async (bench: Bench, options: StackOptions): Promise<void> => {
  for (const replicas of [1, 2]) {
    const some = await bench.startStack({ ...options, replicas });
    try {
      const request = await creates(some);
      await closedLoad({ connections: 16, seconds: bench.seconds(6), request });
      const { perSecond, p50 } = await closedLoad({ connections: 64, seconds: bench.seconds(15), request });
      bench.report.add('scale-out', `create with ${replicas} replica(s), 64 connections`, perSecond, '/s');
      bench.report.add('scale-out', `p50 with ${replicas} replica(s)`, p50, 'ms');
    } finally {
      await some.stop();
    }
  }
};

/** Three times what can be done: the excess is turned away, and what is taken on keeps its pace. */
export const overloadSection = async (bench: Bench, paused: BenchStack): Promise<void> => {
  const { report, seconds, log } = bench;
  const request = await creates(paused);
  await closedLoad({ connections: 16, seconds: seconds(10), request });
  const full = await closedLoad({ connections: 64, seconds: seconds(10), request });
  // As many as a load balancer keeps open. With thousands of new ones it is the accepting of connections that is measured.
  const client = createClient(400);
  const result = await openLoad(client, { perSecond: Math.round(full.perSecond * 3), seconds: seconds(20), request });
  await client.close();
  const clean = result.failures['503 unavailable'] ?? 0;
  if (result.failed > clean) log(JSON.stringify(result.failures));
  report.add('overload', 'capacity, 64 connections', full.perSecond, '/s');
  report.add('overload', 'p95 at capacity', full.p95, 'ms');
  report.add('overload', 'accepted at three times that', result.perSecond, '/s');
  report.add('overload', 'of capacity', result.perSecond / full.perSecond, '×', { least: 0.5 });
  report.add('overload', 'p95 of what was accepted', result.p95, 'ms');
  reportLate(report, 'overload', 'create', result);
  report.add('overload', 'turned away, 503 with Retry-After', clean, 'requests');
  report.add('overload', 'failed otherwise', result.failed - clean, 'requests', { most: 0 });
  const after = await closedLoad({ connections: 64, seconds: seconds(10), request });
  report.add('overload', 'afterwards, of capacity', after.perSecond / full.perSecond, '×', { least: 0.8 });
};
