import { v7 as uuidv7 } from 'uuid';
import type { Bench, BenchStack } from '../bench.js';
import { type BenchRequest, closedLoad, type LoadResult } from '../load.js';
import { orderBody } from '../order-body.js';
import { createDirectly } from './floor-b.js';

const section = 'create';
const rounds = 3;

type Requests = (n: number) => BenchRequest;

/** Creates, spread over the replicas as a load balancer would. */
export const creates = async ({ orders, headers }: BenchStack): Promise<Requests> => {
  const sent = await headers();
  return (n) => ({ method: 'POST', url: orders[n % orders.length] ?? '', headers: sent, body: orderBody(n) });
};

const echoes = ({ stack }: BenchStack): Requests => {
  const headers = { 'content-type': 'application/json' };
  const gateways = stack.replicas.map(({ rest }) => rest);
  return (n) => ({
    method: 'POST',
    url: `${gateways[n % gateways.length] ?? ''}/echo/${uuidv7()}`,
    headers,
    body: orderBody(n),
  });
};

const mean = (results: readonly LoadResult[], of: (result: LoadResult) => number): number =>
  results.reduce((sum, result) => sum + of(result), 0) / results.length;

/** Loads take turns, so that whatever the machine does besides meets them alike. */
export const takingTurns = async <Name extends string>(
  loads: Readonly<Record<Name, Requests>>,
  connections: number,
  seconds: number,
): Promise<Readonly<Record<Name, { readonly perSecond: number; readonly p50: number; readonly failed: number }>>> => {
  const results = new Map<Name, LoadResult[]>();
  const names = Object.keys(loads) as Name[];
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) {
      const one = await closedLoad({ connections, seconds: seconds / rounds, request: loads[name] });
      if (one.failed > 0) throw new Error(`${name}: ${JSON.stringify(one.failures)}`);
      results.set(name, [...(results.get(name) ?? []), one]);
    }
  const summed = names.map((name) => {
    const of = results.get(name) ?? [];
    return [
      name,
      {
        perSecond: mean(of, ({ perSecond }) => perSecond),
        p50: mean(of, ({ p50 }) => p50),
        failed: mean(of, ({ failed }) => failed),
      },
    ] as const;
  });
  return Object.fromEntries(summed) as Record<Name, { perSecond: number; p50: number; failed: number }>;
};

/** Creation against floor A (an actor that echoes) and floor B (the same rows without actor or service); workers paused. */
export const createSection = async (bench: Bench, echo: BenchStack, paused: BenchStack): Promise<void> => {
  const { report, seconds } = bench;
  const loads = { echo: echoes(echo), create: await creates(paused) };
  bench.log('warming up');
  await takingTurns(loads, 16, seconds(9));

  const many = await takingTurns(loads, 64, seconds(45));
  report.add(section, 'floor A: echo through an actor, 64 connections', many.echo.perSecond, '/s');
  report.add(section, 'create, workers paused, 64 connections', many.create.perSecond, '/s');
  report.add(section, 'p50, 64 connections', many.create.p50, 'ms');
  report.add(section, 'of floor A', many.create.perSecond / many.echo.perSecond, '×', { least: 0.6 });

  const one = await takingTurns(loads, 1, seconds(18));
  report.add(section, 'floor A p50, one connection', one.echo.p50, 'ms');
  report.add(section, 'create p50, one connection', one.create.p50, 'ms');
  report.add(section, 'of floor A, one connection', one.create.p50 / one.echo.p50, '×', { most: 2 });

  const direct = await createDirectly(paused.stack.databaseDsn, 64, seconds(8));
  report.add(section, 'floor B: the same statement alone, 25 connections', direct, '/s');
  report.add(section, 'of floor B', many.create.perSecond / direct, '×');
  const commit = 1_000 / (await createDirectly(paused.stack.databaseDsn, 1, seconds(5)));
  report.add(section, 'floor B, one connection', commit, 'ms');
  const floors = one.echo.p50 + commit;
  report.add(section, 'of floors A and B one after the other', one.create.p50 / floors, '×');
};
