import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (calls.matches(request)) calls.handle(request, response);
      else response.writeHead(204).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
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
    expect(await send('PUT', path, '{"a":1}')).toStrictEqual({
      status: 200,
      body: { id: 'one', count: 1, body: { a: 1 } },
    });
    expect((await send('PUT', path, '{}')).body['count']).toBe(2);
    expect(activated).toStrictEqual(['one']);
    expect(calls.active()).toBe(1);
  });

  it('deactivate it, also when it is not in memory; the next call begins anew', async () => {
    await send('PUT', path, '{}');
    expect((await send('DELETE', '/actors/OrderActor/one')).status).toBe(200);
    expect((await send('DELETE', '/actors/OrderActor/one')).status).toBe(200);
    expect(calls.active()).toBe(0);
    expect((await send('PUT', path, '{}')).body['count']).toBe(1);
  });

  it('answer 500 where the actor throws, whatever it throws, and go on', async () => {
    expect(await send('PUT', path, '"break"')).toStrictEqual({ status: 500, body: {} });
    expect(await send('PUT', path, '"break without an error"')).toStrictEqual({ status: 500, body: {} });
    expect((await send('PUT', path, '{}')).status).toBe(200);
  });

  it('pass a body that is not JSON on as text, which no signature fits', async () => {
    expect((await send('PUT', path, '{')).body['body']).toStrictEqual('{');
    expect((await send('PUT', path, '')).body['body']).toStrictEqual('');
  });

  it('make one instance for concurrent first calls, and run its calls one after the other', async () => {
    const replies = await Promise.all([1, 2, 3, 4, 5].map((n) => send('PUT', path, String(n))));
    expect(activated).toStrictEqual(['one']);
    expect(replies.map(({ body }) => body['count']).sort()).toStrictEqual([1, 2, 3, 4, 5]);
    expect(mostAtOnce).toBe(1);
    expect(waits.some((wait) => wait > 0)).toBe(true);
  });

  it('do not make calls of other actors wait', async () => {
    await Promise.all(['a', 'b', 'c'].map((id) => send('PUT', `/actors/OrderActor/${id}/method/execute`, '{}')));
    expect(calls.active()).toBe(3);
    expect(mostAtOnce).toBeGreaterThan(1);
  });

  it('keep the instance of a call that runs while the actor is deactivated', async () => {
    const [first, deactivated, second] = await Promise.all([
      send('PUT', path, '{}'),
      send('DELETE', '/actors/OrderActor/one'),
      send('PUT', path, '{}'),
    ]);
    expect([first.status, deactivated.status, second.status]).toStrictEqual([200, 200, 200]);
    expect(mostAtOnce).toBe(1);
  });

  it.each([
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
  ] as const)('do not know %s %s', async (method, url) => {
    expect((await send(method, url, '{}')).status).toBe(404);
    expect(activated).toStrictEqual([]);
  });

  it('forget actors that are no longer called', async () => {
    await send('PUT', path, '{}');
    calls.forgetIdle(60_000);
    expect(calls.active()).toBe(1);
    calls.forgetIdle(-1);
    expect(calls.active()).toBe(0);
  });
});
