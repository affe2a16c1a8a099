import { createHash } from 'node:crypto';
import express, { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import type { DeadLetters } from '../../actors/dead-letters.js';
import { type CloudEvent, cloudEvent } from '../schemas/events.js';
import { inConsumerSpan } from './span.js';
import type { EventVerdict, TakeEvent } from './take-event.js';

/** What the event routes stand on. */
export interface EventRoutesDeps {
  readonly takeEvent: TakeEvent;
  readonly deadLetters: DeadLetters;
  readonly onVerdict: (topic: string, verdict: EventVerdict['kind']) => void;
  readonly log: Logger;
}

/** Which topics come in where (SPEC section 3, "In"); components/ subscribes accordingly. */
const topicsOf: Readonly<Record<string, readonly string[]>> = {
  '/payment': ['payment.completed', 'payment.failed', 'payment.refunded'],
  '/fulfillment': ['fulfillment.started', 'shipping.shipped', 'shipping.delivered'],
  '/return': ['return.requested', 'return.completed'],
  '/customer-created': ['customer.created'],
  '/price-updated': ['pricing.price.updated'],
};

/** Stands for a delivery that cannot be read; the same bytes are the same dead letter. */
const noEvent = (path: string, body: unknown): CloudEvent => ({
  id: createHash('sha256').update(JSON.stringify({ body })).digest('base64url'),
  source: 'unknown',
  topic: path,
  data: body,
});

/** Events come from our own sidecar's subscriptions; a service invocation of these routes is refused. */
const fromBrokerOnly: RequestHandler = (request, response, next) => {
  if (request.get('dapr-caller-app-id') === undefined) next();
  else response.status(403).json({ status: 'DROP' });
};

/**
 * Taken, overtaken or kept as a dead letter, an event is acknowledged; only where infrastructure fails is the broker
 * asked to bring it again. What it gives up on comes to `/dead-letter`.
 */
export const eventRoutes = ({ takeEvent, deadLetters, onVerdict, log }: EventRoutesDeps): Router => {
  const router = Router();
  router.use(fromBrokerOnly, express.json({ limit: '4mb', type: ['application/json', 'application/*+json'] }));

  const keep = ({ topic, source, id: eventId, data: payload }: CloudEvent, reason: string, orderId?: string) =>
    deadLetters.add({ topic, source, eventId, orderId, payload, reason });

  const keepUnread = async (path: string, body: unknown): Promise<EventVerdict> => {
    await keep(noEvent(path, body), 'not a CloudEvent');
    return { kind: 'unfit', reason: 'not a CloudEvent' };
  };

  const take = async (event: CloudEvent, topics: readonly string[]): Promise<EventVerdict> => {
    const verdict: EventVerdict = topics.includes(event.topic)
      ? await takeEvent(event)
      : { kind: 'unfit', reason: 'not a topic of this route' };
    if (verdict.kind === 'unfit') await keep(event, verdict.reason, verdict.orderId);
    return verdict;
  };

  const route = (path: string, handle: (event: CloudEvent) => Promise<EventVerdict>): void => {
    router.post(path, async (request, response) => {
      const body: unknown = request.body;
      const event = cloudEvent.safeParse(body);
      const read = event.success ? event.data : noEvent(path, body);
      const { topic, id, source } = read;
      const verdict = await inConsumerSpan(read, () => (event.success ? handle(event.data) : keepUnread(path, body)));
      onVerdict(topic, verdict.kind);
      const fine = verdict.kind === 'applied' || verdict.kind === 'stale';
      log[fine ? 'debug' : 'warn']({ topic, event: id, source, ...verdict }, 'event taken');
      response.json({ status: verdict.kind === 'retry' ? 'RETRY' : 'SUCCESS' });
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
