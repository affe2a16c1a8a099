import type { ParcelNews } from './entries.js';
import type { OrderState } from './order.js';
import type { ReplacedTime, Shipment } from './order-parts.js';

/** The parcels of an order, and which of their times stand in for impossible ones. */
export interface Parcels {
  readonly shipments: readonly Shipment[];
  readonly replacedTimes: readonly ReplacedTime[];
}

/** The parcels of an order as it is. */
export const parcelsOf = ({ order, replacedTimes }: OrderState): Parcels => ({
  shipments: order.shipments,
  replacedTimes,
});

/** An import may contain a parcel and its delivery at once. */
const added = (
  { carrier, tracking_number, tracking_url, delivered_at, parcel_items }: ParcelNews,
  shipped_at: string,
): Shipment => ({
  carrier,
  tracking_number,
  tracking_url,
  shipped_at,
  delivered_at,
  items: parcel_items,
});

const changed = (parcel: Shipment, { tracking_number, shipped_at, delivered_at }: ParcelNews): Shipment => ({
  ...parcel,
  tracking_number: tracking_number ?? parcel.tracking_number,
  shipped_at: shipped_at ?? parcel.shipped_at,
  delivered_at: delivered_at ?? parcel.delivered_at,
});

const replacedAfter = (
  replaced: readonly ReplacedTime[],
  positions: readonly number[],
  { delivered_at, reported_at }: ParcelNews,
): readonly ReplacedTime[] => {
  const field = delivered_at === undefined ? 'shipped_at' : 'delivered_at';
  const others = replaced.filter((one) => one.field !== field || !positions.includes(one.parcel));
  return reported_at === undefined ? others : [...others, ...positions.map((parcel) => ({ parcel, field }) as const)];
};

/** The parcels after an entry. */
export const parcelsAfter = ({ shipments, replacedTimes }: Parcels, news: ParcelNews): Parcels => {
  const { parcels, shipped_at, delivered_at } = news;
  if (parcels === undefined && shipped_at !== undefined)
    return {
      shipments: [...shipments, added(news, shipped_at)],
      replacedTimes: replacedAfter(replacedTimes, [shipments.length], news),
    };
  if (parcels === undefined && delivered_at === undefined) return { shipments, replacedTimes };
  const positions =
    parcels ?? [...shipments.keys()].filter((position) => shipments[position]?.delivered_at === undefined);
  return {
    shipments: shipments.map((parcel, position) => (positions.includes(position) ? changed(parcel, news) : parcel)),
    replacedTimes: replacedAfter(replacedTimes, positions, news),
  };
};
