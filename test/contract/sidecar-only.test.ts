import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { sidecarHeaders } from '../../scripts/readiness.js';
import { sharedStack } from '../support/stack.js';
import { createInvokeDriver } from '../support/drivers/invoke.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { orderBody, placed, unpaid } from '../support/orders.js';
import { taken } from '../support/outcomes.js';
import { tokenFor } from '../support/tokens.js';
import { itUnless } from '../support/skip.js';

const stack = sharedStack();
const rest = createRestDriver(stack);
const methods = `${stack.sandbox!.dapr}/v1.0/invoke/order-service/method`;
const token = sidecarHeaders(stack.secrets.daprApiToken);
const json = { 'content-type': 'application/json', ...token };

describe('A sidecar', () => {
  const apis = [
    ['GET', '/v1.0/metadata'],
    ['GET', '/v1.0/invoke/order-service/method/api/v1/orders'],
    ['POST', '/v1.0/invoke/order-service/method/events/payment'],
    ['POST', '/v1.0/publish/pubsub/payment.completed'],
    ['POST', `/v1.0/actors/OrderActor/${randomUUID()}/method/execute`],
  ] as const;
  const sidecars = [...stack.replicas, stack.sandbox!].map(({ dapr }) => dapr);

  it('serves only those who show its token', async () => {
    for (const dapr of sidecars)
      for (const [method, path] of apis)
        for (const given of [undefined, '', 'wrong', stack.secrets.appApiToken]) {
          const headers = {
            'content-type': 'application/json',
            'dapr-caller-app-id': 'payment-service',
            ...(given === undefined ? {} : { 'dapr-api-token': given }),
          };
          const response = await fetch(`${dapr}${path}`, { method, headers, ...(method === 'POST' && { body: '{}' }) });
          assert.equal(response.status, 401, `${method} ${dapr}${path}`);
          await response.arrayBuffer();
        }
  });
});

describe('The ports of a replica', () => {
  const skip = process.platform !== 'linux' && 'only Linux has all of 127.0.0.0/8';

  itUnless(skip)('are on the address that they are bound to, and on no other', async () => {
    const { rest: url, grpc, metrics } = stack.replicas[0]!;
    for (const address of [url, `http://${grpc}`, metrics]) {
      const { port } = new URL(address);
      for (const [host, open] of [
        ['127.0.0.1', true],
        ['127.0.0.2', false],
      ] as const) {
        const socket = connect(Number(port), host);
        const reached = await new Promise((resolve) => {
          socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        });
        socket.destroy();
        assert.equal(reached, open, `${host}:${port}`);
      }
    }
  });
});

// Bodies are read to their end: a caller that hangs up while daprd copies an invocation's response under a timeout
// policy makes daprd 1.18 write to a finished response and crash.
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
    expect(order.created_by_service).toBe('checkout-service');
    const { entries } = await rest.statusHistory(order.id);
    expect(entries[0]?.changed_by).toStrictEqual({ type: 'service', id: 'checkout-service' });
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

  it('accepts calls of our own sidecar only', async () => {
    const { callback } = stack.replicas[0]!;
    for (const path of ['/api/v1/orders', '/events/payment', '/dapr/config', '/actors/OrderActor/x/method/execute'])
      for (const appToken of [undefined, 'wrong', `${stack.secrets.appApiToken}x`]) {
        const headers = {
          'content-type': 'application/json',
          'dapr-caller-app-id': 'checkout-service',
          ...(appToken && { 'dapr-api-token': appToken }),
        };
        const response = await fetch(`${callback}${path}`, { method: 'PUT', headers, body: '{}' });
        assert.equal(response.status, 401, path);
        await response.arrayBuffer();
      }
  });

  it('is not reached through our own sidecar, whatever the headers say', async () => {
    const order = await placed(rest);
    const event = { id: randomUUID(), source: 'payment-service', topic: 'payment.completed' };
    const captured = { order_id: order.id, payment_id: randomUUID(), amount: '30.29', currency: 'USD' };
    const body = JSON.stringify({ ...event, data: captured });
    const cancel = JSON.stringify({ reason: 'x' });
    for (const { dapr } of stack.replicas)
      for (const caller of [undefined, 'payment-service', 'order-service', 'checkout-service'])
        for (const [method, path, sent] of [
          ['GET', `api/v1/orders/${order.id}`, undefined],
          ['POST', `api/v1/orders/${order.id}/cancel`, cancel],
          ['POST', 'events/payment', body],
          ['POST', 'events/dead-letter', body],
          ['DELETE', `actors/OrderActor/${order.id}`, undefined],
          ['GET', 'dapr/config', undefined],
        ] as const) {
          const headers = { ...json, ...(caller === undefined ? {} : { 'dapr-caller-app-id': caller }) };
          const addressed = { ...headers, 'dapr-app-id': 'order-service' };
          for (const [url, named] of [
            [`/v1.0/invoke/order-service/method/${path}`, headers],
            [`/v1.0/invoke/payment-service/method/../../order-service/method/${path}`, headers],
            [`/${path}`, addressed],
            [`/v1.0/invoke/payment-service/method/${path}`, addressed],
          ] as const) {
            const init = { method, headers: named, ...(sent === undefined ? {} : { body: sent }) };
            const response = await fetch(`${dapr}${url}`, init);
            assert.ok(!response.ok, `${method} ${url} as ${String(caller)}: ${response.status}`);
            await response.arrayBuffer();
          }
        }
    expect(taken(await rest.getOrder(order.id))).toStrictEqual(order);
  });

  it('takes no actor call and no question of Dapr by service invocation', async () => {
    const order = await placed(rest);
    for (const [method, path] of [
      ['DELETE', `actors/OrderActor/${order.id}`],
      ['PUT', `actors/OrderActor/${order.id}/method/execute`],
      ['GET', 'dapr/config'],
      ['GET', 'dapr/subscribe'],
      ['POST', 'EVENTS/payment'],
    ] as const) {
      const response = await fetch(`${methods}/${path}`, { method, headers: json });
      assert.equal(response.status, 403, `${method} ${path}`);
      await response.arrayBuffer();
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
        const init = { method: 'POST', headers: { ...token, 'content-type': type }, body: JSON.stringify(event) };
        const response = await fetch(`${methods}/${path}`, init);
        assert.ok(!response.ok, `${path}: ${response.status}`);
        await response.arrayBuffer();
      }
    expect(taken(await rest.getOrder(order.id))).toStrictEqual(order);
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
      await (await fetch(`${methods}/actors/OrderActor/${order.id}/method/execute`, init)).arrayBuffer();
      const direct = `${stack.replicas[0]!.dapr}/v1.0/actors/OrderActor/${order.id}/method/execute`;
      await (await fetch(direct, init)).arrayBuffer();
    }
    expect(taken(await rest.getOrder(order.id))).toStrictEqual(order);
  });

  it('answers with the trace id of the caller', async () => {
    const traceId = randomUUID().replaceAll('-', '');
    for (const path of ['/api/v1/orders', `/api/v1/orders/${randomUUID()}`, '/api/v1/orders/x/y/z']) {
      const headers = { ...token, traceparent: `00-${traceId}-b7ad6b7169203331-01` };
      const response = await fetch(`${methods}${path}`, { headers });
      assert.equal(response.headers.get('x-trace-id'), traceId, path);
      await response.arrayBuffer();
    }
  });

  it('keeps the caller and the routes it serves by invocation', async () => {
    const driver = createInvokeDriver(stack);
    const order = await placed(driver);
    const response = await fetch(`${methods}/api/v1/orders/${order.id}`, {
      headers: { ...token, 'if-none-match': '"1"' },
    });
    expect([response.status, response.headers.get('etag')]).toStrictEqual([304, '"1"']);
  });
});
