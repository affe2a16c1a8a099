import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createApp, mountNotFound } from '../../../api/rest/app.js';
import { consoleRoutes } from '../../../api/rest/console.js';
import { createSignInLinks, issueLink } from '../../../api/sign-in-links.js';
import { projectRoot } from '../../../scripts/paths.js';

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
