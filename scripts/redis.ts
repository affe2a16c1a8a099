import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { types } from 'node:util';
import { Redis } from 'ioredis';
import { parseRedisAddress, redisConnection, redisHostPort } from '../configs/redis-address.js';
import { Failure } from './failure.js';
import { makeOwnFolder } from './files.js';
import { findOnPath, installPackage, mayInstallPackages } from './system-package.js';
import type { ProcessContext, Server } from './managed-process.js';
import { startServer } from './managed-process.js';

/** Where a Redis is. */
export interface RedisAddress {
  /** host:port, or a redis:// or rediss:// URL */
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
  /** Of the user `admin`. */
  readonly adminPassword: string;
  readonly context: ProcessContext;
  /** The path of redis-server or valkey-server, see {@link findOrInstallRedis}. */
  readonly program: string;
}

/** What the service, the sandbox's broker and the sidecars use: streams, plain values, the scripts of limits and prices. */
const allowed = [
  ...['+@connection', '+@stream', '+@scripting', '+@transaction'],
  ...[
    '+get',
    '+mget',
    '+set',
    '+incr',
    '+incrby',
    '+expire',
    '+pexpire',
    '+ttl',
    '+pttl',
    '+del',
    '+unlink',
    '+exists',
  ],
  ...['+info', '+command'],
];

/** Starts redis-server or valkey-server so that what it acknowledged survives its death. @throws Failure when it does not answer */
export async function startRedis(options: RedisOptions): Promise<LocalRedis> {
  const folder = join(options.dataDir, 'redis');
  makeOwnFolder(folder);
  const configuration = join(folder, 'redis.conf');
  const settings = [
    'bind 127.0.0.1',
    `port ${options.port}`,
    `dir "${folder}"`,
    `user default on >${options.password} ~* &* -@all ${allowed.join(' ')}`,
    `user admin on >${options.adminPassword} ~* &* +@all`,
    'appendonly yes',
    // Events count as published once Redis says so.
    'appendfsync always',
    'save ""',
    'daemonize no',
  ];
  writeFileSync(configuration, `${settings.join('\n')}\n`, { mode: 0o600 });
  const address: RedisAddress = { address: `127.0.0.1:${options.port}`, password: options.password };
  const server = await startServer(
    {
      name: 'redis',
      command: options.program,
      args: [configuration],
      env: process.env,
      cwd: folder,
      logFile: options.logFile,
    },
    options.context,
    () => askRedis(address),
  );
  return { ...address, ...server };
}

/** Makes sure that a Redis another program runs can be used. @throws Failure that says why not */
export async function checkRedis(redis: RedisAddress): Promise<void> {
  const target = parseRedisAddress(redis.address);
  if (target === undefined) {
    throw new Failure(
      'ORDER_REDIS_ADDR takes host:port, for example 127.0.0.1:6379, or a URL: redis[s]://[user[:password]@]host[:port][/database].',
    );
  }
  // An empty enableTLS is an error to Dapr's component, so the local one cannot take it from the environment.
  if (target.tls) {
    throw new Failure(
      'ORDER_REDIS_ADDR uses TLS, which the local Dapr component does not. Use redis:// here, or run the service with components of your own (components/production).',
    );
  }
  const fault = await askRedis(redis);
  if (fault) {
    throw new Failure(
      `The Redis of ORDER_REDIS_ADDR (${redisHostPort(target)}) cannot be used: ${fault}. ` +
        'Start it, correct ORDER_REDIS_ADDR or ORDER_REDIS_PASSWORD, or unset them to have one started here.',
    );
  }
}

/** The fault with this Redis, undefined when it answers. */
async function askRedis(redis: RedisAddress): Promise<string | undefined> {
  const target = parseRedisAddress(redis.address);
  if (target === undefined) return 'the address cannot be read';
  const client = new Redis({
    ...redisConnection(target, redis.password === '' ? undefined : redis.password),
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

/**
 * Finds redis-server or valkey-server on the PATH, or installs it where this user may do that.
 * @param progress called before something slow is done
 * @returns the path of the program
 * @throws Failure that says how to install it
 */
export async function findOrInstallRedis(progress: (line: string) => void): Promise<string> {
  return findServer() ?? (await install(progress));
}

function findServer(): string | undefined {
  return findOnPath('redis-server') ?? findOnPath('valkey-server');
}

async function install(progress: (line: string) => void): Promise<string> {
  const byHand =
    'Install it (Debian, Ubuntu: `sudo apt-get install redis-server`; macOS: `brew install redis`) ' +
    'or set ORDER_REDIS_ADDR to the host:port of a running Redis.';
  const missing = 'Redis is required, and there is no redis-server or valkey-server on the PATH.';
  if (!mayInstallPackages()) throw new Failure(`${missing} ${byHand}`);
  progress('installing redis-server with apt-get (there is none on the PATH)');
  if (!(await installPackage('redis-server')))
    throw new Failure(`${missing} It could not be installed with apt-get. ${byHand}`);
  const program = findServer();
  if (!program) throw new Failure(`${missing} The package that apt-get installed does not have it. ${byHand}`);
  return program;
}
