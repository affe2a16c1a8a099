import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Result } from '../errors.js';
import type { HeaderOf } from '../headers.js';

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
