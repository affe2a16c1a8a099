import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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
    calls = createActorCalls('OrderActor', activate, pino({ level: 'silent' }));
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

  it('answer 500 where the actor throws or the body is not JSON, and go on', async () => {
    expect(await send('PUT', path, '"break"')).toStrictEqual({ status: 500, body: {} });
    expect(await send('PUT', path, '{')).toStrictEqual({ status: 500, body: {} });
    expect((await send('PUT', path, '{}')).status).toBe(200);
  });

  it.each([
    ['PUT', '/actors/OtherActor/one/method/execute'],
    ['PUT', '/actors/OrderActor/one/method/constructor'],
    ['PUT', '/actors/OrderActor/one/method/remind/deadline'],
    ['PUT', '/actors/OrderActor/one/method/timer/deadline'],
    ['PUT', '/actors/OrderActor/'],
    ['POST', path],
    ['DELETE', path],
  ] as const)('do not know %s %s', async (method, url) => {
    expect((await send(method, url, '{}')).status).toBe(404);
    expect(activated).toStrictEqual([]);
  });

  it('forget actors that nobody calls', async () => {
    await send('PUT', path, '{}');
    calls.forgetIdle(60_000);
    expect(calls.active()).toBe(1);
    calls.forgetIdle(-1);
    expect(calls.active()).toBe(0);
  });
});
