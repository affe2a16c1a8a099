import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { type Actor, type ActorCalls, createActorCalls } from '../../actors/actor-calls.js';

const path = '/actors/OrderActor/one/method/execute';

describe("Dapr's actor callbacks", () => {
  let server: Server;
  let calls: ActorCalls;
  const activated: string[] = [];

  const activate = (id: string): Actor => {
    activated.push(id);
    let count = 0;
    return {
      execute: (body) => {
        if (body === 'break') return Promise.reject(new Error('infrastructure is away'));
        count += 1;
        return Promise.resolve({ id, count, body });
      },
    };
  };

  const send = async (method: string, url: string, body?: string) => {
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}${url}`, { method, ...(body === undefined ? {} : { body }) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  before(async () => {
    server = createServer((request, response) => {
      if (calls.matches(request)) calls.handle(request, response);
      else response.writeHead(204).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    activated.length = 0;
    calls = createActorCalls('OrderActor', activate, pino({ level: 'silent' }));
  });

  it('call the one actor with an id, again and again', async () => {
    assert.deepEqual(await send('PUT', path, '{"a":1}'), {
      status: 200,
      body: { id: 'one', count: 1, body: { a: 1 } },
    });
    assert.equal((await send('PUT', path, '{}')).body['count'], 2);
    assert.deepEqual(activated, ['one']);
    assert.equal(calls.active(), 1);
  });

  it('deactivate it, also when it is not in memory; the next call begins anew', async () => {
    await send('PUT', path, '{}');
    assert.equal((await send('DELETE', '/actors/OrderActor/one')).status, 200);
    assert.equal((await send('DELETE', '/actors/OrderActor/one')).status, 200);
    assert.equal(calls.active(), 0);
    assert.equal((await send('PUT', path, '{}')).body['count'], 1);
  });

  it('answer 500 where the actor throws or the body is not JSON, and go on', async () => {
    assert.deepEqual(await send('PUT', path, '"break"'), { status: 500, body: {} });
    assert.deepEqual(await send('PUT', path, '{'), { status: 500, body: {} });
    assert.equal((await send('PUT', path, '{}')).status, 200);
  });

  for (const [method, url] of [
    ['PUT', '/actors/OtherActor/one/method/execute'],
    ['PUT', '/actors/OrderActor/one/method/constructor'],
    ['PUT', '/actors/OrderActor/one/method/remind/deadline'],
    ['PUT', '/actors/OrderActor/one/method/timer/deadline'],
    ['PUT', '/actors/OrderActor/'],
    ['POST', path],
    ['DELETE', path],
  ] as const)
    it(`do not know ${method} ${url}`, async () => {
      assert.equal((await send(method, url, '{}')).status, 404);
      assert.deepEqual(activated, []);
    });

  it('forget actors that nobody calls', async () => {
    await send('PUT', path, '{}');
    calls.forgetIdle(60_000);
    assert.equal(calls.active(), 1);
    calls.forgetIdle(-1);
    assert.equal(calls.active(), 0);
  });
});
