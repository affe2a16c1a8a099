import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createApp, mountNotFound } from '../../../api/rest/app.js';
import { consoleRoutes } from '../../../api/rest/console.js';
import { createSignInLinks, issueLink } from '../../../api/sign-in-links.js';
import { projectRoot } from '../../../scripts/paths.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

describe('the routes of the console', () => {
  const links = mkdtempSync(path.join(tmpdir(), 'order-service-links-'));
  let server: Server;
  let base: string;
  let time = 1_000;

  beforeAll(async () => {
    const log = pino({ level: 'silent' });
    const app = createApp();
    const settings = {
      ...{ folder: path.join(projectRoot, 'dist', 'console'), issuer: 'https://issuer.example/shop' },
      ...{ audience: 'order-service', clientId: 'desk', scope: 'openid', links: createSignInLinks(links, () => time) },
    };
    app.use(consoleRoutes(settings, log));
    mountNotFound(app, log);
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(links, { recursive: true, force: true });
  });

  const redeem = (code: string): Promise<Response> =>
    fetch(`${base}/console/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });

  it('lead browsers from the root to the console and the API documentation, and answer others with a problem', async () => {
    const page = await fetch(`${base}/`, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    const text = await page.text();
    expect(page.status).toBe(200);
    for (const target of ['href="/console"', 'href="/api/v1/orders/docs"']) assert.ok(text.includes(target), target);
    for (const accept of ['*/*', 'application/json']) {
      const problem = await fetch(`${base}/`, { headers: { accept } });
      expect(problem.status).toBe(404);
      expect(problem.headers.get('content-type')?.split(';')[0]).toBe('application/problem+json');
      await problem.body?.cancel();
    }
  });

  it('serve each page of the console under a policy without unsafe-inline', async () => {
    for (const place of ['/console', '/console/orders/ORD-20261128-000001', '/console/callback?code=1']) {
      const response = await fetch(base + place);
      assert.equal(response.status, 200, place);
      expect(await response.text()).toMatch(/id="app"/);
      const policy = response.headers.get('content-security-policy') ?? '';
      assert.ok(!policy.includes('unsafe'), policy);
      assert.ok(policy.includes("default-src 'none'") && policy.includes("script-src 'self'"), policy);
      assert.ok(policy.includes("connect-src 'self' https://issuer.example"), policy);
      expect(response.headers.get('cache-control')).toBe('no-cache');
    }
  });

  it('serve files for a year, and no page in place of a file', async () => {
    const index = await (await fetch(`${base}/console`)).text();
    const file = /\/console\/assets\/app-[^"]+\.js/.exec(index)?.[0] ?? '';
    const response = await fetch(base + file);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    await response.body?.cancel();
    expect((await fetch(`${base}/console/assets/no-such.js`)).status).toBe(404);
  });

  /** fetch() decodes, and always asks for a coding: these answers are looked at as they are. */
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request(base + path, { method, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
        });
      });
      asked.on('error', reject);
      asked.end();
    });

  it('serve files as the build compressed them, in the smallest coding that the client accepts', async () => {
    const index = (await ask('/console')).body.toString();
    const script = /\/console\/(assets\/app-[^"]+\.js)/.exec(index)?.[1] ?? '';
    const style = /\/console\/(assets\/style-[^"]+\.css)/.exec(index)?.[1] ?? '';
    const etags = new Set<unknown>();
    for (const [name, type] of [
      [script, 'text/javascript; charset=utf-8'],
      [style, 'text/css; charset=utf-8'],
      ['', 'text/html; charset=utf-8'],
    ] as const) {
      const plain = readFileSync(path.join(projectRoot, 'dist', 'console', name || 'index.html'));
      for (const [accept, coding, decoded] of [
        ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
        ['gzip', 'gzip', gunzipSync],
        ['br;q=0, *', 'gzip', gunzipSync],
        ['identity', undefined, (bytes: Buffer) => bytes],
        [undefined, undefined, (bytes: Buffer) => bytes],
      ] as const) {
        const answer = await ask(`/console/${name}`, accept === undefined ? {} : { 'accept-encoding': accept });
        const what = `${name} in ${accept ?? 'no coding'}`;
        assert.equal(answer.status, 200, what);
        assert.equal(answer.headers['content-encoding'], coding, what);
        assert.equal(answer.headers['content-type'], type, what);
        assert.match(answer.headers.vary ?? '', /Accept-Encoding/, what);
        assert.equal(answer.headers['content-length'], String(answer.body.length), what);
        assert.ok(decoded(answer.body).equals(plain), what);
        if (coding !== undefined) assert.ok(answer.body.length < plain.length, what);
        etags.add(answer.headers.etag);
      }
    }
    // One for each coding of each file, and none weak.
    expect(etags.size).toBe(9);
    for (const etag of etags) expect(etag).toMatch(/^"[\w-]{22}"$/);
  });

  it('answer HEAD with the same fields and no body, and 304 to who has the file', async () => {
    const index = (await ask('/console')).body.toString();
    const script = /\/console\/assets\/app-[^"]+\.js/.exec(index)?.[0] ?? '';
    for (const place of [script, '/console', '/console/orders']) {
      const headers = { 'accept-encoding': 'br' };
      const got = await ask(place, headers);
      const head = await ask(place, headers, 'HEAD');
      expect(head.status).toBe(200);
      expect(head.body.length).toBe(0);
      for (const name of ['content-type', 'content-length', 'content-encoding', 'etag', 'vary', 'cache-control'])
        expect([place, name, head.headers[name]]).toStrictEqual([place, name, got.headers[name]]);
      const same = await ask(place, { ...headers, 'if-none-match': got.headers.etag ?? '' });
      expect([place, same.status, same.body.length]).toStrictEqual([place, 304, 0]);
      expect(same.headers['cache-control']).toBe(got.headers['cache-control']);
      const other = await ask(place, { 'accept-encoding': 'gzip', 'if-none-match': got.headers.etag ?? '' });
      expect([place, other.status]).toStrictEqual([place, 200]);
    }
    expect((await ask(`${script}.br`)).status).toBe(404);
    expect((await ask(script, {}, 'POST')).status).toBe(404);
  });

  it('redeem a link on this machine alone', async () => {
    const code = await issueLink(links, 'the token', time);
    const post = (host: string): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const headers = { host, 'content-type': 'application/json' };
        const asked = request(`${base}/console/sign-in`, { method: 'POST', headers }, (response) => {
          response.resume();
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.alloc(0) }),
          );
        });
        asked.on('error', reject);
        asked.end(JSON.stringify({ code }));
      });
    // A page of another origin whose name was made to resolve to this machine.
    expect((await post('rebound.example:8004')).status).toBe(404);
    expect((await post('localhost:8004')).status).toBe(200);
  });

  it('offer no links where there are none to redeem, as in production', async () => {
    const log = pino({ level: 'silent' });
    const app = createApp();
    const folder = path.join(projectRoot, 'dist', 'console');
    const settings = { folder, issuer: 'https://issuer.example', audience: 'orders', scope: 'openid' };
    app.use(consoleRoutes({ ...settings, clientId: undefined, links: undefined }, log));
    mountNotFound(app, log);
    const other = createServer(app);
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}/console`;
    const told = JSON.parse(await (await fetch(`${address}/settings.json`)).text()) as unknown;
    expect(told).toStrictEqual({ development_links: false });
    const code = await issueLink(links, 'the token', time);
    const answer = await fetch(`${address}/sign-in`, { method: 'POST', body: JSON.stringify({ code }) });
    expect(answer.ok).toBe(false);
    await answer.body?.cancel();
    other.close();
  });

  it('redeem a link once, while it is fresh', async () => {
    const code = await issueLink(links, 'the token', time);
    expect(await (await redeem(code)).json()).toStrictEqual({ token: 'the token' });
    expect((await redeem(code)).status).toBe(404);
    const late = await issueLink(links, 'the token', time);
    time += 16 * 60_000;
    expect((await redeem(late)).status).toBe(404);
    expect((await redeem('../../etc/passwd')).status).toBe(404);
  });
});
