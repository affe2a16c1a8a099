import type { Context } from './commands.js';
import { accept, conflict, type Decision, stale } from './decision.js';
import { changesBetween } from './edit.js';
import type { ParcelNews, Updated } from './entries.js';
import { parcelsAfter, parcelsOf } from './evolve-parcels.js';
import { moved, windowAfterDelivery } from './lifecycle.js';
import type { InboundData, Json, Order, OrderState } from './order.js';
import type { ItemQuantity, ReplacedTime, Shipment } from './order-parts.js';
import { covers, perLine } from './order-parts.js';
import { kept } from './refund.js';
import { isPossible, reportedTime } from './reported-time.js';

/*
 * What becomes of the news of parcels. An order may have several: each is shipped and delivered by itself, and the order is
 * delivered when all of it is.
 */

/** The news of a parcel, and when it arrived here: RFC 3339 UTC. */
export interface ParcelEvent {
  readonly data: InboundData;
  readonly arrival: string;
}

type Tracking = Pick<Shipment, 'carrier' | 'tracking_number'>;

/** Whether two reports are about one parcel. Where one of them names no carrier, the number alone decides. */
export const isSameParcel = (a: Tracking, b: Tracking): boolean =>
  a.tracking_number === b.tracking_number &&
  (a.carrier === undefined || b.carrier === undefined || a.carrier === b.carrier);

const parcelJson = (parcel: Shipment | undefined): Json | undefined =>
  parcel === undefined ? undefined : (JSON.parse(JSON.stringify(parcel)) as Json);

/** The parcels of an order by their paths in the edit history. */
export const parcelPaths = ({
  shipments,
}: Pick<Order, 'shipments'>): readonly (readonly [string, Json | undefined])[] =>
  shipments.map((parcel, position) => [`shipments.${position}`, parcelJson(parcel)]);

/** The entry of news that does not move the status. */
const parcelUpdated = (state: OrderState, news: ParcelNews): Updated => {
  const before = new Map(parcelPaths(state.order));
  const fields = parcelPaths(parcelsAfter(parcelsOf(state), news)).flatMap(([path, after]) =>
    changesBetween(path, before.get(path), after).map(({ field }) => field),
  );
  return { type: 'order.updated', data: { fields, ...news }, personal: { changes: [] } };
};

/** Whether this report corrects a time that stands in for an impossible one. */
const corrects = (state: OrderState, time: ReplacedTime, reported: string | undefined, arrival: string): boolean =>
  reported !== undefined &&
  isPossible(state.order, reported, arrival) &&
  state.replacedTimes.some(({ parcel, field }) => parcel === time.parcel && field === time.field);

const itemsFault = ({ items: lines }: Order, items: readonly ItemQuantity[]): string | undefined => {
  const ordered = new Map(lines.map(({ id, quantity }) => [id, quantity]));
  if (items.some(({ item_id }) => !ordered.has(item_id)))
    return 'the parcel has lines that this order does not have: correct its items and publish the event again';
  return items.some(({ item_id, quantity }) => quantity > (ordered.get(item_id) ?? 0))
    ? 'the parcel has more units of a line than were ordered: correct its items and publish the event again'
    : undefined;
};

/** A parcel has left. A known one is stale, unless this report corrects its time. */
export const parcelShipped = (state: OrderState, { data, arrival }: ParcelEvent, context: Context): Decision => {
  const { order } = state;
  const { carrier, tracking_number, tracking_url } = data;
  const { at: shipped_at, reported_at } = reportedTime(order, data.shipped_at, arrival);
  const known = order.shipments.findIndex((parcel) => isSameParcel(parcel, data));
  if (known >= 0)
    return corrects(state, { parcel: known, field: 'shipped_at' }, data.shipped_at, arrival)
      ? accept(parcelUpdated(state, { parcels: [known], shipped_at }))
      : stale('this parcel is known');
  const parcel_items = data.items === undefined ? undefined : perLine(data.items);
  const fault = itemsFault(order, parcel_items ?? []);
  if (fault !== undefined) return conflict(fault);
  const news = { carrier, tracking_number, tracking_url, parcel_items, shipped_at, reported_at };
  return accept(order.status === 'processing' ? moved(state, 'shipped', context, news) : parcelUpdated(state, news));
};

/** The parcels that a delivery is about, by their positions; undefined: none that is known. */
const deliveredPositions = ({ shipments }: Order, number: string | undefined): readonly number[] | undefined => {
  const all = [...shipments.keys()];
  if (number === undefined) return all;
  const named = all.filter((position) => shipments[position]?.tracking_number === number);
  if (named.length > 0) return named;
  const unnamed = all.filter((position) => shipments[position]?.tracking_number === undefined);
  const meant = unnamed.find((position) => shipments[position]?.delivered_at === undefined) ?? unnamed[0];
  return meant === undefined ? undefined : [meant];
};

/** Why a delivery must wait for its parcel; undefined: it can be decided. */
export const deliveryWaitsFor = ({ order }: OrderState, { tracking_number }: InboundData): string | undefined =>
  deliveredPositions(order, tracking_number) === undefined
    ? 'no parcel with this tracking number was shipped: publish its shipping.shipped and replay this event, or discard it'
    : undefined;

/** All parcels are delivered and, if all of them name their items, every kept unit is in one. */
const isDelivered = ({ items }: Order, shipments: readonly Shipment[]): boolean => {
  if (!shipments.every(({ delivered_at }) => delivered_at !== undefined)) return false;
  if (!shipments.every((parcel) => parcel.items !== undefined)) return true;
  const packed = perLine(shipments.flatMap((parcel) => parcel.items ?? []));
  return covers(
    packed,
    items.map((item) => ({ item_id: item.id, quantity: kept(item) })),
  );
};

/** Parcels have arrived. It moves the order when that was all of it. */
export const parcelDelivered = (state: OrderState, { data, arrival }: ParcelEvent, context: Context): Decision => {
  const { order } = state;
  const { at: delivered_at, reported_at } = reportedTime(order, data.delivered_at, arrival);
  const parcels = (deliveredPositions(order, data.tracking_number) ?? []).filter(
    (parcel) =>
      order.shipments[parcel]?.delivered_at === undefined ||
      corrects(state, { parcel, field: 'delivered_at' }, data.delivered_at, arrival),
  );
  if (parcels.length === 0) return stale('this delivery is known');
  // A parcel that was shipped by hand learns its number.
  const isNew = !order.shipments.some(({ tracking_number }) => tracking_number === data.tracking_number);
  const news = { parcels, tracking_number: isNew ? data.tracking_number : undefined, delivered_at, reported_at };
  if (order.status === 'shipped')
    return accept(
      isDelivered(order, parcelsAfter(parcelsOf(state), news).shipments)
        ? moved(state, 'delivered', context, news)
        : parcelUpdated(state, news),
    );
  const return_window_ends_at =
    order.completed_at === undefined ? windowAfterDelivery(state, news, context) : undefined;
  return accept(parcelUpdated(state, { ...news, return_window_ends_at }));
};
