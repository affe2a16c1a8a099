import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { sharedStack } from '../support/stack.js';

const patienceMs = 15_000;
const path = '/api/v1/orders/health';
const host = 'Host: 127.0.0.1';

/** Sends bytes on a connection of its own, ends it, and gives all that comes back until it is closed. */
const exchange = (bytes: string, keepOpen = false): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(sharedStack().replicas[0]?.rest ?? '');
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    const late = setTimeout(() => {
      reject(new Error('no end within 15 s'));
      socket.destroy();
    }, patienceMs);
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server may well cut off who sends this.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    if (keepOpen) socket.write(bytes, 'latin1');
    else socket.end(bytes, 'latin1');
  });

const statusesIn = (text: string): readonly number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

const request = (line: string, ...headers: readonly string[]): string => [line, ...headers, '', ''].join('\r\n');
const get = (...headers: readonly string[]): string => request(`GET ${path} HTTP/1.1`, host, ...headers);
const post = (body: string, ...headers: readonly string[]): string =>
  request('POST /api/v1/orders HTTP/1.1', host, 'Content-Type: application/json', ...headers) + body;

/** What goes out, and the statuses that may come back. None: the connection is closed without an answer. */
const cases: Readonly<Record<string, readonly [bytes: string, statuses: readonly (readonly number[])[]]>> = {
  'a good request': [get('Connection: close'), [[200]]],
  'two requests at once': [get() + get('Connection: close'), [[200, 200]]],
  'an absolute address': [request(`GET http://evil.example${path} HTTP/1.1`, host, 'Connection: close'), [[200]]],
  'HTTP/1.0': [request(`GET ${path} HTTP/1.0`), [[200]]],
  nothing: ['', [[]]],
  noise: ['\x00\x01\xff\xfe\r\n\r\n', [[400]]],
  'a TLS greeting': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [[400], []]],
  'HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [[400], [505]]],
  'a version that is none': [request(`GET ${path} HTTP/9.9`, host), [[400], [505]]],
  'a method that is none': [request(`BREW ${path} HTTP/1.1`, host), [[400]]],
  'no path': ['GET\r\n\r\n', [[400]]],
  'a path with a blank': [request('GET /api v1 HTTP/1.1', host), [[400]]],
  'a path with a NUL': [request('GET /\x00 HTTP/1.1', host), [[400]]],
  'no host': [request(`GET ${path} HTTP/1.1`), [[400]]],
  'a header without a colon': [get('nonsense'), [[400]]],
  'a header with a NUL': [get('X-A: a\x00b'), [[400]]],
  'a folded header': [get('X-A: a', ' folded', 'Connection: close'), [[200], [400]]],
  'a blank before the colon': [get('Content-Length : 5'), [[400]]],
  'bare line feeds': [`GET ${path} HTTP/1.1\n${host}\n\n`, [[400]]],
  'headers too large': [get(`X-A: ${'a'.repeat(20_000)}`), [[431]]],
  'too many headers': [get(...Array.from({ length: 3_000 }, (_, index) => `X-${index}: a`)), [[431]]],
  'two lengths': [post('{}', 'Content-Length: 2', 'Content-Length: 3'), [[400]]],
  'a negative length': [post('{}', 'Content-Length: -1'), [[400]]],
  'a length that is none': [post('{}', 'Content-Length: 0x2'), [[400]]],
  'length and chunks': [post('0\r\n\r\n', 'Content-Length: 5', 'Transfer-Encoding: chunked'), [[400]]],
  'an unknown encoding': [post('{}', 'Transfer-Encoding: rot13'), [[400], [501]]],
  'a chunk that is none': [post('zz\r\n{}\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'), [[401, 400], [400], [401]]],
  'a body cut short': [post('{"a"', 'Content-Length: 100'), [[401], [400], [401, 400], []]],
  'an expectation that is none': [get('Expect: x', 'Connection: close'), [[417]]],
  'an upgrade': [get('Connection: Upgrade', 'Upgrade: websocket'), [[200], []]],
};

describe('bytes that are hardly HTTP', () => {
  it.each(Object.entries(cases))(
    '%s: an answer or an end, and never a fault of ours',
    async (_name, [bytes, expected]) => {
      const statuses = statusesIn(await exchange(bytes));
      const wanted = expected.map((one) => one.join());
      assert.ok(wanted.includes(statuses.join()), `got ${statuses.join() || 'nothing'}, wanted ${wanted.join(' or ')}`);
    },
  );

  it('leave the service as it was', async () => {
    expect(statusesIn(await exchange(get('Connection: close')))).toStrictEqual([200]);
  });

  it('who sends no more than the beginning of a request is sent away', async () => {
    expect(statusesIn(await exchange(`GET ${path} HTTP/1.1\r\nHo`, true))).toStrictEqual([408]);
  });
});
