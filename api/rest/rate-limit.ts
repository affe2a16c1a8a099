import type { ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Problem } from '../errors.js';
import type { RateLimits } from '../limits.js';
import { callerIn } from './context.js';
import { sendProblem } from './problem.js';

/** Counts a request and writes its `RateLimit` headers; the problem, where the caller is beyond the limit. */
export const countRequest = async (
  limits: RateLimits,
  caller: Caller,
  response: ServerResponse,
): Promise<Problem | undefined> => {
  const allowance = await limits.take(caller);
  if (allowance === undefined) return undefined;
  const { allowed, limit, remaining, resetMs } = allowance;
  const seconds = Math.max(1, Math.ceil(resetMs / 1_000));
  response.setHeader('RateLimit-Policy', `"caller";q=${limit};w=1`);
  response.setHeader('RateLimit', `"caller";r=${remaining};t=${seconds}`);
  return allowed
    ? undefined
    : { code: 'rate_limited', detail: `At most ${limit} requests a second.`, retryAfter: seconds };
};

/** `RateLimit` headers on every counted answer, 429 with `Retry-After` beyond the limit. */
export const rateLimit =
  (limits: RateLimits): RequestHandler =>
  async (_request, response, next) => {
    const problem = await countRequest(limits, callerIn(response), response);
    if (problem === undefined) next();
    else sendProblem(response, problem);
  };
