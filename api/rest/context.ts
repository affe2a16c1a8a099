import { context, propagation } from '@opentelemetry/api';
import type { Request, Response } from 'express';
import type { Channel } from '../../actors/command-envelope.js';
import type { Caller } from '../../actors/rules/order.js';
import type { CallContext } from '../commands.js';
import { ok, type Result } from '../errors.js';
import { invalid } from '../schemas/faults.js';
import { idempotencyKey } from '../schemas/requests.js';

/** Finds out who calls: by token on the public port, by the sidecar's word on the private one. */
export type CallerOf = (request: Request) => Promise<Result<Caller>>;

const ifVersionOf = (request: Request): Result<number | undefined> => {
  const header = request.get('If-Match');
  if (header === undefined || header.trim() === '*') return ok(undefined);
  const version = /^\s*(?:W\/)?"(\d{1,9})"\s*$/.exec(header)?.[1];
  return version === undefined
    ? invalid([{ path: 'If-Match', message: 'must be the version in quotes, e.g. "3"' }])
    : ok(Number(version));
};

const keyOf = (request: Request): Result<string | undefined> => {
  const header = request.get('Idempotency-Key');
  if (header === undefined) return ok(undefined);
  const key = idempotencyKey.safeParse(header);
  return key.success
    ? ok(key.data)
    : invalid(key.error.issues.map(({ message }) => ({ path: 'Idempotency-Key', message })));
};

/** The trace context to hand on (W3C). */
export const traceparentOf = (): string | undefined => {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
};

/** Who the caller is, put there by the authentication middleware. */
export const callerIn = (response: Response): Caller => response.locals['caller'] as Caller;

/** Caller and headers of one request. */
export const callContext = (request: Request, response: Response, channel: Channel): Result<CallContext> => {
  const ifVersion = ifVersionOf(request);
  if (!ifVersion.ok) return ifVersion;
  const key = keyOf(request);
  if (!key.ok) return key;
  return ok({
    caller: callerIn(response),
    channel,
    idempotencyKey: key.value,
    ifVersion: ifVersion.value,
    traceparent: traceparentOf(),
  });
};
