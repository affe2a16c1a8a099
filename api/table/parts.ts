import type { Answer } from './operation.js';

/** The headers of every call that changes one order. */
export const changeHeaders = ['Idempotency-Key', 'If-Match'] as const;

/** The parameters of every call that changes one order, beside the order. */
export const changeParameters = [...changeHeaders, 'dry_run'] as const;

/** The answer of every call that changes one order. */
export const changed: Answer = {
  description: 'The order as it is now; for a dry run, what the call would do.',
  schema: 'ChangeAnswer',
  headers: ['ETag', 'Idempotent-Replayed'],
};

/** The problems of every call that changes one order. */
export const changeProblems = ['order_not_found', 'version_conflict', 'idempotency_key_reused', 'order_busy'] as const;
