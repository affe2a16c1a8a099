import { returnWindowClosed } from './access.js';
import type { NewOrder, OrderCommand, Context } from './commands.js';
import { coverageOf } from './coverage.js';
import { accept, type Decision, refuse, stale } from './decision.js';
import type { Created } from './creation-entries.js';
import type { Entry, ParcelNews, StatusChanged } from './entries.js';
import type { Cancelled } from './action-entries.js';
import { evolve } from './evolve.js';
import { parcelsAfter, parcelsOf } from './evolve-parcels.js';
import { graceEnd } from './grace.js';
import type { ItemQuantity } from './order-parts.js';
import type { OrderState } from './order.js';
import { kept } from './refund.js';
import { heldByPerson } from './hold.js';
import { beforeShipment, mayMove, type Status } from './transitions.js';

const hourMs = 3_600_000;

/** A moment so many milliseconds after another; RFC 3339 UTC. */
export const later = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();

/** An order's payments as they are kept: those that were listed, or the one that the order itself names. */
const paymentsOf = ({ payments, payment_id, payment_method, payment_status, total_amount }: NewOrder) => {
  if (payments !== undefined) {
    const latest = payments.findLast(({ status }) => status !== 'pending');
    const cash = payments.find(({ method }) => method === 'cod');
    return { payments, payment_id: latest?.payment_id, payment_method: (cash ?? latest ?? payments[0])?.method };
  }
  const amount = total_amount;
  const named = { method: payment_method, status: payment_status, amount } as const;
  return { payments: payment_id === undefined ? [] : [{ payment_id, ...named }] };
};

/** The life of an order begins confirmed; fulfilment starts at once if it is covered, else it has until its deadline. */
export const decideCreate = (order: NewOrder, orderNumber: string, context: Context): Created => {
  const { guest_email, shipping_address, billing_address, notes, ...data } = order;
  const created: Created = {
    type: 'order.created',
    data: { order_number: orderNumber, to_status: 'confirmed', ...data, ...paymentsOf(order) },
    personal: { guest_email, shipping_address, billing_address, notes },
  };
  const state = evolve(undefined, { order_id: '', version: 1, at: context.now, entry: created });
  const { payment_status } = state.order;
  return { ...created, data: { ...created.data, ...coverageOf(state, context).consequences, payment_status } };
};

/** Every unit that is neither cancelled nor returned. */
export const openUnits = (state: OrderState): readonly ItemQuantity[] =>
  state.order.items
    .map((item) => ({ item_id: item.id, quantity: kept(item) - item.returned_quantity }))
    .filter(({ quantity }) => quantity > 0);

const remarks = (notes: string | undefined) => (notes === undefined ? {} : { personal: { notes } });

/** The entry that cancels all that is left. */
export const cancelled = (
  state: OrderState,
  reason: string,
  { notes, grace_ends_at }: { readonly notes?: string | undefined; readonly grace_ends_at?: string | undefined } = {},
): Cancelled => ({
  type: 'order.cancelled',
  ...remarks(notes),
  data: {
    from_status: state.order.status,
    to_status: 'cancelled',
    reason,
    items: openUnits(state),
    ...(grace_ends_at === undefined ? {} : { grace_ends_at }),
  },
});

/** CancelOrder: only before shipment. */
export const decideCancel = (state: OrderState, reason: string, context: Context): Decision =>
  beforeShipment(state.order.status)
    ? accept(cancelled(state, reason, { grace_ends_at: graceEnd(context) }))
    : refuse({ code: 'order_not_cancellable', detail: `The order is ${state.order.status}.` });

/** When a return window that opens at this moment closes. */
export const windowFrom = (moment: string, { policy }: Context): string =>
  later(moment, policy.returnWindowDays * 24 * hourMs);

/** When the return window closes, if this return opens it: one that comes before the news of delivery. */
export const windowAfterReturn = (state: OrderState, to: Status, context: Context): string | undefined =>
  state.order.status === 'shipped' && to === 'partially_returned' ? windowFrom(context.now, context) : undefined;

const latest = (times: readonly string[]): string | undefined =>
  times.toSorted((a, b) => Date.parse(b) - Date.parse(a))[0];

/** When the return window closes after this delivery: it runs from the last one. */
export const windowAfterDelivery = (state: OrderState, news: Delivery, context: Context): string => {
  const { shipments } = parcelsAfter(parcelsOf(state), news);
  const deliveries = shipments.flatMap(({ delivered_at }) => delivered_at ?? []);
  // By hand, an order may be delivered whose parcels were all delivered before.
  const last = news.parcels === undefined ? latest([...deliveries, news.delivered_at]) : latest(deliveries);
  return windowFrom(last ?? news.delivered_at, context);
};

type Delivery = ParcelNews & { readonly delivered_at: string };

/** A move with the stamps its target calls for. */
export const moved = (
  state: OrderState,
  to: Status,
  context: Context,
  details: Omit<StatusChanged['data'], 'from_status' | 'to_status'> = {},
  notes?: string,
): StatusChanged => {
  const delivered_at = to === 'delivered' ? (details.delivered_at ?? context.now) : undefined;
  return {
    type: 'order.status_changed',
    data: {
      from_status: state.order.status,
      to_status: to,
      ...details,
      shipped_at: to === 'shipped' ? (details.shipped_at ?? context.now) : undefined,
      delivered_at,
      return_window_ends_at:
        delivered_at === undefined
          ? windowAfterReturn(state, to, context)
          : windowAfterDelivery(state, { ...details, delivered_at }, context),
    },
    ...remarks(notes),
  };
};

type ChangeStatus = Extract<OrderCommand, { type: 'change_status' }>;

const handMove = (state: OrderState, { status, reason, notes }: ChangeStatus, context: Context): Entry => {
  if (status === 'cancelled')
    return cancelled(state, reason ?? 'cancelled by hand', { notes, grace_ends_at: graceEnd(context) });
  if (status !== 'returned') return moved(state, status, context, { reason }, notes);
  const data = { from_status: state.order.status, to_status: status, items: openUnits(state), reason };
  return { type: 'order.returned', data, ...remarks(notes) };
};

/** UpdateOrderStatus: by hand the transition table is the law; the same status again is no move. */
export const decideChangeStatus = (state: OrderState, command: ChangeStatus, context: Context): Decision => {
  const { order } = state;
  const { status } = command;
  if (!mayMove(order.status, status)) return refuse({ code: 'illegal_transition', from: order.status, to: status });
  // Cancelling stays possible while an order is held, whichever call asks for it.
  if (status !== 'cancelled' && state.holds.person !== undefined) return heldByPerson;
  if (status === 'returned' || status === 'partially_returned') {
    if (!context.policy.returns) return refuse({ code: 'return_not_allowed', detail: 'Returns are switched off.' });
    if (returnWindowClosed(order, context.now))
      return refuse({ code: 'return_not_allowed', detail: 'The return window is closed.' });
  }
  return accept(handMove(state, command, context));
};

/** What a deadline brings: an unpaid order is cancelled, a closed return window completes the order, a hold ends. */
export const decideDeadline = (
  state: OrderState,
  { what, at }: Extract<OrderCommand, { type: 'meet_deadline' }>,
  { now }: Context,
): Decision => {
  const stands = state.order.deadlines.some((deadline) => deadline.what === what && deadline.at === at);
  if (!stands || Date.parse(at) > Date.parse(now)) return stale(`the ${what} deadline no longer stands`);
  switch (what) {
    case 'payment':
      return accept(cancelled(state, 'not paid in time'));
    case 'return_window':
      return accept({ type: 'order.completed', data: {} });
    case 'hold':
      return accept({ type: 'order.released', data: { hold: 'person' } });
    case 'grace':
      return accept({
        type: 'order.updated',
        data: { fields: ['deadlines'], grace_ended: true },
        personal: { changes: [] },
      });
  }
};
