import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/paths.js';
import type { Bench, BenchStack } from '../bench.js';
import type { BenchRequest } from '../load.js';
import { takingTurns } from './create.js';

const section = 'get';

interface Reader {
  readonly url: string;
  stop(): void;
}

const startReader = async (dsn: string): Promise<Reader> => {
  const program = join(projectRoot, 'dist', 'test', 'bench', 'programs', 'reader.js');
  const child = spawn(process.execPath, [program, dsn], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: `http://127.0.0.1:${port.toString().trim()}`, stop: () => child.kill() };
};

/** Ids of orders that are there. */
const someIds = async ({ pool }: BenchStack): Promise<readonly string[]> =>
  (await pool.query<{ id: string }>('select id from orders order by created_at desc limit 1000')).rows.map(
    ({ id }) => id,
  );

/** Reads of one order at one replica, against floor C: Express and pg reading one row. */
export const getSection = async (bench: Bench, paused: BenchStack): Promise<void> => {
  const { report, seconds } = bench;
  const ids = await someIds(paused);
  const headers = await paused.headers();
  const reader = await startReader(paused.stack.databaseDsn);
  const id = (n: number): string => ids[n % ids.length] ?? '';
  const get = (base: string, more: Readonly<Record<string, string>> = {}, ending = '') => {
    const sent = { ...headers, ...more };
    return (n: number): BenchRequest => ({ method: 'GET', url: `${base}/${id(n)}${ending}`, headers: sent });
  };
  const [gateway = ''] = paused.orders;
  const loads = {
    floor: get(`${reader.url}/orders`),
    get: get(gateway),
    // With a slash at the end: the way of all other calls.
    express: get(gateway, {}, '/'),
    // Created and untouched since: every one is at version 1.
    unchanged: get(gateway, { 'if-none-match': '"1"' }),
  };
  try {
    await takingTurns(loads, 16, seconds(4));
    const many = await takingTurns(loads, 64, seconds(32));
    report.add(section, 'floor C: Express and pg, 64 connections', many.floor.perSecond, '/s');
    report.add(section, 'get, 64 connections', many.get.perSecond, '/s');
    report.add(section, 'of floor C', many.get.perSecond / many.floor.perSecond, '×', { least: 0.8 });
    report.add(section, 'get, by Express', many.express.perSecond, '/s');
    report.add(section, 'get of get by Express', many.get.perSecond / many.express.perSecond, '×');
    report.add(section, 'get with If-None-Match (304)', many.unchanged.perSecond, '/s');
    report.add(section, '304 of 200', many.unchanged.perSecond / many.get.perSecond, '×', { least: 1 });
    const one = await takingTurns(loads, 1, seconds(9));
    report.add(section, 'floor C p50, one connection', one.floor.p50, 'ms');
    report.add(section, 'get p50, one connection', one.get.p50, 'ms');
  } finally {
    reader.stop();
  }
};
