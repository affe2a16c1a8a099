import { accept, conflict, type Decision, stale } from './decision.js';
import type { PaymentUpdated } from './entries.js';
import { heldBy, paymentOf, stillAuthorized } from './funds.js';
import { type Amount, amount, format, notBelowZero, total } from './money.js';
import type { InboundData, OrderState } from './order.js';
import type { Payment, RefundRequest } from './payment.js';

/*
 * What becomes of a payment's news. A fact that is believed becomes an entry; how it adds up is in funds.ts. A repeat and
 * what later news has overtaken are stale; what contradicts the books is a conflict, whose reason says what to do.
 */

/** What a payment update says before the rules have told how the order is paid after it (decide.ts). */
export type PaymentNews = Omit<
  PaymentUpdated['data'],
  'payment_status' | 'captured_amount' | 'refunded_amount' | 'payments'
>;

/** The entry of a piece of news. How the order is paid after it is filled in last, see decide.ts. */
export const paymentUpdated = (data: PaymentNews): PaymentUpdated => ({
  type: 'order.payment_updated',
  data: { ...data, payment_status: 'pending', captured_amount: '0', refunded_amount: '0', payments: [] },
});

/** An event about a payment: what it says, and when it happened. */
export interface PaymentEvent {
  readonly data: InboundData;
  /** CloudEvents time, RFC 3339 UTC. */
  readonly time: string;
  /** Source and id of the event: stands in for a refund id. */
  readonly eventId: string;
}

const wrongMoney = (state: OrderState, { currency, amount: given }: InboundData): string | undefined => {
  if (currency !== undefined && currency !== state.order.currency)
    return `the order is in ${state.order.currency}, the event in ${currency}: correct the currency at the payment service and publish the event again`;
  if (given !== undefined && amount(given).decimalPlaces() > state.decimals)
    return `${state.order.currency} has ${state.decimals} decimals, the event's amount is ${given}: correct it at the payment service and publish the event again`;
  return undefined;
};

const isOlder = ({ time }: PaymentEvent, { decided_at }: Payment): boolean =>
  decided_at !== undefined && Date.parse(time) < Date.parse(decided_at);

/** What an event without an amount means: what creation stated about the payment, else what others leave of the total. */
const announcedOr = (state: OrderState, payment: Payment | undefined, payment_id: string | undefined): Amount => {
  if (payment !== undefined && !payment.announced.isZero()) return payment.announced;
  const others = state.payments.filter((other) => other.payment_id !== payment_id).map(({ captured }) => captured);
  return notBelowZero(amount(state.order.total_amount).minus(total(others)));
};

/** Without an amount it repeats what is authorized, if anything is. */
const authorizedValue = (state: OrderState, payment: Payment | undefined, data: InboundData): Amount => {
  if (data.amount !== undefined) return amount(data.amount);
  if (payment !== undefined && !payment.authorized.isZero()) return payment.authorized;
  return announcedOr(state, payment, data.payment_id);
};

/** An authorization. Only what goes beyond what the payment captured, or what was voided of it, is news. */
export const paymentAuthorized = (state: OrderState, event: PaymentEvent): Decision => {
  const { data } = event;
  const { payment_id } = data;
  const wrong = wrongMoney(state, data);
  if (wrong !== undefined) return conflict(wrong);
  const payment = paymentOf(state, payment_id);
  const value = authorizedValue(state, payment, data);
  if (value.isZero()) return stale('nothing was authorized');
  if (payment !== undefined) {
    if (value.lte(payment.captured.plus(payment.voided))) return stale('this authorization is captured or voided');
    if (isOlder(event, payment)) return stale('later news of this payment is known');
    if (payment.authorized.eq(value)) return stale('this authorization is known');
  }
  const news = { change: 'authorized', payment_id, amount: format(value, state.decimals) } as const;
  return accept(paymentUpdated({ ...news, occurred_at: event.time, reason: data.reason }));
};

const whatToDo =
  'compare with the payment service; if money is missing here, publish the capture with its own capture_id';

/** A capture without an id: a payment has one of these, and none beside captures with ids. */
const anonymousCapture = (payment: Payment | undefined, value: Amount): Decision | undefined => {
  if (payment === undefined) return undefined;
  const anonymous = payment.captures.find(({ capture_id }) => capture_id === undefined);
  if (anonymous?.amount.eq(value) === true) return stale('this capture is known');
  if (anonymous !== undefined)
    return conflict(
      `payment ${payment.payment_id} captured ${anonymous.amount.toFixed()} already, another capture of ${value.toFixed()} needs a capture_id: ${whatToDo}`,
    );
  const amounts = payment.captures.map((capture) => capture.amount);
  if (amounts.length === 0)
    return payment.unconfirmed.eq(value) && !value.isZero() ? stale('creation stated this capture') : undefined;
  return amounts.some((known) => known.eq(value)) || total(amounts).eq(value)
    ? stale('these captures are known')
    : conflict(
        `payment ${payment.payment_id} has captures with ids, none of which and not all together are ${value.toFixed()}: ${whatToDo}`,
      );
};

const capturedValue = (state: OrderState, payment: Payment | undefined, data: InboundData): Amount => {
  if (data.amount !== undefined) return amount(data.amount);
  if (payment === undefined || payment.authorized.isZero()) return announcedOr(state, payment, data.payment_id);
  const open = stillAuthorized(payment);
  return data.capture_id === undefined || open.isZero() ? payment.authorized : open;
};

/** A capture. It counts once: by its id; without one, by being the only one of its payment. */
export const paymentCompleted = (state: OrderState, { data }: PaymentEvent): Decision => {
  const { payment_id, capture_id } = data;
  const payment = paymentOf(state, payment_id);
  if (capture_id !== undefined && payment?.captures.some((known) => known.capture_id === capture_id) === true)
    return stale('this capture is known');
  const wrong = wrongMoney(state, data);
  if (wrong !== undefined) return conflict(wrong);
  const value = capturedValue(state, payment, data);
  if (value.isZero()) return stale('nothing was captured');
  const decided = capture_id === undefined ? anonymousCapture(payment, value) : undefined;
  if (decided !== undefined) return decided;
  const news = { change: 'completed', payment_id, capture_id, amount: format(value, state.decimals) } as const;
  return accept(paymentUpdated(news));
};

const isOpen = (payment: Payment): boolean =>
  (payment.state === 'pending' && payment.captured.isZero()) || !stillAuthorized(payment).isZero();

const otherMoney = ({ payments, unnamed }: OrderState): boolean =>
  payments.some((payment) => !payment.captured.isZero() || !stillAuthorized(payment).isZero()) ||
  !unnamed.captured.isZero() ||
  !unnamed.authorized.isZero();

/** A failure ends what is still authorized of its payment. Whether the order is still covered, the coverage rule says. */
export const paymentFailed = (state: OrderState, event: PaymentEvent): Decision => {
  const { payment_id, reason } = event.data;
  const payment = paymentOf(state, payment_id);
  if (payment === undefined && otherMoney(state)) return stale('another payment is authorized or captured');
  if (payment !== undefined && !isOpen(payment)) return stale('nothing of this payment is open');
  if (payment !== undefined && isOlder(event, payment)) return stale('later news of this payment is known');
  return accept(paymentUpdated({ change: 'failed', payment_id, reason, occurred_at: event.time }));
};

/** The refund id of a refund that staff settled by hand, where the payment service gave none. */
export const resolvedRefundId = (key: string): string => `resolved:${key}`;

/** Whether a request may be what a payment's refund was for: it asked that payment, or it named none. */
const asks = (refund: RefundRequest, payment_id: string | undefined): boolean =>
  refund.payment_id === undefined || refund.payment_id === payment_id;

/** The same of a request that is answered: it may be known by then who paid. */
const wasPaidBy = (refund: RefundRequest, payment_id: string | undefined): boolean =>
  asks(refund, payment_id) &&
  refund.shares.some((share) => share.payment_id === undefined || share.payment_id === payment_id);

/** The news of a refund of ours that is counted: without an id, or where staff settled it, only the amount can tell. */
const tellsOfOurs = ({ refunds }: OrderState, { payment_id, refund_id, amount: given }: InboundData): boolean =>
  refunds.some(
    (refund) =>
      refund.state === 'refunded' &&
      wasPaidBy(refund, payment_id) &&
      (refund_id === undefined || refund.refund_id === resolvedRefundId(refund.key)) &&
      (given === undefined || amount(given).eq(refund.amount)),
  );

/** What the payment holds, and the money under no name: that may turn out to be this payment's. */
const reachableBy = (state: OrderState, payment_id: string | undefined): Amount =>
  notBelowZero(
    payment_id === undefined ? heldBy(state, undefined) : heldBy(state, payment_id).plus(heldBy(state, undefined)),
  );

const refundedValue = (state: OrderState, { payment_id, amount: given }: InboundData): Amount => {
  if (given !== undefined) return amount(given);
  const own = notBelowZero(heldBy(state, payment_id));
  return own.isZero() ? reachableBy(state, payment_id) : own;
};

/**
 * Why a refund's event must wait; undefined: it can be decided. It may be the news of a request of ours, whose answer will
 * tell; and nothing can be refunded that the payment does not hold.
 */
export const refundWaitsFor = (state: OrderState, { data, eventId }: PaymentEvent): string | undefined => {
  const { payment_id, refund_id, amount: given } = data;
  if (state.seenRefunds.includes(refund_id ?? eventId) || wrongMoney(state, data) !== undefined) return undefined;
  if (given !== undefined && amount(given).isZero()) return undefined;
  const open = state.refunds.some(
    (refund) =>
      refund.state === 'requested' &&
      asks(refund, payment_id) &&
      (given === undefined || amount(given).eq(refund.amount)),
  );
  if (open)
    return 'a refund of that amount is requested and not answered: retry or resolve its effect, then replay this event';
  if (tellsOfOurs(state, data)) return undefined;
  const [value, reachable] = [refundedValue(state, data), reachableBy(state, payment_id)];
  const known = paymentOf(state, payment_id) !== undefined;
  if (value.gt(reachable) || value.isZero())
    return known || !reachable.isZero()
      ? `payment ${payment_id ?? ''} holds ${reachable.toFixed()}, less than was refunded: publish the capture that is missing and replay this event, or discard it`
      : `payment ${payment_id ?? ''} is not known to this order: publish its capture and replay this event, or discard it`;
  return undefined;
};

/** Money went back. It counts once by its refund id, whether its event or its answer comes first. */
export const paymentRefunded = (state: OrderState, event: PaymentEvent): Decision => {
  const { data, eventId } = event;
  const { payment_id, return_id, reason } = data;
  const refund_id = data.refund_id ?? eventId;
  if (state.seenRefunds.includes(refund_id)) return stale('this refund is counted');
  const wrong = wrongMoney(state, data);
  if (wrong !== undefined) return conflict(wrong);
  if (tellsOfOurs(state, data)) return stale('the news of a refund that is counted');
  const value = refundedValue(state, data);
  if (value.isZero()) return stale('nothing was refunded');
  const news = { change: 'refunded', payment_id, amount: format(value, state.decimals), refund_id } as const;
  return accept(paymentUpdated({ ...news, return_id, reason }));
};
