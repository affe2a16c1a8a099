import { status as grpc } from '@grpc/grpc-js';

/**
 * The error table of docs/errors.md, written down a second time, so that no change of the service's own table goes
 * unseen. Undefined: the protocol has no such answer.
 */
export const errorTable = {
  validation_failed: { http: 400, grpc: grpc.INVALID_ARGUMENT },
  unauthenticated: { http: 401, grpc: grpc.UNAUTHENTICATED },
  forbidden: { http: 403, grpc: grpc.PERMISSION_DENIED },
  order_not_found: { http: 404, grpc: grpc.NOT_FOUND },
  not_found: { http: 404, grpc: grpc.NOT_FOUND },
  method_not_allowed: { http: 405, grpc: undefined },
  payload_too_large: { http: 413, grpc: grpc.RESOURCE_EXHAUSTED },
  unsupported_media_type: { http: 415, grpc: undefined },
  illegal_transition: { http: 409, grpc: grpc.FAILED_PRECONDITION },
  order_not_cancellable: { http: 409, grpc: grpc.FAILED_PRECONDITION },
  order_not_editable: { http: 409, grpc: grpc.FAILED_PRECONDITION },
  quantity_not_available: { http: 409, grpc: grpc.FAILED_PRECONDITION },
  return_not_allowed: { http: 409, grpc: grpc.FAILED_PRECONDITION },
  order_on_hold: { http: 409, grpc: grpc.FAILED_PRECONDITION },
  order_not_held: { http: 409, grpc: grpc.FAILED_PRECONDITION },
  order_not_restorable: { http: 409, grpc: grpc.FAILED_PRECONDITION },
  version_conflict: { http: 412, grpc: grpc.ABORTED },
  idempotency_key_reused: { http: 422, grpc: grpc.INVALID_ARGUMENT },
  rate_limited: { http: 429, grpc: grpc.RESOURCE_EXHAUSTED },
  order_busy: { http: 429, grpc: grpc.RESOURCE_EXHAUSTED },
} as const satisfies Record<string, { readonly http: number; readonly grpc: grpc | undefined }>;

/** A code that a client of the nine calls can meet. */
export type ErrorCode = keyof typeof errorTable;
