import type { PaymentAmount } from './entries.js';
import { heldBy, paymentOf, requestedOf, sharesOf, unknownPayment } from './funds.js';
import { type Amount, atMost, notBelowZero, zero } from './money.js';
import type { Funds, Payment, RefundRequest, RefundShare, UnnamedMoney } from './payment.js';

/* What facts do to the money of an order: see funds.ts. */

const put = (funds: Funds, payment: Payment): Funds => ({
  ...funds,
  payments:
    paymentOf(funds, payment.payment_id) === undefined
      ? [...funds.payments, payment]
      : funds.payments.map((known) => (known.payment_id === payment.payment_id ? payment : known)),
});

const withPayment = (funds: Funds, payment_id: string, change: (payment: Payment) => Partial<Payment>): Funds => {
  const payment = paymentOf(funds, payment_id) ?? unknownPayment(payment_id);
  return put(funds, { ...payment, ...change(payment) });
};

const withUnnamed = (funds: Funds, change: Partial<UnnamedMoney>): Funds => ({
  ...funds,
  unnamed: { ...funds.unnamed, ...change },
});

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
interface PaymentFact {
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

/** A refund that this service did not ask for, or asked for in another amount. */
export const addRefund = (funds: Funds, { payment_id, amount: value }: PaymentFact): Funds => {
  const { unnamed } = funds;
  if (payment_id === undefined) return withUnnamed(funds, { refunded: unnamed.refunded.plus(value) });
  const beyond = value.minus(atMost(value, notBelowZero(heldBy(funds, payment_id))));
  return withPayment(nameRefund(funds, payment_id, beyond), payment_id, ({ refunded }) => ({
    refunded: refunded.plus(value),
  }));
};

const withRequest = (funds: Funds, key: string, change: Partial<RefundRequest>): Funds => ({
  ...funds,
  refunds: funds.refunds.map((refund) => (refund.key === key ? { ...refund, ...change } : refund)),
});

/** The answer to a request: refunded as asked, of the payments that it was taken from; `payment_id` names the rest. */
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
  return shares.reduce((current, share) => {
    if (share.payment_id !== undefined || payment_id === undefined || heldBy(current, undefined).lt(share.amount))
      return share.payment_id === undefined
        ? withUnnamed(current, { refunded: current.unnamed.refunded.plus(share.amount) })
        : withPayment(current, share.payment_id, ({ refunded }) => ({ refunded: refunded.plus(share.amount) }));
    return withPayment(nameRefund(current, payment_id, share.amount), payment_id, ({ refunded }) => ({
      refunded: refunded.plus(share.amount),
    }));
  }, closed);
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
