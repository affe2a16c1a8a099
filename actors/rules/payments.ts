import type { OrderCommand } from './commands.js';
import { accept, conflict, type Decision, refuse, stale } from './decision.js';
import type { PaymentUpdated } from './entries.js';
import { cancelled } from './lifecycle.js';
import { type Amount, amount, format, zero } from './money.js';
import type { InboundData, OrderState, PaymentStatus } from './order.js';
import { owed, refundable } from './refund.js';
import { beforeShipment } from './transitions.js';

const statusOf = (captured: Amount, refunded: Amount, otherwise: PaymentStatus): PaymentStatus => {
  if (refunded.isZero()) return otherwise;
  return refunded.gte(captured) ? 'refunded' : 'partially_refunded';
};

const updated = (
  state: OrderState,
  captured: Amount,
  refunded: Amount,
  otherwise: PaymentStatus,
  data: Omit<PaymentUpdated['data'], 'payment_status' | 'captured_amount' | 'refunded_amount'>,
): PaymentUpdated => ({
  type: 'order.payment_updated',
  data: {
    ...data,
    payment_status: statusOf(captured, refunded, otherwise),
    captured_amount: format(captured, state.decimals),
    refunded_amount: format(refunded, state.decimals),
  },
});

const money = (state: OrderState): { captured: Amount; refunded: Amount } => ({
  captured: amount(state.order.captured_amount),
  refunded: amount(state.order.refunded_amount),
});

const wrongMoney = (state: OrderState, { currency, amount: given }: InboundData): string | undefined => {
  if (currency !== undefined && currency !== state.order.currency)
    return `the order is in ${state.order.currency}, the event in ${currency}`;
  if (given !== undefined && amount(given).decimalPlaces() > state.decimals)
    return `${state.order.currency} has ${state.decimals} decimals`;
  return undefined;
};

/** A payment was captured. For an order handed over as paid this only repeats what is known. */
export const paymentCompleted = (state: OrderState, data: InboundData): Decision => {
  const { payment_id } = data;
  if (state.paidAtCreation) return stale('the order was created as paid');
  if (state.seenPayments.includes(`${payment_id ?? ''}:completed`)) return stale('this payment has completed before');
  const wrong = wrongMoney(state, data);
  if (wrong !== undefined) return conflict(wrong);
  const { captured, refunded } = money(state);
  const given = amount(data.amount ?? state.order.total_amount);
  const now = { change: 'completed', payment_id, amount: format(given, state.decimals) } as const;
  return accept(updated(state, captured.plus(given), refunded, 'completed', now));
};

const final: readonly PaymentStatus[] = ['completed', 'partially_refunded', 'refunded'];

/** A payment failed: an order not yet shipped is cancelled; after a completed payment the news is stale. */
export const paymentFailed = (state: OrderState, { payment_id, reason }: InboundData): Decision => {
  const { order } = state;
  if (state.seenPayments.includes(`${payment_id ?? ''}:failed`)) return stale('this payment has failed before');
  if (final.includes(order.payment_status)) return stale(`the payment is ${order.payment_status}`);
  const { captured, refunded } = money(state);
  const failed = updated(state, captured, refunded, 'failed', { change: 'failed', payment_id, reason });
  const unpaid = { ...state, order: { ...order, payment_status: 'failed' as const } };
  return beforeShipment(order.status) ? accept(failed, cancelled(unpaid, 'payment failed')) : accept(failed);
};

const refunded = (
  state: OrderState,
  value: Amount,
  refund_id: string,
  refund_key: string | undefined,
): PaymentUpdated => {
  const { captured, refunded: before } = money(state);
  return updated(state, captured, before.plus(value), state.order.payment_status, {
    change: 'refunded',
    amount: format(value, state.decimals),
    refund_id,
    refund_key,
  });
};

/** The refund id of a refund that staff settled by hand, where the payment service gave none. */
export const resolvedRefundId = (key: string): string => `resolved:${key}`;

const tooMuch = conflict('more refunded than was captured');

/**
 * A refund's event must wait while it may be the news of a request of ours: whose it is shows when the payment service
 * answers with the refund's id. Nor can anything be refunded before it was captured.
 */
export const refundMustWait = (state: OrderState, { amount: given, refund_id }: InboundData): boolean => {
  if (refund_id !== undefined && state.seenRefunds.includes(refund_id)) return false;
  if (amount(state.order.captured_amount).isZero()) return true;
  return state.refunds.some(
    ({ state: now, amount: asked }) => now === 'requested' && (given === undefined || amount(given).eq(asked)),
  );
};

/** Money went back. It counts once by its refund id, whether its event or its answer comes first (SPEC section 3). */
export const paymentRefunded = (state: OrderState, data: InboundData, eventId: string): Decision => {
  const refundId = data.refund_id ?? eventId;
  if (state.seenRefunds.includes(refundId)) return stale('this refund is counted');
  const wrong = wrongMoney(state, data);
  if (wrong !== undefined) return conflict(wrong);
  const { captured, refunded: before } = money(state);
  const value = data.amount === undefined ? captured.minus(before) : amount(data.amount);
  // Without an id, or after staff settled it by hand, only the amount can tell that it is the news of a refund of ours.
  const ours = state.refunds.some(
    (refund) =>
      refund.state === 'refunded' &&
      (data.refund_id === undefined || refund.refund_id === resolvedRefundId(refund.key)) &&
      (data.amount === undefined || value.eq(refund.amount)),
  );
  if (ours) return stale('the news of a refund that is counted');
  if (value.isZero() || value.gt(refundable(state))) return tooMuch;
  return accept(refunded(state, value, refundId, undefined));
};

/** The payment service's answer to a refund this order asked for. */
export const decideSettleRefund = (
  state: OrderState,
  command: Extract<OrderCommand, { type: 'settle_refund' }>,
): Decision => {
  const asked = state.refunds.find(({ key }) => key === command.key);
  if (asked === undefined) return stale('no such refund was asked for');
  if (command.outcome === 'refused') {
    if (asked.state !== 'requested') return stale(`the refund is ${asked.state}`);
    const { captured, refunded: before } = money(state);
    const { key: refund_key, reason } = command;
    const data = { change: 'refund_refused', amount: asked.amount, refund_key, reason } as const;
    return accept(updated(state, captured, before, state.order.payment_status, data));
  }
  if (asked.state === 'refunded') return stale('this refund is counted');
  if (state.seenRefunds.includes(command.refund_id))
    // Its event came first and named another amount: the money is counted, the request is answered all the same.
    return asked.state === 'requested' ? accept(refunded(state, zero, command.refund_id, asked.key)) : stale('counted');
  const value = amount(asked.amount);
  const free = asked.state === 'requested' ? refundable(state).plus(value) : refundable(state);
  return value.gt(free) ? tooMuch : accept(refunded(state, value, command.refund_id, asked.key));
};

/** Staff asks again for a refund that was refused, if that much is still owed (SPEC section 2). */
export const decideRetryRefund = (
  state: OrderState,
  { key, reason }: Extract<OrderCommand, { type: 'retry_refund' }>,
): Decision => {
  const asked = state.refunds.find((refund) => refund.key === key);
  if (asked?.state !== 'refused') return stale('the refund is not refused');
  if (amount(asked.amount).gt(owed(state)))
    return refuse({ code: 'quantity_not_available', detail: 'That much is no longer owed.', errors: [] });
  const { captured, refunded: before } = money(state);
  const data = { change: 'refund_retried', amount: asked.amount, refund_key: key, reason } as const;
  return accept(updated(state, captured, before, state.order.payment_status, data));
};
