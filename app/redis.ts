import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { parseRedisAddress, redisConnection } from '../configs/redis-address.js';

/** What is needed to connect to Redis. */
export interface RedisSettings {
  readonly environment: Pick<Config['environment'], 'ORDER_REDIS_ADDR' | 'ORDER_REDIS_PASSWORD'>;
  readonly file: { readonly redis: Pick<Config['file']['redis'], 'database' | 'dial_timeout_ms'> };
}

/** A Redis Cluster answers, yet refuses most commands, which would look as if it were away. */
const reportCluster = async (redis: Redis, log: Logger): Promise<void> => {
  // A user who may not ask leaves it unknown.
  const info = await redis.info('cluster').catch(() => '');
  if (info.includes('cluster_enabled:1'))
    log.error('ORDER_REDIS_ADDR leads to a Redis Cluster, which is not supported: use one primary behind one address');
};

/** Connects to Redis, in the background and for as long as it takes. */
export const startRedis = ({ environment, file }: RedisSettings, log: Logger): Redis => {
  const target = parseRedisAddress(environment.ORDER_REDIS_ADDR);
  if (target === undefined) throw new Error('the configuration was checked, so the address can be read');
  const redis = new Redis({
    ...redisConnection(target, environment.ORDER_REDIS_PASSWORD),
    db: target.database ?? file.redis.database,
    connectTimeout: file.redis.dial_timeout_ms,
    // Redis is a help, not a need: a command of ours fails at once while it is away.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', (error: Error) => {
    log.debug({ err: error }, 'redis is away');
  });
  redis.once('ready', () => void reportCluster(redis, log));
  return redis;
};
