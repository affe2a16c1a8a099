import { charactersSet } from './edit.js';
import type { Created, Imported } from './creation-entries.js';
import type { Entry, JournalEntry, Updated } from './entries.js';
import { withoutPersonalData } from './erase.js';
import { parcelsAfter, parcelsOf } from './evolve-parcels.js';
import { fundsAfter, openingOf, openingOfImport } from './evolve-payments.js';
import type { Deadline, ItemQuantity } from './order-parts.js';
import type { Item, ItemMetadata, Order, OrderState } from './order.js';
import { returnsAnnounced, returnsCompleted } from './evolve-returns.js';
import { graceAfter, withoutRequests } from './evolve-grace.js';
import { settled, withoutDeadline } from './evolve-settled.js';
import { isErasable } from './stored-entry.js';
import { beforeShipment, type Status } from './transitions.js';
import { upcast } from './upcast.js';

const create = (orderId: string, at: string, entry: Created): OrderState => {
  const { data, personal } = entry;
  return {
    ...openingOf(entry),
    order: {
      id: orderId,
      order_number: data.order_number,
      customer_id: data.customer_id,
      guest_email: personal.guest_email,
      status: data.to_status,
      currency: data.currency,
      subtotal: data.subtotal,
      tax_amount: data.tax_amount,
      shipping_amount: data.shipping_amount,
      discount_amount: data.discount_amount,
      total_amount: data.total_amount,
      captured_amount: '0',
      refunded_amount: '0',
      payment_id: data.payment_id,
      payment_method: data.payment_method,
      payment_status: data.payment_status,
      payments: [],
      shipping_address: personal.shipping_address,
      billing_address: personal.billing_address,
      notes: personal.notes,
      metadata: data.metadata,
      items: data.items,
      shipment: undefined,
      shipments: [],
      returns: [],
      hold: undefined,
      deadlines: [],
      created_at: at,
      updated_at: at,
      created_by_service: data.created_by_service,
      version: 1,
    },
    decimals: data.decimals,
    holds: {},
    fulfilment: { asked: false, started: false },
    everCovered: false,
    replacedTimes: [],
    waiting: [],
  };
};

const takeOver = (orderId: string, at: string, entry: Imported): OrderState => {
  const { data } = entry;
  const { cancellation_reason, ...personal } = entry.personal;
  const { imported: _imported, imported_at: _at, payment: _payment, ...told } = data;
  const { fulfilment_started, shipped_at, delivered_at, ...same } = told;
  const { return_window_ends_at: windowEnd, updated_at, cancelled_at, completed_at, ...created } = same;
  const begun = create(orderId, at, {
    type: 'order.created',
    data: { ...created, to_status: 'confirmed', payments: [], payment_status: 'pending' },
    personal,
  });
  const shipments = shipped_at === undefined ? [] : [{ shipped_at, delivered_at }];
  const order: Order = {
    ...begun.order,
    status: data.to_status,
    ...{ shipment: shipments[0], shipments },
    deadlines: windowEnd === undefined ? [] : [{ what: 'return_window', at: windowEnd }],
    ...{ updated_at, cancelled_at, completed_at, cancellation_reason },
  };
  return {
    ...begun,
    ...openingOfImport(entry),
    order,
    fulfilment: { asked: fulfilment_started, started: fulfilment_started },
  };
};

const addQuantities = (
  items: readonly Item[],
  field: 'cancelled_quantity' | 'returned_quantity',
  quantities: readonly ItemQuantity[],
  sign: 1 | -1 = 1,
): readonly Item[] => {
  const by = new Map(quantities.map(({ item_id, quantity }) => [item_id, quantity]));
  return items.map((item) => ({ ...item, [field]: item[field] + sign * (by.get(item.id) ?? 0) }));
};

const withMetadata = (items: readonly Item[], changed: readonly ItemMetadata[]): readonly Item[] => {
  const by = new Map(changed.map(({ item_id, metadata }) => [item_id, metadata]));
  return items.map((item) => ({ ...item, metadata: by.get(item.id) ?? item.metadata }));
};

const deadlinesAfter = (order: Order, status: Status, windowEnd: string | undefined): readonly Deadline[] => {
  // A parcel that has left can no longer be cancelled for want of payment.
  const left = beforeShipment(status) ? order.deadlines : withoutDeadline(order.deadlines, 'payment');
  if (windowEnd === undefined) return left;
  return [...withoutDeadline(left, 'return_window'), { what: 'return_window', at: windowEnd }];
};

/** What an edit replaces. */
const edited = (order: Order, { data, personal }: Updated): Partial<Order> => ({
  shipping_address: personal.shipping_address ?? order.shipping_address,
  billing_address: personal.billing_address ?? order.billing_address,
  notes: personal.notes === '' ? undefined : (personal.notes ?? order.notes),
  metadata: data.metadata ?? order.metadata,
  items: data.items === undefined ? order.items : withMetadata(order.items, data.items),
});

const change = (order: Order, at: string, entry: Exclude<Entry, Created | Imported>): Partial<Order> => {
  switch (entry.type) {
    case 'order.status_changed': {
      const { to_status, return_window_ends_at } = entry.data;
      return { status: to_status, deadlines: deadlinesAfter(order, to_status, return_window_ends_at) };
    }
    case 'order.updated':
      return {
        ...edited(order, entry),
        deadlines: deadlinesAfter(order, order.status, entry.data.return_window_ends_at),
        customer_id: entry.data.customer_id ?? order.customer_id,
      };
    case 'order.items_cancelled':
      return { items: addQuantities(order.items, 'cancelled_quantity', entry.data.items) };
    case 'order.cancelled':
      return {
        status: 'cancelled',
        items: addQuantities(order.items, 'cancelled_quantity', entry.data.items),
        cancelled_at: at,
        cancellation_reason: entry.data.reason,
        deadlines: [],
      };
    case 'order.restored':
      return {
        status: entry.data.to_status,
        items: addQuantities(order.items, 'cancelled_quantity', entry.data.items, -1),
        cancelled_at: undefined,
        cancellation_reason: undefined,
      };
    case 'order.return_requested':
      return { returns: returnsAnnounced(order.returns, entry.data, at) };
    case 'order.returned': {
      const { items, to_status, return_window_ends_at } = entry.data;
      return {
        status: to_status ?? order.status,
        deadlines: deadlinesAfter(order, to_status ?? order.status, return_window_ends_at),
        items: addQuantities(order.items, 'returned_quantity', items),
        returns: returnsCompleted(order.returns, entry.data, at),
      };
    }
    case 'order.payment_updated': {
      const { change: what, payment_id } = entry.data;
      const names = what === 'authorized' || what === 'completed';
      return names && payment_id !== undefined ? { payment_id } : {};
    }
    case 'order.held':
    case 'order.released':
      return {};
    case 'order.erased':
      return withoutPersonalData(order, entry.data);
    case 'order.completed':
      return { completed_at: order.completed_at ?? at, deadlines: [] };
    default: {
      const unknown: never = entry;
      throw new Error(`unknown journal entry ${(unknown as { readonly type: string }).type}`);
    }
  }
};

const ownEditsAfter = (before: OrderState['ownEdits'], { at, by, entry }: JournalEntry): OrderState['ownEdits'] => {
  if (entry.type !== 'order.updated' || (by !== 'customer' && by !== 'guest')) return before;
  const day = at.slice(0, 10);
  const { count, characters } = before?.day === day ? before : { count: 0, characters: 0 };
  return { day, count: count + 1, characters: characters + charactersSet(entry.personal.changes) };
};

const plainEdit = new Set(['fields', 'reason', 'metadata', 'items']);

/**
 * Whether an edit only replaces addresses, notes and metadata, from which nothing follows: neither money nor holds nor
 * deadlines are worked out again, which takes time where an order has many lines, and edits are the only entries that its
 * owner can add without end.
 */
const isPlainEdit = ({ data }: Updated): boolean => Object.keys(data).every((name) => plainEdit.has(name));

/** Whether all is erased. Later news may bring personal data again. */
const erasedAfter = (before: OrderState['erased'], entry: Entry): OrderState['erased'] =>
  entry.type === 'order.erased' || (before === true && !isErasable(entry)) ? true : undefined;

/**
 * The order after an entry. A pure fold: replaying a journal from nothing gives the present order.
 *
 * @throws Error when a journal does not begin with its creation: a broken record, never a client's fault.
 */
export const evolve = (state: OrderState | undefined, placed: JournalEntry): OrderState => {
  const { order_id, version, at } = placed;
  const entry = upcast(state, placed.entry);
  if (entry.type === 'order.created') return settled(create(order_id, at, entry), at, entry);
  if (entry.type === 'order.imported') return settled(takeOver(order_id, at, entry), at, entry);
  if (state === undefined) throw new Error(`the journal of order ${order_id} does not begin with its creation`);
  const ownEdits = ownEditsAfter(state.ownEdits, placed);
  const edits = ownEdits === undefined ? {} : { ownEdits };
  const erased = erasedAfter(state.erased, entry);
  if (entry.type === 'order.updated' && isPlainEdit(entry))
    return {
      ...state,
      ...edits,
      erased,
      order: { ...state.order, ...edited(state.order, entry), updated_at: at, version },
    };
  const funds = entry.type === 'order.payment_updated' ? fundsAfter(state, version, entry) : {};
  const tellsOfParcels = entry.type === 'order.status_changed' || entry.type === 'order.updated';
  const { shipments, replacedTimes } = tellsOfParcels ? parcelsAfter(parcelsOf(state), entry.data) : parcelsOf(state);
  const parcels = { shipment: shipments[0], shipments };
  // An import states itself when the order was last changed.
  const updated_at = entry.data.imported === true ? state.order.updated_at : at;
  const order = { ...state.order, ...change(state.order, at, entry), ...parcels, updated_at, version };
  const rest = { replacedTimes, order, grace: graceAfter(state, version, entry), erased };
  const next = { ...state, ...funds, ...edits, ...rest };
  if (entry.type !== 'order.restored' || state.grace === undefined) return settled(next, at, entry);
  const { holds, deadlines } = state.grace;
  const as = { ...next, ...withoutRequests(next, state.grace), holds, order: { ...order, deadlines } };
  return settled(as, at, entry);
};

/** The order that a journal describes. */
export const replay = (journal: readonly JournalEntry[]): OrderState | undefined =>
  journal.reduce<OrderState | undefined>(evolve, undefined);

/** A journal in the making: the state after each entry, all at one moment. */
export const evolveAll = (state: OrderState, entries: readonly Entry[], at: string): OrderState =>
  entries.reduce<OrderState>(
    (current, entry) => evolve(current, { order_id: current.order.id, version: current.order.version + 1, at, entry }),
    state,
  );
