import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchStack } from '../bench.js';
import { closedLoad } from '../load.js';
import { creates } from './create.js';

/** Odd, so that one is in the middle. */
const rounds = 13;
/** Seconds of a load. */
const turn = 6;
const count = 1_000;
/** So many connections are opened at once. */
const step = 50;

interface Watches {
  /** Messages that came. */
  readonly messages: () => number;
  close(): Promise<void>;
}

/** What a load of creates reached, and what the replica's app took of memory after it. */
interface Loaded {
  readonly perSecond: number;
  readonly residentMiB: number;
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

/** The one in the middle. */
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * A thousand open watches of all orders at one replica: what they take of memory, and of the creates meanwhile. In turns,
 * each first in every second round, so that whatever else the machine does meets both alike. Memory under load is compared
 * with what the same load leaves behind without them.
 */
export const watchesSection = async (bench: Bench, one: BenchStack): Promise<void> => {
  const { report, seconds, log } = bench;
  const request = await creates(one);
  const load = async (full: number): Promise<Loaded> => {
    const { perSecond, failed, failures } = await closedLoad({ connections: 16, seconds: seconds(full), request });
    if (failed > 0) throw new Error(JSON.stringify(failures));
    return { perSecond, residentMiB: residentMiB(one) };
  };
  const idle: number[] = [];
  let [told, made] = [0, 0];
  const besideWatches = async (): Promise<Loaded> => {
    const before = residentMiB(one);
    const watches = await openWatches(one);
    idle.push(residentMiB(one) - before);
    const figures = await load(turn);
    await sleep(1_000);
    [told, made] = [told + watches.messages(), made + figures.perSecond * seconds(turn)];
    await watches.close();
    return figures;
  };
  await load(40);
  const pairs: { readonly alone: Loaded; readonly beside: Loaded }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0 ? await load(turn) : undefined;
    const beside = await besideWatches();
    const alone = first ?? (await load(turn));
    pairs.push({ alone, beside });
    log(
      `round ${round + 1}: ${Math.round(alone.perSecond)}/s and ${Math.round(alone.residentMiB)} MiB alone, ` +
        `${Math.round(beside.perSecond)}/s and ${Math.round(beside.residentMiB)} MiB with the watches`,
    );
  }
  report.add('watches', 'create, 16 connections', median(pairs.map(({ alone }) => alone.perSecond)), '/s');
  report.add('watches', `create beside ${count} watches`, median(pairs.map(({ beside }) => beside.perSecond)), '/s');
  const ratios = pairs.map(({ alone, beside }) => beside.perSecond / alone.perSecond);
  report.add('watches', 'of those without watches, middle of the rounds', median(ratios), '×', { least: 0.95 });
  report.add('watches', 'memory of the watches, idle', Math.max(...idle), 'MiB', { most: 100 });
  const taken = pairs.map(({ alone, beside }) => beside.residentMiB - alone.residentMiB);
  report.add('watches', 'memory of the watches, under load', Math.max(...taken), 'MiB', { most: 100 });
  report.add('watches', 'orders that a watch showed', told / made, '×');
};
