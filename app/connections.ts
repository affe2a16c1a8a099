import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaprClient } from '@dapr/dapr';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Agent } from 'undici';
import { type Chain, createChain } from '../actors/chain.js';
import { createDaprClient } from '../actors/dapr.js';
import type { Config } from '../config.js';
import { upgradeDocuments } from '../persistence/document-upgrade.js';
import { createJournalSeal, type JournalSeal } from '../persistence/journal-seal.js';
import { migrate } from '../persistence/migrate.js';
import { createPool, isTransient } from '../persistence/pool.js';
import { hasUnfinishedImport } from '../persistence/unusable-database.js';
import { findSchemaPlace } from '../persistence/schema-place.js';
import { startRedis } from './redis.js';
import type { Releasers } from './releasers.js';

/** What the service depends on, connected. */
export interface Infrastructure {
  readonly pool: Pool;
  readonly redis: Redis;
  /** Keep-alive connections to the sidecar (and to services that are reached directly). */
  readonly sidecar: Agent;
  /** The SDK's client of our sidecar. */
  readonly dapr: DaprClient;
  /** Origin of the sidecar's HTTP API. */
  readonly origin: string;
  readonly chain: Chain;
  /** Begun before this release writes its first entry. */
  readonly seal: JournalSeal;
}

/** Migrates as soon as the database is there; a late database is waited for, a wrong one is not. */
const migrateWhenThere = async (config: Config, root: string, log: Logger, ending: AbortSignal): Promise<void> => {
  for (;;) {
    try {
      const { ORDER_DATABASE_DSN: serviceDsn, ORDER_MIGRATION_DSN: dsn = serviceDsn } = config.environment;
      await migrate({
        dsn,
        serviceDsn,
        root,
        direction: 'up',
        log: (line) => {
          log.info(line);
        },
      });
      return;
    } catch (error) {
      if (!isTransient(error)) throw error;
      log.warn({ err: error }, 'the database is not there yet');
      await sleep(500, undefined, { signal: ending });
    }
  }
};

/** Connections of the role that owns the tables: one for the short time of sealing, where it is not the service's own. */
const ownerPool = async (
  { environment, file }: Config,
  pool: Pool,
  releasers: Releasers,
  log: Logger,
): Promise<Pool> => {
  const { ORDER_MIGRATION_DSN, ORDER_HTTP_PORT } = environment;
  if (ORDER_MIGRATION_DSN === undefined) return pool;
  const { dsn } = await findSchemaPlace(ORDER_MIGRATION_DSN);
  const name = `order-service sealing ${hostname()}:${ORDER_HTTP_PORT}`;
  const owner = createPool({ dsn, connections: 1, lifetimeSeconds: file.database.lifetime_seconds, name }, log);
  releasers.push('database of the owner', () => owner.end());
  return owner;
};

/** Connects to everything, each with its release; waits for a database that comes late. */
export const connect = async (
  config: Config,
  root: string,
  releasers: Releasers,
  log: Logger,
  ending: AbortSignal,
): Promise<Infrastructure> => {
  const { environment, file } = config;
  await migrateWhenThere(config, root, log, ending);
  const name = `order-service ${hostname()}:${environment.ORDER_HTTP_PORT}`;
  const { connections, lifetime_seconds: lifetimeSeconds } = file.database;
  const { dsn } = await findSchemaPlace(environment.ORDER_DATABASE_DSN);
  const pool = createPool({ dsn, connections, lifetimeSeconds, name }, log);
  releasers.push('database', () => pool.end());
  await upgradeDocuments(pool, (line) => {
    log.info(line);
  });
  if (await hasUnfinishedImport(pool))
    log.warn('an import from the former service has not ended, so orders are missing: run `npm run import` again');
  const chain = createChain(environment.ORDER_SECRET, environment.ORDER_OLD_SECRETS);
  const owner = await ownerPool(config, pool, releasers, log);
  const seal = createJournalSeal(owner, chain, () => new Date());
  if ((await seal.begin()) === 'more') log.info('journal entries of earlier releases get their hashes');
  const redis = startRedis(config, log);
  releasers.push('redis', () => {
    redis.disconnect();
  });
  const sidecar = new Agent({ keepAliveTimeout: 60_000, connections: 128, pipelining: 1 });
  // All that is worth waiting for has ended; the command of an event in hand would only wait for actors that have gone.
  releasers.push('sidecar connections', () => sidecar.destroy());
  const dapr = createDaprClient(environment.DAPR_HTTP_PORT, log, environment.DAPR_API_TOKEN);
  releasers.push('Dapr client', () => dapr.stop());
  return { pool, redis, sidecar, dapr, origin: `http://127.0.0.1:${environment.DAPR_HTTP_PORT}`, chain, seal };
};
