import type { Created, Imported } from './creation-entries.js';
import type { PaymentUpdated } from './entries.js';
import { openingFunds } from './funds.js';
import { addAuthorization, addCapture, addFailure } from './funds-changes.js';
import { addAnswer, addRefund, addRefusal, addRetry } from './funds-refunds.js';
import { type Amount, amount, zero } from './money.js';
import type { PaymentStatus } from './order.js';
import type { Funds } from './payment.js';

/** The money that an order's creation states. */
export const openingOf = ({ data }: Created): Funds => {
  const { payments, payment_id, payment_status, total_amount } = data;
  const under = (status: PaymentStatus): Amount =>
    payment_id === undefined && payments.length === 0 && payment_status === status ? amount(total_amount) : zero;
  return openingFunds(payments, { captured: under('completed'), authorized: under('authorized') });
};

/** The money of an order of the former service: what was completed is captured, what was refunded is both. */
export const openingOfImport = ({ data }: Imported): Funds => {
  const { payment_id, method, status, amount: told } = data.payment;
  const value = amount(told);
  const captured = status === 'completed' || status === 'refunded' ? value : zero;
  const refunded = status === 'refunded' ? value : zero;
  const authorized = status === 'authorized' ? value : zero;
  if (payment_id === undefined) {
    const funds = openingFunds([], { captured, authorized });
    return { ...funds, unnamed: { ...funds.unnamed, refunded } };
  }
  const known = status === 'completed' || status === 'authorized' ? status : 'pending';
  const funds = openingFunds([{ payment_id, method, status: known, amount: told }], {
    captured: zero,
    authorized: zero,
  });
  const state = status === 'refunded' ? 'completed' : status;
  const more = status === 'refunded' ? { captured, refunded, unconfirmed: captured } : {};
  return { ...funds, payments: funds.payments.map((payment) => ({ ...payment, state, ...more })) };
};

const counted = (funds: Funds, refund_id: string | undefined): Funds =>
  refund_id === undefined ? funds : { ...funds, seenRefunds: [...funds.seenRefunds, refund_id] };

const refundedBy = (funds: Funds, { data }: PaymentUpdated): Funds => {
  const { payment_id, refund_id, refund_key: key, return_id } = data;
  const value = amount(data.amount ?? '0');
  if (key !== undefined) return counted(addAnswer(funds, { key, refund_id, payment_id }, !value.isZero()), refund_id);
  const refunded = counted(addRefund(funds, { payment_id, amount: value }), refund_id);
  return return_id === undefined
    ? refunded
    : { ...refunded, refundedForReturns: refunded.refundedForReturns.plus(value) };
};

/** The money of an order after news of a payment. */
export const fundsAfter = (funds: Funds, version: number, entry: PaymentUpdated): Funds => {
  const { change, payment_id, capture_id, occurred_at: at, refund_key: key } = entry.data;
  const value = amount(entry.data.amount ?? '0');
  switch (change) {
    case 'authorized':
      return addAuthorization(funds, { payment_id, amount: value, at });
    case 'completed':
      return addCapture(funds, { payment_id, amount: value, capture_id, version });
    case 'failed':
      return addFailure(funds, payment_id, at);
    case 'refunded':
      return refundedBy(funds, entry);
    case 'refund_refused':
      return key === undefined ? funds : addRefusal(funds, key);
    case 'refund_retried':
      return key === undefined ? funds : addRetry(funds, key);
    default: {
      const unknown: never = change;
      throw new Error(`unknown change of a payment ${String(unknown)}`);
    }
  }
};
