import type { Consequences, Moved, Remarks } from './entries.js';
import type { ItemQuantity } from './order.js';

/** The whole order cancelled; `items` are the units that were still open. */
export interface Cancelled {
  readonly type: 'order.cancelled';
  readonly data: Consequences &
    Moved & {
      readonly items: readonly ItemQuantity[];
      /** Absent once it is erased. */
      readonly reason?: string | undefined;
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

/** Units cancelled before shipment; the order goes on. */
export interface ItemsCancelled {
  readonly type: 'order.items_cancelled';
  readonly data: Consequences & {
    readonly items: readonly ItemQuantity[];
    /** Absent once it is erased. */
    readonly reason?: string | undefined;
  };
}
