import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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
  beforeAll(async () => {
    sidecar = await startFakeHttp();
  });
  afterAll(() => sidecar.close());
  beforeEach(() => {
    sidecar.seen.length = 0;
    sidecar.answer = { status: 204, body: '' };
  });
  const publish = (timeoutMs = 1_000) =>
    createPublisher({ http: sidecar.http, sidecar: sidecar.origin, pubsub: 'pubsub', timeoutMs })(effect);

  it('sends a complete CloudEvent on the topic of its type', async () => {
    expect(await publish()).toStrictEqual({ kind: 'done' });
    const [seen] = sidecar.seen;
    assert.ok(seen);
    expect(seen.method).toBe('POST');
    expect(seen.path).toBe('/v1.0/publish/pubsub/order.status_changed');
    expect(seen.headers['content-type']).toBe('application/cloudevents+json');
    expect(seen.headers['traceparent']).toBe(traceparent);
    expect(JSON.parse(seen.body)).toStrictEqual({
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
      expect(outcome.error).toMatch(new RegExp(`${status}.*ERR_PUBSUB`));
    }
  });

  it('tries again when nobody answers in time', async () => {
    sidecar.answer = 'hang';
    const began = performance.now();
    expect((await publish(100)).kind).toBe('retry');
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('tries again when there is no sidecar', async () => {
    const outcome = await createPublisher({
      http: sidecar.http,
      sidecar: 'http://127.0.0.1:1',
      pubsub: 'pubsub',
      timeoutMs: 1_000,
    })(effect);
    expect(outcome.kind).toBe('retry');
  });

  it('says so when the entry is missing', () => {
    expect(() => toEvent(anEffect({ operation: 'event.publish' }))).toThrow(/without its journal entry/);
  });
});
