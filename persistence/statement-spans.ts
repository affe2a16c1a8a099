import { types } from 'node:util';
import { type Attributes, type Context, context, SpanKind } from '@opentelemetry/api';
import type { Pool, QueryConfig } from 'pg';
import { inSpan, isSampled } from '../observability/spans.js';

type Query = (...args: readonly unknown[]) => Promise<unknown>;

/** A statement that does the work of several traces: each gets a span of it. */
export interface SharedStatement extends QueryConfig {
  readonly traces: readonly Context[];
}

const tracesOf = (statement: unknown): readonly Context[] => {
  const { traces } = (typeof statement === 'object' ? statement : {}) as Partial<SharedStatement>;
  return traces ?? [context.active()];
};

/** Every statement of a trace has a name; its text stands in the source, its parameters nowhere. */
const nameOf = (statement: unknown): string => {
  const { name } = (typeof statement === 'object' ? statement : {}) as { readonly name?: unknown };
  return typeof name === 'string' ? name : 'statement';
};

const databaseIn = (dsn: string): Attributes => {
  if (!URL.canParse(dsn)) return {};
  const { hostname, port, pathname } = new URL(dsn);
  return {
    ...(hostname === '' ? {} : { 'server.address': hostname }),
    ...(port === '' ? {} : { 'server.port': Number(port) }),
    ...(pathname.length > 1 ? { 'db.namespace': pathname.slice(1) } : {}),
  };
};

const sqlState = (error: unknown): string | undefined => {
  const { code } = (types.isNativeError(error) ? error : {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
};

/**
 * Makes a span of every statement that is part of a trace which a collector receives; look-outs for work are none.
 *
 * @param isAnswer recognizes errors that are an answer of the database, not a failure
 */
export const traceStatements = (pool: Pool, dsn: string, isAnswer: (error: unknown) => boolean): void => {
  const query = pool.query.bind(pool) as Query;
  const database = { 'db.system.name': 'postgresql', ...databaseIn(dsn) };
  const traced: Query = (...args) => {
    const traces = tracesOf(args[0]);
    const sampled = traces.filter(isSampled);
    if (sampled.length === 0) return query(...args);
    const name = nameOf(args[0]);
    const size = traces.length === 1 ? {} : { 'db.operation.batch.size': traces.length };
    const attributes = { ...database, ...size, 'db.operation.name': name, 'db.query.summary': name };
    return sampled.reduce<() => Promise<unknown>>(
      (work, parent) => () =>
        inSpan(
          name,
          { kind: SpanKind.CLIENT, attributes, expected: isAnswer },
          async (span) => {
            try {
              return await work();
            } catch (error) {
              const state = sqlState(error);
              if (state !== undefined) span.setAttribute('db.response.status_code', state);
              throw error;
            }
          },
          parent,
        ),
      () => query(...args),
    )();
  };
  pool.query = traced as Pool['query'];
};
