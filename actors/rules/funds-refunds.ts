import type { PaymentAmount } from './entry-parts.js';
import type { PaymentFact } from './funds-changes.js';
import { heldBy, paymentOf, sharesOf, unknownPayment, withPayment, withUnnamed } from './funds.js';
import { type Amount, atMost, notBelowZero, total, zero } from './money.js';
import type { Funds, RefundRequest, RefundShare } from './payment.js';

/* What refunds, requests for them and their answers do to the money of an order: see funds.ts. */

/** Of a refund under a new name only the refunded amount gets the name. */
const nameRefund = (funds: Funds, payment_id: string, value: Amount): Funds => {
  if (value.isZero()) return funds;
  const captured = funds.unnamed.captured.minus(value);
  return withPayment(withUnnamed(funds, { captured }), payment_id, (payment) => ({
    state: 'completed',
    captured: payment.captured.plus(value),
    unconfirmed: payment.unconfirmed.plus(value),
  }));
};

/** Open requests that take from a payment take up to an amount from other shares instead. */
const moveShares = (
  refunds: readonly RefundRequest[],
  from: string,
  upTo: Amount,
  instead: readonly RefundShare[],
): readonly RefundRequest[] => {
  let left = upTo;
  const rest = instead.map(({ payment_id, amount }) => ({ payment_id, remaining: amount }));
  const taken = (wanted: Amount): readonly RefundShare[] => {
    let missing = wanted;
    return rest.flatMap((share): readonly RefundShare[] => {
      const part = atMost(share.remaining, missing);
      missing = missing.minus(part);
      share.remaining = share.remaining.minus(part);
      return part.isZero() ? [] : [{ payment_id: share.payment_id, amount: part }];
    });
  };
  return refunds.map((refund) => {
    if (refund.state !== 'requested' || left.isZero()) return refund;
    const shares = refund.shares.flatMap((share): readonly RefundShare[] => {
      if (share.payment_id !== from) return [share];
      const moved = atMost(share.amount, left);
      left = left.minus(moved);
      const stays = share.amount.minus(moved);
      return [...(stays.isZero() ? [] : [{ ...share, amount: stays }]), ...taken(moved)];
    });
    return { ...refund, shares };
  });
};

/**
 * A payment gave money back. What it is known to have captured comes first, also where other requests count on it: those
 * take from `instead`, the money that was set aside for this refund. Only what goes beyond is money under no name, which
 * so gets its name: whatever else was named would be counted again when its own capture is heard of.
 */
const giveBack = (
  funds: Funds,
  { payment_id, amount: value }: { readonly payment_id: string; readonly amount: Amount },
  instead: readonly RefundShare[],
): Funds => {
  const payment = paymentOf(funds, payment_id) ?? unknownPayment(payment_id);
  const own = atMost(value, notBelowZero(payment.captured.minus(payment.refunded)));
  const counted = notBelowZero(own.minus(notBelowZero(heldBy(funds, payment_id))));
  const moved = { ...funds, refunds: moveShares(funds.refunds, payment_id, counted, instead) };
  return withPayment(nameRefund(moved, payment_id, value.minus(own)), payment_id, ({ refunded }) => ({
    refunded: refunded.plus(value),
  }));
};

/** A refund that this service did not ask for, or asked for in another amount. */
export const addRefund = (funds: Funds, { payment_id, amount: value }: PaymentFact): Funds =>
  payment_id === undefined
    ? withUnnamed(funds, { refunded: funds.unnamed.refunded.plus(value) })
    : giveBack(funds, { payment_id, amount: value }, [{ payment_id: undefined, amount: value }]);

const withRequest = (funds: Funds, key: string, change: Partial<RefundRequest>): Funds => ({
  ...funds,
  refunds: funds.refunds.map((refund) => (refund.key === key ? { ...refund, ...change } : refund)),
});

const takeShares = (funds: Funds, shares: readonly RefundShare[]): Funds =>
  shares.reduce(
    (current, { payment_id, amount: value }) =>
      payment_id === undefined
        ? withUnnamed(current, { refunded: current.unnamed.refunded.plus(value) })
        : withPayment(current, payment_id, ({ refunded }) => ({ refunded: refunded.plus(value) })),
    funds,
  );

/**
 * The answer to a request: refunded as asked. Of the payment that the answer names, as far as that one holds the money or
 * money under no name can be its own; else of the payments that the request takes from.
 */
export const addAnswer = (
  funds: Funds,
  { key, refund_id, payment_id }: { key: string; refund_id: string | undefined; payment_id: string | undefined },
  counted: boolean,
): Funds => {
  const asked = funds.refunds.find((refund) => refund.key === key);
  if (asked === undefined) return funds;
  const shares = asked.state === 'requested' ? asked.shares : sharesOf(funds, asked);
  const closed = withRequest(funds, key, { state: 'refunded', refund_id });
  if (!counted) return closed;
  const value = total(shares.map((share) => share.amount));
  const payment = paymentOf(closed, payment_id);
  const own = payment === undefined ? zero : notBelowZero(payment.captured.minus(payment.refunded));
  const reachable = own.plus(notBelowZero(heldBy(closed, undefined)));
  if (payment_id === undefined || value.gt(reachable)) return takeShares(closed, shares);
  const instead = shares.filter((share) => share.payment_id !== payment_id);
  const paid = withRequest(closed, key, { shares: [{ payment_id, amount: value }] });
  return giveBack(paid, { payment_id, amount: value }, instead);
};

/** A request was refused: its money is held again. */
export const addRefusal = (funds: Funds, key: string): Funds => withRequest(funds, key, { state: 'refused' });

/** A refused request is made again, under its key. */
export const addRetry = (funds: Funds, key: string): Funds => {
  const asked = funds.refunds.find((refund) => refund.key === key);
  if (asked === undefined) return funds;
  return withRequest(funds, key, { state: 'requested', refund_id: undefined, shares: sharesOf(funds, asked) });
};

/** New requests, one a payment. */
export const addRequests = (funds: Funds, requests: readonly PaymentAmount[], keyOf: (n: number) => string): Funds =>
  requests.reduce(
    (current, { payment_id, amount: asked }, n) => ({
      ...current,
      refunds: [
        ...current.refunds,
        {
          ...{ key: keyOf(n), amount: asked, state: 'requested', payment_id },
          shares: sharesOf(current, { payment_id, amount: asked }),
        },
      ],
    }),
    funds,
  );
