import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import type { Caller } from '../../../actors/rules/order.js';
import { fail, ok } from '../../../api/errors.js';
import { createApp, mountRest } from '../../../api/rest/app.js';
import { healthRoutes } from '../../../api/rest/health.js';
import { listen, type Listening } from '../../../api/rest/listen.js';

const kibibyte = 1_024;

describe('a body', () => {
  let server: Listening;
  let caller: Caller | undefined;
  let looks = 0;
  let clock = 0;

  before(async () => {
    const call = async () => fail({ code: 'order_not_found' });
    const operations = { createOrder: call, updateOrder: call, cancelOrder: call, listOrders: call };
    const pass = (_request: unknown, _response: unknown, next: () => void): void => {
      next();
    };
    const dependencies = async () => {
      looks += 1;
      return [];
    };
    const app = createApp();
    mountRest(app, {
      ...{ operations, staff: {}, analytics: {}, guards: [], shed: pass, log: pino({ level: 'silent' }) },
      health: healthRoutes({ dependencies, now: () => clock }),
      callerOf: async () => (caller === undefined ? fail({ code: 'unauthenticated' }) : ok(caller)),
      ...{ channel: 'rest', onAnswer: () => undefined },
    } as unknown as Parameters<typeof mountRest>[1]);
    server = await listen(app, 0);
  });
  after(() => server.close());

  const port = (): number => (server.server.address() as AddressInfo).port;
  const send = async (method: string, path: string, body?: string | Buffer, type = 'application/json') => {
    const init = { method, headers: { 'content-type': type }, ...(body === undefined ? {} : { body }) };
    const answer = await fetch(`http://127.0.0.1:${port()}/api/v1/orders${path}`, init as RequestInit);
    return [answer.status, ((await answer.json()) as { readonly code?: string }).code] as const;
  };
  const bodyOf = (bytes: number): string => JSON.stringify({ notes: 'x'.repeat(bytes - 12) });
  const tooLarge = [413, 'payload_too_large'] as const;
  const read = [404, 'order_not_found'] as const;

  it('is limited by call and role', async () => {
    caller = { type: 'staff', id: 's' };
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', '/x'],
    ] as const) {
      assert.deepEqual(await send(method, path, bodyOf(1_024 * kibibyte)), read);
      assert.deepEqual(await send(method, path, bodyOf(1_024 * kibibyte + 1)), tooLarge);
    }
    assert.deepEqual(await send('POST', '/x/cancel', bodyOf(64 * kibibyte)), read);
    assert.deepEqual(await send('POST', '/x/cancel', bodyOf(64 * kibibyte + 1)), tooLarge);
    for (const type of ['customer', 'guest'] as const) {
      caller = { type, id: 'c' };
      assert.deepEqual(await send('PUT', '/x', bodyOf(64 * kibibyte)), read);
      assert.deepEqual(await send('PUT', '/x', bodyOf(64 * kibibyte + 1)), tooLarge);
    }
  });

  /** Announces a body and sends none of it; the whole answer, once the server has closed the connection. */
  const announce = (header: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port(), '127.0.0.1', () => {
        const type = 'Content-Type: application/json';
        socket.write(`PUT /api/v1/orders/x HTTP/1.1\r\nHost: x\r\n${type}\r\n${header}\r\n\r\n`);
      });
      let answer = '';
      socket.on('data', (data) => {
        answer += data.toString();
      });
      socket.once('error', reject).once('close', () => {
        resolve(answer);
      });
    });

  it('is refused by its announced length, before it is read', async () => {
    caller = { type: 'customer', id: 'c' };
    assert.match(await announce('Content-Length: 3000000000'), /^HTTP\/1\.1 413 /);
    assert.match(await announce('Content-Length: 70000'), /^HTTP\/1\.1 413 /);
    caller = undefined;
    assert.match(await announce('Content-Length: 3000000000'), /^HTTP\/1\.1 413 /);
    assert.match(await announce('Content-Length: 1000000'), /^HTTP\/1\.1 401 /);
    assert.match(await announce('Transfer-Encoding: chunked'), /^HTTP\/1\.1 401 /);
  });

  it('is UTF-8, as queries are', async () => {
    caller = { type: 'staff', id: 's' };
    const invalid = [400, 'validation_failed'] as const;
    assert.deepEqual(await send('PUT', '/x', Buffer.from([...Buffer.from('{"notes":"'), 0xff, 0x22, 0x7d])), invalid);
    assert.deepEqual(await send('PUT', '/x', '{}', 'application/json; charset=utf-7'), [415, 'unsupported_media_type']);
    assert.deepEqual(await send('PUT', '/x', '{}', 'application/json; charset=UTF-8'), read);
    assert.deepEqual(await send('GET', '?customer_id=%ff'), invalid);
    assert.deepEqual(await send('GET', '?customer_id=%'), invalid);
    assert.deepEqual(await send('GET', '?customer_id=%C3%A4'), read);
  });

  it('is not needed to look at dependencies, at most once a second', async () => {
    const look = () => send('GET', '/health/dependencies');
    await Promise.all(Array.from({ length: 20 }, look));
    assert.equal(looks, 1);
    clock += 1_000;
    await Promise.all([look(), look()]);
    assert.equal(looks, 2);
  });
});
