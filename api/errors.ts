import { status as grpc } from '@grpc/grpc-js';
import type { Fault, Refusal } from '../actors/rules/refusal.js';

/**
 * The complete error table: the only place that maps a code to both protocols. `meaning` and `remedy` are the words of the
 * OpenAPI document, the problem pages and docs/errors.md, which a test keeps with this.
 */
export const errorTable = {
  validation_failed: {
    http: 400,
    grpc: grpc.INVALID_ARGUMENT,
    title: 'Validation failed',
    meaning: 'The request is not valid; `errors` lists each invalid field with its path, at most 100.',
    remedy: 'Fix every listed field and send again.',
  },
  unauthenticated: {
    http: 401,
    grpc: grpc.UNAUTHENTICATED,
    title: 'Authentication required',
    meaning: 'The token is missing, invalid or expired.',
    remedy: 'Send a valid bearer token.',
  },
  forbidden: {
    http: 403,
    grpc: grpc.PERMISSION_DENIED,
    title: 'Permission denied',
    meaning: 'The role of the caller does not permit this call.',
    remedy: 'Use a token with the required role.',
  },
  order_not_found: {
    http: 404,
    grpc: grpc.NOT_FOUND,
    title: 'Order not found',
    meaning: 'The order does not exist or belongs to someone else.',
    remedy: 'Check the order id or number.',
  },
  not_found: {
    http: 404,
    grpc: grpc.NOT_FOUND,
    title: 'Not found',
    meaning: 'The route or resource does not exist.',
    remedy: 'Check the path and ids.',
  },
  method_not_allowed: {
    http: 405,
    grpc: grpc.UNIMPLEMENTED,
    title: 'Method not allowed',
    meaning: 'The path does not support this method; see `Allow`.',
    remedy: 'Use a method listed in `Allow`.',
  },
  payload_too_large: {
    http: 413,
    grpc: grpc.RESOURCE_EXHAUSTED,
    title: 'Request body too large',
    meaning: 'The request body is larger than the limit.',
    remedy: 'Send a smaller body.',
  },
  unsupported_media_type: {
    http: 415,
    grpc: grpc.INVALID_ARGUMENT,
    title: 'Unsupported media type',
    meaning: 'The request body is not JSON.',
    remedy: 'Send `Content-Type: application/json`.',
  },
  illegal_transition: {
    http: 409,
    grpc: grpc.FAILED_PRECONDITION,
    title: 'Status transition not allowed',
    meaning: 'The current status does not allow this transition.',
    remedy: 'Read the order.',
  },
  order_not_cancellable: {
    http: 409,
    grpc: grpc.FAILED_PRECONDITION,
    title: 'Order cannot be cancelled',
    meaning: 'The order is shipped or already cancelled, or partial cancellations are disabled.',
    remedy: 'Read the order; a shipped order can be returned.',
  },
  order_not_editable: {
    http: 409,
    grpc: grpc.FAILED_PRECONDITION,
    title: 'Order cannot be edited',
    meaning: 'The current status no longer allows this edit.',
    remedy: 'Read the order.',
  },
  quantity_not_available: {
    http: 409,
    grpc: grpc.FAILED_PRECONDITION,
    title: 'Quantity not available',
    meaning: 'Fewer units are left than requested.',
    remedy: 'Read the order and request fewer units.',
  },
  return_not_allowed: {
    http: 409,
    grpc: grpc.FAILED_PRECONDITION,
    title: 'Return not allowed',
    meaning: 'Returns are disabled, or the return window has closed.',
    remedy: 'Contact support.',
  },
  order_on_hold: {
    http: 409,
    grpc: grpc.FAILED_PRECONDITION,
    title: 'Order is on hold',
    meaning: 'A person has put the order on hold, which forbids this call.',
    remedy: 'Release the order, or wait until its hold ends.',
  },
  order_not_held: {
    http: 409,
    grpc: grpc.FAILED_PRECONDITION,
    title: 'Order is not on hold',
    meaning: 'No person has put the order on hold.',
    remedy: 'Read the order.',
  },
  order_not_restorable: {
    http: 409,
    grpc: grpc.FAILED_PRECONDITION,
    title: 'Order cannot be restored',
    meaning: 'The order is not cancelled, or the time to restore it is over.',
    remedy: 'Read the order; create it again if it is still wanted.',
  },
  version_conflict: {
    http: 412,
    grpc: grpc.ABORTED,
    title: 'Order version conflict',
    meaning: '`If-Match` does not match the current version.',
    remedy: 'Read the order and retry with its current version.',
  },
  idempotency_key_reused: {
    http: 422,
    grpc: grpc.INVALID_ARGUMENT,
    title: 'Idempotency key already used',
    meaning: 'The key was already used for a different call or body.',
    remedy: 'Use a new key.',
  },
  rate_limited: {
    http: 429,
    grpc: grpc.RESOURCE_EXHAUSTED,
    title: 'Too many requests',
    meaning:
      'The caller exceeded a limit: its requests a second, its open watches, or its edits of this order today (100, or ' +
      '100,000 characters); see `Retry-After`.',
    remedy: 'Retry after `Retry-After`.',
  },
  order_busy: {
    http: 429,
    grpc: grpc.RESOURCE_EXHAUSTED,
    title: 'Order is busy',
    meaning: '128 commands are already waiting for this order.',
    remedy: 'Retry after `Retry-After`.',
  },
  unavailable: {
    http: 503,
    grpc: grpc.UNAVAILABLE,
    title: 'Service unavailable',
    meaning: 'Infrastructure is unavailable; see `Retry-After`.',
    remedy: 'Retry with the same idempotency key.',
  },
  internal: {
    http: 500,
    grpc: grpc.INTERNAL,
    title: 'Internal server error',
    meaning: 'An unexpected error, logged under `trace_id`.',
    remedy: 'Report the trace id.',
  },
} as const satisfies Record<
  string,
  {
    readonly http: number;
    readonly grpc: grpc;
    readonly title: string;
    readonly meaning: string;
    readonly remedy: string;
  }
>;

/** A code of the error table. */
export type ErrorCode = keyof typeof errorTable;

/** A problem response, in one shape for all gateways. */
export interface Problem {
  readonly code: ErrorCode;
  readonly detail?: string | undefined;
  readonly errors?: readonly Fault[] | undefined;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number | undefined;
  /** For `method_not_allowed`: what would be. */
  readonly allow?: readonly string[] | undefined;
}

/** How many faults an answer names at most. */
export const mostNamedFaults = 100;

/** The detail of an answer that names only the first of its faults says so. */
export const detailNaming = (detail: string, named: number, found: number): string =>
  named < found ? `${detail} The first ${named} are named.` : detail;

/** What a call gives: a value, or a problem. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** A call that gives a value. */
export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** A call that gives a problem. */
export const fail = (problem: Problem): { readonly ok: false; readonly problem: Problem } => ({ ok: false, problem });

/** Infrastructure is away: nothing is known to have happened, and the same request may be sent again. */
export const unavailable: Problem = { code: 'unavailable', detail: 'Please try again.', retryAfter: 1 };

/** An order is asked for at a version or time at which there was none. */
export const noSuchVersion: Problem = { code: 'not_found', detail: 'The order had no such version.' };

const conflictDetail = ({ expected, actual }: Extract<Refusal, { code: 'version_conflict' }>): string => {
  // An actor of release 2.0 says one number.
  const versions = [expected].flat();
  return versions.length === 0
    ? `The order is at version ${actual}, and If-Match names no version.`
    : `The order is at version ${actual}, not ${versions.join(' or ')}.`;
};

/** The problem that a refusal of the rules becomes. */
export const problemOf = (refusal: Refusal): Problem => {
  switch (refusal.code) {
    case 'illegal_transition':
      return 'detail' in refusal
        ? refusal
        : { code: refusal.code, detail: `An order cannot change from ${refusal.from} to ${refusal.to}.` };
    case 'version_conflict':
      return { code: refusal.code, detail: conflictDetail(refusal) };
    case 'idempotency_key_reused':
      return { code: refusal.code, detail: 'This idempotency key was already used for a different call or body.' };
    case 'order_busy':
      return { code: refusal.code, detail: 'Please try again.', retryAfter: 1 };
    case 'order_not_found':
      return { code: refusal.code };
    default:
      return refusal;
  }
};
