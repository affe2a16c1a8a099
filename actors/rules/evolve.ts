import { type Created, type Entry, type JournalEntry, type PaymentUpdated, refundKey } from './entries.js';
import { format, zero } from './money.js';
import { beforeShipment, type Status } from './transitions.js';
import type { Deadline, Item, ItemQuantity, Order, OrderState, RefundRequest, Return } from './order.js';

const create = (orderId: string, at: string, { data, personal }: Created): OrderState => ({
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
    captured_amount: data.payment_status === 'completed' ? data.total_amount : format(zero, data.decimals),
    refunded_amount: format(zero, data.decimals),
    payment_id: data.payment_id,
    payment_method: data.payment_method,
    payment_status: data.payment_status,
    shipping_address: personal.shipping_address,
    billing_address: personal.billing_address,
    notes: personal.notes,
    metadata: data.metadata,
    items: data.items,
    returns: [],
    deadlines: data.payment_due_at === undefined ? [] : [{ what: 'payment', at: data.payment_due_at }],
    created_at: at,
    updated_at: at,
    created_by_service: data.created_by_service,
    version: 1,
  },
  decimals: data.decimals,
  paidAtCreation: data.payment_status === 'completed',
  refunds: [],
  seenPayments: [],
  seenRefunds: [],
  waiting: [],
});

const addQuantities = (
  items: readonly Item[],
  field: 'cancelled_quantity' | 'returned_quantity',
  quantities: readonly ItemQuantity[],
): readonly Item[] => {
  const by = new Map(quantities.map(({ item_id, quantity }) => [item_id, quantity]));
  return items.map((item) => ({ ...item, [field]: item[field] + (by.get(item.id) ?? 0) }));
};

const withoutDeadline = (deadlines: readonly Deadline[], what: Deadline['what']): readonly Deadline[] =>
  deadlines.filter((deadline) => deadline.what !== what);

const deadlinesAfter = (order: Order, status: Status, windowEnd: string | undefined): readonly Deadline[] => [
  // A parcel that has left can no longer be cancelled for want of payment.
  ...(beforeShipment(status) ? order.deadlines : withoutDeadline(order.deadlines, 'payment')),
  ...(windowEnd === undefined ? [] : [{ what: 'return_window' as const, at: windowEnd }]),
];

const putReturn = (returns: readonly Return[], changed: Return): readonly Return[] =>
  returns.some((known) => known.return_id === changed.return_id)
    ? returns.map((known) => (known.return_id === changed.return_id ? { ...known, ...changed } : known))
    : [...returns, changed];

const settleRefunds = (refunds: readonly RefundRequest[], { data }: PaymentUpdated): readonly RefundRequest[] => {
  const state = { refunded: 'refunded', refund_refused: 'refused', refund_retried: 'requested' } as const;
  if (data.change === 'completed' || data.change === 'failed' || data.refund_key === undefined) return refunds;
  const settled = state[data.change];
  return refunds.map((refund) =>
    refund.key === data.refund_key ? { ...refund, state: settled, refund_id: data.refund_id } : refund,
  );
};

const applyPayment = (state: OrderState, entry: PaymentUpdated): OrderState => {
  const { data } = entry;
  const first = data.change === 'completed' || data.change === 'failed';
  return {
    ...state,
    order: {
      ...state.order,
      payment_id: first ? (data.payment_id ?? state.order.payment_id) : state.order.payment_id,
      payment_status: data.payment_status,
      captured_amount: data.captured_amount,
      refunded_amount: data.refunded_amount,
      deadlines: first ? withoutDeadline(state.order.deadlines, 'payment') : state.order.deadlines,
    },
    refunds: settleRefunds(state.refunds, entry),
    seenPayments:
      first && data.payment_id !== undefined
        ? [...state.seenPayments, `${data.payment_id}:${data.change}`]
        : state.seenPayments,
    seenRefunds:
      data.change === 'refunded' && data.refund_id !== undefined
        ? [...state.seenRefunds, data.refund_id]
        : state.seenRefunds,
  };
};

const change = (order: Order, at: string, entry: Exclude<Entry, Created | PaymentUpdated>): Partial<Order> => {
  switch (entry.type) {
    case 'order.status_changed': {
      const { data } = entry;
      const shipment = {
        carrier: data.carrier ?? order.shipment?.carrier,
        tracking_number: data.tracking_number ?? order.shipment?.tracking_number,
        shipped_at: data.shipped_at ?? order.shipment?.shipped_at,
        delivered_at: data.delivered_at ?? order.shipment?.delivered_at,
      };
      return {
        status: data.to_status,
        shipment: shipment.shipped_at === undefined ? order.shipment : shipment,
        deadlines: deadlinesAfter(order, data.to_status, data.return_window_ends_at),
      };
    }
    case 'order.updated':
      return {
        shipping_address: entry.personal.shipping_address ?? order.shipping_address,
        billing_address: entry.personal.billing_address ?? order.billing_address,
        notes: entry.personal.notes === '' ? undefined : (entry.personal.notes ?? order.notes),
        metadata: entry.data.metadata ?? order.metadata,
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
    case 'order.return_requested': {
      const { return_id, items, reason } = entry.data;
      return { returns: putReturn(order.returns, { return_id, status: 'requested', items, reason, requested_at: at }) };
    }
    case 'order.returned': {
      const { return_id, items, reason, to_status, return_window_ends_at } = entry.data;
      return {
        status: to_status ?? order.status,
        deadlines: deadlinesAfter(order, to_status ?? order.status, return_window_ends_at),
        items: addQuantities(order.items, 'returned_quantity', items),
        returns:
          return_id === undefined
            ? order.returns
            : putReturn(order.returns, {
                return_id,
                status: 'completed',
                items,
                ...(reason === undefined ? {} : { reason }),
                completed_at: at,
              }),
      };
    }
    case 'order.completed':
      return { completed_at: at, deadlines: [] };
    default: {
      const unknown: never = entry;
      throw new Error(`unknown journal entry ${(unknown as { readonly type: string }).type}`);
    }
  }
};

const applyEntry = (state: OrderState, at: string, entry: Exclude<Entry, Created>): OrderState =>
  entry.type === 'order.payment_updated'
    ? applyPayment(state, entry)
    : { ...state, order: { ...state.order, ...change(state.order, at, entry) } };

const withRequest = (state: OrderState, version: number, { data }: Entry): OrderState =>
  data.refund_requested === undefined
    ? state
    : {
        ...state,
        refunds: [
          ...state.refunds,
          { key: refundKey(state.order.id, version), amount: data.refund_requested, state: 'requested' },
        ],
      };

/**
 * The order after an entry. A pure fold: replaying a journal from nothing gives the present order.
 *
 * @throws Error when a journal does not begin with its creation: a broken record, never a client's fault.
 */
export const evolve = (state: OrderState | undefined, { order_id, version, at, entry }: JournalEntry): OrderState => {
  if (entry.type === 'order.created') return withRequest(create(order_id, at, entry), version, entry);
  if (state === undefined) throw new Error(`the journal of order ${order_id} does not begin with its creation`);
  const next = applyEntry(state, at, entry);
  return withRequest({ ...next, order: { ...next.order, updated_at: at, version } }, version, entry);
};

/** The order that a journal tells of. */
export const replay = (journal: readonly JournalEntry[]): OrderState | undefined =>
  journal.reduce<OrderState | undefined>(evolve, undefined);

/** A journal in the making: the state after each entry, all at one moment. */
export const evolveAll = (state: OrderState, entries: readonly Entry[], at: string): OrderState =>
  entries.reduce<OrderState>(
    (current, entry) => evolve(current, { order_id: current.order.id, version: current.order.version + 1, at, entry }),
    state,
  );
