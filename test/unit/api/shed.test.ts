import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../../../api/rest/app.js';
import { listen, type Listening } from '../../../api/rest/listen.js';
import { shedChanges } from '../../../api/rest/shed.js';

describe('a gateway that is full', () => {
  let full = false;
  let turnedAway = 0;
  let gateway: Listening;

  beforeAll(async () => {
    const app = createApp();
    const shed = shedChanges(
      () => full,
      () => {
        turnedAway += 1;
      },
    );
    app.use(shed, (_request, response) => {
      response.json({ taken: true });
    });
    gateway = await listen(app, 0);
  });
  afterAll(() => gateway.close());

  const send = (method: string): Promise<Response> => {
    const { port } = gateway.server.address() as AddressInfo;
    return fetch(`http://127.0.0.1:${port}/`, { method, ...(method === 'POST' ? { body: '{"not": "read"}' } : {}) });
  };

  it('takes everything until it is', async () => {
    full = false;
    for (const method of ['GET', 'POST', 'PUT']) expect((await send(method)).status).toBe(200);
    expect(turnedAway).toBe(0);
  });

  it('answers reads, and tells changes to come back', async () => {
    full = true;
    expect((await send('GET')).status).toBe(200);
    for (const method of ['POST', 'PUT']) {
      const refused = await send(method);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('Retry-After')).toBe('1');
      expect(((await refused.json()) as { readonly code: string }).code).toBe('unavailable');
    }
    expect(turnedAway).toBe(2);
  });
});
