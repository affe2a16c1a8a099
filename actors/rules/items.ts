import type { OrderCommand, Context } from './commands.js';
import { accept, type Decision, refuse } from './decision.js';
import { graceEnd } from './grace.js';
import type { ItemQuantity } from './order-parts.js';
import type { OrderState } from './order.js';
import type { Fault } from './refusal.js';
import { perLine } from './order-parts.js';
import { kept } from './refund.js';
import { cancelled } from './lifecycle.js';
import { beforeShipment } from './transitions.js';

interface QuantityFaults {
  readonly unknown: readonly Fault[];
  readonly tooMany: readonly Fault[];
}

/** Which of these quantities the order does not have: lines it does not know, more units than are left. */
export const quantityFaults = (state: OrderState, items: readonly ItemQuantity[]): QuantityFaults => {
  const lines = new Map(state.order.items.map((item) => [item.id, kept(item) - item.returned_quantity]));
  const unknown: Fault[] = [];
  const tooMany: Fault[] = [];
  items.forEach(({ item_id, quantity }, index) => {
    const left = lines.get(item_id);
    if (left === undefined) unknown.push({ path: `items[${index}].item_id`, message: 'is not a line of this order' });
    else if (quantity > left) tooMany.push({ path: `items[${index}].quantity`, message: `only ${left} left` });
  });
  return { unknown, tooMany };
};

/** Whether these quantities are all that the order still has. */
export const isAllOfIt = (state: OrderState, items: readonly ItemQuantity[]): boolean => {
  const taken = new Map(items.map(({ item_id, quantity }) => [item_id, quantity]));
  return state.order.items.every((item) => kept(item) - item.returned_quantity === (taken.get(item.id) ?? 0));
};

/** CancelOrderItems: by quantity, before shipment; cancelling the last unit cancels the order. */
export const decideCancelItems = (
  state: OrderState,
  { items: named, reason }: Extract<OrderCommand, { type: 'cancel_items' }>,
  context: Context,
): Decision => {
  const items = perLine(named);
  if (!context.policy.partialCancellations)
    return refuse({ code: 'order_not_cancellable', detail: 'Partial cancellations are switched off.' });
  if (!beforeShipment(state.order.status))
    return refuse({ code: 'order_not_cancellable', detail: `The order is ${state.order.status}.` });
  const { unknown, tooMany } = quantityFaults(state, items);
  if (unknown.length > 0)
    return refuse({ code: 'validation_failed', detail: 'Lines that this order does not have.', errors: unknown });
  if (tooMany.length > 0)
    return refuse({ code: 'quantity_not_available', detail: 'More units than are left.', errors: tooMany });
  return isAllOfIt(state, items)
    ? accept(cancelled(state, reason, { grace_ends_at: graceEnd(context) }))
    : accept({ type: 'order.items_cancelled', data: { items, reason } });
};
