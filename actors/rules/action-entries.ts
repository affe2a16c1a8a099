import type { Consequences, Moved, Remarks } from './entry-parts.js';
import type { Caller, HoldKind, ItemQuantity } from './order-parts.js';

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

/** The personal data of all entries before this one is erased. The countries are all that stays of the addresses. */
export interface Erased {
  readonly type: 'order.erased';
  readonly data: Consequences & {
    readonly shipping_country: string;
    readonly billing_country?: string | undefined;
  };
  readonly personal?: { readonly reason: string } | undefined;
}
