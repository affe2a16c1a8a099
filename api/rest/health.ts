import { type RequestHandler, Router } from 'express';
import type { DependencyHealth } from '../../observability/readiness.js';
import { allowing } from './handle.js';

/** What the health routes ask. */
export interface HealthDeps {
  /** Every dependency, looked at now. */
  readonly dependencies: () => Promise<readonly DependencyHealth[]>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What the probes ask. */
export interface ProbeDeps {
  /** Whether requests should come here; `stopping` from the moment a stop begins. */
  readonly readiness: () => Promise<'ok' | 'unavailable' | 'stopping'>;
}

/** How long one look at the dependencies serves all who ask, milliseconds. */
const lookServesMs = 1_000;

/** One look at a time, shared by all who ask while it runs and for a second after it began. */
const sharedLook = <T>(look: () => Promise<T>, now: () => number): (() => Promise<T>) => {
  let current: { readonly found: Promise<T>; readonly began: number; over: boolean } | undefined;
  return () => {
    if (current === undefined || (current.over && now() - current.began >= lookServesMs)) {
      const mine = { found: look(), began: now(), over: false };
      current = mine;
      const end = (): void => {
        mine.over = true;
      };
      mine.found.then(end, () => {
        if (current === mine) current = undefined;
      });
    }
    return current.found;
  };
};

/** `/health` says that the process answers; `/health/dependencies` looks at what it depends on. */
export const healthRoutes = ({ dependencies, now = Date.now }: HealthDeps): Router => {
  const look = sharedLook(dependencies, now);
  const router = Router();
  router
    .route('/health')
    .get((_request, response) => {
      response.json({ status: 'ok', service: 'order-service' });
    })
    .all(allowing('GET'));
  router
    .route('/health/dependencies')
    .get(async (_request, response) => {
      const found = await look();
      const down = found.some(({ required, state }) => required && state === 'down');
      response.status(down ? 503 : 200).json({ status: down ? 'unavailable' : 'ok', dependencies: found });
    })
    .all(allowing('GET'));
  return router;
};

const fresh: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** `/livez` answers while the event loop turns; `/readyz` only where requests can be served. For Kubernetes. */
export const probeRoutes = ({ readiness }: ProbeDeps): Router => {
  const router = Router();
  router
    .route('/livez')
    .get(fresh, (_request, response) => {
      response.json({ status: 'ok' });
    })
    .all(allowing('GET'));
  router
    .route('/readyz')
    .get(fresh, async (_request, response) => {
      const status = await readiness();
      response.status(status === 'ok' ? 200 : 503).json({ status });
    })
    .all(allowing('GET'));
  return router;
};
