import { Router } from 'express';
import type { ZodType } from 'zod';
import { traceparentOf } from '../observability/spans.js';
import type { Balances } from './balances.js';
import { cloudEvent } from './cloud-event.js';
import { bodies, PATHS, type BodyOf, type Operation } from './contracts.js';
import { digest, digestJson, parseOrRefuse } from './requests.js';
import { isServiceName, type Faults } from './faults.js';
import type { Ledger } from './ledger.js';
import { misbehave } from './misbehave.js';
import { Problem } from './problem.js';
import type { Publications } from './publications.js';
import type { Store } from './store.js';
import type { Walks } from './walks.js';

interface Deps {
  store: Store;
  faults: Faults;
  ledger: Ledger;
  walks: Walks;
  publications: Publications;
  balances: Balances;
}
interface Context {
  key: string;
  traceparent: string | undefined;
}

/** What an operation does and answers. It runs again on a repeat, so all that it does is idempotent. */
type Effect<O extends Operation> = (body: BodyOf<O>, context: Context) => Record<string, string>;

/** The refund id of a key: always the same. */
const refundIdOf = (key: string): string => `re_${digest(`refund ${key}`)}`;

const nothing = (): Record<string, string> => ({});

/** The operations of warehouse, payment, fulfilment and notification that the order service asks for. */
export function createServiceRoutes(deps: Deps): Router {
  const { store, faults, ledger, walks, publications, balances } = deps;
  const router = Router();

  /** `check` throws a problem for what this service must refuse; nothing is noted then. */
  const operation = <O extends Operation>(
    name: O,
    effect: Effect<O>,
    check?: (body: BodyOf<O>, key: string) => void,
  ): void => {
    const service = name.split('.')[0] ?? '';
    if (!isServiceName(service)) throw new Error(`${name} belongs to no service`);
    const schema = bodies[name] as unknown as ZodType<BodyOf<O>>;

    router.post(PATHS[name], async (req, res) => {
      const work = async (): Promise<() => void> => {
        const key = req.get('idempotency-key');
        if (key === undefined || key === '' || key.length > 255) {
          throw new Problem(400, 'validation_failed', 'An idempotency-key header of 1 to 255 characters is needed.');
        }
        const body = parseOrRefuse(schema, req.body);
        check?.(body, key);
        const noted = ledger.note({
          service,
          operation: name,
          key,
          order_id: body.order_id,
          ...('amount' in body && typeof body.amount === 'string' ? { amount: body.amount } : {}),
          ...('payment_id' in body && typeof body.payment_id === 'string' ? { payment_id: body.payment_id } : {}),
          bodyDigest: digestJson([name, req.body]),
        });
        if (noted === 'conflict') {
          throw new Problem(422, 'idempotency_key_reused', 'This key was used with another operation or body.');
        }
        const answer = effect(body, { key, traceparent: traceparentOf() });
        await store.written();
        return () => void res.json(answer);
      };
      const isRepeat = (): boolean => ledger.knows(service, req.get('idempotency-key') ?? '');
      await misbehave(faults, service, res, work, isRepeat);
    });
  };

  operation('warehouse.release', nothing);
  operation('payment.void', nothing);
  const refund: Effect<'payment.refund'> = (body, { key, traceparent }) => {
    const refundId = refundIdOf(key);
    const paymentId = body.payment_id ?? `pay_${digest(`payment ${body.order_id}`)}`;
    balances.refunded(refundId, { ...body, payment_id: paymentId });
    const data = {
      order_id: body.order_id,
      payment_id: paymentId,
      amount: body.amount,
      currency: body.currency,
      refund_id: refundId,
    };
    const id = `payment.refunded:${refundId}`;
    publications.promise(cloudEvent({ topic: 'payment.refunded', id, data, at: new Date(), traceparent }));
    return { refund_id: refundId, payment_id: paymentId };
  };
  operation('payment.refund', refund, (body, key) => {
    if (!balances.allows(refundIdOf(key), body))
      throw new Problem(422, 'refund_exceeds_payment', 'The payment does not hold that much.');
  });
  const walk =
    (change: (orderId: string) => void) =>
    (body: { order_id: string }): Record<string, string> => {
      change(body.order_id);
      return {};
    };
  operation('fulfillment.start', (body, { traceparent }) => ({
    fulfillment_id: walks.start(body.order_id, traceparent),
  }));
  operation('fulfillment.change', nothing);
  operation('fulfillment.stop', walk(walks.stop));
  operation('fulfillment.hold', walk(walks.hold));
  operation('fulfillment.release', walk(walks.release));
  operation('notification.send', nothing);
  return router;
}
