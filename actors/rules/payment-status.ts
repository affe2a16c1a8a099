import { capturedIn, refundedIn, requestedOf, stillAuthorizedIn } from './funds.js';
import { amount, format, notBelowZero } from './money.js';
import type { OrderPayment, OrderState, PaymentStatus, SinglePaymentStatus } from './order.js';
import type { Payment } from './payment.js';
import { toPay } from './refund.js';

/** How one payment stands: captures and refunds first, else what the latest news made of it. */
export const paymentStatusOf = (payment: Payment): SinglePaymentStatus => {
  const { captured, refunded, state } = payment;
  if (captured.isZero()) return state;
  if (refunded.gte(captured)) return 'refunded';
  return refunded.isZero() ? 'completed' : 'partially_refunded';
};

const shown = (state: OrderState, payment: Payment): OrderPayment => {
  const { payment_id, method, authorized, voided, captured, refunded } = payment;
  return {
    payment_id,
    method,
    status: paymentStatusOf(payment),
    authorized_amount: format(notBelowZero(authorized.minus(voided)), state.decimals),
    captured_amount: format(captured, state.decimals),
    refunded_amount: format(refunded, state.decimals),
    requested_amount: format(requestedOf(state, payment_id), state.decimals),
  };
};

/** How the whole order is paid: the first status that fits. */
export const orderPaymentStatus = (state: OrderState): PaymentStatus => {
  const [captured, refunded] = [capturedIn(state), refundedIn(state)];
  if (!captured.isZero() && refunded.gte(captured)) return 'refunded';
  if (!refunded.isZero()) return 'partially_refunded';
  const something = !captured.isZero() || amount(state.order.total_amount).isZero();
  if (something && captured.gte(toPay(state))) return 'completed';
  if (!captured.isZero()) return 'partially_paid';
  if (!stillAuthorizedIn(state).isZero()) return 'authorized';
  return state.payments.at(-1)?.state === 'failed' ? 'failed' : 'pending';
};

/** The fields of the document that say how the order is paid. */
export const paymentFields = (state: OrderState) =>
  ({
    captured_amount: format(capturedIn(state), state.decimals),
    refunded_amount: format(refundedIn(state), state.decimals),
    payment_status: orderPaymentStatus(state),
    payments: state.payments.map((payment) => shown(state, payment)),
  }) as const;
