import type { Bench, BenchStack } from '../bench.js';
import { type BenchRequest, type Client, createClient, type LoadResult, openLoad } from '../load.js';
import { reportLate } from '../report.js';
import { creates } from './create.js';

/** The old service's p95 in milliseconds (docs/performance.md). */
const old = { create: 234, read: 45, status: 78, cancel: 156 };

const rates = { create: 50, read: 500, status: 20, cancel: 5 };

/** Creates whose orders later requests can pick, the newest first. */
const remembering = (client: Client, fresh: string[]): Client => ({
  ...client,
  send: async (request) => {
    const answer = await client.send(request);
    const id = /"order":\{"id":"([0-9a-f-]{36})"/.exec(answer.body)?.[1];
    if (answer.status === 201 && id !== undefined) fresh.push(id);
    return answer;
  },
});

/** Creates, reads, changes of status and cancellations at once, each at its own pace, for a minute. */
export const mixedSection = async (
  bench: Bench,
  running: BenchStack,
  { name, better }: { readonly name: string; readonly better: number },
): Promise<void> => {
  const { report, seconds } = bench;
  const create = await creates(running);
  const staff = await running.headers('staff');
  const fresh: string[] = [];
  const client = createClient(64);
  const creator = remembering(client, fresh);
  // Enough for the first reads and changes to find orders.
  await openLoad(creator, { perSecond: 20, seconds: Math.max(2, seconds(5)), request: create });
  const known = [...fresh];
  const base = (n: number): string => running.orders[n % running.orders.length] ?? '';
  const newest = (n: number, path: string, method: 'PUT' | 'POST', body: object): BenchRequest | undefined => {
    const id = fresh.pop();
    return id === undefined
      ? undefined
      : { method, url: `${base(n)}/${id}/${path}`, headers: staff, body: JSON.stringify(body) };
  };
  const read = (n: number): BenchRequest => {
    const path = n % 10 === 0 ? '?page_size=20' : `/${known[n % known.length] ?? ''}`;
    return { method: 'GET', url: `${base(n)}${path}`, headers: staff };
  };
  const duration = seconds(60);
  const load = (kind: keyof typeof rates, request: (n: number) => BenchRequest | undefined, by = client) =>
    openLoad(by, { perSecond: rates[kind], seconds: duration, request });
  const [created, reads, moved, cancelled] = await Promise.all([
    load('create', create, creator),
    load('read', read),
    load('status', (n) => newest(n, 'status', 'PUT', { status: 'processing' })),
    load('cancel', (n) => newest(n, 'cancel', 'POST', { reason: 'bench' })),
  ]);
  await client.close();
  const results: Record<keyof typeof rates, LoadResult> = {
    create: created,
    read: reads,
    status: moved,
    cancel: cancelled,
  };
  for (const kind of ['create', 'read', 'status', 'cancel'] as const) {
    report.add(name, `${kind} at ${rates[kind]}/s, p50`, results[kind].p50, 'ms');
    report.add(name, `${kind} at ${rates[kind]}/s, p95`, results[kind].p95, 'ms', { most: old[kind] / better });
    reportLate(report, name, kind, results[kind]);
  }
  const failures = Object.values(results).flatMap((result) => Object.entries(result.failures));
  const count = (of: (why: string) => boolean): number =>
    failures.reduce((sum, [why, times]) => sum + (of(why) ? times : 0), 0);
  // Right answers to changes that fulfilment had overtaken.
  const overtaken = (why: string): boolean => why.startsWith('409');
  report.add(name, 'changes that fulfilment had overtaken (409)', count(overtaken), '');
  report.add(
    name,
    'requests that failed',
    count((why) => !overtaken(why)),
    '',
    { most: 0 },
  );
  if (failures.length > 0) bench.log(JSON.stringify(failures));
  const { rows } = await running.pool.query<{ p95: number }>(
    `
    select percentile_cont(0.95) within group (order by lag) as p95 from (
      select extract(epoch from settled_at - queued_at)::float8 as lag from order_effects
      where state = 'done' and queued_at > now() - make_interval(secs => $1)) done`,
    [duration + 5],
  );
  report.add(name, 'effect lag p95', (rows[0]?.p95 ?? 0) * 1_000, 'ms', { most: 1_000 });
};
