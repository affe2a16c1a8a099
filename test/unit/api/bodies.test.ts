import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { Caller } from '../../../actors/rules/order-parts.js';
import { fail, ok } from '../../../api/errors.js';
import { createApp, mountRest } from '../../../api/rest/app.js';
import { healthRoutes } from '../../../api/rest/health.js';
import { listen, type Listening } from '../../../api/rest/listen.js';
import { noHandlers } from './no-handlers.js';

const kibibyte = 1_024;
const mebibyte = 1_024 * kibibyte;

describe('a body', () => {
  let server: Listening;
  let caller: Caller | undefined;
  let looks = 0;
  let clock = 0;

  beforeAll(async () => {
    const call = async () => fail({ code: 'order_not_found' });
    const operations = { createOrder: call, updateOrder: call, cancelOrder: call, listOrders: call };
    const dependencies = async () => {
      looks += 1;
      return [];
    };
    const app = createApp();
    mountRest(app, {
      ...noHandlers,
      operations,
      guards: [],
      shed: (_request: unknown, _response: unknown, next: () => void): void => {
        next();
      },
      log: pino({ level: 'silent' }),
      health: healthRoutes({ dependencies, now: () => clock }),
      callerOf: async () => (caller === undefined ? fail({ code: 'unauthenticated' }) : ok(caller)),
      channel: 'rest',
      onAnswer: () => undefined,
    } as unknown as Parameters<typeof mountRest>[1]);
    server = await listen(app, 0);
  });
  afterAll(() => server.close());

  const port = (): number => (server.server.address() as AddressInfo).port;
  const send = async (method: string, path: string, body?: string | Buffer, type = 'application/json') => {
    const init = { method, headers: { 'content-type': type }, ...(body === undefined ? {} : { body }) };
    const answer = await fetch(`http://127.0.0.1:${port()}/api/v1/orders${path}`, init);
    return [answer.status, ((await answer.json()) as { readonly code?: string }).code] as const;
  };
  const bodyOf = (bytes: number): string => JSON.stringify({ notes: 'x'.repeat(bytes - 12) });
  const tooLarge = [413, 'payload_too_large'] as const;
  const unauthenticated = [401, 'unauthenticated'] as const;
  const read = [404, 'order_not_found'] as const;

  it('is limited by call and role', async () => {
    for (const [method, path, type] of [
      ['POST', '', 'service'],
      ['PUT', '/x', 'staff'],
    ] as const) {
      caller = { type, id: 's' };
      expect(await send(method, path, bodyOf(mebibyte))).toStrictEqual(read);
      expect(await send(method, path, bodyOf(mebibyte + 1))).toStrictEqual(tooLarge);
    }
    expect(await send('POST', '/x/cancel', bodyOf(64 * kibibyte))).toStrictEqual(read);
    expect(await send('POST', '/x/cancel', bodyOf(64 * kibibyte + 1))).toStrictEqual(tooLarge);
    for (const type of ['customer', 'guest'] as const) {
      caller = { type, id: 'c' };
      expect(await send('PUT', '/x', bodyOf(64 * kibibyte))).toStrictEqual(read);
      expect(await send('PUT', '/x', bodyOf(64 * kibibyte + 1))).toStrictEqual(tooLarge);
    }
  });

  /** Sends a request's head and then chunks of its body, as long as the connection takes them; the head of the response. */
  const begin = (header: string, chunk = '', chunks = 0, connection = 'keep-alive'): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port(), '127.0.0.1', () => {
        const head = ['PUT /api/v1/orders/x HTTP/1.1', 'Host: x', 'Content-Type: application/json', header];
        socket.write([...head, `Connection: ${connection}`, '', ''].join('\r\n'));
        let left = chunks;
        const more = (): void => {
          for (; left > 0; left -= 1) if (!socket.write(chunk)) break;
          left -= 1;
          if (left > 0) socket.once('drain', more);
        };
        more();
      });
      let response = '';
      socket.on('data', (data) => {
        response += data.toString();
        const [head = '', body = ''] = response.split('\r\n\r\n');
        const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? Number.NaN);
        if (Buffer.byteLength(body) >= length) socket.destroy();
      });
      socket
        .once('error', () => undefined)
        .once('close', () => {
          resolve(response.split('\r\n\r\n')[0] ?? '');
        });
    });

  it('is refused by its announced length, before it is read', async () => {
    caller = { type: 'customer', id: 'c' };
    expect(await begin('Content-Length: 3000000000')).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/i);
    expect(await begin('Content-Length: 70000')).toMatch(/^HTTP\/1\.1 413 /);
    caller = undefined;
    expect(await begin('Content-Length: 3000000000')).toMatch(/^HTTP\/1\.1 401 [^]*connection: close/i);
    expect(await begin('Content-Length: 1000000')).toMatch(/^HTTP\/1\.1 401 /);
    expect(await begin('Transfer-Encoding: chunked')).toMatch(/^HTTP\/1\.1 401 [^]*connection: close/i);
  });

  const kilobyteChunk = `400\r\n${'x'.repeat(kibibyte)}\r\n`;

  it('without announced length is refused once it is too long', async () => {
    caller = { type: 'customer', id: 'c' };
    // Not ended: the response comes although the body goes on.
    expect(await begin('Transfer-Encoding: chunked', kilobyteChunk, 65)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('that is refused never costs the client its response', async () => {
    for (const [who, expected] of [
      [undefined, unauthenticated],
      [{ type: 'customer', id: 'c' }, tooLarge],
    ] as const) {
      caller = who;
      for (let round = 0; round < 10; round += 1)
        expect(await send('PUT', '/x', 'x'.repeat(mebibyte))).toStrictEqual(expected);
      expect(await send('PUT', '/x', 'x'.repeat(8 * mebibyte))).toStrictEqual(expected);
    }
    caller = undefined;
    const length = `Content-Length: ${mebibyte}`;
    for (const connection of ['close', 'keep-alive'])
      expect(await begin(length, 'x'.repeat(kibibyte), kibibyte, connection)).toMatch(/^HTTP\/1\.1 401 /);
    expect(await begin('Transfer-Encoding: chunked', kilobyteChunk, 100_000)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('without end is not read on', async () => {
    caller = undefined;
    const sent = await new Promise<number>((resolve) => {
      const socket = connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true }, () => {
        socket.write('PUT /api/v1/orders/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
        const more = (): void => {
          while (socket.write(kilobyteChunk));
          socket.once('drain', more);
        };
        more();
      });
      socket.resume();
      const end = (): void => {
        resolve(socket.bytesWritten);
      };
      socket.once('error', () => undefined).once('close', end);
    });
    // What was read and what the kernel holds.
    expect(sent).toBeLessThan(64 * mebibyte);
  });

  it('is UTF-8, as queries are', async () => {
    caller = { type: 'staff', id: 's' };
    const invalid = [400, 'validation_failed'] as const;
    const unsupported = [415, 'unsupported_media_type'] as const;
    const notUtf8 = Buffer.from([...Buffer.from('{"notes":"'), 0xff, 0x22, 0x7d]);
    expect(await send('PUT', '/x', notUtf8)).toStrictEqual(invalid);
    expect(await send('PUT', '/x', '{}', 'application/json; charset=utf-7')).toStrictEqual(unsupported);
    expect(await send('PUT', '/x', '{}', 'application/json; charset=UTF-8')).toStrictEqual(read);
    expect(await send('GET', '?customer_id=%ff')).toStrictEqual(invalid);
    expect(await send('GET', '?customer_id=%')).toStrictEqual(invalid);
    expect(await send('GET', '?customer_id=%C3%A4')).toStrictEqual(read);
  });

  it('is not needed to look at dependencies, at most once a second', async () => {
    const look = () => send('GET', '/health/dependencies');
    await Promise.all(Array.from({ length: 20 }, look));
    expect(looks).toBe(1);
    clock += 1_000;
    await Promise.all([look(), look()]);
    expect(looks).toBe(2);
  });
});
