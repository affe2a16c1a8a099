import type { ItemQuantity } from './order.js';

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
