import type { NewPayment } from './creation-entries.js';
import { type Amount, amount, atMost, notBelowZero, total, zero } from './money.js';
import type { Funds, Payment, RefundRequest, RefundShare, UnnamedMoney } from './payment.js';

/*
 * The money of an order, payment by payment.
 *
 * Each payment has what was authorized, voided, captured and refunded of it; open refund requests say from which payments
 * they take (`shares`). Money whose payment is not named yet stands apart (`unnamed`): it gets its name by a capture's
 * event, a refund's event or the answer to a refund, and naming moves amounts between the two without changing any sum.
 *
 * `unconfirmed` makes every capture count once: it is the part of `captured` that came from elsewhere than a capture's
 * event (from creation, from naming). A capture's event is set against it first, then against money under no name, and
 * only the rest is new money.
 *
 * Everything here is a total function of funds and facts. Whether a fact is to be believed is decided before
 * (payments.ts, refund-requests.ts); these functions only add it up, so that a journal replays for ever.
 */

/** No money at all. */
const noFunds: Funds = {
  payments: [],
  unnamed: { authorized: zero, captured: zero, refunded: zero },
  refunds: [],
  seenRefunds: [],
  refundedForReturns: zero,
};

/** A payment of which nothing is known yet. */
export const unknownPayment = (payment_id: string): Payment => ({
  payment_id,
  state: 'pending',
  authorized: zero,
  voided: zero,
  captured: zero,
  refunded: zero,
  announced: zero,
  unconfirmed: zero,
  captures: [],
  captured_in: 1,
});

/** The payments as creation states them, and what it states without a payment. */
export const openingFunds = (
  payments: readonly NewPayment[],
  unnamed: { readonly captured: Amount; readonly authorized: Amount },
): Funds => ({
  ...noFunds,
  payments: payments.map(({ payment_id, method, status, amount: told }) => {
    const announced = amount(told);
    const captured = status === 'completed' ? announced : zero;
    return {
      ...unknownPayment(payment_id),
      ...{ method, state: status, announced, captured, unconfirmed: captured },
      authorized: status === 'authorized' ? announced : zero,
    };
  }),
  unnamed: { ...unnamed, refunded: zero },
});

/** The payment with this id, if anything is known of it. */
export const paymentOf = ({ payments }: Funds, payment_id: string | undefined): Payment | undefined =>
  payments.find((payment) => payment.payment_id === payment_id);

const put = (funds: Funds, payment: Payment): Funds => ({
  ...funds,
  payments:
    paymentOf(funds, payment.payment_id) === undefined
      ? [...funds.payments, payment]
      : funds.payments.map((known) => (known.payment_id === payment.payment_id ? payment : known)),
});

/** The same money, one payment of it changed. */
export const withPayment = (
  funds: Funds,
  payment_id: string,
  change: (payment: Payment) => Partial<Payment>,
): Funds => {
  const payment = paymentOf(funds, payment_id) ?? unknownPayment(payment_id);
  return put(funds, { ...payment, ...change(payment) });
};

/** The same money, that under no name changed. */
export const withUnnamed = (funds: Funds, change: Partial<UnnamedMoney>): Funds => ({
  ...funds,
  unnamed: { ...funds.unnamed, ...change },
});

/** What a payment still has authorized: neither captured nor voided. */
export const stillAuthorized = ({ authorized, captured, voided }: Payment): Amount =>
  notBelowZero(authorized.minus(captured).minus(voided));

/** Refunds requested and not answered, of one payment. */
export const requestedOf = ({ refunds }: Pick<Funds, 'refunds'>, payment_id: string | undefined): Amount =>
  total(
    refunds
      .filter(({ state }) => state === 'requested')
      .flatMap(({ shares }) => shares.filter((share) => share.payment_id === payment_id).map((share) => share.amount)),
  );

/** What a payment holds: captured, neither refunded nor requested. Undefined names the money under no name. */
export const heldBy = (funds: Funds, payment_id: string | undefined): Amount => {
  const money = payment_id === undefined ? funds.unnamed : paymentOf(funds, payment_id);
  return money === undefined ? zero : money.captured.minus(money.refunded).minus(requestedOf(funds, payment_id));
};

const sumOf = ({ payments, unnamed }: Funds, of: 'captured' | 'refunded'): Amount =>
  total([unnamed[of], ...payments.map((payment) => payment[of])]);

/** All that was captured. */
export const capturedIn = (funds: Funds): Amount => sumOf(funds, 'captured');

/** All that was refunded. */
export const refundedIn = (funds: Funds): Amount => sumOf(funds, 'refunded');

/** All refunds requested and not answered. */
export const requestedIn = ({ refunds }: Pick<Funds, 'refunds'>): Amount =>
  total(refunds.filter(({ state }) => state === 'requested').map((refund) => amount(refund.amount)));

/** All that is authorized and neither captured nor voided. */
export const stillAuthorizedIn = ({ payments, unnamed }: Funds): Amount =>
  total([unnamed.authorized, ...payments.map(stillAuthorized)]);

/** All that could still be refunded. */
export const heldIn = (funds: Funds): Amount =>
  notBelowZero(capturedIn(funds).minus(refundedIn(funds)).minus(requestedIn(funds)));

/** The payments most recently captured first; of those that creation stated, the last listed first. */
const holders = (funds: Funds): readonly (string | undefined)[] => [
  ...funds.payments
    .toReversed()
    .toSorted((a, b) => b.captured_in - a.captured_in)
    .map(({ payment_id }) => payment_id),
  undefined,
];

/** Where an amount can be taken from, never more of a payment than it holds; less than asked where less is held. */
export const takeFrom = (
  funds: Funds,
  wanted: Amount,
  from: readonly (string | undefined)[] = holders(funds),
): readonly RefundShare[] => {
  let left = atMost(wanted, heldIn(funds));
  return from.flatMap((payment_id) => {
    const taken = atMost(left, notBelowZero(heldBy(funds, payment_id)));
    left = left.minus(taken);
    return taken.isZero() ? [] : [{ payment_id, amount: taken }];
  });
};

/** Where a request takes its money from: the payment that it names; where it names none, money under no name first. */
export const sharesOf = (
  funds: Funds,
  { payment_id, amount: asked }: Pick<RefundRequest, 'payment_id' | 'amount'>,
): readonly RefundShare[] => {
  const first = [payment_id, ...(payment_id === undefined ? [] : [undefined])];
  const others = holders(funds).filter((holder) => !first.includes(holder));
  const shares = takeFrom(funds, amount(asked), [...first, ...others]);
  const missing = amount(asked).minus(total(shares.map((share) => share.amount)));
  // Only a request of release 2.0 can ask for more than there is.
  return missing.isZero() ? shares : [...shares, { payment_id: undefined, amount: missing }];
};
