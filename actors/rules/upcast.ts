import type { Created, NewPayment } from './creation-entries.js';
import type { Entry, PaymentUpdated } from './entries.js';
import { stillAuthorized, paymentOf } from './funds.js';
import { amount, format } from './money.js';
import type { OrderState } from './order.js';

/*
 * Entries of release 2.0, read as today's. 2.0 knew one payment an order: the latest that an event named. Its entries lack
 * what every entry of today has: `payments` in creations and payment updates, lists of refunds and voids.
 *
 * Fulfilment of its orders counts as started. Captures belong to the payment their entry names, refunds to the payment that
 * was asked, else to none.
 */

interface Data20 {
  readonly refund_requested?: string;
  readonly void_requested?: boolean;
  readonly payments?: unknown;
}

const creation = ({ data, personal }: Created): Created => {
  const { payment_id, payment_method: method, total_amount: total } = data;
  // 2.0 knew these three at creation.
  const status = data.payment_status as NewPayment['status'];
  const payments: readonly NewPayment[] =
    payment_id === undefined ? [] : [{ payment_id, method, status, amount: total }];
  return { type: 'order.created', data: { ...data, payments, start_fulfilment: true }, personal };
};

const paymentUpdate = ({ data }: PaymentUpdated): PaymentUpdated => ({
  type: 'order.payment_updated',
  data: {
    ...data,
    payments: [],
    // News of a payment that completed or failed lifted the deadline.
    ...(data.change === 'completed' || data.change === 'failed' ? { payment_due_at: null } : {}),
  },
});

const today = (entry: Entry): Entry => {
  if ((entry.data as Data20).payments !== undefined) return entry;
  if (entry.type === 'order.imported') return entry;
  if (entry.type === 'order.created') return creation(entry);
  return entry.type === 'order.payment_updated' ? paymentUpdate(entry) : entry;
};

const asked = (entry: Entry, payment_id: string | undefined): Entry => {
  const { refund_requested } = entry.data;
  if (refund_requested === undefined || entry.data.refunds_requested !== undefined) return entry;
  const data = { ...entry.data, refunds_requested: [{ payment_id, amount: refund_requested }] };
  return { ...entry, data } as Entry;
};

const voided = (entry: Entry, state: OrderState): Entry => {
  if ((entry.data as Data20).void_requested !== true) return entry;
  const { payment_id } = state.order;
  const payment = paymentOf(state, payment_id);
  const open = payment === undefined ? amount(state.order.total_amount) : stillAuthorized(payment);
  const voids_requested = [{ payment_id, amount: format(open, state.decimals) }];
  return { ...entry, data: { ...entry.data, voids_requested } } as Entry;
};

const namedBy = (entry: Entry): string | undefined => {
  if (entry.type === 'order.created') return entry.data.payment_id;
  const names =
    entry.type === 'order.payment_updated' && (entry.data.change === 'completed' || entry.data.change === 'failed');
  return names ? entry.data.payment_id : undefined;
};

/** An entry of any release in today's shape. `state` is the order before it. */
export const upcast = (state: OrderState | undefined, entry: Entry): Entry => {
  const requested = asked(today(entry), namedBy(entry) ?? state?.order.payment_id);
  return state === undefined ? requested : voided(requested, state);
};
