import express, { type Express } from 'express';
import type { JWK } from 'jose';
import type { Logger } from 'pino';
import { serverSpan } from '../observability/server-span.js';
import type { Balances } from './balances.js';
import { createCheckoutRoute } from './checkout-route.js';
import { createEventRoutes } from './event-routes.js';
import { faultSchema, isServiceName, type Faults } from './faults.js';
import type { Ledger } from './ledger.js';
import { Problem, problemHandler } from './problem.js';
import type { Publications } from './publications.js';
import { parseOrRefuse, pathText, queryText } from './requests.js';
import { createServiceRoutes } from './service-routes.js';
import type { Sidecar } from './sidecar.js';
import type { Store } from './store.js';
import { refuseWebPages } from './web-pages.js';
import type { Walks } from './walks.js';

/** The whole sandbox as one Express app. `jwks` is the public key set of the development issuer. */
export function createApp(deps: {
  sidecar: Sidecar;
  faults: Faults;
  ledger: Ledger;
  walks: Walks;
  publications: Publications;
  store: Store;
  balances: Balances;
  jwks: { keys: JWK[] };
  log: Logger;
}): Express {
  const { faults, ledger, jwks, log } = deps;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');

  app.use(refuseWebPages);

  const healthy = { status: 'ok' };
  app.get(['/health', '/healthz'], (_req, res) => void res.json(healthy));
  app.get('/.well-known/jwks.json', (_req, res) => void res.json(jwks));
  // Asked by every sidecar at its start; subscriptions are declared in files.
  app.get('/dapr/config', (_req, res) => void res.json({}));
  app.get('/dapr/subscribe', (_req, res) => void res.json([]));

  app.post(['/checkout', '/api/*path', '/events/:topic'], serverSpan);
  app.use(createCheckoutRoute(deps));
  // Deliveries in bulk: 32 events of the 4 MB that the sidecar publishes at most.
  app.use('/dapr-events', express.json({ limit: '128mb' }));
  app.use(express.json({ type: () => true, strict: false, limit: '4mb' }));
  app.use(createServiceRoutes(deps));
  app.use(createEventRoutes(deps));

  app.get('/ledger', (req, res) => void res.json(ledger.list(queryText(req, 'order_id'))));
  app.get('/faults', (_req, res) => void res.json(faults.all()));
  app.delete('/faults', (_req, res) => {
    faults.clear();
    res.status(204).end();
  });
  app.put('/faults/:service', (req, res) => {
    const service = pathText(req, 'service');
    if (!isServiceName(service)) throw new Problem(404, 'not_found', `There is no service ${service}.`);
    const fault = parseOrRefuse(faultSchema, req.body);
    faults.set(service, fault);
    res.json({ service, ...fault });
  });

  app.use((req) => {
    throw new Problem(404, 'not_found', `There is no ${req.method} ${req.path}.`);
  });
  app.use(problemHandler(log));
  return app;
}
