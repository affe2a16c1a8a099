import type { Caller, OrderState } from './order.js';

/** Whether this caller sees the order at all. Someone else's order is not there (SPEC section 6). */
export const maySee = (state: Pick<OrderState, 'order'>, caller: Caller, now: string): boolean => {
  const { order } = state;
  if (caller.type === 'customer') return order.customer_id === caller.id;
  if (caller.type !== 'guest') return true;
  const windowEnd = order.deadlines.find(({ what }) => what === 'return_window')?.at;
  const over =
    order.completed_at !== undefined || (windowEnd !== undefined && Date.parse(windowEnd) <= Date.parse(now));
  return order.id === caller.id && order.customer_id === undefined && !over;
};
