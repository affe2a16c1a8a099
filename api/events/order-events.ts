import { createHash } from 'node:crypto';
import type { DeadLetters } from '../../actors/dead-letters.js';
import type { Answer, OrderClient } from '../../actors/order-client.js';
import type { OrderCommand } from '../../actors/rules/commands.js';
import type { InboundData, OrderTopic } from '../../actors/rules/order.js';
import { traceparentOf } from '../trace.js';
import { type CloudEvent, eventData } from '../schemas/events.js';
import { faultsOf } from '../schemas/faults.js';

/** What became of an event: for the metric and the log. */
export type EventOutcome = 'applied' | 'stale' | 'dead_letter' | 'retry';

/** What taking an event needs. */
export interface EventDeps {
  readonly client: OrderClient;
  readonly deadLetters: DeadLetters;
}

const hash = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** Same source, same id: same event (CloudEvents 1.0, section 3.1.1). */
export const eventCommandId = ({ source, id }: CloudEvent): string => hash('event', source, id);

/** Keeps an event that cannot be applied; somebody must act. */
export const bury = async (
  { deadLetters }: EventDeps,
  event: CloudEvent,
  reason: string,
  orderId?: string,
): Promise<EventOutcome> => {
  const { topic, source, id: eventId, data: payload } = event;
  await deadLetters.add({ topic, source, eventId, orderId, payload, reason });
  return 'dead_letter';
};

const outcomeOf = async (
  deps: EventDeps,
  event: CloudEvent,
  orderId: string,
  answer: Answer,
): Promise<EventOutcome> => {
  switch (answer.outcome) {
    case 'done':
      return answer.replayed ? 'stale' : 'applied';
    case 'stale':
      return 'stale';
    case 'conflict':
      return bury(deps, event, answer.reason, orderId);
    case 'refused':
      // A busy order is no fault of the event. Any other refusal will not change by itself.
      return answer.refusal.code === 'order_busy' ? 'retry' : bury(deps, event, answer.refusal.code, orderId);
    case 'elsewhere':
    case 'unavailable':
    case 'broken':
      return 'retry';
  }
};

/** An event of another service about one order becomes a command to that order. */
export const takeOrderEvent = async (deps: EventDeps, event: CloudEvent, topic: OrderTopic): Promise<EventOutcome> => {
  const parsed = eventData[topic].safeParse(event.data);
  if (!parsed.success) {
    const faults = faultsOf(parsed.error).map(({ path, message }) => `${path} ${message}`);
    return bury(deps, event, `malformed: ${faults.join('; ')}`);
  }
  const data: InboundData = parsed.data;
  const command: OrderCommand = { type: 'take_event', topic, source: event.source, event_id: event.id, data };
  const answer = await deps.client.send({
    orderId: data.order_id,
    commandId: eventCommandId(event),
    requestHash: hash(topic, JSON.stringify(data)),
    caller: { type: 'service', id: event.source },
    channel: 'event',
    traceparent: traceparentOf(),
    command,
  });
  return outcomeOf(deps, event, data.order_id, answer);
};
