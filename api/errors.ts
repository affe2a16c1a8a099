import { status as grpc } from '@grpc/grpc-js';
import type { Fault, Refusal } from '../actors/rules/refusal.js';

/** The closed error table of SPEC section 1: the only place that knows both protocols. docs/errors.md explains each. */
export const errorTable = {
  validation_failed: { http: 400, grpc: grpc.INVALID_ARGUMENT, title: 'The input is not valid' },
  unauthenticated: { http: 401, grpc: grpc.UNAUTHENTICATED, title: 'Who you are is not known' },
  forbidden: { http: 403, grpc: grpc.PERMISSION_DENIED, title: 'You may not do this' },
  order_not_found: { http: 404, grpc: grpc.NOT_FOUND, title: 'There is no such order' },
  not_found: { http: 404, grpc: grpc.NOT_FOUND, title: 'There is no such thing here' },
  method_not_allowed: { http: 405, grpc: grpc.UNIMPLEMENTED, title: 'This method does nothing here' },
  payload_too_large: { http: 413, grpc: grpc.RESOURCE_EXHAUSTED, title: 'The request is too large' },
  unsupported_media_type: { http: 415, grpc: grpc.INVALID_ARGUMENT, title: 'Only JSON is read here' },
  illegal_transition: { http: 409, grpc: grpc.FAILED_PRECONDITION, title: 'The order cannot move so' },
  order_not_cancellable: { http: 409, grpc: grpc.FAILED_PRECONDITION, title: 'The order can no longer be cancelled' },
  order_not_editable: { http: 409, grpc: grpc.FAILED_PRECONDITION, title: 'The order can no longer be edited' },
  quantity_not_available: { http: 409, grpc: grpc.FAILED_PRECONDITION, title: 'So many are not left' },
  return_not_allowed: { http: 409, grpc: grpc.FAILED_PRECONDITION, title: 'The return is not allowed' },
  version_conflict: { http: 412, grpc: grpc.ABORTED, title: 'The order has changed since' },
  idempotency_key_reused: { http: 422, grpc: grpc.INVALID_ARGUMENT, title: 'The key stands for another request' },
  rate_limited: { http: 429, grpc: grpc.RESOURCE_EXHAUSTED, title: 'Too many requests' },
  order_busy: { http: 429, grpc: grpc.RESOURCE_EXHAUSTED, title: 'Too many commands wait for this order' },
  unavailable: { http: 503, grpc: grpc.UNAVAILABLE, title: 'Not possible at the moment' },
  internal: { http: 500, grpc: grpc.INTERNAL, title: 'Something went wrong here' },
} as const satisfies Record<string, { readonly http: number; readonly grpc: grpc; readonly title: string }>;

/** A code of the error table. */
export type ErrorCode = keyof typeof errorTable;

/** An answer that is not what was asked for: one shape for all gateways. */
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

/** What a refusal of the rules tells the client. */
export const problemOf = (refusal: Refusal): Problem => {
  switch (refusal.code) {
    case 'illegal_transition':
      return { code: refusal.code, detail: `From ${refusal.from} an order does not move to ${refusal.to}.` };
    case 'version_conflict':
      return { code: refusal.code, detail: `The order is at version ${refusal.actual}, not ${refusal.expected}.` };
    case 'idempotency_key_reused':
      return { code: refusal.code, detail: 'This idempotency key was used for another call or body.' };
    case 'order_busy':
      return { code: refusal.code, detail: 'Please try again.', retryAfter: 1 };
    case 'order_not_found':
      return { code: refusal.code };
    default:
      return refusal;
  }
};
