import type { Request, Response } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { Caller } from '../../actors/rules/order.js';
import type { CallContext } from '../commands.js';
import { ok, type Result } from '../errors.js';
import { conditionsIn } from '../headers.js';
import { traceparentOf } from '../../observability/trace-context.js';

/** Finds out who calls: by token on the public port, by the sidecar's word on the private one. */
export type CallerOf = (request: Request) => Promise<Result<Caller>>;

/** Who the caller is, put there by the authentication middleware. */
export const callerIn = (response: Response): Caller => response.locals['caller'] as Caller;

/** Caller and headers of one request. */
export const callContext = (request: Request, response: Response, channel: Channel): Result<CallContext> => {
  const conditions = conditionsIn((name) => request.get(name));
  if (!conditions.ok) return conditions;
  return ok({ caller: callerIn(response), channel, ...conditions.value, traceparent: traceparentOf() });
};
