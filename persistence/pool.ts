import { types as nodeTypes } from 'node:util';
import { Pool, types } from 'pg';
import type { Logger } from 'pino';
import { traceStatements } from './statement-spans.js';

/** How to reach Postgres; see config.ts for the defaults (docs/configuration.md). */
export interface PoolOptions {
  readonly dsn: string;
  readonly connections: number;
  readonly lifetimeSeconds: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
}

/**
 * The service's connections. Every statement has a time-out, waits briefly for locks, and no transaction may sit idle:
 * a frozen process must not hold up the replica that takes its orders over.
 */
export const createPool = ({ dsn, connections, lifetimeSeconds, name }: PoolOptions, log: Logger): Pool => {
  // Times leave as RFC 3339 UTC strings, amounts as the strings they are: neither Date nor float in between.
  types.setTypeParser(types.builtins.TIMESTAMPTZ, (value) => new Date(value).toISOString());
  const pool = new Pool({
    connectionString: dsn,
    application_name: name,
    max: connections,
    maxLifetimeSeconds: lifetimeSeconds,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 5_000,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => {
    log.warn({ err: error }, 'an idle database connection broke');
  });
  traceStatements(pool, dsn, (error) => uniqueViolation(error) !== undefined);
  return pool;
};

const transientClasses = ['08', '40', '53', '57'];
/** Lock not available, idle in a transaction for too long, and read-only: a standby that is being made the primary, or was it. */
const transientCodes = ['55P03', '25P03', '25006'];
const transientMessages =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|Connection terminated|connect(ion)? timeout|timeout exceeded|Query read timeout|Client has encountered a connection error|Cannot use a pool after/i;

/** Whether an error says that the database is away or busy (try again), not that a statement is wrong (a bug). */
export const isTransient = (error: unknown): boolean => {
  if (!nodeTypes.isNativeError(error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code))
    return transientClasses.includes(code.slice(0, 2)) || transientCodes.includes(code);
  return transientMessages.test(`${typeof code === 'string' ? code : ''} ${error.message}`);
};

const lockCodes = ['40P01', '55P03'];

/** Whether a statement was given up because others hold what it needs: nothing of it is written. */
export const isLockConflict = (error: unknown): boolean => {
  const { code } = (nodeTypes.isNativeError(error) ? error : {}) as { readonly code?: unknown };
  return typeof code === 'string' && lockCodes.includes(code);
};

/** The constraint a statement violated, if it violated a unique one. */
export const uniqueViolation = (error: unknown): string | undefined => {
  if (!nodeTypes.isNativeError(error) || (error as { code?: unknown }).code !== '23505') return undefined;
  const { constraint } = error as { constraint?: unknown };
  return typeof constraint === 'string' ? constraint : undefined;
};
