import type { Context, OrderCommand } from './commands.js';
import { accept, conflict, type Decision, stale } from './decision.js';
import type { Entry } from './entries.js';
import { eventGrid } from './event-grid.js';
import { evolve } from './evolve.js';
import { isAllOfIt, quantityFaults } from './items.js';
import { moved } from './lifecycle.js';
import type { InboundData, OrderState, WaitingEvent } from './order.js';
import { paymentCompleted, paymentFailed, paymentRefunded } from './payments.js';
import type { Status } from './transitions.js';

/** An event about an order, as it came. */
export type OrderEvent = Omit<WaitingEvent, 'received_at'>;

const repeatedReturn = (state: OrderState, { topic, data }: OrderEvent): boolean => {
  const known = state.order.returns.find(({ return_id }) => return_id === data.return_id);
  return known !== undefined && (topic === 'return.requested' || known.status === 'completed');
};

const returnFault = (state: OrderState, data: InboundData, { now, policy }: Context): string | undefined => {
  if (!policy.returns) return 'returns are switched off';
  const { order } = state;
  const announced = order.returns.some(({ return_id }) => return_id === data.return_id);
  const windowEnd = order.deadlines.find(({ what }) => what === 'return_window')?.at;
  const closed =
    order.completed_at !== undefined || (windowEnd !== undefined && Date.parse(windowEnd) < Date.parse(now));
  if (closed && !announced) return 'the return window is closed';
  const { unknown, tooMany } = quantityFaults(state, data.items ?? []);
  if (unknown.length > 0) return 'lines that this order does not have';
  return tooMany.length > 0 ? 'more units than can be returned' : undefined;
};

const takeReturn = (state: OrderState, event: OrderEvent, context: Context): Decision => {
  const { topic, data } = event;
  const fault = returnFault(state, data, context);
  if (fault !== undefined) return conflict(fault);
  const { status } = state.order;
  const facts = { return_id: data.return_id ?? event.event_id, items: data.items ?? [], reason: data.reason };
  if (topic === 'return.requested') return accept({ type: 'order.return_requested', data: facts });
  const to: Status = isAllOfIt(state, facts.items) ? 'returned' : 'partially_returned';
  if (status === 'shipped' && to === 'returned') {
    const between = moved(state, 'partially_returned', context);
    const data = { ...facts, from_status: 'partially_returned', to_status: 'returned' } as const;
    return accept(between, { type: 'order.returned', data });
  }
  return accept({
    type: 'order.returned',
    data: status === to ? facts : { ...facts, from_status: status, to_status: to },
  });
};

const apply = (state: OrderState, event: OrderEvent, context: Context): Decision => {
  const { topic, data } = event;
  switch (topic) {
    case 'payment.completed':
      return paymentCompleted(state, data);
    case 'payment.failed':
      return paymentFailed(state, data);
    case 'payment.refunded':
      return paymentRefunded(state, data, data.refund_id ?? `${event.source}/${event.event_id}`);
    case 'fulfillment.started':
      return accept(moved(state, 'processing', context, { fulfillment_id: data.fulfillment_id }));
    case 'shipping.shipped': {
      const { carrier, tracking_number, shipped_at } = data;
      return accept(moved(state, 'shipped', context, { carrier, tracking_number, shipped_at }));
    }
    case 'shipping.delivered':
      return accept(moved(state, 'delivered', context, { delivered_at: data.delivered_at }));
    case 'return.requested':
    case 'return.completed':
      return takeReturn(state, event, context);
    default: {
      const unknown: never = topic;
      throw new Error(`unknown topic ${String(unknown)}`);
    }
  }
};

const unpaidYet = (state: OrderState): boolean =>
  state.order.payment_status === 'pending' || state.order.payment_status === 'authorized';

const isEarly = (state: OrderState, event: OrderEvent): boolean =>
  eventGrid[event.topic][state.order.status] === 'early' ||
  (event.topic === 'payment.refunded' && unpaidYet(state) && !state.seenRefunds.includes(event.data.refund_id ?? ''));

/** What becomes of an event now: a decision, or `early`. */
const judge = (state: OrderState, event: OrderEvent, context: Context): Decision | 'early' => {
  if (event.topic.startsWith('return.') && repeatedReturn(state, event)) return stale('this return is known');
  if (isEarly(state, event)) return 'early';
  const verdict = eventGrid[event.topic][state.order.status];
  if (verdict === 'stale') return stale(`the order is already ${state.order.status}`);
  if (verdict === 'conflict') return conflict(`the order is ${state.order.status}`);
  return apply(state, event, context);
};

/** An event of another service: applied, stale, kept because it came early, or a conflict (SPEC section 3). */
export const decideEvent = (
  state: OrderState,
  { topic, source, event_id, data }: Extract<OrderCommand, { type: 'take_event' }>,
  context: Context,
): Decision => {
  const event = { topic, source, event_id, data };
  const decision = judge(state, event, context);
  if (decision !== 'early') return decision;
  const known = state.waiting.some((waiting) => waiting.source === source && waiting.event_id === event_id);
  return known ? stale('this event waits already') : { ...accept(), kept: [{ ...event, received_at: context.now }] };
};

/** A journal in the making: the state after each entry, at one moment. */
export const evolveAll = (state: OrderState, entries: readonly Entry[], now: string): OrderState =>
  entries.reduce<OrderState>(
    (current, entry) =>
      evolve(current, { order_id: current.order.id, version: current.order.version + 1, at: now, entry }),
    state,
  );

interface Reconsidered {
  readonly entries: readonly Entry[];
  readonly released: readonly WaitingEvent[];
  readonly givenUp: readonly { readonly event: WaitingEvent; readonly reason: string }[];
}

const nothing: Reconsidered = { entries: [], released: [], givenUp: [] };

/** Decides the waiting events again after a change; one that applies may make way for the next. */
export const reconsider = (state: OrderState, context: Context): Reconsidered => {
  const tooOld = Date.parse(context.now) - context.policy.waitingHours * 3_600_000;
  for (const event of state.waiting) {
    const decision = judge(state, event, context);
    const aged = Date.parse(event.received_at) <= tooOld;
    if (decision === 'early' && !aged) continue;
    const without = { ...state, waiting: state.waiting.filter((other) => other !== event) };
    const entries = decision !== 'early' && decision.outcome === 'accepted' ? decision.entries : [];
    const rest = reconsider(evolveAll(without, entries, context.now), context);
    const reason =
      decision === 'early'
        ? `came early and its time did not come within ${context.policy.waitingHours} h`
        : decision.outcome === 'conflict'
          ? decision.reason
          : undefined;
    return {
      entries: [...entries, ...rest.entries],
      released: [event, ...rest.released],
      givenUp: reason === undefined ? rest.givenUp : [{ event, reason }, ...rest.givenUp],
    };
  }
  return nothing;
};
