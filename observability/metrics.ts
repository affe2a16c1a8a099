import { createServer, type RequestListener, type Server } from 'node:http';
import { collectDefaultMetrics, Counter, Gauge, Registry, Summary } from 'prom-client';
import type { Logger } from 'pino';
import type { Entry } from '../actors/rules/entries.js';
import type { Order } from '../actors/rules/order.js';
import { transitions } from '../actors/rules/transitions.js';
import { createLookedUp, type LookedUp } from './gauges.js';
import {
  type CallMetrics,
  createCallMetrics,
  createEffectMetrics,
  createTurnMetrics,
  type EffectMetrics,
  type TurnMetrics,
} from './work-metrics.js';

/** The business series: their names, with the recentOrderFigures of gauges.ts, are a contract (docs/observability.md). */
interface OrderMetrics {
  /** An order's new journal entries, after they were stored. */
  readonly committed: (order: Order, entries: readonly Entry[]) => void;
  /** An order was created for this call, which took so many seconds. */
  readonly creationTook: (seconds: number) => void;
}

/** Counters begin at 0 for every move of the transition table, so that a first one is seen as a rise. */
const createOrderMetrics = (registry: Registry): OrderMetrics => {
  const registers = [registry];
  const created = new Counter({
    name: 'order_created_total',
    help: 'Orders created, by their first status.',
    labelNames: ['status'],
    registers,
  });
  created.inc({ status: 'confirmed' }, 0);
  const moved = new Counter({
    name: 'order_status_changes_total',
    help: 'Moves of orders from one status to another.',
    labelNames: ['from', 'to'],
    registers,
  });
  for (const [from, targets] of Object.entries(transitions)) for (const to of targets) moved.inc({ from, to }, 0);
  const value = new Counter({
    name: 'order_total_value_created',
    help: 'Total amount of the orders created, in units of their currency (ISO 4217).',
    labelNames: ['currency'],
    registers,
  });
  const creation = new Summary({
    name: 'order_creation_duration_seconds',
    help: 'Calls that created an order, over the last ten minutes of this process; quantiles do not add up over replicas.',
    percentiles: [0.5, 0.95, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 5,
    registers,
  });

  return {
    committed: ({ currency, total_amount }, entries) => {
      for (const { type, data } of entries) {
        if (type === 'order.created') {
          created.inc({ status: 'confirmed' });
          value.inc({ currency }, Number(total_amount));
        }
        if ('from_status' in data && data.from_status !== undefined && data.to_status !== undefined)
          moved.inc({ from: data.from_status, to: data.to_status });
      }
    },
    creationTook: (seconds) => {
      creation.observe(seconds);
    },
  };
};

/** Every series of this service (docs/observability.md lists them). */
export interface Metrics extends Omit<OrderMetrics, 'creationTook'>, CallMetrics, TurnMetrics, EffectMetrics {
  readonly registry: Registry;
  readonly lookedUp: LookedUp;
}

/**
 * Replicas are distinguished by the scrape's own labels, so that counters and histograms add up.
 *
 * @param version of this service
 */
export const createMetrics = (version: string, log: Logger): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: 'order_build_info',
    help: 'Always 1; says which version runs.',
    labelNames: ['version'],
    registers: [registry],
  });
  build.set({ version }, 1);
  const { committed, creationTook } = createOrderMetrics(registry);
  const calls = createCallMetrics(registry);
  return {
    registry,
    committed,
    ...calls,
    called: (end) => {
      calls.called(end);
      if (end.call === 'create_order' && end.code === 'ok' && !end.replayed) creationTook(end.seconds);
    },
    ...createTurnMetrics(registry),
    ...createEffectMetrics(registry),
    lookedUp: createLookedUp(registry, log),
  };
};

/** The metrics page, alone on its port. */
export interface MetricsServer {
  readonly server: Server;
  close(): Promise<void>;
}

/** Writes the metrics in the Prometheus text format; a series that cannot be read is an error, not a gap. */
export const metricsPage =
  (registry: Registry, log: Logger): RequestListener =>
  (_request, response) => {
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      (error: unknown) => {
        log.warn({ err: error }, 'the metrics cannot be read');
        response.writeHead(500).end();
      },
    );
  };

/** Serves a page at `/metrics` alone. */
export const startMetricsServer = (
  page: RequestListener,
  { port, host }: { readonly port: number; readonly host?: string | undefined },
): Promise<MetricsServer> => {
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] === '/metrics') page(request, response);
    else response.writeHead(404).end();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      resolve({
        server,
        close: () =>
          new Promise((done) => {
            server.close(() => {
              done();
            });
            server.closeAllConnections();
          }),
      });
    });
  });
};
