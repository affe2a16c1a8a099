import { parseRedisAddress, redisHostPort } from '../configs/redis-address.js';

/**
 * The settings that a sidecar needs to reach the Redis of the apps. Its component (components/local/pubsub.yaml) takes the
 * parts of a `redis://` or `rediss://` URL one by one; `ORDER_REDIS_ADDR` is the host:port there. Nothing where the
 * variable holds a host:port already.
 */
export function redisOfSidecar(env: NodeJS.ProcessEnv): Record<string, string> {
  const address = env['ORDER_REDIS_ADDR'] ?? '';
  const target = parseRedisAddress(address);
  if (target === undefined || !address.includes('://')) return {};
  const given = env['ORDER_REDIS_PASSWORD'] ?? '';
  const password = given === '' ? (target.password ?? '') : given;
  return {
    ORDER_REDIS_ADDR: redisHostPort(target),
    ORDER_REDIS_USERNAME: target.username ?? '',
    ORDER_REDIS_PASSWORD: password,
  };
}
