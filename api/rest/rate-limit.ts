import type { RequestHandler } from 'express';
import type { RateLimits } from '../rate-limits.js';
import { callerIn } from './context.js';
import { sendProblem } from './problem.js';

/** `RateLimit` headers on every counted answer, 429 with `Retry-After` beyond the limit. */
export const rateLimit =
  (limits: RateLimits): RequestHandler =>
  async (_request, response, next) => {
    const allowance = await limits.take(callerIn(response));
    if (allowance === undefined) {
      next();
      return;
    }
    const { allowed, limit, remaining, resetMs } = allowance;
    const seconds = Math.max(1, Math.ceil(resetMs / 1_000));
    response.set('RateLimit-Policy', `"caller";q=${limit};w=1`);
    response.set('RateLimit', `"caller";r=${remaining};t=${seconds}`);
    if (allowed) next();
    else
      sendProblem(response, {
        code: 'rate_limited',
        detail: `At most ${limit} requests a second.`,
        retryAfter: seconds,
      });
  };
