import type { Context, OrderCommand } from './commands.js';
import { accept, conflict, type Decision, type GivenUp, stale } from './decision.js';
import type { Entry } from './entries.js';
import { eventGrid } from './event-grid.js';
import { evolveAll } from './evolve.js';
import { asRestored } from './grace.js';
import { moved } from './lifecycle.js';
import { type InboundData, type OrderState, orderTopics, type WaitingEvent } from './order.js';
import { deliveryWaitsFor, isSameParcel, parcelDelivered, parcelShipped } from './parcels.js';
import {
  paymentAuthorized,
  paymentCompleted,
  type PaymentEvent,
  paymentFailed,
  paymentRefunded,
  refundWaitsFor,
} from './payments.js';
import { areSame, perLine } from './order-parts.js';
import { clockSkewMs, isPossible } from './reported-time.js';
import { repeatedReturn, takeReturn } from './returns.js';

/** An event about an order, as it came; one that has waited knows when that was. */
export type OrderEvent = Omit<WaitingEvent, 'received_at'> & {
  readonly time?: string | undefined;
  readonly received_at?: string | undefined;
};

/** When it happened: what the event says; the time of arrival where it says nothing or cannot be right. */
const timeOf = ({ time }: OrderEvent, now: string): string =>
  time === undefined || Date.parse(time) > Date.parse(now) + clockSkewMs ? now : time;

const paymentEvent = (event: OrderEvent, now: string): PaymentEvent => ({
  data: event.data,
  time: timeOf(event, now),
  eventId: `${event.source}/${event.event_id}`,
});

const apply = (state: OrderState, event: OrderEvent, context: Context): Decision => {
  const { topic, data } = event;
  switch (topic) {
    case 'payment.authorized':
      return paymentAuthorized(state, paymentEvent(event, context.now));
    case 'payment.completed':
      return paymentCompleted(state, paymentEvent(event, context.now));
    case 'payment.failed':
      return paymentFailed(state, paymentEvent(event, context.now));
    case 'payment.refunded':
      return paymentRefunded(state, paymentEvent(event, context.now));
    case 'fulfillment.started':
      return accept(moved(state, 'processing', context, { fulfillment_id: data.fulfillment_id }));
    case 'shipping.shipped':
      return parcelShipped(state, { data, arrival: event.received_at ?? context.now }, context);
    case 'shipping.delivered':
      return parcelDelivered(state, { data, arrival: event.received_at ?? context.now }, context);
    case 'return.requested':
    case 'return.completed':
      return takeReturn(state, { topic, data, eventId: event.event_id }, context);
    default: {
      const unknown: never = topic;
      throw new Error(`unknown topic ${String(unknown)}`);
    }
  }
};

/** What an event needs to be decided that its status does not say; undefined: nothing. */
const waitsFor = (state: OrderState, event: OrderEvent, { now }: Context): string | undefined => {
  if (event.topic === 'payment.refunded') return refundWaitsFor(state, paymentEvent(event, now));
  if (event.topic !== 'shipping.delivered' || eventGrid[event.topic][state.order.status] !== 'apply') return undefined;
  return deliveryWaitsFor(state, event.data);
};

const isEarly = (state: OrderState, event: OrderEvent, context: Context): boolean =>
  eventGrid[event.topic][state.order.status] === 'early' || waitsFor(state, event, context) !== undefined;

const timeIn = ({ shipped_at, delivered_at }: InboundData): string | undefined => delivered_at ?? shipped_at;

/** Whether an event that waits tells an impossible time, and this one a possible one. */
const correctsTime = (state: OrderState, waiting: WaitingEvent, event: OrderEvent, now: string): boolean => {
  const [first, second] = [timeIn(waiting.data), timeIn(event.data)];
  if (first === undefined || second === undefined) return false;
  return !isPossible(state.order, first, waiting.received_at) && isPossible(state.order, second, now);
};

/** Reports the same as one that waits, under another event id: the same return, refund or stage of a parcel. */
const isSameNews = (state: OrderState, waiting: WaitingEvent, event: OrderEvent, { now }: Context): boolean => {
  const [a, b] = [waiting.data, event.data];
  if (waiting.topic !== event.topic) return false;
  switch (event.topic) {
    case 'payment.refunded':
      return b.refund_id === undefined ? waiting.event_id === event.event_id : a.refund_id === b.refund_id;
    case 'shipping.shipped':
      return isSameParcel(a, b) && !correctsTime(state, waiting, event, now);
    case 'shipping.delivered':
      return a.tracking_number === b.tracking_number && !correctsTime(state, waiting, event, now);
    case 'return.completed':
      // Other items of the same part are a conflict in their time.
      return (
        a.return_id === b.return_id &&
        a.part_id === b.part_id &&
        areSame(perLine(a.items ?? []), perLine(b.items ?? []))
      );
    default:
      return a.return_id === b.return_id;
  }
};

const judgeNow = (state: OrderState, event: OrderEvent, context: Context): Decision | 'early' => {
  const repeated = repeatedReturn(state, event);
  if (repeated !== undefined) return repeated;
  if (isEarly(state, event, context)) return 'early';
  const verdict = eventGrid[event.topic][state.order.status];
  if (verdict === 'stale') return stale(`the order is already ${state.order.status}`);
  if (verdict === 'conflict') return conflict(`the order is ${state.order.status}`);
  return apply(state, event, context);
};

/**
 * What becomes of an event now: a decision, or `early`. What a cancelled order cannot take is kept while the order can be
 * restored, unless it would be no news then either.
 */
const judge = (state: OrderState, event: OrderEvent, context: Context): Decision | 'early' => {
  const decision = judgeNow(state, event, context);
  if (state.grace === undefined || decision === 'early' || decision.outcome === 'accepted') return decision;
  const then = judgeNow(asRestored(state, state.grace, context.now), event, context);
  return then !== 'early' && then.outcome === 'stale' ? then : 'early';
};

/** An event of another service: applied, stale, kept because it came early, or a conflict (docs/events.md). */
export const decideEvent = (
  state: OrderState,
  { topic, source, event_id, data, time }: Extract<OrderCommand, { type: 'take_event' }>,
  context: Context,
): Decision => {
  const event = { topic, source, event_id, data };
  const decision = judge(state, { ...event, time }, context);
  if (decision !== 'early') return decision;
  return state.waiting.some((waiting) => isSameNews(state, waiting, event, context))
    ? stale('this news waits already')
    : { ...accept(), kept: [{ ...event, received_at: context.now }] };
};

interface Reconsidered {
  readonly entries: readonly Entry[];
  readonly released: readonly WaitingEvent[];
  readonly givenUp: readonly GivenUp[];
}

const nothing: Reconsidered = { entries: [], released: [], givenUp: [] };

const inOrderOfLife = (waiting: readonly WaitingEvent[]): readonly WaitingEvent[] =>
  waiting.toSorted((a, b) => orderTopics.indexOf(a.topic) - orderTopics.indexOf(b.topic));

const reasonToGiveUp = (decision: Decision | 'early', hours: number, missing: string | undefined) => {
  if (decision === 'early')
    return `came early and its time did not come within ${hours} h${missing === undefined ? '' : `: ${missing}`}`;
  return decision.outcome === 'conflict' ? decision.reason : undefined;
};

/** Decides the waiting events again after a change, in the order of life; one that applies may make way for the next. */
export const reconsider = (state: OrderState, context: Context): Reconsidered => {
  const { waitingHours } = context.policy;
  const tooOld = Date.parse(context.now) - waitingHours * 3_600_000;
  for (const event of inOrderOfLife(state.waiting)) {
    const decision = judge(state, event, context);
    const inTime = state.grace !== undefined || Date.parse(event.received_at) > tooOld;
    if (decision === 'early' && inTime) continue;
    const without = { ...state, waiting: state.waiting.filter((other) => other !== event) };
    const entries = decision !== 'early' && decision.outcome === 'accepted' ? decision.entries : [];
    const rest = reconsider(evolveAll(without, entries, context.now), context);
    const reason = reasonToGiveUp(decision, waitingHours, waitsFor(state, event, context));
    return {
      entries: [...entries, ...rest.entries],
      released: [event, ...rest.released],
      givenUp: reason === undefined ? rest.givenUp : [{ event, reason }, ...rest.givenUp],
    };
  }
  return nothing;
};
