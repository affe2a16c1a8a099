import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { type Actor, type ActorCalls, createActorCalls, turnWaitMs } from '../../actors/actor-calls.js';
import { createDaprClient } from '../../actors/dapr.js';

const path = '/actors/OrderActor/one/method/execute';
const log = pino({ level: 'silent' });
/** No call of these tests reaches a sidecar. */
const dapr = createDaprClient(1, log);

describe("Dapr's actor callbacks", () => {
  let server: Server;
  let calls: ActorCalls;
  const activated: string[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const waits: number[] = [];

  const activate = (id: string): Actor => {
    activated.push(id);
    let count = 0;
    return {
      execute: async (body) => {
        if (body === 'break') throw new Error('infrastructure is away');
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what the SDK's own server answers with 200
        if (body === 'break without an error') throw 'text';
        running += 1;
        mostAtOnce = Math.max(mostAtOnce, running);
        waits.push(turnWaitMs());
        count += 1;
        const result = { id, count, body };
        await nextTurn();
        running -= 1;
        return result;
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
    waits.length = 0;
    mostAtOnce = 0;
    calls = createActorCalls(dapr, activate, log);
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

  it('answer 500 where the actor throws, whatever it throws, and go on', async () => {
    assert.deepEqual(await send('PUT', path, '"break"'), { status: 500, body: {} });
    assert.deepEqual(await send('PUT', path, '"break without an error"'), { status: 500, body: {} });
    assert.equal((await send('PUT', path, '{}')).status, 200);
  });

  it('pass a body that is not JSON on as text, which no signature fits', async () => {
    assert.deepEqual((await send('PUT', path, '{')).body['body'], '{');
    assert.deepEqual((await send('PUT', path, '')).body['body'], '');
  });

  it('make one instance for concurrent first calls, and run its calls one after the other', async () => {
    const replies = await Promise.all([1, 2, 3, 4, 5].map((n) => send('PUT', path, String(n))));
    assert.deepEqual(activated, ['one']);
    assert.deepEqual(replies.map(({ body }) => body['count']).sort(), [1, 2, 3, 4, 5]);
    assert.equal(mostAtOnce, 1);
    assert.ok(waits.some((wait) => wait > 0));
  });

  it('do not make calls of other actors wait', async () => {
    await Promise.all(['a', 'b', 'c'].map((id) => send('PUT', `/actors/OrderActor/${id}/method/execute`, '{}')));
    assert.equal(calls.active(), 3);
    assert.ok(mostAtOnce > 1);
  });

  it('keep the instance of a call that runs while the actor is deactivated', async () => {
    const [first, deactivated, second] = await Promise.all([
      send('PUT', path, '{}'),
      send('DELETE', '/actors/OrderActor/one'),
      send('PUT', path, '{}'),
    ]);
    assert.deepEqual([first.status, deactivated.status, second.status], [200, 200, 200]);
    assert.equal(mostAtOnce, 1);
  });

  for (const [method, url] of [
    ['PUT', '/actors/OtherActor/one/method/execute'],
    ['PUT', '/actors/OrderActor/one/method/constructor'],
    ['PUT', '/actors/OrderActor/one/method/getDaprClient'],
    ['PUT', '/actors/OrderActor/one/method/onDeactivateInternal'],
    ['PUT', '/actors/OrderActor/one/method/registerActorReminder'],
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
