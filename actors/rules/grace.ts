import type { Context, OrderCommand } from './commands.js';
import { accept, type Decision, refuse } from './decision.js';
import type { Restored } from './action-entries.js';
import { evolve } from './evolve.js';
import type { Grace } from './order-parts.js';
import type { OrderState } from './order.js';
import type { Refusal } from './refusal.js';

/*
 * The grace of a cancellation: for a while a cancelled order can be restored. Until then its effects wait (`not_before`),
 * fulfilment is on hold, and events that a cancelled order cannot take are kept.
 */

/** When the grace of a cancellation by this caller ends; undefined where there is none. */
export const graceEnd = ({ caller, now, policy }: Context): string | undefined => {
  const person = ['customer', 'guest', 'staff', 'admin'].includes(caller.type);
  if (!person || policy.cancelGraceSeconds === 0) return undefined;
  return new Date(Date.parse(now) + policy.cancelGraceSeconds * 1_000).toISOString();
};

const restored = ({ status, items }: Grace, reason: string | undefined): Restored => ({
  type: 'order.restored',
  data: { from_status: 'cancelled', to_status: status, items, reason },
});

/** A cancelled order as a restore would make it now. */
export const asRestored = (state: OrderState, grace: Grace, now: string): OrderState =>
  evolve(state, {
    order_id: state.order.id,
    version: state.order.version + 1,
    at: now,
    entry: restored(grace, undefined),
  });

/** Why an order is not restored, where its time is over or its effects are under way. */
export const notRestorable: Refusal = {
  code: 'order_not_restorable',
  detail: 'The order is not cancelled, or the time to restore it is over.',
};

/** Undoes a cancellation while its grace lasts. That none of its effects is under way, the storing statement makes sure. */
export const decideRestore = (
  { grace }: OrderState,
  { reason }: Extract<OrderCommand, { type: 'restore' }>,
  { now }: Context,
): Decision =>
  grace === undefined || Date.parse(grace.ends_at) <= Date.parse(now)
    ? refuse(notRestorable)
    : accept(restored(grace, reason));
