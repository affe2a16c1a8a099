import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createPublisher, toEvent } from '../../../integrations/publisher.js';
import { anEffect } from '../../support/effect-rows.js';
import { type FakeHttp, startFakeHttp } from '../../support/fake-http.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const effect = anEffect({
  orderId: '0190a000-0000-7000-8000-000000000001',
  version: 7,
  target: 'events',
  operation: 'event.publish',
  traceparent,
  entry: {
    type: 'order.status_changed',
    data: { from_status: 'confirmed', to_status: 'processing' },
    at: '2026-01-02T03:04:05.678Z',
    orderNumber: 'ORD-20260102-000001',
  },
});

describe('publishing', () => {
  let sidecar: FakeHttp;
  before(async () => {
    sidecar = await startFakeHttp();
  });
  after(() => sidecar.close());
  beforeEach(() => {
    sidecar.seen.length = 0;
    sidecar.answer = { status: 204, body: '' };
  });
  const publish = (timeoutMs = 1_000) =>
    createPublisher({ http: sidecar.http, sidecar: sidecar.origin, pubsub: 'pubsub', timeoutMs })(effect);

  it('sends a complete CloudEvent on the topic of its type', async () => {
    assert.deepEqual(await publish(), { kind: 'done' });
    const [seen] = sidecar.seen;
    assert.equal(seen?.method, 'POST');
    assert.equal(seen.path, '/v1.0/publish/pubsub/order.status_changed');
    assert.equal(seen.headers['content-type'], 'application/cloudevents+json');
    assert.equal(seen.headers['traceparent'], traceparent);
    assert.deepEqual(JSON.parse(seen.body), {
      specversion: '1.0',
      id: '0190a000-0000-7000-8000-000000000001:7',
      source: 'order-service',
      type: 'order.status_changed',
      subject: '0190a000-0000-7000-8000-000000000001',
      time: '2026-01-02T03:04:05.678Z',
      datacontenttype: 'application/json',
      sequence: 7,
      traceparent,
      data: {
        from_status: 'confirmed',
        to_status: 'processing',
        order_id: '0190a000-0000-7000-8000-000000000001',
        version: 7,
        order_number: 'ORD-20260102-000001',
      },
    });
  });

  it('tries again whatever the broker says but yes', async () => {
    for (const status of [400, 403, 404, 500, 503]) {
      sidecar.answer = { status, body: '{"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}' };
      const outcome = await publish();
      assert.equal(outcome.kind, 'retry');
      assert.match(outcome.error, new RegExp(`${status}.*ERR_PUBSUB`));
    }
  });

  it('tries again when nobody answers in time', async () => {
    sidecar.answer = 'hang';
    const began = performance.now();
    assert.equal((await publish(100)).kind, 'retry');
    assert.ok(performance.now() - began < 1_000);
  });

  it('tries again when there is no sidecar', async () => {
    const outcome = await createPublisher({
      http: sidecar.http,
      sidecar: 'http://127.0.0.1:1',
      pubsub: 'pubsub',
      timeoutMs: 1_000,
    })(effect);
    assert.equal(outcome.kind, 'retry');
  });

  it('says so when the entry is missing', () => {
    assert.throws(() => toEvent(anEffect({ operation: 'event.publish' })), /without its journal entry/);
  });
});
