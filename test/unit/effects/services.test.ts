import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Call, createServices } from '../../../effects/services.js';
import { anEffect } from '../../support/effect-rows.js';
import { type FakeHttp, startFakeHttp } from '../../support/fake-http.js';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('calling the other services', () => {
  let server: FakeHttp;
  beforeAll(async () => {
    server = await startFakeHttp();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    server.seen.length = 0;
    server.answer = { status: 200, body: '{}' };
  });

  const call = (operation: Call, direct?: string, timeoutMs = 1_000) =>
    createServices({ http: server.http, sidecar: server.origin, addressOf: () => direct, timeoutMs })(
      anEffect({ operation, traceparent }),
      operation,
    );

  it('invokes each service by its app id, with key, trace and payload', async () => {
    const paths: Record<Call, string> = {
      'warehouse.release': 'warehouse-service/method/api/v1/releases',
      'payment.refund': 'payment-service/method/api/v1/refunds',
      'payment.void': 'payment-service/method/api/v1/voids',
      'fulfillment.start': 'fulfillment-service/method/api/v1/fulfillments',
      'fulfillment.change': 'fulfillment-service/method/api/v1/fulfillments/change',
      'fulfillment.stop': 'fulfillment-service/method/api/v1/fulfillments/stop',
      'fulfillment.hold': 'fulfillment-service/method/api/v1/fulfillments/hold',
      'fulfillment.release': 'fulfillment-service/method/api/v1/fulfillments/release',
      'notification.send': 'notification-service/method/api/v1/notifications',
    };
    for (const [operation, path] of Object.entries(paths)) {
      expect(await call(operation as Call)).toStrictEqual({ kind: 'done', answer: {} });
      const seen = server.seen.at(-1);
      assert.ok(seen);
      expect(seen.method).toBe('POST');
      expect(seen.path).toBe(`/v1.0/invoke/${path}`);
      expect(String(seen.headers['idempotency-key'])).toMatch(new RegExp(`^[0-9a-f-]{36}:1:${operation}:0$`));
      expect(seen.headers['traceparent']).toBe(traceparent);
      expect((JSON.parse(seen.body) as { reason: string }).reason).toBe('test');
    }
  });

  it('goes directly where an address is set', async () => {
    await call('payment.void', server.origin);
    await call('payment.void', `${server.origin}/base/`);
    expect(server.seen.map(({ path }) => path)).toStrictEqual(['/api/v1/voids', '/base/api/v1/voids']);
  });

  it('hands on what was answered', async () => {
    server.answer = { status: 201, body: '{"refund_id":"re_1"}' };
    expect(await call('payment.refund')).toStrictEqual({ kind: 'done', answer: { refund_id: 're_1' } });
  });

  it('takes 4xx for a refusal, and keeps the words of the receiver apart from its code', async () => {
    for (const [status, body, trouble] of [
      [422, '{"code":"too_late","detail":"Has left."}', { error: 'too_late', detail: 'Has left.' }],
      [400, '{"title":"Bad request"}', { error: 'HTTP 400', detail: 'Bad request' }],
      [422, '{"code":"no card of Ada Lovelace"}', { error: 'HTTP 422' }],
      [404, 'not found', { error: 'HTTP 404' }],
      [410, '', { error: 'HTTP 410' }],
    ] as const) {
      server.answer = { status, body };
      expect(await call('payment.refund')).toStrictEqual({ kind: 'rejected', ...trouble });
    }
  });

  it('tries again what may pass', async () => {
    for (const status of [408, 409, 425, 429, 500, 502, 503, 302]) {
      server.answer = { status, body: '{}' };
      assert.equal((await call('payment.refund')).kind, 'retry', String(status));
    }
  });

  it('tries again what the sidecar itself could not do', async () => {
    for (const status of [403, 404, 500]) {
      server.answer = { status, body: '{"errorCode":"ERR_DIRECT_INVOKE","message":"no such app"}' };
      expect(await call('payment.refund')).toStrictEqual({ kind: 'retry', error: `HTTP ${status} ERR_DIRECT_INVOKE` });
    }
  });

  it('tries again when a success is no JSON object', async () => {
    for (const body of ['', 'ok', '[]', '"ok"']) {
      server.answer = { status: 200, body };
      assert.equal((await call('warehouse.release')).kind, 'retry', body);
    }
  });

  it('tries again when there is no answer in time, or at all', async () => {
    server.answer = 'hang';
    const began = performance.now();
    expect((await call('warehouse.release', undefined, 100)).kind).toBe('retry');
    expect(performance.now() - began).toBeLessThan(1_000);
    expect((await call('warehouse.release', 'http://127.0.0.1:1')).kind).toBe('retry');
  });
});
