import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startTracing } from '../../observability/tracing.js';
import { startSandbox, type Sandbox } from '../../sandbox/start.js';

const log = pino({ level: 'silent' });

interface Seen {
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const until = async (what: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error('waited 5 s in vain');
    await sleep(5);
  }
};

/** A stand-in for daprd: takes what is published, answers invocations as told. */
const createFakeSidecar = async () => {
  const seen: Seen[] = [];
  const answer = { status: 201, headers: {} as Record<string, string>, body: '{}' };
  const server: Server = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    req.on('end', () => {
      seen.push({ url: req.url ?? '', headers: req.headers, body });
      if (req.url?.startsWith('/v1.0/publish/')) res.writeHead(204).end();
      else res.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { seen, answer, close, port: (server.address() as AddressInfo).port };
};

const refund = { order_id: 'o-1', payment_id: 'p-1', amount: '5.00', currency: 'USD', reason: 'cancelled' };

describe('sandbox', () => {
  let folder: string;
  let sidecar: Awaited<ReturnType<typeof createFakeSidecar>>;
  let sandbox: Sandbox;
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const res = await fetch(`http://127.0.0.1:${String(sandbox.port)}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await res.text();
    return { status: res.status, headers: res.headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };
  const refundOnce = (key: string, body: object = refund) =>
    call('POST', '/api/v1/refunds', body, { 'idempotency-key': key });
  const deliveries = async (orderId: string): Promise<number[]> => {
    const { body } = await call('GET', `/ledger?order_id=${orderId}`);
    return (body as { deliveries: number }[]).map((entry) => entry.deliveries);
  };

  const stopTracing = startTracing('checkout-service', (trouble) => assert.fail(trouble));
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-app-'));
    sidecar = await createFakeSidecar();
    sandbox = await startSandbox(
      { port: 0, stepMs: 10, folder, daprPort: sidecar.port, daprApiToken: undefined },
      { keys: [{ kty: 'EC', kid: 'k' }] },
      log,
    );
  });
  afterAll(async () => {
    await sandbox.close();
    sidecar.close();
    await stopTracing();
    await rm(folder, { recursive: true });
  });
  afterEach(() => call('DELETE', '/faults'));

  it('answers health and the key set', async () => {
    expect((await call('GET', '/health')).body).toStrictEqual({ status: 'ok' });
    expect((await call('GET', '/healthz')).status).toBe(200);
    expect((await call('GET', '/.well-known/jwks.json')).body).toStrictEqual({ keys: [{ kty: 'EC', kid: 'k' }] });
  });

  it('answers no web page', async () => {
    const { port } = sandbox;
    const statusOf = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path: '/events/payment.failed', method: 'POST', headers };
        request(options, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .once('error', reject)
          .end('{}');
      });
    const before = sidecar.seen.length;
    for (const headers of [
      { origin: 'http://evil.example', 'content-type': 'text/plain' },
      { origin: 'null' },
      { host: 'evil.example' },
      { host: `evil.example:${port}` },
    ])
      expect([headers, await statusOf(headers)]).toStrictEqual([headers, 403]);
    expect(sidecar.seen.length).toBe(before);
    for (const host of [`localhost:${port}`, `[::1]:${port}`, 'checkout-service:8090'])
      expect([host, await statusOf({ host, origin: `http://${host}` })]).toStrictEqual([host, 202]);
  });

  it('hands a checkout through and answers what comes back', async () => {
    sidecar.answer.headers = {
      'content-type': 'application/json; charset=utf-8',
      location: '/api/v1/orders/o-9',
      etag: '"1"',
      'idempotent-replayed': 'true',
      'x-other': 'not for the caller',
    };
    sidecar.answer.body = '{"order":{"id":"o-9"}}';
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await call('POST', '/checkout', '{"any": "thing"}', {
      'idempotency-key': 'k',
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      authorization: 'Bearer x',
    });
    const seen = sidecar.seen.at(-1);
    assert.ok(seen);
    expect(seen.url).toBe('/v1.0/invoke/order-service/method/api/v1/orders');
    expect(seen.body).toBe('{"any": "thing"}');
    expect(seen.headers['idempotency-key']).toBe('k');
    expect(seen.headers['traceparent']?.slice(3, 35)).toBe(traceId);
    expect(seen.headers.authorization).toBeUndefined();
    expect(answer.status).toBe(201);
    expect(answer.body).toStrictEqual({ order: { id: 'o-9' } });
    expect(answer.headers.get('location')).toBe('/api/v1/orders/o-9');
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.headers.get('idempotent-replayed')).toBe('true');
    expect(answer.headers.get('x-other')).toBeNull();
    expect(answer.headers.get('x-trace-id')).toBe(traceId);
  });

  it('answers 503 when daprd cannot reach the order service', async () => {
    Object.assign(sidecar.answer, { status: 500, headers: { 'content-type': 'application/json' } });
    sidecar.answer.body = '{"errorCode":"ERR_DIRECT_INVOKE","message":"no such app"}';
    const answer = await call('POST', '/checkout', {});
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('content-type') ?? '').toMatch(/^application\/problem\+json/);
  });

  it('does a keyed request once, and publishes its refund once', async () => {
    const first = await refundOnce('r1');
    expect([first.status, first.body]).toStrictEqual([200, (await refundOnce('r1')).body]);
    expect((await refundOnce('r1', { ...refund, amount: '6.00' })).status).toBe(422);
    expect(await deliveries('o-1')).toStrictEqual([2]);
    const refunds = () => sidecar.seen.filter(({ url }) => url === '/v1.0/publish/pubsub/payment.refunded');
    await until(() => refunds().length > 0);
    await sleep(30);
    const published = refunds();
    expect(published).toHaveLength(1);
    assert.ok(published[0]);
    expect(published[0].headers['content-type']).toBe('application/cloudevents+json');
    const event = JSON.parse(published[0].body) as { source: string; id: string; data: object };
    const { refund_id } = first.body as { refund_id: string };
    expect(event.data).toStrictEqual({
      order_id: 'o-1',
      payment_id: 'p-1',
      amount: '5.00',
      currency: 'USD',
      refund_id,
    });
    expect(event.source).toBe('payment-service');
    expect(event.id).toBe(`payment.refunded:${refund_id}`);
  });

  it('names every fault of a body, and wants a key', async () => {
    const answer = await refundOnce('r2', { order_id: 'o-2', amount: 5, reason: 'x' });
    expect(answer.status).toBe(400);
    const { errors } = answer.body as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path)).toStrictEqual(['amount', 'currency']);
    expect((await call('POST', '/api/v1/refunds', refund)).status).toBe(400);
    const malformed = await call('POST', '/api/v1/refunds', '{"order_id":', { 'idempotency-key': 'r2' });
    expect(malformed.status).toBe(400);
    expect(malformed.headers.get('content-type') ?? '').toMatch(/^application\/problem\+json/);
    expect(await deliveries('o-2')).toStrictEqual([]);
  });

  it('has no effect when refusing or rejecting, but does when failing, hanging or slow', async () => {
    const body = { ...refund, order_id: 'o-3' };
    const setMode = (fault: object) => call('PUT', '/faults/payment', fault);
    await setMode({ mode: 'refuse' });
    expect((await refundOnce('r3', body)).status).toBe(503);
    await setMode({ mode: 'reject' });
    expect((await refundOnce('r3', body)).status).toBe(422);
    expect(await deliveries('o-3')).toStrictEqual([]);
    await setMode({ mode: 'fail' });
    expect((await refundOnce('r3', body)).status).toBe(500);
    expect(await deliveries('o-3')).toStrictEqual([1]);
    await setMode({ mode: 'hang' });
    await expect(
      fetch(`http://127.0.0.1:${String(sandbox.port)}/api/v1/refunds`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'r3' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(150),
      }),
    ).rejects.toThrow();
    expect(await deliveries('o-3')).toStrictEqual([2]);
    await setMode({ mode: 'slow', delay_ms: 100 });
    const began = Date.now();
    expect((await refundOnce('r3', body)).status).toBe(200);
    expect(Date.now() - began).toBeGreaterThanOrEqual(95);
    await setMode({ mode: 'ok' });
    expect((await refundOnce('r3', body)).status).toBe(200);
    expect(await deliveries('o-3')).toStrictEqual([4]);
  });

  it('checks fault modes', async () => {
    expect((await call('PUT', '/faults/nobody', { mode: 'ok' })).status).toBe(404);
    expect((await call('PUT', '/faults/payment', { mode: 'odd' })).status).toBe(400);
    const set = await call('PUT', '/faults/payment', { mode: 'fail', probability: 0.5 });
    expect(set.body).toStrictEqual({ service: 'payment', mode: 'fail', probability: 0.5, delay_ms: 2000 });
    const { body } = await call('GET', '/faults');
    expect((body as Record<string, { mode: string }>)['payment']?.mode).toBe('fail');
  });

  it('keeps order events in order of arrival, repeats included', async () => {
    const event = { id: 'o-4:1', type: 'order.created', sequence: 1, data: { order_id: 'o-4', version: 1 } };
    const deliver = async (...events: readonly object[]): Promise<unknown> => {
      const entries = events.map((event, n) => ({ entryId: `e${n}`, event }));
      return (await call('POST', '/dapr-events', { id: 'b', topic: 'order.created', entries })).body;
    };
    const [e0, e1] = [
      { entryId: 'e0', status: 'SUCCESS' },
      { entryId: 'e1', status: 'SUCCESS' },
    ];
    expect(await deliver({ ...event, id: 'o-4:2', sequence: 2 }, event)).toStrictEqual({ statuses: [e0, e1] });
    expect(await deliver(event, { id: 'x' })).toStrictEqual({ statuses: [e0, { ...e1, status: 'DROP' }] });
    expect((await call('POST', '/dapr-events', event)).status).toBe(400);
    const stored = (await call('GET', '/events?order_id=o-4')).body as { sequence: number; at: string }[];
    expect(stored.map(({ sequence }) => sequence)).toStrictEqual([2, 1, 1]);
    expect({ ...stored[1], at: '' }).toStrictEqual({ ...event, at: '' });
  });

  it('publishes an event as the owner of its topic', async () => {
    const data = { order_id: 'o-5', return_id: 'r', items: [] };
    const answer = await call('POST', '/events/return.requested?id=mine', data);
    expect([answer.status, answer.body]).toStrictEqual([202, { id: 'mine' }]);
    const event = JSON.parse(sidecar.seen.at(-1)?.body ?? '') as Record<string, unknown>;
    expect([event['id'], event['source'], event['type'], event['subject'], event['data']]).toStrictEqual([
      'mine',
      'return-service',
      'return.requested',
      'o-5',
      data,
    ]);
    expect((await call('POST', '/events/order.created', data)).status).toBe(404);
    expect((await call('POST', '/events/return.requested')).status).toBe(400);
  });

  it('walks an order after fulfillment.start', async () => {
    const item = { item_id: '1', product_id: 'p', product_sku: 's', quantity: 1, warehouse_id: 'w' };
    const body = { order_id: 'o-6', order_number: 'ORD-20260101-000001', items: [item] };
    const answer = await call('POST', '/api/v1/fulfillments', body, { 'idempotency-key': 'f' });
    expect((answer.body as { fulfillment_id: string }).fulfillment_id).toMatch(/^ful_/);
    const walked = () =>
      sidecar.seen.filter((seen) => seen.body.includes('"o-6"')).map(({ url }) => url.split('/').at(-1));
    await until(() => walked().length === 3);
    expect(walked()).toStrictEqual(['fulfillment.started', 'shipping.shipped', 'shipping.delivered']);
  });

  it('answers 503 without a sidecar', async () => {
    const lonely = await startSandbox(
      { port: 0, stepMs: 10, folder: join(folder, 'lonely'), daprPort: 1, daprApiToken: undefined },
      { keys: [] },
      log,
    );
    for (const path of ['/checkout', '/events/payment.failed']) {
      const res = await fetch(`http://127.0.0.1:${String(lonely.port)}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      expect(res.status).toBe(503);
    }
    await lonely.close();
  });
});
