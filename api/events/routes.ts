import { createHash } from 'node:crypto';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import express, { Router } from 'express';
import type { Logger } from 'pino';
import type { DeadLetters } from '../../actors/dead-letters.js';
import { firstWithin } from '../../actors/first-within.js';
import { withLogFields, orderIdIn } from '../../observability/logging.js';
import { bulkDelivery, type CloudEvent, cloudEvent } from '../schemas/events.js';
import { cutToDepth, deepest, isTooDeep } from './nesting.js';
import { inConsumerSpan } from './span.js';
import { type EventVerdict, type TakeEvent, timeIn } from './take-event.js';

/** Called for every event. */
export interface EventObserver {
  /** What may be told. */
  expectEvents(topics: readonly string[], outcomes: readonly string[]): void;
  eventTaken(topic: string, outcome: string, seconds: number): void;
}

/** What the event routes depend on. */
export interface EventRoutesDeps {
  readonly takeEvent: TakeEvent;
  readonly deadLetters: DeadLetters;
  readonly observer: EventObserver;
  readonly log: Logger;
}

/** Which topics come in where (docs/events.md); components/ subscribes accordingly. */
const topicsOf: Readonly<Record<string, readonly string[]>> = {
  '/payment': ['payment.authorized', 'payment.completed', 'payment.failed', 'payment.refunded'],
  '/fulfillment': ['fulfillment.started', 'shipping.shipped', 'shipping.delivered'],
  '/return': ['return.requested', 'return.completed'],
  '/customer-created': ['customer.created'],
  '/price-updated': ['pricing.price.updated'],
};

const knownTopics = Object.values(topicsOf).flat();
const outcomes = ['applied', 'stale', 'retry', 'unfit', 'failed'] as const satisfies readonly (
  EventVerdict['kind'] | 'failed'
)[];

/** The topic as metrics, spans and logs name it: what others call their topics has no bound. */
const topicName = (topic: string): string => {
  const name = topic.replace(/\.dead-letter$/, '');
  return knownTopics.includes(name) ? name : 'unknown';
};

/** Stands for a delivery that cannot be read; the same bytes are the same dead letter. */
const noEvent = (path: string, body: unknown): CloudEvent => ({
  id: createHash('sha256').update(JSON.stringify({ body })).digest('base64url'),
  source: 'unknown',
  topic: path,
  data: body,
});

/**
 * How long a delivery waits for what its event asks for, milliseconds: less than the broker waits for the delivery
 * (components/local/pubsub.yaml), which it then makes again. One event whose actor is moving must not hold up the others
 * of its bulk.
 */
const patienceMs = 3_000;

/** The order that an event is about, for the log. */
const orderIn = (data: unknown): string | undefined =>
  orderIdIn((data as { readonly order_id?: unknown } | null | undefined)?.order_id);

/** What the broker is answered for an event. */
type BrokerStatus = 'SUCCESS' | 'RETRY';

/** Most that a delivery in bulk holds: 32 events of the 4 MB that the sidecar publishes at most (components/). */
const bodyLimit = '128mb';

/**
 * For deliveries of our own sidecar's subscriptions only: the app they are mounted on refuses service invocations.
 *
 * Taken, overtaken or kept as a dead letter, an event is acknowledged; only where infrastructure fails is the broker
 * asked to bring it again. What it gives up on comes to `/dead-letter`. A delivery holds one event or several, of which
 * each is answered for itself.
 */
export const eventRoutes = ({ takeEvent, deadLetters, observer, log }: EventRoutesDeps): Router => {
  const router = Router();
  observer.expectEvents([...knownTopics, 'unknown'], outcomes);
  router.use(express.json({ limit: bodyLimit, type: ['application/json', 'application/*+json'] }));

  const keep = (event: CloudEvent, reason: string, orderId?: string) => {
    const { topic, source, id: eventId, data: payload } = event;
    return deadLetters.add({ topic, source, eventId, eventTime: timeIn(event), orderId, payload, reason });
  };

  const keepUnread = async (path: string, body: unknown): Promise<EventVerdict> => {
    await keep(noEvent(path, body), 'not a CloudEvent');
    return { kind: 'unfit', reason: 'not a CloudEvent' };
  };

  /** What nests so deeply is not malformed by accident; the rest of it says whose event it is. */
  const keepCut = async (event: CloudEvent): Promise<EventVerdict> => {
    const reason = `malformed: nested deeper than ${deepest} levels`;
    await keep(event, reason);
    return { kind: 'unfit', reason };
  };

  const take = async (event: CloudEvent, topics: readonly string[]): Promise<EventVerdict> => {
    const verdict: EventVerdict = topics.includes(event.topic)
      ? await firstWithin([takeEvent(event)], patienceMs, { kind: 'retry' } as const)
      : { kind: 'unfit', reason: 'not a topic of this route' };
    if (verdict.kind === 'unfit') await keep(event, verdict.reason, verdict.orderId);
    return verdict;
  };

  const tell = ({ id, source }: CloudEvent, verdict: EventVerdict): void => {
    const fine = verdict.kind === 'applied' || verdict.kind === 'stale';
    const reason = verdict.kind === 'unfit' ? verdict.reason : undefined;
    log[fine ? 'debug' : 'warn']({ event: id, source, outcome: verdict.kind, reason }, 'event taken');
  };

  type Handle = (event: CloudEvent) => Promise<EventVerdict>;

  const one = async (path: string, given: unknown, handle: Handle): Promise<BrokerStatus> => {
    const tooDeep = isTooDeep(given);
    const body = tooDeep ? cutToDepth(given) : given;
    const read = cloudEvent.safeParse(body);
    const event = read.success ? read.data : noEvent(path, body);
    const topic = topicName(event.topic);
    const work = async (): Promise<EventVerdict> => {
      const verdict = tooDeep
        ? await keepCut(event)
        : read.success
          ? await handle(event)
          : await keepUnread(path, body);
      tell(event, verdict);
      return verdict;
    };
    const begun = performance.now();
    let outcome: (typeof outcomes)[number] = 'failed';
    try {
      const fields = { topic, channel: 'event', order_id: orderIn(event.data) };
      const verdict = await inConsumerSpan({ ...event, topic }, () => withLogFields(fields, work));
      outcome = verdict.kind;
      return outcome === 'retry' ? 'RETRY' : 'SUCCESS';
    } finally {
      observer.eventTaken(topic, outcome, (performance.now() - begun) / 1_000);
    }
  };

  /** One of several: in the trace of its own publisher, and what it meets is nothing to the others. */
  const oneOfMany = async (path: string, body: unknown, handle: Handle): Promise<BrokerStatus> => {
    try {
      return await context.with(ROOT_CONTEXT, () => one(path, body, handle));
    } catch (error) {
      log.error({ err: error, path }, 'an event could not be taken');
      return 'RETRY';
    }
  };

  const route = (path: string, handle: Handle): void => {
    router.post(path, async ({ body }: { readonly body: unknown }, response) => {
      const bulk = bulkDelivery.safeParse(body);
      if (!bulk.success) {
        response.json({ status: await one(path, body, handle) });
        return;
      }
      const answers = bulk.data.entries.map(async ({ entryId, event }) => {
        return { entryId, status: await oneOfMany(path, event, handle) };
      });
      response.json({ statuses: await Promise.all(answers) });
    });
  };

  for (const [path, topics] of Object.entries(topicsOf)) route(path, (event) => take(event, topics));
  // What the broker gave up on while infrastructure was away gets another chance; it comes again until it is decided.
  route('/dead-letter', (event) => {
    const topic = event.topic.replace(/\.dead-letter$/, '');
    return take({ ...event, topic }, [topic]);
  });
  return router;
};
