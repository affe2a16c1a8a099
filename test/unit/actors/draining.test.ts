import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Draining, drainable } from '../../../actors/draining.js';

/** What happens first, and never the time-out. */
const soon = <T>(what: string, work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    sleep(10_000, undefined, { ref: false }).then((): T => {
      throw new Error(`not within 10 s: ${what}`);
    }),
  ]);

describe('a server that drains', () => {
  const agent = new Agent({ keepAlive: true });
  let server: Server;
  let port: number;
  let answer: (() => void) | undefined;

  afterEach(() => {
    agent.destroy();
    server.close();
    server.closeAllConnections();
  });

  /** Answers `/now` at once, everything else when told to; keeps idle connections for an hour. */
  const given = async (drainMs?: number): Promise<Draining> => {
    answer = undefined;
    server = createServer((request, response) => {
      if (request.url === '/now') response.end('now');
      else answer = () => response.end('late');
    });
    server.keepAliveTimeout = 3_600_000;
    const draining = drainable(server, drainMs);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
    return draining;
  };

  const ask = (path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path, agent }, (response) => {
        response.resume();
        resolve(response);
      }).once('error', reject);
    });

  const arrived = async (): Promise<void> => {
    while (answer === undefined) await sleep(5);
  };

  it('keeps connections until it parts with its clients, and then closes each with its answer', async () => {
    const draining = await given();
    expect((await ask('/now')).headers.connection).toBe('keep-alive');
    const late = ask('/late');
    await arrived();
    draining.partWithClients();
    // still served
    expect((await ask('/now')).headers.connection).toBe('close');
    answer?.();
    // also a request that came before
    expect((await late).headers.connection).toBe('close');
  });

  it('waits for requests at hand, not for their connections', async () => {
    const draining = await given(60_000);
    const late = ask('/late');
    await arrived();
    let closed = false;
    const closing = draining.close().then(() => {
      closed = true;
    });
    await sleep(50);
    expect(closed).toBe(false);
    // no new connections
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    answer?.();
    expect((await late).statusCode).toBe(200);
    await soon('closed', closing);
  });

  it('cuts off what does not end', async () => {
    const draining = await given(50);
    const never = ask('/late');
    await arrived();
    const broken = expect(never).rejects.toThrow();
    await soon('closed', draining.close());
    await broken;
  });
});
