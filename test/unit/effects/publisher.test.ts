import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
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
  const publisher = (timeoutMs = 1_000) => {
    const { http, origin } = sidecar;
    return createPublisher({ dapr, http, sidecar: origin, daprApiToken: 'token', pubsub: 'pubsub', timeoutMs });
  };
  const publish = (timeoutMs?: number) => publisher(timeoutMs)(effect);

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
    const { http, origin } = gone;
    const deps = { dapr: client, http, sidecar: origin, pubsub: 'pubsub', timeoutMs: 1_000 };
    const outcome = await createPublisher(deps)(effect);
    expect(outcome).toMatchObject({ kind: 'retry' });
    expect('error' in outcome && outcome.error).toMatch(/publishing failed: .*ECONNREFUSED/);
  });

  describe('events that wait for another one of their type', () => {
    const versions = [8, 9, 10];
    const other = (version: number) => ({ ...effect, key: `${effect.orderId}:${version}`, version });

    /** Three events beside one that is not answered; the sidecar answers their bulk so. */
    const publishBulk = async (answer: FakeHttp['answer']) => {
      const send = publisher(300);
      sidecar.answer = 'hang';
      const first = send(effect);
      while (sidecar.seen.length === 0) await sleep(5);
      sidecar.answer = answer;
      const outcomes = await Promise.all(versions.map((version) => send(other(version))));
      expect((await first).kind).toBe('retry');
      expect(sidecar.seen).toHaveLength(2);
      return outcomes;
    };

    it('go together, each with its own trace', async () => {
      expect(await publishBulk({ status: 204, body: '' })).toStrictEqual(versions.map(() => ({ kind: 'done' })));
      const seen = sidecar.seen[1]!;
      expect(seen.path).toBe('/v1.0/publish/bulk/pubsub/order.status_changed');
      expect(seen.headers).toMatchObject({ 'content-type': 'application/json', 'dapr-api-token': 'token' });
      const entries = JSON.parse(seen.body) as { entryId: string; event: Record<string, unknown> }[];
      expect(new Set(entries.map(({ entryId }) => entryId)).size).toBe(3);
      const versionOf = (span: ReturnType<RecordedSpans['ended']>[number]) => Number(span.attributes['order.version']);
      const ended = spans.ended().filter((span) => versionOf(span) > effect.version);
      ended.sort((a, b) => versionOf(a) - versionOf(b));
      const traces = ended.map((span) => `00-${traceparent.split('-')[1]}-${span.spanContext().spanId}-01`);
      expect(seen.headers['traceparent']).toBe(traces[0]);
      for (const [at, version] of versions.entries())
        expect(entries[at]).toMatchObject({
          contentType: 'application/cloudevents+json',
          metadata: { partitionKey: effect.orderId },
          event: { id: `${effect.orderId}:${version}`, traceid: traces[at], traceparent: traces[at] },
        });
    });

    it('are tried again where the sidecar names them as failed, and only those', async () => {
      const failedEntries = [{ entryId: '3', error: 'too large' }];
      const body = JSON.stringify({ failedEntries, errorCode: 'ERR_PUBSUB_PUBLISH_MESSAGE' });
      expect(await publishBulk({ status: 500, body })).toStrictEqual([
        { kind: 'done' },
        { kind: 'retry', error: 'publishing failed: HTTP 500 too large' },
        { kind: 'done' },
      ]);
    });

    it.each(['', '{}', '{"failedEntries":[]}', '{"errorCode":"ERR_PUBSUB_FORBIDDEN"}'])(
      'are all tried again when none is named (%s)',
      async (body) => {
        const outcomes = await publishBulk({ status: 500, body });
        expect(outcomes.map(({ kind }) => kind)).toStrictEqual(['retry', 'retry', 'retry']);
      },
    );

    it.each([400, 403, 404, 405])('go one by one where the sidecar takes no bulk (%d)', async (status) => {
      const send = publisher(300);
      sidecar.answer = 'hang';
      const first = send(effect);
      while (sidecar.seen.length === 0) await sleep(5);
      sidecar.answer = ({ path }) => ({ status: path.includes('/bulk/') ? status : 204, body: 'invalid router' });
      const outcomes = await Promise.all(versions.map((version) => send(other(version))));
      expect(outcomes).toStrictEqual(versions.map(() => ({ kind: 'done' })));
      expect(sidecar.seen.map(({ path }) => path.includes('/bulk/'))).toStrictEqual([false, true, false, false, false]);
      await first;
    });

    it('are all tried again when there is no answer', async () => {
      const outcomes = await publishBulk('hang');
      expect(outcomes.map(({ kind }) => kind)).toStrictEqual(['retry', 'retry', 'retry']);
    });
  });

  it('says so when the entry is missing', () => {
    expect(() => toEvent(anEffect({ operation: 'event.publish' }))).toThrow(/without its journal entry/);
  });
});
