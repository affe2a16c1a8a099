import type { OrderCommand } from './commands.js';
import { accept, conflict, type Decision, refuse, stale } from './decision.js';
import { heldBy, heldIn } from './funds.js';
import { type Amount, amount, format, zero } from './money.js';
import type { OrderState } from './order.js';
import type { RefundRequest } from './payment.js';
import { paymentUpdated } from './payments.js';
import { owed } from './refund.js';

const refunded = (
  state: OrderState,
  { key: refund_key }: RefundRequest,
  value: Amount,
  { refund_id, payment_id }: { refund_id: string; payment_id?: string | undefined },
): Decision =>
  accept(
    paymentUpdated({
      ...{ change: 'refunded', payment_id, amount: format(value, state.decimals) },
      ...{ refund_id, refund_key },
    }),
  );

/** Whether the payment that was asked holds the money of a request that is not open. */
const isHeld = (state: OrderState, { payment_id, amount: asked }: RefundRequest): boolean =>
  amount(asked).lte(payment_id === undefined ? heldIn(state) : heldBy(state, payment_id)) &&
  amount(asked).lte(heldIn(state));

/** The payment service's answer to a refund this order asked for. */
export const decideSettleRefund = (
  state: OrderState,
  command: Extract<OrderCommand, { type: 'settle_refund' }>,
): Decision => {
  const asked = state.refunds.find(({ key }) => key === command.key);
  if (asked === undefined) return stale('no such refund was asked for');
  if (command.outcome === 'refused') {
    if (asked.state !== 'requested') return stale(`the refund is ${asked.state}`);
    const { key: refund_key, reason } = command;
    return accept(paymentUpdated({ change: 'refund_refused', amount: asked.amount, refund_key, reason }));
  }
  if (asked.state === 'refunded') return stale('this refund is counted');
  const payment_id = asked.payment_id ?? command.payment_id;
  const answer = { refund_id: command.refund_id, payment_id };
  if (state.seenRefunds.includes(command.refund_id))
    // Its event came first and named another amount: the money is counted, the request is answered all the same.
    return asked.state === 'requested' ? refunded(state, asked, zero, answer) : stale('this refund is counted');
  if (asked.state === 'requested' || isHeld(state, asked)) return refunded(state, asked, amount(asked.amount), answer);
  return conflict('more refunded than the payment holds: compare with the payment service');
};

/** Staff asks again for a refund that was refused, if that much is still owed and its payment still holds it. */
export const decideRetryRefund = (
  state: OrderState,
  { key, reason }: Extract<OrderCommand, { type: 'retry_refund' }>,
): Decision => {
  const asked = state.refunds.find((refund) => refund.key === key);
  if (asked?.state !== 'refused') return stale('the refund is not refused');
  if (amount(asked.amount).gt(owed(state)) || !isHeld(state, asked))
    return refuse({ code: 'quantity_not_available', detail: 'That much is no longer owed.', errors: [] });
  return accept(paymentUpdated({ change: 'refund_retried', amount: asked.amount, refund_key: key, reason }));
};
