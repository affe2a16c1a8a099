import { createHash } from 'node:crypto';
import type { Answer, OrderClient } from '../../actors/order-client.js';
import type { PriceList } from '../../actors/price-list.js';
import { type InboundData, type OrderTopic, orderTopics } from '../../actors/rules/order.js';
import { type CloudEvent, customerCreated, eventData, priceUpdated } from '../schemas/events.js';
import { faultsOf } from '../schemas/faults.js';
import { timestamp } from '../schemas/text.js';
import { traceparentOf } from '../../observability/spans.js';

/** What became of an event. `unfit`: it can never be applied as it is, and staff must decide what to do. */
export type EventVerdict =
  | { readonly kind: 'applied' | 'stale' | 'retry' }
  | { readonly kind: 'unfit'; readonly reason: string; readonly orderId?: string | undefined };

/** Keeps the emails that customers have verified, and finds what was ordered with them by guests. */
export interface CustomerEmails {
  /** @param at when the email was verified, RFC 3339 UTC */
  keep(email: string, customerId: string, at: string): Promise<void>;
  /** Ids of orders with this email and no customer. */
  guestOrders(email: string): Promise<readonly string[]>;
}

/** What taking events needs. */
export interface TakeEventDeps {
  readonly client: OrderClient;
  readonly emails: CustomerEmails;
  readonly prices: PriceList;
  readonly clock: () => Date;
}

/** Takes one event of another service (docs/events.md). */
export type TakeEvent = (event: CloudEvent) => Promise<EventVerdict>;

const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** Same source, same id: same event (CloudEvents 1.0, section 3.1.1). */
const commandIdOf = ({ source, id }: CloudEvent): string => hash('event', source, id);

/** When it happened, where the event says so. */
export const timeIn = ({ time }: CloudEvent): string | undefined => timestamp.safeParse(time).data;

const unfit = (reason: string, orderId?: string): EventVerdict => ({ kind: 'unfit', reason, orderId });

const malformed = (error: Parameters<typeof faultsOf>[0]): EventVerdict =>
  unfit(
    `malformed: ${faultsOf(error)
      .map(({ path, message }) => `${path} ${message}`)
      .join('; ')}`,
  );

const verdictOf = (orderId: string, answer: Answer): EventVerdict => {
  switch (answer.outcome) {
    case 'done':
      return { kind: answer.replayed ? 'stale' : 'applied' };
    case 'stale':
      return { kind: 'stale' };
    case 'conflict':
      return unfit(answer.reason, orderId);
    case 'refused':
      // A busy order is no fault of the event, and source and id make a repeat, whatever else the event says. Any other
      // refusal will not change by itself.
      if (answer.refusal.code === 'order_busy') return { kind: 'retry' };
      if (answer.refusal.code === 'idempotency_key_reused') return { kind: 'stale' };
      return unfit(answer.refusal.code, orderId);
    case 'elsewhere':
    case 'previewed':
    case 'unavailable':
    case 'broken':
      return { kind: 'retry' };
  }
};

/** One place that knows every topic; the routes and the replay of dead letters both come here. */
export const createTakeEvent = ({ client, emails, prices, clock }: TakeEventDeps): TakeEvent => {
  const send = (
    event: CloudEvent,
    orderId: string,
    requestHash: string,
    command: Parameters<OrderClient['send']>[0]['command'],
  ) =>
    client.send({
      orderId,
      commandId: commandIdOf(event),
      requestHash,
      caller: { type: 'service', id: event.source },
      channel: 'event',
      traceparent: traceparentOf(),
      command,
    });

  const orderEvent = async (event: CloudEvent, topic: OrderTopic): Promise<EventVerdict> => {
    const parsed = eventData[topic].safeParse(event.data);
    if (!parsed.success) return malformed(parsed.error);
    const data: InboundData = parsed.data;
    const command = {
      type: 'take_event',
      topic,
      source: event.source,
      event_id: event.id,
      data,
      time: timeIn(event),
    } as const;
    return verdictOf(data.order_id, await send(event, data.order_id, hash(topic, JSON.stringify(data)), command));
  };

  /**
   * Guest orders with the same, verified, email become the customer's, each by a command to its actor; later ones are from
   * their first version.
   */
  const customer = async (event: CloudEvent): Promise<EventVerdict> => {
    const parsed = customerCreated.safeParse(event.data);
    if (!parsed.success) return malformed(parsed.error);
    const { customer_id, email, email_verified } = parsed.data;
    if (!email_verified) return { kind: 'stale' };
    await emails.keep(email, customer_id, timeIn(event) ?? clock().toISOString());
    const orderIds = await emails.guestOrders(email);
    for (const orderId of orderIds) {
      const answer = await send(event, orderId, hash(customer_id), { type: 'link_customer', customer_id, email });
      if (answer.outcome !== 'done' && answer.outcome !== 'stale') return { kind: 'retry' };
    }
    return { kind: orderIds.length === 0 ? 'stale' : 'applied' };
  };

  const price = async (event: CloudEvent): Promise<EventVerdict> => {
    const parsed = priceUpdated.safeParse(event.data);
    if (!parsed.success) return malformed(parsed.error);
    return { kind: (await prices.put(parsed.data)) ? 'applied' : 'stale' };
  };

  return async (event) => {
    if (event.topic === 'customer.created') return customer(event);
    if (event.topic === 'pricing.price.updated') return price(event);
    const topic = orderTopics.find((known) => known === event.topic);
    return topic === undefined ? unfit('this service does not take this topic') : orderEvent(event, topic);
  };
};
