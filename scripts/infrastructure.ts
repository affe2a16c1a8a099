import { existsSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linksFolder } from './console-link.js';
import type { DaprRuntime } from './dapr-runtime.js';
import { findOrGetDapr } from './dapr-runtime.js';
import { Failure } from './failure.js';
import { makeOwnFolder } from './files.js';
import type { ProcessContext, Server } from './managed-process.js';
import { startPlacement } from './placement.js';
import type { InfrastructurePorts } from './ports.js';
import { checkDatabase, startPostgres } from './postgres.js';
import type { RedisAddress } from './redis.js';
import { checkRedis, findOrInstallRedis, startRedis } from './redis.js';
import type { Secrets } from './secrets.js';
import type { Sentry } from './sentry.js';
import { startSentry } from './sentry.js';

/** The parts below the apps. */
export interface Infrastructure {
  /** Undefined when no apps are wanted. */
  readonly dapr: DaprRuntime | undefined;
  readonly placement: Server | undefined;
  /** Undefined without mTLS. */
  readonly sentry: Sentry | undefined;
  /** As the role that owns the database. */
  readonly databaseDsn: string;
  /** As the role of the service; undefined where another program runs the database. */
  readonly serviceDsn: string | undefined;
  /** Undefined where it is not started here. */
  readonly postgres: Server | undefined;
  readonly redis: RedisAddress;
  /** Undefined where it is not started here. */
  readonly redisServer: Server | undefined;
}

export interface InfrastructureOptions {
  readonly dataDir: string;
  readonly ports: InfrastructurePorts;
  readonly secrets: Secrets;
  readonly context: ProcessContext;
  /** Use this database in place of one of our own. */
  readonly databaseDsn?: string | undefined;
  /** Use this Redis in place of one of our own. */
  readonly redis?: RedisAddress | undefined;
  /** Whether apps will run, which need Dapr and its placement. */
  readonly withApps: boolean;
  /** The app ids whose sidecars communicate by mTLS; without it there is no mTLS. */
  readonly mtlsFor?: readonly string[] | undefined;
  progress(line: string): void;
}

/**
 * Starts, or checks where another program runs them, all parts below the apps, side by side.
 * @throws Failure of the first part that cannot be had; the parts already running are then the caller's to stop
 */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  // Getting a program may take minutes or fail, and nothing should run by then.
  const redisProgram = options.redis ? undefined : await findOrInstallRedis(options.progress);
  const dapr = options.withApps ? await findOrGetDapr(options.progress) : undefined;
  if (options.mtlsFor && dapr) sentryOf(dapr);
  const parts = [haveDatabase(options), haveRedis(options, redisProgram), haveControlPlane(options, dapr)] as const;
  // All of them, so that nothing is still being started when the caller hears of a failure.
  await Promise.allSettled(parts);
  return { dapr, ...(await parts[0]), ...(await parts[1]), ...(await parts[2]) };
}

async function haveDatabase(
  options: InfrastructureOptions,
): Promise<Pick<Infrastructure, 'databaseDsn' | 'serviceDsn' | 'postgres'>> {
  const { dataDir, databaseDsn, ports, secrets, context } = options;
  if (databaseDsn !== undefined) {
    await checkDatabase(databaseDsn);
    return { databaseDsn, serviceDsn: undefined, postgres: undefined };
  }
  const logFile = openLog(dataDir, 'postgres');
  const passwords = {
    admin: secrets.databaseAdminPassword,
    owner: secrets.databasePassword,
    service: secrets.serviceDatabasePassword,
  };
  const postgres = await startPostgres({ dataDir, logFile, port: ports.postgres, passwords, context });
  return { databaseDsn: postgres.dsn, serviceDsn: postgres.serviceDsn, postgres };
}

async function haveRedis(
  { dataDir, redis, ports, secrets, context }: InfrastructureOptions,
  program: string | undefined,
): Promise<Pick<Infrastructure, 'redis' | 'redisServer'>> {
  if (redis) {
    await checkRedis(redis);
    return { redis, redisServer: undefined };
  }
  if (program === undefined) throw new Error('a Redis is to be started, so its program was looked for');
  const logFile = openLog(dataDir, 'redis');
  const { redisPassword: password, redisAdminPassword: adminPassword } = secrets;
  const server = await startRedis({ dataDir, logFile, port: ports.redis, password, adminPassword, context, program });
  return { redis: server, redisServer: server };
}

/** Dapr's program for mTLS. @throws Failure where Dapr came without it */
function sentryOf({ sentry, version, foundIn }: DaprRuntime): string {
  if (sentry !== undefined) return sentry;
  throw new Failure(
    `mTLS needs the program sentry of Dapr, and the Dapr ${version} ${foundIn} has none beside its daprd. ` +
      'Put the sentry of the same release there, or remove that Dapr so that one is built with Go, or start without --mtls.',
  );
}

async function haveControlPlane(
  { dataDir, ports, context, mtlsFor }: InfrastructureOptions,
  dapr: DaprRuntime | undefined,
): Promise<Pick<Infrastructure, 'placement' | 'sentry'>> {
  if (!dapr) return { placement: undefined, sentry: undefined };
  const sentry =
    mtlsFor &&
    (await startSentry({
      program: sentryOf(dapr),
      ports,
      dataDir,
      appIds: mtlsFor,
      logFile: openLog(dataDir, 'sentry'),
      context,
    }));
  const placement = await startPlacement({
    program: dapr.placement,
    ports,
    cwd: dataDir,
    logFile: openLog(dataDir, 'placement'),
    identity: sentry?.placement,
    context,
  });
  return { placement, sentry };
}

/** The name of the log of a part, from the name people know it by. */
export function logName(name: string): string {
  return name.replaceAll(' ', '-');
}

/** The log file of a part; what the run before left in it is kept beside it as `.previous`. */
export function openLog(dataDir: string, name: string): string {
  const file = logPath(dataDir, name);
  makeOwnFolder(dirname(file));
  if (existsSync(file)) renameSync(file, `${file}.previous`);
  return file;
}

/** Where the log of a part is. */
function logPath(dataDir: string, name: string): string {
  return join(dataDir, 'logs', `${name}.log`);
}

/** What the apps and their sidecars read from the environment, whoever starts them. */
export function sharedEnvironment(
  parts: Pick<Infrastructure, 'databaseDsn' | 'serviceDsn' | 'redis'>,
  secrets: Secrets,
  dataDir: string,
): Record<string, string> {
  return {
    ORDER_DATABASE_DSN: parts.serviceDsn ?? parts.databaseDsn,
    ...(parts.serviceDsn === undefined ? {} : { ORDER_MIGRATION_DSN: parts.databaseDsn }),
    ORDER_REDIS_ADDR: parts.redis.address,
    ORDER_REDIS_PASSWORD: parts.redis.password ?? '',
    ORDER_SECRET: secrets.orderSecret,
    ORDER_DATA_DIR: dataDir,
    // One-time sign-in links are for development.
    ...(process.env['NODE_ENV'] === 'production' ? {} : { ORDER_CONSOLE_LINKS: linksFolder(dataDir) }),
    APP_API_TOKEN: secrets.appApiToken,
    DAPR_API_TOKEN: secrets.daprApiToken,
    // Sidecars on one machine meet on loopback, not on the address of its network card.
    DAPR_HOST_IP: '127.0.0.1',
  };
}
