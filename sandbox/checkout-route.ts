import { randomUUID } from 'node:crypto';
import express, { Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Faults } from './faults.js';
import { misbehave } from './misbehave.js';
import { Problem } from './problem.js';
import type { InvocationAnswer, Sidecar } from './sidecar.js';

const ANSWERED = ['content-type', 'location', 'etag', 'idempotent-replayed', 'retry-after'];
/** Beyond the order service's own limit of 1 MiB, so that its answer to a body too large is seen. */
const BODY_LIMIT = '2mb';

const sidecarFault = z.object({ errorCode: z.string().startsWith('ERR_'), message: z.string() });

/**
 * daprd's own answers: errors that are not `application/problem+json`, and the success without a word that it makes, now
 * and then, of a call that met a dead app (docs/adr/0018-bulk-subscriptions.md).
 */
const isSidecarFault = ({ status, headers, body }: InvocationAnswer): boolean => {
  if (status < 300 && body.length === 0) return true;
  if (status < 500 || !String(headers['content-type']).startsWith('application/json')) return false;
  try {
    return sidecarFault.safeParse(JSON.parse(body.toString())).success;
  } catch {
    return false;
  }
};

/**
 * `POST /checkout`: hands the body as it is to the order service through Dapr and answers what comes back; 503 when
 * the sidecar or the order service is not there.
 */
export function createCheckoutRoute(deps: { sidecar: Sidecar; faults: Faults; log: Logger }): Router {
  const { sidecar, faults, log } = deps;
  const router = Router();

  router.post('/checkout', express.raw({ type: () => true, limit: BODY_LIMIT }), async (req, res) => {
    await misbehave(faults, 'checkout', res, async () => {
      const headers = {
        'content-type': req.get('content-type') ?? 'application/json',
        // The sidecar may send the order again: without a key of its own that would be two orders.
        'idempotency-key': req.get('idempotency-key') ?? randomUUID(),
      };
      const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
      const answer = await sidecar.invoke('order-service', 'api/v1/orders', headers, body).catch((err: unknown) => {
        log.warn({ err }, 'the sidecar is not there');
        throw new Problem(503, 'unavailable', 'The sidecar of the checkout service is not there.');
      });
      if (isSidecarFault(answer)) {
        log.warn({ status: answer.status, answer: answer.body.toString().slice(0, 300) }, 'order-service not reached');
        throw new Problem(503, 'unavailable', 'The order service cannot be reached.');
      }
      return () => {
        res.status(answer.status);
        for (const name of ANSWERED) {
          const value = answer.headers[name];
          if (value !== undefined) res.set(name, value);
        }
        res.end(answer.body);
      };
    });
  });
  return router;
}
