import type { Consequences, Moved, Remarks } from './entries.js';
import type { ItemQuantity } from './order.js';

/** The whole order cancelled; `items` are the units that were still open. */
export interface Cancelled {
  readonly type: 'order.cancelled';
  readonly data: Consequences &
    Moved & {
      readonly items: readonly ItemQuantity[];
      readonly reason: string;
      /** Until then the order can be restored, and its effects wait. */
      readonly grace_ends_at?: string | undefined;
    };
  readonly personal?: Remarks | undefined;
}

/** A cancellation undone; `items` are the units that it had cancelled. */
export interface Restored {
  readonly type: 'order.restored';
  readonly data: Consequences &
    Moved & { readonly items: readonly ItemQuantity[]; readonly reason?: string | undefined };
}
