import type { Caller } from './order-parts.js';
import type { Order, OrderState } from './order.js';
import type { Refusal } from './refusal.js';

const dayMs = 86_400_000;

/** Days from the creation of an order until its guest token ends at the latest. */
export const guestTokenDays = 400;

/** Whether the time for returns is over. An imported order may count as completed while its window is still open. */
export const returnWindowClosed = (order: Order, now: string): boolean => {
  const end = order.deadlines.find(({ what }) => what === 'return_window')?.at;
  return end === undefined ? order.completed_at !== undefined : Date.parse(end) <= Date.parse(now);
};

/**
 * Whether the guest token of an order has ended: with the return window, and for an order that never has one, or whose
 * window is still open, 400 days after the creation of the order. Decided by the order alone, so that it holds for every
 * token of it, whenever it was issued.
 */
const guestTokenEnded = (order: Order, now: string): boolean =>
  returnWindowClosed(order, now) || Date.parse(order.created_at) + guestTokenDays * dayMs <= Date.parse(now);

/**
 * Why this caller does not get to this order; undefined where they do. Someone else's order is not there;
 * a guest token whose time is over is no token any more.
 */
export const accessRefusal = (
  { order }: Pick<OrderState, 'order'>,
  caller: Caller,
  now: string,
): Refusal | undefined => {
  const hidden: Refusal = { code: 'order_not_found' };
  if (caller.type === 'customer') return order.customer_id === caller.id ? undefined : hidden;
  if (caller.type !== 'guest') return undefined;
  if (order.id !== caller.id || order.customer_id !== undefined) return hidden;
  return guestTokenEnded(order, now) ? { code: 'unauthenticated', detail: 'The guest token has expired.' } : undefined;
};

/** Whether this caller sees the order at all. */
export const maySee = (state: Pick<OrderState, 'order'>, caller: Caller, now: string): boolean =>
  accessRefusal(state, caller, now) === undefined;
