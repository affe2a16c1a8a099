import type { Request, Response } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { Caller } from '../../actors/rules/order.js';
import type { CallContext } from '../commands.js';
import { ok, type Result } from '../errors.js';
import { conditionsIn, dryRunIn } from '../headers.js';
import { traceparentOf } from '../../observability/trace-context.js';

/** Finds out who calls: by token on the public port, by the sidecar's word on the private one. */
export type CallerOf = (request: Request) => Promise<Result<Caller>>;

/** Who the caller is, put there by the authentication middleware. */
export const callerIn = (response: Response): Caller => response.locals['caller'] as Caller;

/**
 * Caller, headers and `dry_run` of one request.
 *
 * @param canDryRun whether the call takes `dry_run`
 */
export const callContext = (
  request: Request,
  response: Response,
  channel: Channel,
  canDryRun: boolean,
): Result<CallContext> => {
  const conditions = conditionsIn((name) => request.get(name));
  if (!conditions.ok) return conditions;
  const dryRun = dryRunIn('dry_run', request.query['dry_run'], canDryRun);
  if (!dryRun.ok) return dryRun;
  const traceparent = traceparentOf();
  return ok({ caller: callerIn(response), channel, ...conditions.value, dryRun: dryRun.value, traceparent });
};
