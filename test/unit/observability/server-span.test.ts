import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import express, { Router } from 'express';
import { serverSpan } from '../../../observability/server-span.js';
import { traceparentOf } from '../../../observability/spans.js';
import { recordSpans, type RecordedSpans } from '../../support/recorded-spans.js';

const id = '01a20696-0726-74cc-a0e8-fb763b4ac61a';
const traceId = '0af7651916cd43dd8448eb211c80319c';

describe('the span of a request', () => {
  let spans: RecordedSpans;
  let server: Server;
  let base: string;
  let handedOn: string | undefined;

  beforeAll(async () => {
    spans = recordSpans();
    const router = Router();
    router.route('/').get((_request, response) => response.json([]));
    router.get('/health', (_request, response) => response.json({}));
    router.route('/:id').get(express.json(), (_request, response) => {
      handedOn = traceparentOf();
      response.json({});
    });
    router.post('/:id', () => {
      throw new Error(`the database says: ${id} belongs to jane@example.com`);
    });
    router.use((_request, response) => response.status(404).end());
    const app = express();
    app.use(serverSpan);
    app.use('/api/v1/orders', router);
    app.use(((_error, _request, response, _next) => response.status(503).end()) as express.ErrorRequestHandler);
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await spans.stop();
  });
  beforeEach(() => {
    spans.forget();
  });

  const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${base}${path}`, { method, headers });
    await response.text();
    return response.headers.get('x-trace-id');
  };
  /** The span ends when the connection is done with the answer, which may be after the client has it. */
  const only = async () => {
    for (let tries = 0; tries < 200 && spans.ended().length === 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const [span, ...more] = spans.ended();
    assert.ok(span);
    expect(more).toStrictEqual([]);
    return span;
  };

  it('has the name of its route, and says how it ended', async () => {
    const answered = await ask('GET', `/api/v1/orders/${id}`);
    const span = await only();
    const { name, kind, attributes, status } = span;
    expect([name, kind, status.code]).toStrictEqual(['GET /api/v1/orders/:id', SpanKind.SERVER, SpanStatusCode.UNSET]);
    expect(attributes).toStrictEqual({
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'http.route': '/api/v1/orders/:id',
      'url.path': `/api/v1/orders/${id}`,
      'http.response.status_code': 200,
    });
    expect(answered).toBe(span.spanContext().traceId);
  });

  it('belongs to the trace of the client, and hands itself on', async () => {
    expect(await ask('GET', `/api/v1/orders/${id}`, { traceparent: `00-${traceId}-b7ad6b7169203331-01` })).toBe(
      traceId,
    );
    const span = await only();
    expect(span.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(handedOn).toBe(`00-${traceId}-${span.spanContext().spanId}-01`);
  });

  it('is not made where the client records nothing', async () => {
    expect(await ask('GET', '/api/v1/orders', { traceparent: `00-${traceId}-b7ad6b7169203331-00` })).toBe(traceId);
    expect(handedOn ?? '').toMatch(/-01$/);
    await ask('GET', `/api/v1/orders/${id}`, { traceparent: `00-${traceId}-b7ad6b7169203331-00` });
    expect(handedOn ?? '').toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    expect(spans.ended()).toStrictEqual([]);
  });

  it('has nothing of a query, nor of what stands where an id should', async () => {
    await ask('GET', '/api/v1/orders?guest_email=jane%40example.com&customer_id=jane');
    const list = await only();
    spans.forget();
    await ask('GET', '/api/v1/orders/jane@example.com', { 'x-name': 'jane', baggage: 'name=jane' });
    const wrong = await only();
    spans.forget();
    await ask('GET', '/jane@example.com?jane');
    const nowhere = await only();
    expect(JSON.stringify([list, wrong, nowhere].map(({ name, attributes }) => [name, attributes]))).not.toContain(
      'jane',
    );
    expect(list.attributes['url.path']).toBe('/api/v1/orders');
    expect(wrong.attributes['url.path']).toBe('/api/v1/orders/REDACTED');
    expect(nowhere.name).toBe('GET');
  });

  it('has failed where we failed, and repeats no message', async () => {
    await ask('POST', `/api/v1/orders/${id}`);
    const { attributes, status, events } = await only();
    expect([attributes['error.type'], status, events]).toStrictEqual(['503', { code: SpanStatusCode.ERROR }, []]);
  });

  it('has not failed where the client did', async () => {
    await ask('GET', '/api/v1/orders/1/2/3');
    const { attributes, status } = await only();
    expect([attributes['http.response.status_code'], status.code]).toStrictEqual([404, SpanStatusCode.UNSET]);
  });

  it('is spared for probes, which get a trace id all the same', async () => {
    expect((await ask('GET', '/api/v1/orders/health')) ?? '').toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect((await ask('GET', '/livez')) ?? '').toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    await ask('GET', '/api/v1/orders');
    expect((await only()).name).toBe('GET /api/v1/orders');
  });
});
