import type { Caller, Order, OrderState } from './order.js';

/** Whether the time for returns is over (SPEC section 2). */
export const returnWindowClosed = (order: Order, now: string): boolean => {
  const end = order.deadlines.find(({ what }) => what === 'return_window')?.at;
  return order.completed_at !== undefined || (end !== undefined && Date.parse(end) <= Date.parse(now));
};

/** Whether this caller sees the order at all. Someone else's order is not there (SPEC section 6). */
export const maySee = (state: Pick<OrderState, 'order'>, caller: Caller, now: string): boolean => {
  const { order } = state;
  if (caller.type === 'customer') return order.customer_id === caller.id;
  if (caller.type !== 'guest') return true;
  return order.id === caller.id && order.customer_id === undefined && !returnWindowClosed(order, now);
};
