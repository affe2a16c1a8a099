import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, it } from 'node:test';
import { type Draining, drainable } from '../../draining.js';

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
    assert.equal((await ask('/now')).headers.connection, 'keep-alive');
    const late = ask('/late');
    await arrived();
    draining.partWithClients();
    assert.equal((await ask('/now')).headers.connection, 'close', 'still served');
    answer?.();
    assert.equal((await late).headers.connection, 'close', 'also a request that came before');
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
    assert.equal(closed, false);
    await assert.rejects(once(connect(port, '127.0.0.1'), 'connect'), 'no new connections');
    answer?.();
    assert.equal((await late).statusCode, 200);
    await soon('closed', closing);
  });

  it('cuts off what does not end', async () => {
    const draining = await given(50);
    const never = ask('/late');
    await arrived();
    const broken = assert.rejects(never);
    await soon('closed', draining.close());
    await broken;
  });
});
