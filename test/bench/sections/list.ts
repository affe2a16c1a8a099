import { pageToken } from '../../../api/page-token.js';
import type { Bench, BenchStack } from '../bench.js';
import { fillOrders } from '../../support/fill-orders.js';
import type { BenchRequest } from '../load.js';
import { takingTurns } from './create.js';

const section = 'list';
const pageSize = 20;

/** The token that leads to the page after so many orders. */
const tokenAfter = async ({ pool }: BenchStack, count: number): Promise<string> => {
  const { rows } = await pool.query<{ id: string; created_at: string }>(
    `select id, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at
     from orders order by orders.created_at desc, orders.id desc offset $1 limit 1`,
    [count - 1],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`there are not ${count} orders`);
  return pageToken(row);
};

/** Lists of 20 at any depth. */
export const listSection = async (bench: Bench, paused: BenchStack): Promise<void> => {
  const { report, seconds, scaled } = bench;
  const deepest = scaled(10_000);
  await fillOrders(paused.pool, deepest * pageSize, bench.log);
  const headers = await paused.headers();
  const [gateway = ''] = paused.orders;
  const page = async (number: number): Promise<(n: number) => BenchRequest> => {
    const token = number === 1 ? '' : `&page_token=${await tokenAfter(paused, (number - 1) * pageSize)}`;
    return () => ({ method: 'GET', url: `${gateway}?page_size=${pageSize}${token}`, headers });
  };
  const loads = { first: await page(1), middle: await page(Math.round(deepest / 100)), deep: await page(deepest) };
  await takingTurns(loads, 8, seconds(3));
  const times = await takingTurns(loads, 8, seconds(18));
  report.add(section, 'page 1, 8 connections', times.first.perSecond, '/s');
  report.add(section, 'page 1, p50', times.first.p50, 'ms');
  report.add(section, `page ${Math.round(deepest / 100)}, p50`, times.middle.p50, 'ms');
  report.add(section, `page ${deepest}, p50`, times.deep.p50, 'ms');
  report.add(section, `page ${deepest} of page 1`, times.deep.p50 / times.first.p50, '×', { most: 1.5 });
};
