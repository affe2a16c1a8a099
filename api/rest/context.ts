import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { CallContext } from '../commands.js';
import { ok, type Result } from '../errors.js';
import { conditionsIn, dryRunIn, type HeaderOf } from '../headers.js';
import { traceparentOf } from '../../observability/spans.js';

/** Finds out who calls: by token on the public port, by the sidecar's word on the private one. */
export type CallerOf = (request: IncomingMessage) => Promise<Result<Caller>>;

/** Who the caller is, put there by the authentication middleware. */
export const callerIn = (response: Response): Caller => response.locals['caller'] as Caller;

/** Looks headers up in a request; several of one name are joined by commas, where Node does not drop all but the first. */
export const headersOf =
  ({ headers }: IncomingMessage): HeaderOf =>
  (name) => {
    const value = headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  };

/**
 * Caller, headers and `dry_run` of one request.
 *
 * @param asked the query parameter `dry_run` as it came, and whether the call takes it
 */
export const callContext = (
  request: IncomingMessage,
  caller: Caller,
  channel: Channel,
  asked: { readonly dryRun: unknown; readonly canDryRun: boolean },
): Result<CallContext> => {
  const conditions = conditionsIn(headersOf(request));
  if (!conditions.ok) return conditions;
  const dryRun = dryRunIn('dry_run', asked.dryRun, asked.canDryRun);
  if (!dryRun.ok) return dryRun;
  const traceparent = traceparentOf();
  return ok({ caller, channel, ...conditions.value, dryRun: dryRun.value, traceparent });
};
