import type { Status } from './transitions.js';

/** One fault of an input, with the path of the value at fault (`items[0].quantity`). */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** Why a command is refused: the part of the closed error table (docs/errors.md) that the rules decide. Data, so that it survives JSON. */
export type Refusal =
  | { readonly code: 'order_not_found' }
  | { readonly code: 'unauthenticated'; readonly detail: string }
  | { readonly code: 'forbidden'; readonly detail: string }
  | { readonly code: 'validation_failed'; readonly detail: string; readonly errors: readonly Fault[] }
  | { readonly code: 'illegal_transition'; readonly from: Status; readonly to: Status }
  | { readonly code: 'illegal_transition'; readonly detail: string }
  | { readonly code: 'order_not_cancellable'; readonly detail: string }
  | { readonly code: 'order_not_editable'; readonly detail: string }
  | { readonly code: 'quantity_not_available'; readonly detail: string; readonly errors: readonly Fault[] }
  | { readonly code: 'return_not_allowed'; readonly detail: string }
  | { readonly code: 'order_on_hold'; readonly detail: string }
  | { readonly code: 'order_not_held'; readonly detail: string }
  | { readonly code: 'order_not_restorable'; readonly detail: string }
  | { readonly code: 'version_conflict'; readonly expected: readonly number[]; readonly actual: number }
  | { readonly code: 'idempotency_key_reused' }
  | { readonly code: 'rate_limited'; readonly detail: string; readonly retryAfter: number }
  | { readonly code: 'order_busy' };
