import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { types } from 'node:util';
import { Redis } from 'ioredis';
import { Failure } from './failure.js';
import { findOnPath } from './find-program.js';
import type { ProcessContext, Server } from './managed-process.js';
import { startProcess } from './managed-process.js';
import { poll } from './readiness.js';
import { installPackage, mayInstallPackages } from './system-package.js';

/** Where a Redis is. */
export interface RedisAddress {
  /** host:port */
  readonly address: string;
  readonly password: string | undefined;
}

/** A Redis of our own, on loopback only, its data below a data folder. */
export interface LocalRedis extends RedisAddress, Server {}

export interface RedisOptions {
  readonly dataDir: string;
  readonly logFile: string;
  readonly port: number;
  readonly password: string;
  readonly context: ProcessContext;
  /** Told before something slow is done. */
  progress(line: string): void;
}

/**
 * Starts redis-server or valkey-server so that what it acknowledged survives its death.
 * @throws Failure with what to do when there is none and it cannot be installed
 */
export async function startRedis(options: RedisOptions): Promise<LocalRedis> {
  const program = findServer() ?? install(options.progress);
  const folder = join(options.dataDir, 'redis');
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, 'redis.conf');
  const settings = [
    'bind 127.0.0.1',
    `port ${options.port}`,
    `dir "${folder}"`,
    `requirepass ${options.password}`,
    'appendonly yes',
    // Events count as published once Redis says so.
    'appendfsync always',
    'save ""',
    'daemonize no',
  ];
  writeFileSync(configuration, `${settings.join('\n')}\n`, { mode: 0o600 });
  const handle = await startProcess(
    { name: 'redis', command: program, args: [configuration], env: process.env, cwd: folder, logFile: options.logFile },
    options.context,
  );
  const address: RedisAddress = { address: `127.0.0.1:${options.port}`, password: options.password };
  const ready = async (): Promise<void> => {
    const fault = await poll(
      () => askRedis(address),
      30_000,
      () => handle.pid !== undefined,
    );
    if (fault) throw new Failure(`Redis does not answer (${fault}); see ${handle.logFile}`);
  };
  await ready();
  return { ...address, handle, ready };
}

/** Makes sure that a Redis somebody else runs can be used. @throws Failure that says why not */
export async function checkRedis(redis: RedisAddress): Promise<void> {
  if (!/^[^:\s]+:\d+$/.test(redis.address)) {
    throw new Failure(`ORDER_REDIS_ADDR is "${redis.address}", but it takes host:port, for example 127.0.0.1:6379.`);
  }
  const fault = await askRedis(redis);
  if (fault) {
    throw new Failure(
      `The Redis of ORDER_REDIS_ADDR (${redis.address}) cannot be used: ${fault}. ` +
        'Start it, correct ORDER_REDIS_ADDR or ORDER_REDIS_PASSWORD, or unset them to have one started here.',
    );
  }
}

/** The fault with this Redis, undefined when it answers. */
async function askRedis(redis: RedisAddress): Promise<string | undefined> {
  const [host = '', port = ''] = redis.address.split(':');
  const client = new Redis({
    host,
    port: Number(port),
    ...(redis.password === undefined ? {} : { password: redis.password }),
    lazyConnect: true,
    connectTimeout: 3_000,
    commandTimeout: 3_000,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
  });
  let fault: string | undefined;
  client.on('error', (error: Error) => {
    fault = error.message;
  });
  try {
    await client.connect();
    await client.ping();
    return undefined;
  } catch (error) {
    return fault ?? (types.isNativeError(error) ? error.message : String(error));
  } finally {
    client.disconnect();
  }
}

function findServer(): string | undefined {
  return findOnPath('redis-server') ?? findOnPath('valkey-server');
}

function install(progress: (line: string) => void): string {
  const byHand =
    'Install it (Debian, Ubuntu: `sudo apt-get install redis-server`; macOS: `brew install redis`) ' +
    'or set ORDER_REDIS_ADDR to the host:port of one that runs.';
  const missing = 'Redis is needed, and there is no redis-server or valkey-server on the PATH.';
  if (!mayInstallPackages()) throw new Failure(`${missing} ${byHand}`);
  progress('installing redis-server with apt-get (there is none on the PATH)');
  if (!installPackage('redis-server')) throw new Failure(`${missing} Installing it with apt-get failed. ${byHand}`);
  const program = findServer();
  if (!program) throw new Failure(`${missing} apt-get installed the package without it. ${byHand}`);
  return program;
}
