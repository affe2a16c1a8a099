import express, { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import { orderTopics } from '../../actors/rules/order.js';
import { type CloudEvent, cloudEvent } from '../schemas/events.js';
import { type GuestOrders, takeCustomerCreated } from './customer-created.js';
import { bury, type EventDeps, type EventOutcome, takeOrderEvent } from './order-events.js';

/** What the event routes stand on. */
export interface EventRoutesDeps extends EventDeps {
  readonly guestOrders: GuestOrders;
  readonly takePrice: (event: CloudEvent) => Promise<EventOutcome>;
  readonly onOutcome: (topic: string, outcome: EventOutcome) => void;
  readonly log: Logger;
}

type Take = (event: CloudEvent) => Promise<EventOutcome>;

/** Events come from our own sidecar's subscriptions; a service invocation of these routes is refused. */
const fromBrokerOnly: RequestHandler = (request, response, next) => {
  if (request.get('dapr-caller-app-id') === undefined) next();
  else response.status(403).json({ status: 'DROP' });
};

/**
 * The topics of SPEC section 3 ("In"). Taken, overtaken or buried, an event is acknowledged; only where infrastructure
 * fails is the broker asked to bring it again.
 */
export const eventRoutes = (deps: EventRoutesDeps): Router => {
  const router = Router();
  router.use(fromBrokerOnly, express.json({ limit: '1mb', type: ['application/json', 'application/*+json'] }));

  const route = (path: string, take: Take): void => {
    router.post(path, async (request, response) => {
      const event = cloudEvent.safeParse(request.body);
      if (!event.success) {
        deps.log.error({ path }, 'a delivery that is no CloudEvent');
        response.json({ status: 'DROP' });
        return;
      }
      const { topic, id, source } = event.data;
      const outcome = await take(event.data);
      deps.onOutcome(topic, outcome);
      const level = outcome === 'dead_letter' || outcome === 'retry' ? 'warn' : 'debug';
      deps.log[level]({ topic, event: id, source, outcome }, 'event taken');
      response.json({ status: outcome === 'retry' ? 'RETRY' : 'SUCCESS' });
    });
  };

  const orderEvent: Take = (event) => {
    const topic = orderTopics.find((known) => known === event.topic);
    return topic === undefined ? bury(deps, event, 'not a topic of this route') : takeOrderEvent(deps, event, topic);
  };

  route('/payment', orderEvent);
  route('/fulfillment', orderEvent);
  route('/return', orderEvent);
  route('/customer-created', (event) => takeCustomerCreated(deps, event));
  route('/price-updated', deps.takePrice);
  // What the sidecar gave up on after its retries: kept, so that it can be replayed.
  route('/dead-letter', (event) => {
    const topic = event.topic.replace(/\.dead-letter$/, '');
    return bury(deps, { ...event, topic }, 'retries exhausted');
  });
  return router;
};
