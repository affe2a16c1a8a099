import type { PaymentAmount } from './entry-parts.js';
import { paymentOf, requestedOf, unknownPayment, withPayment, withUnnamed } from './funds.js';
import { type Amount, atMost, notBelowZero, zero } from './money.js';
import type { Funds, RefundRequest, RefundShare } from './payment.js';

/* What captures, authorizations and failures do to the money of an order: see funds.ts. */

/** Gives open requests of money under no name to a payment, up to an amount. */
const nameShares = (refunds: readonly RefundRequest[], payment_id: string, upTo: Amount): readonly RefundRequest[] => {
  let left = upTo;
  return refunds.map((refund) => {
    if (refund.state !== 'requested' || left.isZero()) return refund;
    const shares = refund.shares.flatMap((share): readonly RefundShare[] => {
      if (share.payment_id !== undefined) return [share];
      const moved = atMost(share.amount, left);
      left = left.minus(moved);
      return [
        { payment_id, amount: moved },
        { payment_id: undefined, amount: share.amount.minus(moved) },
      ].filter((part) => !part.amount.isZero());
    });
    return { ...refund, shares };
  });
};

/** Money under no name turns out to be this payment's. Refunds and requests go along as far as they must. */
const nameMoney = (funds: Funds, payment_id: string, value: Amount): Funds => {
  if (value.isZero()) return funds;
  const { captured, refunded } = funds.unnamed;
  const remains = captured.minus(value);
  const tooMuch = atMost(value, notBelowZero(refunded.plus(requestedOf(funds, undefined)).minus(remains)));
  const refundsToo = atMost(tooMuch, refunded);
  const named = withPayment(
    withUnnamed(funds, { captured: remains, refunded: refunded.minus(refundsToo) }),
    payment_id,
    (payment) => ({
      captured: payment.captured.plus(value),
      refunded: payment.refunded.plus(refundsToo),
    }),
  );
  return { ...named, refunds: nameShares(named.refunds, payment_id, tooMuch.minus(refundsToo)) };
};

/** A fact about one payment. */
export interface PaymentFact {
  readonly payment_id: string | undefined;
  readonly amount: Amount;
}

/** A capture: first set against what is known without an event, then against money under no name; the rest is new. */
export const addCapture = (
  funds: Funds,
  {
    payment_id,
    amount: value,
    capture_id,
    version,
  }: PaymentFact & { capture_id?: string | undefined; version: number },
): Funds => {
  const { unnamed } = funds;
  if (payment_id === undefined) return withUnnamed(funds, { captured: unnamed.captured.plus(value) });
  const payment = paymentOf(funds, payment_id) ?? unknownPayment(payment_id);
  const anonymous = payment.captures.find((capture) => capture.capture_id === undefined);
  // The first capture with an id explains the one that was reported without.
  const explains = capture_id !== undefined && payment.captures.every((capture) => capture === anonymous);
  const unconfirmed = payment.unconfirmed.plus(explains && anonymous !== undefined ? anonymous.amount : zero);
  const known = atMost(value, unconfirmed);
  const named = atMost(value.minus(known), notBelowZero(unnamed.captured));
  const fresh = value.minus(known).minus(named);
  const authorized = notBelowZero(unnamed.authorized.minus(value));
  return withPayment(nameMoney(withUnnamed(funds, { authorized }), payment_id, named), payment_id, (now) => ({
    state: 'completed',
    captured: now.captured.plus(fresh),
    unconfirmed: unconfirmed.minus(known),
    captures: [...now.captures, { capture_id, amount: value }],
    captured_in: fresh.isZero() ? now.captured_in : version,
  }));
};

/** An authorization: this much in all, captured parts included. */
export const addAuthorization = (
  funds: Funds,
  { payment_id, amount: value, at }: PaymentFact & { at: string | undefined },
): Funds => {
  const authorized = notBelowZero(funds.unnamed.authorized.minus(value));
  if (payment_id === undefined) return funds;
  return withPayment(withUnnamed(funds, { authorized }), payment_id, () => ({
    ...{ state: 'authorized', decided_at: at },
    authorized: value,
  }));
};

/** A failure: what is still authorized ends, captures stay. */
export const addFailure = (funds: Funds, payment_id: string | undefined, at: string | undefined): Funds =>
  payment_id === undefined
    ? withUnnamed(funds, { authorized: zero })
    : withPayment(funds, payment_id, (payment) => ({
        ...{ state: 'failed', decided_at: at },
        authorized: atMost(payment.authorized, payment.captured.plus(payment.voided)),
      }));

/** Authorizations that are given up. */
export const addVoids = (funds: Funds, voids: readonly PaymentAmount[]): Funds =>
  voids.reduce(
    (current, { payment_id, amount: value }) =>
      payment_id === undefined
        ? withUnnamed(current, { authorized: zero })
        : withPayment(current, payment_id, ({ voided }) => ({ state: 'voided', voided: voided.plus(value) })),
    funds,
  );
