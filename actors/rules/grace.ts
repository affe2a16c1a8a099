import type { Context, OrderCommand } from './commands.js';
import { accept, type Decision, refuse } from './decision.js';
import type { Entry, PaymentAmount } from './entries.js';
import type { Restored } from './cancellation-entries.js';
import { evolve } from './evolve.js';
import { paymentOf } from './funds.js';
import type { Grace } from './grace-state.js';
import type { OrderState } from './order.js';
import type { Funds } from './payment.js';
import type { Refusal } from './refusal.js';

/*
 * The grace of a cancellation: for a while a cancelled order can be restored. Until then its effects wait (`not_before`),
 * fulfilment is on hold, and events that a cancelled order cannot take are kept.
 */

/** What a cancelled order needs to become again what it was; undefined where it cannot. */
export const graceAfter = (before: OrderState, version: number, entry: Entry): Grace | undefined => {
  if (entry.type === 'order.cancelled') {
    const { grace_ends_at: ends_at, items, from_status: status } = entry.data;
    if (ends_at === undefined) return undefined;
    const { holds, order } = before;
    return { ends_at, version, status, items, holds, deadlines: order.deadlines, refunds: [], voids: [] };
  }
  const over = entry.type === 'order.restored' || (entry.type === 'order.updated' && entry.data.grace_ended === true);
  return over ? undefined : before.grace;
};

/** The same grace with what an entry asked of payments meanwhile; `funds` are those before it. */
export const withRequests = (
  grace: Grace | undefined,
  funds: Funds,
  refundKeys: readonly string[],
  voids: readonly PaymentAmount[],
): Grace | undefined => {
  if (grace === undefined || refundKeys.length + voids.length === 0) return grace;
  const made = voids.map((one) => ({ ...one, state: paymentOf(funds, one.payment_id)?.state ?? 'authorized' }));
  return { ...grace, refunds: [...grace.refunds, ...refundKeys], voids: [...grace.voids, ...made] };
};

/** The money of an order without the requests of its grace: none of them was made. */
export const withoutRequests = (funds: Funds, { refunds, voids }: Grace): Funds => ({
  ...funds,
  refunds: funds.refunds.filter(({ key }) => !refunds.includes(key)),
  payments: funds.payments.map((payment) => {
    const own = voids.filter(({ payment_id }) => payment_id === payment.payment_id);
    const [first] = own;
    if (first === undefined) return payment;
    const voided = own.reduce((left, { amount }) => left.minus(amount), payment.voided);
    return { ...payment, voided, state: payment.state === 'voided' ? first.state : payment.state };
  }),
  unnamed: {
    ...funds.unnamed,
    authorized: voids
      .filter(({ payment_id }) => payment_id === undefined)
      .reduce((all, { amount }) => all.plus(amount), funds.unnamed.authorized),
  },
});

/** When the grace of a cancellation by this caller ends; undefined where there is none. */
export const graceEnd = ({ caller, now, policy }: Context): string | undefined => {
  const person = ['customer', 'guest', 'staff', 'admin'].includes(caller.type);
  if (!person || policy.cancelGraceSeconds === 0) return undefined;
  return new Date(Date.parse(now) + policy.cancelGraceSeconds * 1_000).toISOString();
};

const restored = ({ status, items }: Grace, reason: string | undefined): Restored => ({
  type: 'order.restored',
  data: { from_status: 'cancelled', to_status: status, items, reason },
});

/** A cancelled order as a restore would make it now. */
export const asRestored = (state: OrderState, grace: Grace, now: string): OrderState =>
  evolve(state, {
    order_id: state.order.id,
    version: state.order.version + 1,
    at: now,
    entry: restored(grace, undefined),
  });

/** Why an order is not restored, where its time is over or its effects are under way. */
export const notRestorable: Refusal = {
  code: 'order_not_restorable',
  detail: 'The order is not cancelled, or the time to restore it is over.',
};

/** Undoes a cancellation while its grace lasts. That none of its effects is under way, the storing statement makes sure. */
export const decideRestore = (
  { grace }: OrderState,
  { reason }: Extract<OrderCommand, { type: 'restore' }>,
  { now }: Context,
): Decision =>
  grace === undefined || Date.parse(grace.ends_at) <= Date.parse(now)
    ? refuse(notRestorable)
    : accept(restored(grace, reason));
