import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Caller } from '../actors/rules/order-parts.js';

/** Requests a second; services and staff are not counted (docs/configuration.md). */
export interface RateLimitOptions {
  readonly customerPerSecond: number;
  readonly guestPerSecond: number;
}

const limiter = (redis: Redis, keyPrefix: string, points: number): RateLimiterRedis => {
  const rule = { keyPrefix, points, duration: 1 };
  // While Redis is away each replica counts for itself: a limit that is too generous beats no service.
  return new RateLimiterRedis({
    ...rule,
    storeClient: redis,
    insuranceLimiter: new RateLimiterMemory(rule),
    rejectIfRedisNotReady: true,
  });
};

/** Fixed windows of one second in Redis, shared by all replicas. */
export const createRateLimits = (redis: Redis, { customerPerSecond, guestPerSecond }: RateLimitOptions) => {
  const limiters = {
    customer: { limit: customerPerSecond, by: limiter(redis, 'order:rate:customer', customerPerSecond) },
    guest: { limit: guestPerSecond, by: limiter(redis, 'order:rate:guest', guestPerSecond) },
  };
  return {
    take: async (caller: Caller) => {
      if (caller.type !== 'customer' && caller.type !== 'guest') return undefined;
      const { limit, by } = limiters[caller.type];
      try {
        const { remainingPoints, msBeforeNext } = await by.consume(caller.id);
        return { allowed: true, limit, remaining: remainingPoints, resetMs: msBeforeNext };
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return { allowed: false, limit, remaining: 0, resetMs: refused.msBeforeNext };
      }
    },
  };
};
