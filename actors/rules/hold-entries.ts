import type { Consequences } from './entries.js';
import type { Caller } from './order.js';
import type { HoldKind } from './hold-state.js';

/** Fulfilment is put on hold. The reason stays in the journal. */
export interface Held {
  readonly type: 'order.held';
  readonly data: Consequences & { readonly hold: HoldKind; readonly until?: string | undefined };
  readonly personal: { readonly reason: string; readonly by: Caller };
}

/** A hold ended. */
export interface Released {
  readonly type: 'order.released';
  readonly data: Consequences & { readonly hold: HoldKind };
  readonly personal?: { readonly reason: string } | undefined;
}
