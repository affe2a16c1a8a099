import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { sidecarHeaders } from '../../scripts/readiness.js';
import { sharedStack } from '../support/stack.js';
import { createInvokeDriver } from '../support/drivers/invoke.js';
import { newId, orderBody } from '../support/orders.js';
import { done } from '../support/outcomes.js';

const stack = sharedStack();
const invoke = createInvokeDriver(stack);

describe('A caller that hangs up', () => {
  /** Asks for a long list through the sidecar and hangs up, some milliseconds after its beginning has come. */
  const hangUp = async (url: string, afterMs: number): Promise<void> => {
    const request = get(url, { headers: sidecarHeaders(stack.secrets.daprApiToken) });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    expect(response.statusCode).toBe(200);
    await once(response, 'data');
    if (afterMs > 0) await sleep(afterMs);
    request.destroy();
  };

  it('leaves the sidecar serving everybody else', async () => {
    const customer_id = newId('customer');
    const metadata = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`key ${n}`, 'x'.repeat(900)]));
    const bodies = Array.from({ length: 40 }, () => orderBody({ customer_id, metadata }));
    const [first] = await Promise.all(bodies.map(async (body) => done(await invoke.createOrder(body))));
    const list = `${stack.sandbox!.dapr}/v1.0/invoke/order-service/method/api/v1/orders?customer_id=${customer_id}`;
    for (let round = 0; round < 25; round += 1) {
      await Promise.all([0, 0, 1, 2].map((ms) => hangUp(`${list}&page_size=40`, ms)));
      expect((await invoke.getOrder(first!.id)).status).toBe(200);
    }
  });
});
