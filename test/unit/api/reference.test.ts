import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createApp, mountNotFound } from '../../../api/rest/app.js';
import { documentationRoutes } from '../../../api/rest/openapi.js';
import { projectRoot } from '../../../scripts/paths.js';

const base = '/api/v1/orders';

describe('the routes of the API reference', () => {
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    const log = pino({ level: 'silent' });
    const app = createApp();
    app.use(documentationRoutes('US', projectRoot));
    mountNotFound(app, log);
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  const textOf = async (place: string): Promise<string> => {
    const response = await fetch(origin + place);
    assert.equal(response.status, 200, place);
    return response.text();
  };

  it('serve a page whose scripts, styles and links come from this service, under a policy that enforces it', async () => {
    const response = await fetch(`${origin}${base}/docs`);
    const page = await response.text();
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none';script-src 'self';style-src 'self' 'unsafe-inline'");
    expect(policy).toContain("connect-src 'self';");
    expect(page).not.toMatch(/(?:src|href)="(?!\/api\/v1\/orders\/|data:,)|<style|<script(?![^>]*\ssrc=)|\son\w+=/);
    const places = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, place]) => place ?? '');
    expect(places.length).toBe(7);
    for (const place of places) expect((await textOf(place)).length).toBeGreaterThan(100);
  });

  it('answer a client that has the page already with 304, and a missing file with a problem', async () => {
    const first = await fetch(`${origin}${base}/docs`);
    await first.body?.cancel();
    const etag = first.headers.get('etag') ?? '';
    const again = await fetch(`${origin}${base}/docs`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    const missing = await fetch(`${origin}${base}/docs/assets/missing.js`);
    expect(missing.status).toBe(404);
    expect(missing.headers.get('content-type')).toContain('application/problem+json');
    await missing.body?.cancel();
  });

  it('serve every .proto file that the served ones import, except those of Google', async () => {
    for (const name of ['order', 'staff', 'analytics']) {
      const text = await textOf(`${base}/proto/${name}.proto`);
      const imports = [...text.matchAll(/^import "(order\/v1\/[^"]+)";/gm)].map(([, file]) => file ?? '');
      for (const file of imports) await textOf(`${base}/proto/${file.replace('order/v1/', '')}`);
    }
  });
});
