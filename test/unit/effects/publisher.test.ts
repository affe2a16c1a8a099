import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DaprClient } from '@dapr/dapr';
import { pino } from 'pino';
import { createDaprClient } from '../../../actors/dapr.js';
import { createPublisher, toEvent } from '../../../effects/publisher.js';
import { anEffect } from '../../support/effect-rows.js';
import { type FakeHttp, startFakeHttp } from '../../support/fake-http.js';
import { recordSpans, type RecordedSpans } from '../../support/recorded-spans.js';

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
    changedBy: { type: 'staff', id: 'staff-1' },
    orderNumber: 'ORD-20260102-000001',
  },
});

describe('publishing', () => {
  let sidecar: FakeHttp;
  let dapr: DaprClient;
  let spans: RecordedSpans;
  beforeAll(async () => {
    spans = recordSpans();
    sidecar = await startFakeHttp();
    dapr = createDaprClient(Number(new URL(sidecar.origin).port), pino({ level: 'silent' }));
    await dapr.start();
  });
  afterAll(async () => {
    await dapr.stop();
    await sidecar.close();
    await spans.stop();
  });
  beforeEach(() => {
    sidecar.seen.length = 0;
    sidecar.answer = { status: 204, body: '' };
  });
  const publish = (timeoutMs = 1_000) => createPublisher({ dapr, pubsub: 'pubsub', timeoutMs })(effect);

  it('sends a complete CloudEvent on the topic of its type', async () => {
    expect(await publish()).toStrictEqual({ kind: 'done' });
    const [seen] = sidecar.seen;
    assert.ok(seen);
    expect(seen.method).toBe('POST');
    expect(seen.path).toBe(
      '/v1.0/publish/pubsub/order.status_changed?metadata.partitionKey=0190a000-0000-7000-8000-000000000001',
    );
    expect(seen.headers['content-type']).toBe('application/cloudevents+json');
    const [span] = spans.ended();
    expect(seen.headers['traceparent']).toBe(`00-${traceparent.split('-')[1]}-${span?.spanContext().spanId}-01`);
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
        changed_by: { type: 'staff', id: 'staff-1' },
      },
    });
  });

  it('tries again whatever the broker says but yes', async () => {
    for (const status of [400, 403, 404, 500, 503]) {
      sidecar.answer = { status, body: '{"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}' };
      const outcome = await publish();
      expect(outcome).toMatchObject({ kind: 'retry' });
      expect('error' in outcome && outcome.error).toMatch(new RegExp(`ERR_PUBSUB.*"status":${status}`));
    }
  });

  it('tries again when there is no answer in time', async () => {
    sidecar.answer = 'hang';
    expect((await publish(100)).kind).toBe('retry');
  });

  it('tries again when the sidecar has gone', async () => {
    const gone = await startFakeHttp();
    const client = createDaprClient(Number(new URL(gone.origin).port), pino({ level: 'silent' }));
    await client.start();
    await gone.close();
    const outcome = await createPublisher({ dapr: client, pubsub: 'pubsub', timeoutMs: 1_000 })(effect);
    expect(outcome).toMatchObject({ kind: 'retry' });
    expect('error' in outcome && outcome.error).toMatch(/publishing failed: .*ECONNREFUSED/);
  });

  it('says so when the entry is missing', () => {
    expect(() => toEvent(anEffect({ operation: 'event.publish' }))).toThrow(/without its journal entry/);
  });
});
