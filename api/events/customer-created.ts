import { traceparentOf } from '../trace.js';
import { type CloudEvent, customerCreated } from '../schemas/events.js';
import { bury, type EventDeps, eventCommandId, type EventOutcome } from './order-events.js';

/** Finds what a new customer ordered as a guest. */
export interface GuestOrders {
  /** Ids of orders with this email and no customer. */
  guestOrders(email: string): Promise<readonly string[]>;
}

/** Guest orders with the same, verified, email become the customer's, each by a command to its actor (SPEC section 3). */
export const takeCustomerCreated = async (
  deps: EventDeps & { readonly guestOrders: GuestOrders },
  event: CloudEvent,
): Promise<EventOutcome> => {
  const parsed = customerCreated.safeParse(event.data);
  if (!parsed.success) return bury(deps, event, 'malformed');
  const { customer_id, email, email_verified } = parsed.data;
  if (!email_verified) return 'stale';
  const orderIds = await deps.guestOrders.guestOrders(email);
  for (const orderId of orderIds) {
    const answer = await deps.client.send({
      orderId,
      commandId: eventCommandId(event),
      requestHash: customer_id,
      caller: { type: 'service', id: event.source },
      channel: 'event',
      traceparent: traceparentOf(),
      command: { type: 'link_customer', customer_id, email },
    });
    if (answer.outcome !== 'done' && answer.outcome !== 'stale') return 'retry';
  }
  return orderIds.length === 0 ? 'stale' : 'applied';
};
