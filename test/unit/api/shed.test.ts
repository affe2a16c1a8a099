import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createApp } from '../../../api/rest/app.js';
import { listen, type Listening } from '../../../api/rest/listen.js';
import { shedChanges } from '../../../api/rest/shed.js';

describe('a gateway that is full', () => {
  let full = false;
  let turnedAway = 0;
  let gateway: Listening;

  before(async () => {
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
  after(() => gateway.close());

  const send = (method: string): Promise<Response> => {
    const { port } = gateway.server.address() as AddressInfo;
    return fetch(`http://127.0.0.1:${port}/`, { method, ...(method === 'POST' ? { body: '{"not": "read"}' } : {}) });
  };

  it('takes everything until it is', async () => {
    full = false;
    for (const method of ['GET', 'POST', 'PUT']) assert.equal((await send(method)).status, 200);
    assert.equal(turnedAway, 0);
  });

  it('answers reads, and tells changes to come back', async () => {
    full = true;
    assert.equal((await send('GET')).status, 200);
    for (const method of ['POST', 'PUT']) {
      const refused = await send(method);
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.get('Retry-After'), '1');
      assert.equal(((await refused.json()) as { readonly code: string }).code, 'unavailable');
    }
    assert.equal(turnedAway, 2);
  });
});
