import { types } from 'node:util';
import type { DaprClient } from '@dapr/dapr';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Dispatcher } from 'undici';
import type { DependencyHealth } from './readiness.js';
import { traceHeaders, unrecordedIn } from './spans.js';

/** One thing this service depends on, and how to ask it. `probe` throws when it is down. */
export interface Dependency {
  readonly name: string;
  readonly required: boolean;
  readonly probe: () => Promise<unknown>;
}

const patienceMs = 2_000;

const withTimeout = async (work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${patienceMs} ms`));
    }, patienceMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

const look = async ({ name, required, probe }: Dependency): Promise<DependencyHealth> => {
  const start = performance.now();
  const took = (): number => Math.round((performance.now() - start) * 10) / 10;
  try {
    await withTimeout(probe());
    return { name, required, state: 'up', latency_ms: took() };
  } catch (error) {
    const detail = types.isNativeError(error) && error.message.includes('within') ? error.message : 'cannot be reached';
    return { name, required, state: 'down', latency_ms: took(), detail };
  }
};

/** Asks all of them at once; each has two seconds. */
export const lookAt = (dependencies: readonly Dependency[]) => (): Promise<readonly DependencyHealth[]> =>
  Promise.all(dependencies.map(look));

/** A sidecar would begin a trace for each look that names none. */
const untraced = traceHeaders(unrecordedIn(ROOT_CONTEXT));

/** What a probe asks for. */
export interface ProbeTarget {
  readonly origin: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A GET that must answer with a status below 400 and, where `good` is given, with JSON that satisfies it. */
export const httpProbe =
  (dispatcher: Dispatcher, { origin, path, headers }: ProbeTarget, good?: (body: unknown) => boolean) =>
  async (): Promise<void> => {
    const call = {
      origin,
      path,
      method: 'GET',
      headers: { ...headers, ...untraced },
      headersTimeout: patienceMs,
    } as const;
    const { statusCode, body } = await dispatcher.request(call);
    const text = await body.text();
    if (statusCode >= 400) throw new Error(`answered ${statusCode}`);
    if (good !== undefined && !good(JSON.parse(text))) throw new Error('answered, but not well');
  };

/** Whether the sidecar's metadata says that actors can be hosted. */
const hostsActors = (metadata: unknown): boolean => {
  const runtime = (metadata as { actorRuntime?: { hostReady?: unknown } } | null)?.actorRuntime;
  return runtime?.hostReady === true;
};

/**
 * A probe that fails unless the sidecar hosts our actors: it is connected to placement, and this app is healthy. The SDK
 * sets no time limit, so one is set here.
 */
export const actorHosting = (dapr: DaprClient) => (): Promise<void> =>
  withTimeout(
    context.with(unrecordedIn(ROOT_CONTEXT), async () => {
      if (!hostsActors(await dapr.metadata.get())) throw new Error('the sidecar hosts no actors');
    }),
  );

/** How to reach what the service depends on. */
export interface ServiceDependencies {
  readonly pool: { query(sql: string): Promise<unknown> };
  readonly redis: { ping(): Promise<unknown> };
  readonly sidecar: Dispatcher;
  readonly dapr: DaprClient;
  /** Of the sidecar's HTTP API. */
  readonly origin: string;
  /** The other services, each by its name, with the URL of its health: the way in which it is called, too. */
  readonly services: readonly (readonly [name: string, health: ProbeTarget])[];
}

type Look = () => Promise<readonly DependencyHealth[]>;

/**
 * Looks at everything, at what no request can do without (readiness), and at all but the other
 * services (metrics).
 */
export const serviceDependencies = ({
  pool,
  redis,
  sidecar,
  dapr,
  origin,
  services,
}: ServiceDependencies): { readonly all: Look; readonly needed: Look; readonly own: Look } => {
  const postgres = { name: 'postgres', required: true, probe: () => pool.query('select 1') };
  const hosting = { name: 'actor_hosting', required: true, probe: actorHosting(dapr) };
  const own = [
    postgres,
    { name: 'redis', required: false, probe: () => redis.ping() },
    { name: 'dapr', required: true, probe: httpProbe(sidecar, { origin, path: '/v1.0/healthz/outbound' }) },
    hosting,
  ];
  return {
    own: lookAt(own),
    all: lookAt([
      ...own,
      ...services.map(([name, health]) => ({
        name,
        required: false,
        probe: httpProbe(sidecar, health),
      })),
    ]),
    needed: lookAt([postgres, hosting]),
  };
};
