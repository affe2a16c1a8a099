import type { Metadata } from '@grpc/grpc-js';
import type { Caller } from '../../actors/rules/order-parts.js';
import { fail, ok, type Result } from '../errors.js';
import type { RateLimits } from '../limits.js';

/** Counts a call: `ratelimit` metadata where its caller is limited, `rate_limited` beyond the limit. */
export const takeFromLimit = async (
  limits: RateLimits,
  caller: Caller,
  metadata: Metadata,
): Promise<Result<undefined>> => {
  const allowance = await limits.take(caller);
  if (allowance === undefined) return ok(undefined);
  const { allowed, limit, remaining, resetMs } = allowance;
  const seconds = Math.max(1, Math.ceil(resetMs / 1_000));
  metadata.set('ratelimit-policy', `"caller";q=${limit};w=1`);
  metadata.set('ratelimit', `"caller";r=${remaining};t=${seconds}`);
  if (allowed) return ok(undefined);
  return fail({ code: 'rate_limited', detail: `At most ${limit} requests a second.`, retryAfter: seconds });
};
