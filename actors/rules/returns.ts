import { returnWindowClosed } from './access.js';
import type { Context } from './commands.js';
import { accept, conflict, type Decision, stale } from './decision.js';
import { isAllOfIt, quantityFaults } from './items.js';
import { moved, windowAfterReturn } from './lifecycle.js';
import type { InboundData, OrderState, OrderTopic } from './order.js';
import { areSame, perLine } from './order-parts.js';
import type { Status } from './transitions.js';

/** The news of a return. */
export interface ReturnEvent {
  readonly topic: 'return.requested' | 'return.completed';
  readonly data: InboundData;
  /** Stands in for a return id. */
  readonly eventId: string;
}

/** What becomes of news of a return that is known: a request, or the completion of the same part. */
export const repeatedReturn = (
  state: OrderState,
  { topic, data }: { readonly topic: OrderTopic; readonly data: InboundData },
): Decision | undefined => {
  if (topic !== 'return.requested' && topic !== 'return.completed') return undefined;
  const known = state.order.returns.find(({ return_id }) => return_id === data.return_id);
  if (known === undefined) return undefined;
  if (topic === 'return.requested') return stale('this return is known');
  const part = known.parts.find(({ part_id }) => part_id === data.part_id);
  if (part === undefined) return undefined;
  if (areSame(part.items, perLine(data.items ?? []))) return stale('this part of the return is known');
  return conflict(
    'this part of the return came back with other items: give what came back beside it a part_id of its own and publish the event again',
  );
};

const returnFault = (state: OrderState, data: InboundData, { now, policy }: Context): string | undefined => {
  if (!policy.returns) return 'returns are switched off';
  const announced = state.order.returns.some(({ return_id }) => return_id === data.return_id);
  if (returnWindowClosed(state.order, now) && !announced) return 'the return window is closed';
  const { unknown, tooMany } = quantityFaults(state, perLine(data.items ?? []));
  if (unknown.length > 0) return 'lines that this order does not have';
  return tooMany.length > 0 ? 'more units than can be returned' : undefined;
};

/** A return was announced, or a part of one came back. */
export const takeReturn = (state: OrderState, event: ReturnEvent, context: Context): Decision => {
  const { topic, data, eventId } = event;
  const fault = returnFault(state, data, context);
  if (fault !== undefined) return conflict(fault);
  const { status } = state.order;
  const about = { return_id: data.return_id ?? eventId, items: perLine(data.items ?? []), reason: data.reason };
  if (topic === 'return.requested') return accept({ type: 'order.return_requested', data: about });
  const facts = { ...about, part_id: data.part_id };
  const to: Status = isAllOfIt(state, facts.items) ? 'returned' : 'partially_returned';
  if (status === to) return accept({ type: 'order.returned', data: facts });
  if (status === 'shipped' && to === 'returned') {
    const between = moved(state, 'partially_returned', context);
    const rest = { ...facts, from_status: 'partially_returned', to_status: 'returned' } as const;
    return accept(between, { type: 'order.returned', data: rest });
  }
  const return_window_ends_at = windowAfterReturn(state, to, context);
  return accept({
    type: 'order.returned',
    data: { ...facts, from_status: status, to_status: to, return_window_ends_at },
  });
};
