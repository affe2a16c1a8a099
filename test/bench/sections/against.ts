import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { Failure } from '../../../scripts/failure.js';
import { type BenchRequest, type Client, createClient, openLoad } from '../load.js';
import { orderBody } from '../order-body.js';
import { type Report, reportLate } from '../report.js';

const section = 'against';
const path = '/api/v1/orders';
const warmUpConnections = 16;
/** Reads for each create, as in the mixed load. */
const readsForEach = 10;

/** What is loaded, and how. */
export interface Against {
  /** Base of the REST gateway or of whatever stands before it. */
  readonly url: string;
  /** Of a caller who may create and read orders. */
  readonly token: string | undefined;
  /** Creates a second, and ten times as many reads. */
  readonly rate: number;
  /** Creates before figures count. */
  readonly warmUp: number;
  readonly seconds: number;
  /** JSON of a create; `{n}` in it stands for the number of the create. Undefined: the order of the other sections. */
  readonly bodyFile: string | undefined;
}

const bodyOf = (file: string | undefined): ((n: number) => string) => {
  if (file === undefined) return orderBody;
  const text = readFileSync(file, 'utf8');
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Failure(`${file} is not JSON: ${types.isNativeError(error) ? error.message : String(error)}`);
  }
  return (n) => text.replaceAll('{n}', String(n));
};

const routesOf = (url: string): string => {
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new Failure(`--against needs the URL of a service, not "${url}"`);
  const base = url.replace(/\/+$/, '');
  return base.endsWith(path) ? base : `${base}${path}`;
};

interface Told {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

const toldIn = (body: string): Told => {
  try {
    return JSON.parse(body) as Told;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
};

/** Whether the service can be reached, the token may do what the load does, and the body is an order: by a dry run. */
const check = async (client: Client, routes: string, create: BenchRequest): Promise<void> => {
  let answer;
  try {
    answer = await client.send({ ...create, url: `${routes}?dry_run=true` });
  } catch (error) {
    throw new Failure(`${routes} cannot be reached: ${types.isNativeError(error) ? error.message : String(error)}`);
  }
  const { status, body } = answer;
  if (status === 200) return;
  const { code = '', detail = '', errors = [] } = toldIn(body);
  if (status === 401) throw new Failure(`the service does not accept ORDER_BENCH_TOKEN: ${detail}`);
  if (status === 403)
    throw new Failure(`ORDER_BENCH_TOKEN may not create orders (${detail}): only services may, with scope "service"`);
  const faults = errors.map(({ path: field, message }) => `${field} ${message}`).join('; ');
  throw new Failure(`a create is answered with ${status} ${code}: ${faults === '' ? detail : faults}`);
};

/** A client that keeps the ids of what was created; it counts what was not, and says why. */
const remembering = (client: Client, ids: string[]): Client => ({
  ...client,
  send: async (request) => {
    const answer = await client.send(request);
    const id = /"order":\{"id":"([0-9a-f-]{36})"/.exec(answer.body)?.[1];
    if (request.method === 'POST' && answer.status === 201 && id !== undefined) ids.push(id);
    return answer;
  },
});

/** Loads a service that runs somewhere: creates at a fixed rate, and reads of what was created. */
export const againstSection = async (report: Report, log: (line: string) => void, options: Against): Promise<void> => {
  const { token, rate, warmUp, seconds } = options;
  if (token === undefined || token === '') throw new Failure('ORDER_BENCH_TOKEN must be set to the token of a service');
  const routes = routesOf(options.url);
  const body = bodyOf(options.bodyFile);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const run = randomUUID();
  let created = 0;
  const create = (): BenchRequest => {
    created += 1;
    const sent = { ...headers, 'idempotency-key': `bench-${run}-${created}` };
    return { method: 'POST', url: routes, headers: sent, body: body(created) };
  };
  const ids: string[] = [];
  const client = createClient(64);
  const creator = remembering(client, ids);
  try {
    await check(client, routes, { method: 'POST', url: routes, headers, body: body(0) });
    log(`${warmUp} creates to warm up: none of them counts`);
    let refused = 0;
    const connection = async (): Promise<void> => {
      while (created < warmUp) {
        const answer = await creator.send(create());
        if (answer.status === 201) continue;
        refused += 1;
        if (refused > 100 && refused > created / 2)
          throw new Failure(`the warm-up fails: ${answer.status} ${toldIn(answer.body).code ?? ''}`);
      }
    };
    await Promise.all(Array.from({ length: Math.min(warmUpConnections, Math.max(1, warmUp)) }, connection));
    if (refused > 0) log(`${refused} of them were refused`);
    log(`${rate} creates and ${rate * readsForEach} reads a second for ${seconds} s`);
    const known = [...ids];
    const read = (n: number): BenchRequest | undefined => {
      const id = known.length > 0 ? known[n % known.length] : ids[n % Math.max(1, ids.length)];
      return id === undefined ? undefined : { method: 'GET', url: `${routes}/${id}`, headers };
    };
    const [creates, reads] = await Promise.all([
      openLoad(creator, { perSecond: rate, seconds, request: create }),
      openLoad(client, { perSecond: rate * readsForEach, seconds, request: read }),
    ]);
    for (const [name, result] of Object.entries({ create: creates, read: reads })) {
      report.add(section, `${name}, answered`, result.perSecond, '/s');
      report.add(section, `${name}, p50`, result.p50, 'ms');
      report.add(section, `${name}, p95`, result.p95, 'ms');
      report.add(section, `${name}, p99`, result.p99, 'ms');
      reportLate(report, section, name, result);
      report.add(section, `${name}, failed`, result.failed, 'requests', { most: 0 });
      if (result.failed > 0) log(`${name}: ${JSON.stringify(result.failures)}`);
    }
  } finally {
    await client.close();
  }
};
