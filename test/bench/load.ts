import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import { Agent } from 'undici';

/** One request of a load. */
export interface BenchRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Whole URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The result of a load. Latencies in milliseconds, of the requests that were answered as wanted. */
export interface LoadResult {
  readonly perSecond: number;
  readonly answered: number;
  readonly failed: number;
  /** Why, with how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Of an open load: how much later than it was due a request was sent, because the load generator had no time for it. */
  readonly late: { readonly p50: number; readonly p95: number };
}

/** The answers that count as good. */
const good = (status: number): boolean => (status >= 200 && status < 300) || status === 304;

/** The value below which this part of the sorted values lies; 0 where there are none. */
export const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

/** Sends requests over a fixed number of keep-alive connections and keeps the times. */
export interface Client {
  /** Milliseconds taken, with the answer's status and body, which is read to its end. */
  send(request: BenchRequest): Promise<{ readonly status: number; readonly body: string; readonly ms: number }>;
  close(): Promise<void>;
}

/** A client with so many connections to each origin. */
export const createClient = (connections: number): Client => {
  const agent = new Agent({ connections, pipelining: 1, keepAliveTimeout: 60_000 });
  return {
    send: async ({ method, url, headers, body }) => {
      const { origin, pathname, search } = new URL(url);
      const begun = performance.now();
      const answer = await agent.request({
        ...{ origin, path: `${pathname}${search}`, method, headers },
        ...(body === undefined ? {} : { body }),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, body: text, ms: performance.now() - begun };
    },
    close: () => agent.close(),
  };
};

const sortedNumbers = (values: readonly number[]): readonly number[] => [...Float64Array.from(values).sort()];

/** Collects times and failures. */
const createTally = () => {
  const times: number[] = [];
  const delays: number[] = [];
  const failures: Record<string, number> = {};
  return {
    add: (ms: number): void => {
      times.push(ms);
    },
    sentLate: (ms: number): void => {
      delays.push(ms);
    },
    fail: (why: string): void => {
      failures[why] = (failures[why] ?? 0) + 1;
    },
    result: (seconds: number): LoadResult => {
      const [sorted, late] = [sortedNumbers(times), sortedNumbers(delays)];
      return {
        perSecond: times.length / seconds,
        answered: times.length,
        failed: Object.values(failures).reduce((sum, count) => sum + count, 0),
        failures,
        p50: quantile(sorted, 0.5),
        p95: quantile(sorted, 0.95),
        p99: quantile(sorted, 0.99),
        late: { p50: quantile(late, 0.5), p95: quantile(late, 0.95) },
      };
    },
  };
};

const attempt = async (client: Client, request: BenchRequest, tally: ReturnType<typeof createTally>) => {
  try {
    const { status, body, ms } = await client.send(request);
    if (good(status)) tally.add(ms);
    else tally.fail(`${status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? ''}`.trim());
  } catch (error) {
    tally.fail(types.isNativeError(error) ? error.message : String(error));
  }
};

/** What a closed load is. */
export interface ClosedLoad {
  readonly connections: number;
  readonly seconds: number;
  /** The nth request. */
  readonly request: (n: number) => BenchRequest;
  /** Asked before each request; waits while the load must hold still. */
  readonly hold?: () => Promise<void> | undefined;
}

/** Each connection sends its next request when the last was answered. */
export const closedLoad = async ({ connections, seconds, request, hold }: ClosedLoad): Promise<LoadResult> => {
  const client = createClient(connections);
  const tally = createTally();
  const begun = performance.now();
  const end = begun + seconds * 1_000;
  let n = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() < end) {
      await hold?.();
      await attempt(client, request((n += 1)), tally);
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  const result = tally.result((performance.now() - begun) / 1_000);
  await client.close();
  return result;
};

/** What an open load is: requests come when they come, whether or not the last was answered. */
export interface OpenLoad {
  readonly perSecond: number;
  readonly seconds: number;
  readonly request: (n: number) => BenchRequest | undefined;
  /** Times count from when a request was sent: for ratios, of which the load generator's own delay would be a part. */
  readonly fromSending?: boolean;
}

/** Times count from the moment a request was due, so a service that stalls cannot hide it. */
export const openLoad = async (
  client: Client,
  { perSecond, seconds, request, fromSending = false }: OpenLoad,
): Promise<LoadResult> => {
  const tally = createTally();
  const begun = performance.now();
  const under = new Set<Promise<void>>();
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const due = begun + (n * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await sleep(early);
    const wanted = request(n);
    if (wanted === undefined) {
      tally.fail('nothing to ask for');
      continue;
    }
    const late = Math.max(0, performance.now() - due);
    tally.sentLate(late);
    const fromDue = fromSending ? tally : { ...tally, add: (ms: number) => tally.add(ms + late) };
    const one = attempt(client, wanted, fromDue).finally(() => under.delete(one));
    under.add(one);
  }
  await Promise.all(under);
  return tally.result((performance.now() - begun) / 1_000);
};
