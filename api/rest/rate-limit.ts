import type { RequestHandler } from 'express';
import { countRequest, type RateLimits } from '../limits.js';
import { callerIn } from './context.js';
import { sendProblem } from './problem.js';

/** `RateLimit` headers on every counted answer, 429 with `Retry-After` beyond the limit. */
export const rateLimit =
  (limits: RateLimits): RequestHandler =>
  async (_request, response, next) => {
    const problem = await countRequest(limits, callerIn(response), (name, value) => response.setHeader(name, value));
    if (problem === undefined) next();
    else sendProblem(response, problem);
  };
