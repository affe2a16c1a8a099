import { status as grpcStatus } from '@grpc/grpc-js';
import type { z } from 'zod';
import { type ErrorCode, errorTable } from '../errors.js';
import type { problemType } from '../schemas/responses.js';

/** What a code means and what its receiver can do: the words of docs/errors.md, the problem pages and the OpenAPI document. */
interface ProblemHelp {
  readonly meaning: string;
  readonly remedy: string;
}

/** One entry a code; docs/errors.md repeats it, and a test keeps it with this. */
export const problemHelp = {
  validation_failed: {
    meaning: 'The request is not valid; `errors` lists each invalid field with its path, at most 100.',
    remedy: 'Fix every listed field and send again.',
  },
  unauthenticated: { meaning: 'The token is missing, invalid or expired.', remedy: 'Send a valid bearer token.' },
  forbidden: {
    meaning: 'The role of the caller does not permit this call.',
    remedy: 'Use a token with the required role.',
  },
  order_not_found: {
    meaning: 'The order does not exist or belongs to someone else.',
    remedy: 'Check the order id or number.',
  },
  not_found: { meaning: 'The route or resource does not exist.', remedy: 'Check the path and ids.' },
  method_not_allowed: {
    meaning: 'The path does not support this method; see `Allow`.',
    remedy: 'Use a method listed in `Allow`.',
  },
  payload_too_large: { meaning: 'The request body is larger than the limit.', remedy: 'Send a smaller body.' },
  unsupported_media_type: {
    meaning: 'The request body is not JSON.',
    remedy: 'Send `Content-Type: application/json`.',
  },
  illegal_transition: {
    meaning: 'The current status does not allow this transition.',
    remedy: 'Read the order.',
  },
  order_not_cancellable: {
    meaning: 'The order is shipped or already cancelled, or partial cancellations are disabled.',
    remedy: 'Read the order; a shipped order can be returned.',
  },
  order_not_editable: { meaning: 'The current status no longer allows this edit.', remedy: 'Read the order.' },
  quantity_not_available: {
    meaning: 'Fewer units are left than requested.',
    remedy: 'Read the order and request fewer units.',
  },
  return_not_allowed: {
    meaning: 'Returns are disabled, or the return window has closed.',
    remedy: 'Contact support.',
  },
  order_on_hold: {
    meaning: 'A person has put the order on hold, which forbids this call.',
    remedy: 'Release the order, or wait until its hold ends.',
  },
  order_not_held: { meaning: 'No person has put the order on hold.', remedy: 'Read the order.' },
  order_not_restorable: {
    meaning: 'The order is not cancelled, or the time to restore it is over.',
    remedy: 'Read the order; create it again if it is still wanted.',
  },
  version_conflict: {
    meaning: '`If-Match` does not match the current version.',
    remedy: 'Read the order and retry with its current version.',
  },
  idempotency_key_reused: {
    meaning: 'The key was already used for a different call or body.',
    remedy: 'Use a new key.',
  },
  rate_limited: {
    meaning:
      'The caller exceeded a limit: its requests a second, its open watches, or its edits of this order today (100, or ' +
      '100,000 characters); see `Retry-After`.',
    remedy: 'Retry after `Retry-After`.',
  },
  order_busy: {
    meaning: '128 commands are already waiting for this order.',
    remedy: 'Retry after `Retry-After`.',
  },
  unavailable: {
    meaning: 'Infrastructure is unavailable; see `Retry-After`.',
    remedy: 'Retry with the same idempotency key.',
  },
  internal: {
    meaning: 'An unexpected error, logged under `trace_id`.',
    remedy: 'Report the trace id.',
  },
} as const satisfies Record<ErrorCode, ProblemHelp>;

/** Every code of the error table. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** What a code stands for, in full. */
export const problemTypeOf = (code: ErrorCode): z.output<typeof problemType> => {
  const { http, grpc, title } = errorTable[code];
  return {
    type: `/problems/${code}`,
    code,
    title,
    status: http,
    grpc_status: grpcStatus[grpc],
    ...problemHelp[code],
  };
};

/** What `GET /problems/<code>` answers; undefined for a code that is none. */
export const findProblemType = (name: string): z.output<typeof problemType> | undefined => {
  const code = errorCodes.find((known) => known === name);
  return code === undefined ? undefined : problemTypeOf(code);
};
