import { randomUUID } from 'node:crypto';
import { type Request, Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { traceparentOf } from '../observability/spans.js';
import type { Balances } from './balances.js';
import { cloudEvent, isInboundTopic } from './cloud-event.js';
import { Problem } from './problem.js';
import { parseOrRefuse, pathText, queryText } from './requests.js';
import type { Sidecar } from './sidecar.js';
import { inDeliverySpan } from './spans.js';
import type { Store } from './store.js';

const orderEventSchema = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  subject: z.string().optional(),
  sequence: z.coerce.number().int(),
  traceparent: z.string().optional(),
  data: z.looseObject({ order_id: z.string().optional() }),
});

/** An order event as it arrived; `at` is the time of arrival. */
interface ObservedEvent {
  id: string;
  type: string;
  sequence: number;
  at: string;
  data: unknown;
}

/** The time of an event, where the query names one. Throws a 400 problem for what is no time. */
const timeText = (req: Request): Date | undefined => {
  const text = queryText(req, 'time');
  return text === undefined ? undefined : new Date(parseOrRefuse(z.iso.datetime({ offset: true }), text));
};

/** Several events of one topic, as the sidecar brings them. */
const bulkSchema = z.object({ entries: z.array(z.object({ entryId: z.string(), event: z.unknown() })) });

/** `GET /events`, `POST /events/{topic}`, and the route that the sidecar brings the order events to. */
export function createEventRoutes(deps: { sidecar: Sidecar; store: Store; balances: Balances; log: Logger }): Router {
  const { sidecar, store, balances, log } = deps;
  /** In order of arrival, repeats included. */
  const arrived = store.table<ObservedEvent>('order_events');
  const router = Router();

  router.get('/events', (req, res) => {
    res.json(arrived.list(queryText(req, 'order_id')));
  });

  router.post('/events/:topic', async (req, res) => {
    const topic = pathText(req, 'topic');
    if (!isInboundTopic(topic)) throw new Problem(404, 'not_found', `No service owns a topic ${topic}.`);
    if (req.body === undefined || req.get('content-length') === '0') {
      throw new Problem(400, 'validation_failed', 'The body is the data of the event, JSON.');
    }
    const id = queryText(req, 'id') ?? randomUUID();
    // The data goes out unchecked: how the order service takes malformed events is worth trying too.
    const event = cloudEvent({
      topic,
      id,
      data: req.body as unknown,
      at: timeText(req) ?? new Date(),
      traceparent: traceparentOf(),
    });
    // Known before the order service can hear of it, and ask for a refund.
    balances.published(id, topic, req.body);
    await store.written();
    await sidecar.publish(event).catch((err: unknown) => {
      log.warn({ err, topic }, 'the event was not taken');
      throw new Problem(503, 'unavailable', 'The sidecar or its broker did not take the event.');
    });
    res.status(202).json({ id });
  });

  const take = async (body: unknown): Promise<'SUCCESS' | 'DROP'> => {
    const parsed = orderEventSchema.safeParse(body);
    const orderId = parsed.data?.data.order_id ?? parsed.data?.subject;
    if (!parsed.success || orderId === undefined) {
      log.warn({ issues: parsed.error?.issues }, 'not an order event, dropped');
      return 'DROP';
    }
    const { id, type, sequence, data, traceparent } = parsed.data;
    await inDeliverySpan({ traceparent }, { id, type, orderId }, () => {
      if (type === 'order.created') balances.created(orderId, data);
      arrived.put({ id, type, sequence, at: new Date().toISOString(), data }, { orderId });
      return store.written();
    });
    return 'SUCCESS';
  };

  router.post('/dapr-events', async (req, res) => {
    const { entries } = parseOrRefuse(bulkSchema, req.body);
    const statuses = entries.map(async ({ entryId, event }) => ({ entryId, status: await take(event) }));
    res.json({ statuses: await Promise.all(statuses) });
  });
  return router;
}
