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
    meaning: 'The input is not valid; `errors` names each fault with its path, at most 100.',
    remedy: 'Mend all of them.',
  },
  unauthenticated: { meaning: 'No token, or one that is not valid or has expired.', remedy: 'Get a token.' },
  forbidden: { meaning: 'This kind of caller may not make this call.', remedy: 'Ask someone who may.' },
  order_not_found: { meaning: "No such order, or it is somebody else's.", remedy: 'Check the id.' },
  not_found: { meaning: 'No such route or thing.', remedy: 'Check the path.' },
  method_not_allowed: {
    meaning: 'The path exists, the method does not; see `Allow`.',
    remedy: 'Use another method.',
  },
  payload_too_large: { meaning: 'More than 1 MiB.', remedy: 'Send less.' },
  unsupported_media_type: { meaning: 'Not JSON.', remedy: 'Send JSON.' },
  illegal_transition: {
    meaning: 'The order does not move from where it is to there.',
    remedy: 'Read the order.',
  },
  order_not_cancellable: {
    meaning: 'It has left, or is cancelled, or partial cancellations are off.',
    remedy: 'Read the order; return it instead.',
  },
  order_not_editable: { meaning: 'Too late for this edit.', remedy: 'Read the order.' },
  quantity_not_available: { meaning: 'More units than are left.', remedy: 'Read the order, ask for fewer.' },
  return_not_allowed: { meaning: 'Returns are off, or the window is closed.', remedy: 'Ask support.' },
  version_conflict: {
    meaning: '`If-Match` names another version than the present one.',
    remedy: 'Read again, decide again.',
  },
  idempotency_key_reused: { meaning: 'The key stands for another call or body.', remedy: 'Use a new key.' },
  rate_limited: { meaning: 'Too many requests of this caller; see `Retry-After`.', remedy: 'Wait.' },
  order_busy: {
    meaning: '128 commands wait for this order already.',
    remedy: 'Wait, send the same again.',
  },
  unavailable: {
    meaning: 'Infrastructure is away; see `Retry-After`.',
    remedy: 'Send the same again, with the same key.',
  },
  internal: {
    meaning: 'A bug of ours, in our log under `trace_id`.',
    remedy: 'Tell us the trace id.',
  },
} as const satisfies Record<ErrorCode, ProblemHelp>;

/** Every code of the error table. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** What a code stands for, in full. */
export const problemTypeOf = (code: ErrorCode): z.output<typeof problemType> => {
  const { http, grpc, title } = errorTable[code];
  return { type: `/problems/${code}`, code, title, status: http, grpc_status: grpcStatus[grpc], ...problemHelp[code] };
};

/** What `GET /problems/<code>` answers; undefined for a code that is none. */
export const findProblemType = (name: string): z.output<typeof problemType> | undefined => {
  const code = errorCodes.find((known) => known === name);
  return code === undefined ? undefined : problemTypeOf(code);
};
