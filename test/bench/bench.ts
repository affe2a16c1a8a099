import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { startStack } from '../../scripts/stack.js';
import type { Stack, StackOptions } from '../../scripts/stack-types.js';
import { tokenFor } from '../support/tokens.js';
import { configWith } from '../support/config-file.js';
import type { Report } from './report.js';

/** What every section gets. */
export interface Bench {
  readonly report: Report;
  readonly log: (line: string) => void;
  /** How long a load lasts that the full run gives so many seconds. */
  readonly seconds: (full: number) => number;
  /** Orders a second of the steady walk. */
  readonly rate: number;
  /** How many of something the full run has so many of. */
  readonly scaled: (full: number) => number;
  /** A stack with production settings: traces sampled, logs on, tokens checked. */
  startStack(options?: StackOptions): Promise<BenchStack>;
}

/** A stack under load. */
export interface BenchStack {
  readonly stack: Stack;
  /** Bases of the replicas' order routes. */
  readonly orders: readonly string[];
  /** Looks into its database, beside the service. */
  readonly pool: Pool;
  /** Headers of a caller with a fresh token. */
  headers(type?: 'service' | 'staff'): Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
}

/** Takes spans as a collector would, and forgets them. */
const startSink = async (): Promise<Server> => {
  const sink = createServer((request, response) => {
    request.resume().once('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  // It must not keep the bench from ending.
  sink.unref();
  return sink;
};

const untraced = { OTEL_SDK_DISABLED: 'true' };

const traced = async (): Promise<Readonly<Record<string, string>>> => {
  const { port } = (await startSink()).address() as AddressInfo;
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.05',
  };
};

/** What the shell says of tracing goes before what the bench does: `OTEL_TRACES_SAMPLER_ARG=1` samples everything. */
const byShell = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      name.startsWith('OTEL_') && value !== undefined ? [[name, value]] : [],
    ),
  );

/**
 * @param scale of all durations and amounts
 * @param rate orders a second of the steady walk
 * @param tracing whether the stacks trace as they do in production
 */
export const createBench = async (
  report: Report,
  log: (line: string) => void,
  { scale, tracing, rate }: { readonly scale: number; readonly tracing: boolean; readonly rate: number },
): Promise<Bench> => {
  const tracingEnvironment = tracing ? { ...(await traced()), ...byShell() } : untraced;
  return {
    report,
    log,
    rate,
    seconds: (full) => Math.max(0.5, full * scale),
    scaled: (full) => Math.max(50, Math.round(full * scale)),
    startStack: async (options = {}) => {
      const env = { ORDER_SANDBOX_STEP_MS: '3600000', ...tracingEnvironment, ...options.env };
      const stack = await startStack({ ...options, env, log });
      const pool = new Pool({ connectionString: stack.databaseDsn, max: 4 });
      pool.on('error', () => undefined);
      return {
        stack,
        pool,
        orders: stack.replicas.map(({ rest }) => `${rest}/api/v1/orders`),
        headers: async (type = 'service') => ({
          authorization: `Bearer ${await tokenFor({ type, id: 'bench' }, stack)}`,
          'content-type': 'application/json',
        }),
        stop: async () => {
          await pool.end();
          await stack.stop();
        },
      };
    },
  };
};

/** The configuration with workers that take no effects and count no insights. */
export const pausedWorkers = () => configWith({ concurrency: '0', interval_ms: '0' });
