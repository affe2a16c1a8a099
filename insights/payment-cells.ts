import { requestedOf, takeFrom } from '../actors/rules/funds.js';
import { type Amount, notBelowZero, total } from '../actors/rules/money.js';
import type { OrderState } from '../actors/rules/order.js';
import type { Payment } from '../actors/rules/payment.js';
import { paymentStatusOf } from '../actors/rules/payment-status.js';
import { owed } from '../actors/rules/refund.js';
import { groupedBy, type Cell, cell } from './rollups.js';

/** The status under which money is counted that belongs to no payment with a name. */
export const unnamed = 'unnamed';

/** One payment, or the money under no name. */
interface Money {
  readonly method: string;
  readonly status: string;
  readonly payments: number;
  readonly authorized: Amount;
  readonly captured: Amount;
  readonly refunded: Amount;
  readonly requested: Amount;
  readonly owed: Amount;
}

/** What is owed of each payment: to be given back and not asked for, since its service refused that. */
const owedOf = (state: OrderState): ((payment_id: string | undefined) => Amount) => {
  const shares = takeFrom(state, owed(state));
  return (payment_id) =>
    total(shares.filter((share) => share.payment_id === payment_id).map(({ amount: part }) => part));
};

const moneyOf = (state: OrderState): readonly Money[] => {
  const [methodOfOrder, owing] = [state.order.payment_method ?? '', owedOf(state)];
  const ofPayment = (payment: Payment): Money => ({
    method: payment.method ?? methodOfOrder,
    status: paymentStatusOf(payment),
    payments: 1,
    authorized: notBelowZero(payment.authorized.minus(payment.voided)),
    captured: payment.captured,
    refunded: payment.refunded,
    requested: requestedOf(state, payment.payment_id),
    owed: owing(payment.payment_id),
  });
  const { authorized, captured, refunded } = state.unnamed;
  const rest: Money = {
    ...{ method: methodOfOrder, status: unnamed, payments: 0, authorized, captured, refunded },
    ...{ requested: requestedOf(state, undefined), owed: owing(undefined) },
  };
  const isSomething = [authorized, captured, refunded, rest.requested].some((value) => !value.isZero());
  return [...state.payments.map(ofPayment), ...(isSomething ? [rest] : [])];
};

/** What an order adds to the figures of payments, by method and status. */
export const paymentCells = (state: OrderState): readonly Cell[] => {
  const key = ({ method, status }: Money): string => JSON.stringify([method, status]);
  return [...groupedBy(moneyOf(state), key).values()].map((same) => {
    const sum = (of: (money: Money) => Amount): Amount => total(same.map(of));
    const [{ method, status } = { method: '', status: unnamed }] = same;
    return cell(
      'payments',
      [state.order.currency, method, status],
      { payments: same.reduce((all, { payments }) => all + payments, 0) },
      {
        authorized_amount: sum(({ authorized }) => authorized),
        captured_amount: sum(({ captured }) => captured),
        refunded_amount: sum(({ refunded }) => refunded),
        requested_amount: sum(({ requested }) => requested),
        owed_amount: sum((money) => money.owed),
      },
    );
  });
};
