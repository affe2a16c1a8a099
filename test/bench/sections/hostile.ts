import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { Agent } from 'undici';
import { OrderServiceClient } from '../../../proto/gen/order/v1/order.js';
import { tokenFor } from '../../support/tokens.js';
import type { Bench, BenchStack } from '../bench.js';
import { type BenchRequest, closedLoad, createClient, openLoad, quantile } from '../load.js';
import { manyLines, orderBody } from '../order-body.js';
import { reportLate } from '../report.js';
import { creates } from './create.js';

const section = 'hostile';
/** Requests a second of one customer, as configured by default (docs/configuration.md). */
const mostPerSecond = 20;
/** Reads a second of everyone else. */
const readsPerSecond = 100;
const rounds = 3;
/** Of the p50 of everyone else's reads. */
const mostSlower = 1.5;

const hostile = { type: 'customer', id: 'hostile' } as const;

/** One request of an attack; resolves when it is over, whatever the answer was. */
type Strike = (n: number) => Promise<unknown>;

interface Victim {
  /** An order of the hostile customer's with as many edits as they may make in some days. */
  readonly edited: string;
  readonly lastVersion: number;
  /** One of their largest orders. */
  readonly large: string;
}

const headersOf = async ({ stack }: BenchStack): Promise<Readonly<Record<string, string>>> => ({
  authorization: `Bearer ${await tokenFor(hostile, stack.describe())}`,
  'content-type': 'application/json',
});

/** What the hostile customer has bought and done before: large orders, and one with a long history. */
const prepare = async (bench: Bench, one: BenchStack): Promise<Victim> => {
  const [base = ''] = one.orders;
  const [service, staff] = [await one.headers(), await one.headers('staff')];
  const client = createClient(8);
  const send = async (request: BenchRequest): Promise<string> => {
    const { status, body } = await client.send(request);
    if (status >= 300) throw new Error(`${status} ${body.slice(0, 500)}`);
    return /"order":\{"id":"([0-9a-f-]{36})"/.exec(body)?.[1] ?? '';
  };
  const create = (body: string): Promise<string> => send({ method: 'POST', url: base, headers: service, body });
  const large: string[] = [];
  for (let n = 0; n < bench.scaled(100); n += 1) large.push(await create(manyLines(hostile.id, 500)));
  const edited = await create(manyLines(hostile.id, 500));
  const edits = bench.scaled(1_000);
  // By staff, since the customer themselves may make a hundred a day.
  for (let n = 0; n < edits; n += 1) {
    const body = JSON.stringify({ notes: `${n} `.padEnd(1_000, 'please ring twice ') });
    await send({ method: 'PUT', url: `${base}/${edited}`, headers: staff, body });
  }
  await client.close();
  return { edited, lastVersion: edits + 1, large: large[0] ?? '' };
};

const attacks = async (
  one: BenchStack,
  { edited, lastVersion, large }: Victim,
): Promise<{ readonly strikes: Readonly<Record<string, Strike>>; close(): Promise<void> }> => {
  const [base = ''] = one.orders;
  const headers = await headersOf(one);
  const agent = new Agent({ connections: 64, pipelining: 1 });
  const rest =
    (method: 'GET' | 'PUT' | 'POST', path: string | ((n: number) => string), body?: (n: number) => string): Strike =>
    async (n) => {
      const url = `${base}${typeof path === 'string' ? path : path(n)}`;
      const answer = await agent.request({
        ...{ origin: new URL(url).origin, path: url.slice(new URL(url).origin.length), method, headers },
        ...(body === undefined ? {} : { body: body(n) }),
      });
      await answer.body.dump({ limit: 64 * 1_048_576 });
    };
  const client = new OrderServiceClient(one.stack.replicas[0]?.grpc ?? '', credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', headers['authorization'] ?? '');
  const rpc = (call: (done: (error: ServiceError | null) => void) => unknown): Promise<void> =>
    new Promise((resolve) => {
      call(() => {
        resolve();
      });
    });
  const words = 'x'.repeat(10_000);
  const watchAndLeave: Strike = async () => {
    const over = new AbortController();
    try {
      const answer = await fetch(`${base}/${edited}/watch`, {
        headers: { ...headers, 'last-event-id': '1' },
        signal: over.signal,
      });
      await answer.body?.getReader().read();
    } finally {
      over.abort();
    }
  };
  const faults = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`unknown-${n}`, n])));
  const strikes: Readonly<Record<string, Strike>> = {
    'edit histories': rest('GET', `/${edited}/edit-history?page_size=100`),
    'edit histories over gRPC': () =>
      rpc((done) => client.getOrderEditHistory({ order_id: edited, page_size: 100 }, metadata, done)),
    'status histories': rest('GET', `/${edited}/status-history?page_size=100`),
    'lists of large orders': rest('GET', '?page_size=100'),
    'lists of large orders over gRPC': () =>
      rpc((done) => client.listOrders({ status: [], page_size: 100 }, metadata, done)),
    'lists by number': rest('GET', `?page_size=100&order_number=ORD-${new Date().getUTCFullYear()}`),
    'searches, which are refused': rest('GET', '?q=cup&page_size=100'),
    'reads of a large order': rest('GET', `/${large}`),
    'past versions': rest('GET', (n) => `/${edited}?version=${lastVersion - (n % 10)}`),
    comparisons: rest('GET', `/${edited}/diff?from=1&to=${lastVersion}`),
    'what can be done': rest('GET', `/${edited}/actions`),
    'dry runs of edits': rest('PUT', `/${edited}?dry_run=true`, (n) =>
      JSON.stringify({ notes: `${n} ${words}`.slice(0, 10_000) }),
    ),
    'dry runs of cancellations': rest('POST', `/${large}/cancel?dry_run=true`, () => JSON.stringify({ reason: 'x' })),
    edits: rest('PUT', `/${large}`, (n) => JSON.stringify({ notes: `${n} ${words}`.slice(0, 10_000) })),
    'bodies of many faults': rest('PUT', `/${edited}`, () => faults.slice(0, 1) + faults.slice(1, -1) + '}'),
    'creates of 500 lines, which are refused': rest('POST', '', () => manyLines(hostile.id, 500)),
    'watches opened and closed': watchAndLeave,
  };
  return {
    strikes,
    close: async () => {
      client.close();
      await agent.close();
    },
  };
};

/** Strikes at the rate limit, whether or not the last one is over. */
const attack = async (strike: Strike, seconds: number): Promise<number> => {
  const under = new Set<Promise<unknown>>();
  const begun = performance.now();
  let failed = 0;
  for (let n = 0; n < seconds * mostPerSecond; n += 1) {
    const early = begun + (n * 1_000) / mostPerSecond - performance.now();
    if (early > 1) await sleep(early);
    const one = strike(n)
      .catch(() => {
        failed += 1;
      })
      .finally(() => under.delete(one));
    under.add(one);
  }
  await Promise.all(under);
  return failed;
};

/**
 * One customer sends what costs most, at exactly the rate limit, while everyone else reads orders: for each attack, in turns
 * with quiet periods, how much slower the others' reads are.
 */
export const hostileSection = async (bench: Bench, one: BenchStack): Promise<void> => {
  const { report, seconds, log } = bench;
  const client = createClient(32);
  const create = await creates(one);
  const ids: string[] = [];
  const sent = await one.headers();
  for (let n = 0; n < 50; n += 1) {
    const { body } = await client.send({ ...create(n), body: orderBody(n) });
    ids.push(/"order":\{"id":"([0-9a-f-]{36})"/.exec(body)?.[1] ?? '');
  }
  log('preparing the orders of the hostile customer');
  const victim = await prepare(bench, one);
  const read =
    (headers: Readonly<Record<string, string>>) =>
    (n: number): BenchRequest => ({
      ...{ method: 'GET', url: `${one.orders[0] ?? ''}/${ids[n % ids.length] ?? ''}`, headers },
    });
  await closedLoad({ connections: 8, seconds: seconds(5), request: read(sent) });
  const period = seconds(6);
  const lates: number[] = [];
  const names = Object.keys((await attacks(one, victim)).strikes);
  for (const name of names) {
    // Tokens last ten minutes.
    const headers = await one.headers();
    const { strikes, close } = await attacks(one, victim);
    const strike = strikes[name] ?? (() => Promise.resolve());
    const quiet: number[] = [];
    const beside: number[] = [];
    const reads = async (into: number[]): Promise<void> => {
      const result = await openLoad(client, {
        ...{ perSecond: readsPerSecond, seconds: period, request: read(headers), fromSending: true },
      });
      if (result.failed > 0) throw new Error(`${name}: ${JSON.stringify(result.failures)}`);
      into.push(result.p50);
      lates.push(result.late.p95);
    };
    await attack(strike, Math.min(1, period));
    let failed = 0;
    for (let round = 0; round < rounds; round += 1) {
      await reads(quiet);
      const [, missed] = await Promise.all([reads(beside), attack(strike, period)]);
      failed += missed;
    }
    await close();
    if (failed > 0) log(`${name}: ${failed} requests of the attack were broken off`);
    const median = (values: readonly number[]): number =>
      quantile(
        values.toSorted((a, b) => a - b),
        0.5,
      );
    const [alone, slowed] = [median(quiet), median(beside)];
    report.add(section, `${name}: others' reads, p50`, slowed, 'ms');
    report.add(section, `${name}: of a quiet period`, slowed / alone, '×', { most: mostSlower });
  }
  await client.close();
  const late = lates.toSorted((a, b) => a - b);
  reportLate(report, section, "others' reads", { late: { p50: quantile(late, 0.5), p95: quantile(late, 0.95) } });
};
