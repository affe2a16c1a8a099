import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { createCommandSigner } from '../../actors/command-envelope.js';
import type { Order } from '../../actors/rules/order.js';
import { sidecarHeaders } from '../../scripts/readiness.js';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { createRestStaffDriver } from '../support/drivers/staff.js';
import { newCustomer, newId, placed, staff } from '../support/orders.js';
import { done, eventually, refused, taken } from '../support/outcomes.js';
import { publish } from './publish.js';
import { goodClaims, signed, tokenFor } from '../support/tokens.js';

/*
 * The attacks that once worked, each again as it was made, by its number in docs/security.md. What can only be tried on a
 * stack of its own has a test of its own, which that page names: 3, 6, 7 on an older Node, 9, 14, 16, 20, 21, 22.
 */

const stack = sharedStack();
const rest = createRestDriver(stack);
const orders = `${stack.replicas[0]!.rest}/api/v1/orders`;
const json = { 'content-type': 'application/json' };
const daprToken = sidecarHeaders(stack.secrets.daprApiToken);

const bearerOf = async (caller: Parameters<typeof tokenFor>[0]): Promise<{ readonly authorization: string }> => ({
  authorization: `Bearer ${await tokenFor(caller, stack)}`,
});

describe('The attacks that once worked', () => {
  const pool = new Pool({ connectionString: stack.databaseDsn, max: 1 });
  afterAll(() => pool.end());

  const unchanged = async (order: Order): Promise<void> => {
    expect(taken(await rest.getOrder(order.id))).toStrictEqual(order);
  };

  it('1, 2, 10: a caller that names itself, events and actor calls by invocation', async () => {
    const order = await placed(rest);
    const event = { id: 'x1', source: 'x', topic: 'payment.completed' };
    const data = { order_id: order.id, payment_id: 'p', amount: '10.00', currency: 'USD' };
    for (const { dapr } of [...stack.replicas, stack.sandbox!])
      for (const headers of [{}, daprToken])
        for (const [method, path, body] of [
          ['GET', `api/v1/orders/${order.id}`, undefined],
          ['POST', `api/v1/orders/${order.id}/cancel`, { reason: 'x' }],
          ['POST', 'events/payment', { ...event, data }],
          ['POST', 'events/customer-created', { customer_id: 'x', email: 'x@example.com', email_verified: true }],
          ['DELETE', `actors/OrderActor/${order.id}`, undefined],
          ['PUT', `actors/OrderActor/${order.id}/method/execute`, {}],
        ] as const) {
          // With the token of the sidecar of checkout its own routes are what it may call: that is no attack.
          if (dapr === stack.sandbox!.dapr && headers === daprToken && path.startsWith('api/')) continue;
          const response = await fetch(`${dapr}/v1.0/invoke/order-service/method/${path}`, {
            method,
            headers: { ...json, ...headers, 'dapr-caller-app-id': 'payment-service' },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          });
          const answer = `${method} ${dapr} ${path}: ${response.status} ${await response.text()}`;
          assert.ok(response.status >= 400 && response.status < 600, answer);
        }
    await unchanged(order);
  });

  it('4: a body of many faults', async () => {
    const caller = newCustomer();
    const order = await placed(rest, { customer_id: caller.id });
    const put = async (body: string): Promise<readonly [number, string]> => {
      const headers = { ...json, ...(await bearerOf(caller)) };
      const response = await fetch(`${orders}/${order.id}`, { method: 'PUT', headers, body });
      return [response.status, await response.text()];
    };
    const keys = (count: number): string =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1])));
    expect((await put(keys(80_000)))[0]).toBe(413);
    expect((await put('['.repeat(500_000)))[0]).toBe(413);
    const [status, text] = await put(keys(5_000));
    expect(status).toBe(400);
    expect((JSON.parse(text) as { readonly errors: readonly unknown[] }).errors).toHaveLength(100);
    expect(text.length).toBeLessThan(20_000);
    await unchanged(order);
  });

  it('5: the growth of a journal by one customer', async () => {
    const caller = newCustomer();
    const { id } = await placed(rest, { customer_id: caller.id });
    for (let n = 0; n < 10; n += 1) done(await rest.updateOrder(id, { notes: `${n}`.padEnd(10_000, 'x') }, { caller }));
    refused(rest, await rest.updateOrder(id, { notes: 'y' }, { caller }), 'rate_limited');
    const receipts = async (): Promise<number> =>
      (await pool.query('select from order_receipts where order_id = $1', [id])).rowCount ?? 0;
    const before = await receipts();
    done(await rest.updateOrder(id, { reason: 'x' }, { caller }));
    expect(await receipts()).toBe(before);
  });

  it('7: an event nested deeper than the stack reaches', async () => {
    const { id } = await placed(rest);
    const depth = 9_000;
    const eventId = newId('event');
    const body = `{"order_id":"${id}","payment_id":5,"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const url = `${stack.sandbox!.dapr}/v1.0/publish/pubsub/payment.failed?metadata.cloudevent.id=${eventId}`;
    const published = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json', ...daprToken },
      body: `{"specversion":"1.0","id":"${eventId}","source":"payment-service","type":"payment.failed","data":${body}}`,
    });
    expect(published.status).toBe(204);
    const letters = createRestStaffDriver(stack);
    const letter = await eventually(
      async () => (await letters.deadLetters({ page_size: 100 })).entries.find(({ event_id }) => event_id === eventId),
      (found) => found !== undefined,
      30_000,
    );
    expect(letter?.reason).toMatch(/nested/);
    // Others go on.
    await publish('payment.authorized', { order_id: id, payment_id: 'p-7', amount: '1.00', currency: 'USD' });
    const after = await eventually(
      async () => taken(await rest.getOrder(id)),
      ({ payments }) => payments.some(({ payment_id }) => payment_id === 'p-7'),
      30_000,
    );
    expect(after.payments.map(({ payment_id }) => payment_id)).toContain('p-7');
    expect((await letters.discardDeadLetter(letter!.id, { reason: 'an attack' })).ok).toBe(true);
  });

  it('8: a signed command that is sent again later', async () => {
    const order = await placed(rest);
    const signer = createCommandSigner(stack.secrets.orderSecret, () => Date.now() - 60_000);
    const sent = signer.sign(
      {
        orderId: order.id,
        commandId: randomUUID(),
        requestHash: 'x',
        caller: staff,
        channel: 'rest',
        command: { type: 'change_status', status: 'processing' },
      },
      Date.now() - 50_000,
    );
    for (const { dapr } of stack.replicas) {
      const url = `${dapr}/v1.0/actors/OrderActor/${order.id}/method/execute`;
      const response = await fetch(url, {
        method: 'PUT',
        headers: { ...json, ...daprToken },
        body: JSON.stringify(sent),
      });
      await response.arrayBuffer();
    }
    await unchanged(order);
  });

  it('11: claims of another type', async () => {
    for (const sub of [null, ['a', 'b'], {}, 5, 'a\u0000b', '', 'x'.repeat(256)]) {
      const claims = { ...goodClaims({ type: 'admin', id: 'x' }, stack), sub };
      const token = await signed(claims as Parameters<typeof signed>[0], stack);
      const response = await fetch(orders, { headers: { authorization: `Bearer ${token}` } });
      await response.arrayBuffer();
      assert.equal(response.status, 401, JSON.stringify(sub));
    }
  });

  it('12: a body of three gigabytes, with and without a token', async () => {
    for (const headers of [{}, await bearerOf(newCustomer()), await bearerOf(staff)]) {
      const sent = request(`${orders}/x`, { method: 'PUT', headers: { ...json, ...headers, 'content-length': 3e9 } });
      sent.on('error', () => undefined);
      sent.write('{');
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      expect(response.statusCode).toBe('authorization' in headers ? 413 : 401);
      expect(response.headers.connection).toBe('close');
      sent.destroy();
    }
    // What comes all the same is not read on: the sender's buffers fill up, or the connection ends.
    const { hostname, port } = new URL(orders);
    const took = await new Promise<number>((resolve) => {
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      socket.on('error', () => undefined).on('data', () => undefined);
      socket.once('close', () => {
        resolve(socket.bytesWritten);
      });
      socket.write('PUT /api/v1/orders/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000000\r\n\r\n');
      const chunk = Buffer.alloc(1_048_576, 'x');
      const more = (): void => {
        while (!socket.destroyed && socket.write(chunk));
        socket.once('drain', more);
      };
      more();
    });
    expect(took).toBeLessThan(256 * 1_048_576);
  });

  it('13: looks at the dependencies, which many ask for at once', async () => {
    const ask = async (): Promise<string> => (await fetch(`${orders}/health/dependencies`)).text();
    // Each look has latencies of its own.
    const answers = new Set(await Promise.all(Array.from({ length: 60 }, ask)));
    expect(answers.size).toBeLessThan(4);
  });

  it('15: analytics of forty days by the hour', async () => {
    const query = 'granularity=hour&from=2026-10-20T00:00:00Z&to=2026-11-29T00:00:00Z';
    const response = await fetch(`${orders}/analytics/orders?${query}`, { headers: await bearerOf(staff) });
    expect([200, 400]).toContain(response.status);
    expect((await response.text()).length).toBeLessThan(3_000_000);
  });

  it('17: a change that hides behind __proto__', async () => {
    const { id } = await placed(rest);
    const put = async (metadata: string): Promise<Order> => {
      const headers = { ...json, ...(await bearerOf(staff)) };
      const response = await fetch(`${orders}/${id}`, { method: 'PUT', headers, body: `{"metadata":${metadata}}` });
      return ((await response.json()) as { readonly order: Order }).order;
    };
    expect((await put('{"l":[{"__proto__":{}}]}')).version).toBe(2);
    const after = await put('{"l":[{"c":1}]}');
    expect([after.version, after.metadata]).toStrictEqual([3, { l: [{ c: 1 }] }]);
  });

  it('18: one key for calls on two orders', async () => {
    const caller = newCustomer();
    const [one, two] = [await placed(rest, { customer_id: caller.id }), await placed(rest, { customer_id: caller.id })];
    const options = { caller, key: newId('key') };
    done(await rest.updateOrder(one.id, { notes: 'x' }, options));
    refused(rest, await rest.updateOrder(two.id, { notes: 'x' }, options), 'idempotency_key_reused');
    await unchanged(two);
  });

  it('19: a web page that publishes events, or reaches a sidecar by a name of its own', async () => {
    const statusOf = async (
      url: string,
      method: string,
      headers: Readonly<Record<string, string>>,
    ): Promise<unknown> => {
      const sent = request(url, { method, headers });
      sent.end(method === 'POST' ? '{}' : undefined);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    const page = { 'content-type': 'text/plain', origin: 'http://evil.example' };
    expect(await statusOf(`${stack.sandbox!.url}/events/payment.failed`, 'POST', page)).toBe(403);
    const rebound = { host: 'evil.example' };
    for (const { dapr } of [...stack.replicas, stack.sandbox!])
      expect(await statusOf(`${dapr}/v1.0/invoke/order-service/method/api/v1/orders`, 'GET', rebound)).toBe(401);
  });

  it('23: text in another encoding', async () => {
    const order = await placed(rest);
    const authorization = await bearerOf(staff);
    const put = async (body: Buffer<ArrayBuffer>, type: string): Promise<number> => {
      const headers = { 'content-type': type, ...authorization };
      const response = await fetch(`${orders}/${order.id}`, { method: 'PUT', headers, body });
      await response.arrayBuffer();
      return response.status;
    };
    const invalid = Buffer.concat([Buffer.from('{"notes":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(await put(invalid, 'application/json')).toBe(400);
    expect(await put(Buffer.from('{"notes":"x"}'), 'application/json; charset=utf-7')).toBe(415);
    await unchanged(order);
  });
});
