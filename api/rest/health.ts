import { Router } from 'express';
import type { DependencyHealth } from '../../actors/dependency-health.js';
import { sendProblem } from './problem.js';

/** What the health routes ask. */
export interface HealthDeps {
  /** Every dependency of SPEC section 1, looked at now. */
  readonly dependencies: () => Promise<readonly DependencyHealth[]>;
}

/** `/health` says that the process answers; `/health/dependencies` looks at what it stands on. */
export const healthRoutes = ({ dependencies }: HealthDeps): Router => {
  const router = Router();
  router
    .route('/health')
    .get((_request, response) => {
      response.json({ status: 'ok', service: 'order-service' });
    })
    .all((_request, response) => {
      sendProblem(response, { code: 'method_not_allowed', allow: ['GET'] });
    });
  router
    .route('/health/dependencies')
    .get(async (_request, response) => {
      const found = await dependencies();
      const down = found.some(({ required, state }) => required && state === 'down');
      response.status(down ? 503 : 200).json({ status: down ? 'unavailable' : 'ok', dependencies: found });
    })
    .all((_request, response) => {
      sendProblem(response, { code: 'method_not_allowed', allow: ['GET'] });
    });
  return router;
};
