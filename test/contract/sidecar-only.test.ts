import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { sharedStack } from '../support/stack.js';
import { createInvokeDriver } from './drivers/invoke.js';
import { createRestDriver } from './drivers/rest.js';
import { orderBody, placed, unpaid } from './orders.js';
import { taken } from './outcomes.js';
import { tokenFor } from './tokens.js';

const stack = sharedStack();
const rest = createRestDriver(stack);
const methods = `${stack.sandbox!.dapr}/v1.0/invoke/order-service/method`;
const json = { 'content-type': 'application/json' };

describe('The private port', () => {
  const create = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${methods}/api/v1/orders`, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify(orderBody(unpaid)),
    });

  it('knows the caller by our own sidecar, whatever token comes along', async () => {
    const response = await create({ authorization: `Bearer ${await tokenFor({ type: 'admin', id: 'x' }, stack)}` });
    const { order } = (await response.json()) as { order: { id: string; created_by_service: string } };
    assert.equal(order.created_by_service, 'checkout-service');
    const { entries } = await rest.statusHistory(order.id);
    assert.deepEqual(entries[0]?.changed_by, { type: 'service', id: 'checkout-service' });
  });

  it('does not let the request say who calls', async () => {
    for (const appId of ['payment-service', 'order-service', 'checkout-service, payment-service', '']) {
      const response = await create({ 'dapr-caller-app-id': appId });
      const { order } = (await response.json()) as { order?: { created_by_service: string } };
      assert.ok(
        response.status === 401 || order?.created_by_service === 'checkout-service',
        `${appId}: ${response.status}`,
      );
    }
  });

  it('hears nobody but our own sidecar', async () => {
    const { callback } = stack.replicas[0]!;
    for (const path of ['/api/v1/orders', '/events/payment', '/dapr/config', '/actors/OrderActor/x/method/execute'])
      for (const token of [undefined, 'wrong', `${stack.secrets.appApiToken}x`]) {
        const headers = {
          ...json,
          'dapr-caller-app-id': 'checkout-service',
          ...(token && { 'dapr-api-token': token }),
        };
        const response = await fetch(`${callback}${path}`, { method: 'PUT', headers, body: '{}' });
        assert.equal(response.status, 401, path);
        await response.body?.cancel();
      }
  });

  it('takes no events by service invocation', async () => {
    const order = await placed(rest);
    const event = {
      specversion: '1.0',
      id: randomUUID(),
      source: 'payment-service',
      type: 'payment.completed',
      topic: 'payment.completed',
      data: { order_id: order.id, payment_id: randomUUID(), amount: '30.29', currency: 'USD' },
    };
    for (const type of ['application/json', 'application/cloudevents+json'])
      for (const path of ['events/payment', 'events/fulfillment', 'events/dead-letter', 'events/../events/payment']) {
        const init = { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(event) };
        const response = await fetch(`${methods}/${path}`, init);
        assert.ok(!response.ok, `${path}: ${response.status}`);
        await response.body?.cancel();
      }
    assert.deepEqual(taken(await rest.getOrder(order.id)), order);
  });

  it('changes no order by an actor call that none of our gateways signed', async () => {
    const order = await placed(rest);
    const command = { type: 'cancel', reason: 'x' };
    const request = {
      orderId: order.id,
      commandId: 'x',
      requestHash: 'x',
      caller: { type: 'admin', id: 'x' },
      channel: 'rest',
      command,
    };
    const bodies = [
      command,
      request,
      { payload: JSON.stringify(request), signature: 'x' },
      { payload: JSON.stringify(request), signature: '' },
    ];
    for (const body of bodies) {
      const init = { method: 'PUT', headers: json, body: JSON.stringify(body) };
      await (await fetch(`${methods}/actors/OrderActor/${order.id}/method/execute`, init)).body?.cancel();
      const direct = `${stack.replicas[0]!.dapr}/v1.0/actors/OrderActor/${order.id}/method/execute`;
      await (await fetch(direct, init)).body?.cancel();
    }
    assert.deepEqual(taken(await rest.getOrder(order.id)), order);
  });

  it('answers with the trace id of the caller', async () => {
    const traceId = randomUUID().replaceAll('-', '');
    for (const path of ['/api/v1/orders', `/api/v1/orders/${randomUUID()}`, '/api/v1/orders/x/y/z']) {
      const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
      const response = await fetch(`${methods}${path}`, { headers });
      assert.equal(response.headers.get('x-trace-id'), traceId, path);
      await response.body?.cancel();
    }
  });

  it('keeps the caller and the routes it serves by invocation', async () => {
    const driver = createInvokeDriver(stack);
    const order = await placed(driver);
    const response = await fetch(`${methods}/api/v1/orders/${order.id}`, { headers: { 'if-none-match': '"1"' } });
    assert.deepEqual([response.status, response.headers.get('etag')], [304, '"1"']);
  });
});
