import type { Payment } from './payment.js';
import type { Status } from './transitions.js';

/** Who acts: recorded with every entry (`changed_by`). */
export interface Caller {
  readonly type: 'service' | 'staff' | 'admin' | 'customer' | 'guest' | 'system';
  readonly id: string;
}

/** A quantity of one line. */
export interface ItemQuantity {
  readonly item_id: string;
  readonly quantity: number;
}

/** What will happen by itself, and when. */
export interface Deadline {
  readonly what: 'payment' | 'return_window' | 'hold' | 'grace';
  readonly at: string;
}

/** Why an order's fulfilment is on hold, by whose decision, and since when. */
export interface Hold {
  readonly reason: string;
  readonly by: Caller;
  readonly at: string;
  /** When the hold ends by itself. */
  readonly until?: string | undefined;
}

/** Whose hold: the coverage rule's, or a person's. Both may exist together. */
export type HoldKind = 'payment' | 'person';

/** The holds of an order. */
export type Holds = Readonly<Partial<Record<HoldKind, Hold | undefined>>>;

/** A parcel of an order: a carrier and its tracking number. Times RFC 3339 UTC. */
export interface Shipment {
  readonly carrier?: string | undefined;
  /** Absent where the order was moved to shipped by hand. */
  readonly tracking_number?: string | undefined;
  readonly tracking_url?: string | undefined;
  readonly shipped_at: string;
  readonly delivered_at?: string | undefined;
  /** What is in it; absent where the carrier did not say. */
  readonly items?: readonly ItemQuantity[] | undefined;
}

/** A time of a parcel that stands in for an impossible one: a possible one that is reported later corrects it. */
export interface ReplacedTime {
  /** Position in `shipments`. */
  readonly parcel: number;
  readonly field: 'shipped_at' | 'delivered_at';
}

/** A cancellation that can still be undone: what the order was, and what was asked of payments since. */
export interface Grace {
  readonly ends_at: string;
  /** The version that the cancellation made. */
  readonly version: number;
  readonly status: Status;
  /** The units that it cancelled. */
  readonly items: readonly ItemQuantity[];
  readonly holds: Holds;
  readonly deadlines: readonly Deadline[];
  /** Keys of the refunds requested since. */
  readonly refunds: readonly string[];
  /** Authorizations given up since, and how their payments stood before. */
  readonly voids: readonly {
    readonly payment_id?: string | undefined;
    readonly amount: string;
    readonly state: Payment['state'];
  }[];
}

/** The same quantities with each line named once. */
export const perLine = (items: readonly ItemQuantity[]): readonly ItemQuantity[] => {
  const sums = new Map<string, number>();
  for (const { item_id, quantity } of items) sums.set(item_id, (sums.get(item_id) ?? 0) + quantity);
  return [...sums].map(([item_id, quantity]) => ({ item_id, quantity }));
};

/** Whether these quantities, each line named once, hold at least those. */
export const covers = (these: readonly ItemQuantity[], those: readonly ItemQuantity[]): boolean => {
  const held = new Map(these.map(({ item_id, quantity }) => [item_id, quantity]));
  return those.every(({ item_id, quantity }) => (held.get(item_id) ?? 0) >= quantity);
};

/** Whether these quantities, each line named once, are those. */
export const areSame = (these: readonly ItemQuantity[], those: readonly ItemQuantity[]): boolean =>
  covers(these, those) && covers(those, these);
