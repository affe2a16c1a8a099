import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchStack } from '../bench.js';
import { closedLoad } from '../load.js';
import { creates } from './create.js';

const rounds = 6;
const count = 1_000;
/** So many connections are opened at once. */
const step = 50;

interface Watches {
  /** Messages that came. */
  readonly messages: () => number;
  close(): Promise<void>;
}

/** One for each customer that the creates name (test/bench/order-body.ts), so that every order reaches one watch. */
const filterOf = (n: number): string =>
  [
    `customer_id=customer-${n}`,
    `customer_id=customer-${n}&status=confirmed`,
    `customer_id=customer-${n}&product_sku=SKU-1`,
    `q=customer-${n}`,
  ][n % 4] ?? '';

const openWatches = async ({ orders, headers }: BenchStack): Promise<Watches> => {
  const agent = new Agent({ maxSockets: Infinity });
  const sent = await headers('staff');
  let messages = 0;
  const open = async (n: number): Promise<void> => {
    const request = get(`${orders[0] ?? ''}/watch?${filterOf(n)}`, { headers: sent, agent });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`a watch was answered with ${String(response.statusCode)}`);
    response.on('error', () => undefined);
    response.on('data', (part: Buffer) => {
      if (part.includes('data: ')) messages += 1;
    });
  };
  for (let from = 0; from < count; from += step)
    await Promise.all(Array.from({ length: Math.min(step, count - from) }, (_, n) => open(from + n)));
  return {
    messages: () => messages,
    close: async () => {
      agent.destroy();
      await sleep(1_000);
    },
  };
};

/** Resident memory of the replica's app, MiB (Linux only). */
const residentMiB = ({ stack }: BenchStack): number => {
  const status = readFileSync(`/proc/${String(stack.replicas[0]?.app.pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
};

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A thousand open watches of all orders at one replica: what they take of memory, and of the creates meanwhile. */
export const watchesSection = async (bench: Bench, one: BenchStack): Promise<void> => {
  const { report, seconds, log } = bench;
  const request = await creates(one);
  const load = async (full: number): Promise<number> => {
    const { perSecond, failed, failures } = await closedLoad({ connections: 16, seconds: seconds(full), request });
    if (failed > 0) throw new Error(JSON.stringify(failures));
    return perSecond;
  };
  await load(40);
  const alone: number[] = [];
  const watched: number[] = [];
  const idle: number[] = [];
  const busy: number[] = [];
  let [told, made] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    // In turns, each first in every second round, so that whatever else the machine does meets both alike.
    if (round % 2 === 0) alone.push(await load(12));
    const before = residentMiB(one);
    const watches = await openWatches(one);
    idle.push(residentMiB(one) - before);
    const perSecond = await load(12);
    watched.push(perSecond);
    busy.push(residentMiB(one) - before);
    await sleep(1_000);
    [told, made] = [told + watches.messages(), made + perSecond * seconds(12)];
    await watches.close();
    if (round % 2 === 1) alone.push(await load(12));
    log(`round ${round + 1}: ${Math.round(alone.at(-1) ?? 0)}/s alone, ${Math.round(perSecond)}/s with the watches`);
  }
  const [without, beside] = [average(alone), average(watched)];
  report.add('watches', 'create, 16 connections', without, '/s');
  report.add('watches', `create beside ${count} watches`, beside, '/s');
  report.add('watches', 'of those without watches', beside / without, '×', { least: 0.95 });
  report.add('watches', 'memory of the watches, idle', Math.max(...idle), 'MiB', { most: 100 });
  report.add('watches', 'memory of the watches, under load', Math.max(...busy), 'MiB', { most: 100 });
  report.add('watches', 'orders that a watch showed', told / made, '×');
};
