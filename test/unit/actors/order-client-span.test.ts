import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DaprClient } from '@dapr/dapr';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { pino } from 'pino';
import { type CommandRequest, createCommandSigner } from '../../../actors/command-envelope.js';
import { createOrderClient } from '../../../actors/order-client.js';
import { createDaprClient } from '../../../actors/dapr.js';
import { type CallOrderActor, createOrderProxies } from '../../../actors/order-proxy.js';
import type { Reply } from '../../../actors/command-envelope.js';
import { type FakeHttp, startFakeHttp } from '../../support/fake-http.js';
import { recordSpans, type RecordedSpans } from '../../support/recorded-spans.js';

const log = pino({ level: 'silent' });
const traceId = '0af7651916cd43dd8448eb211c80319c';
const request: CommandRequest = {
  orderId: '01a20696-0726-74cc-a0e8-fb763b4ac61a',
  commandId: 'c-1',
  requestHash: 'h',
  caller: { type: 'customer', id: 'jane' },
  channel: 'rest',
  traceparent: `00-${traceId}-b7ad6b7169203331-01`,
  command: { type: 'cancel', reason: 'jane says so' },
};

describe('the span of a command on its way', () => {
  let spans: RecordedSpans;
  let sidecar: FakeHttp;
  let dapr: DaprClient;
  let callActor: CallOrderActor;
  beforeAll(async () => {
    spans = recordSpans();
    sidecar = await startFakeHttp();
    dapr = createDaprClient(Number(new URL(sidecar.origin).port), log);
    callActor = createOrderProxies(dapr);
    // The SDK's client waits for its sidecar before its first call.
    await callActor(request.orderId, {});
  });
  afterAll(async () => {
    await dapr.stop();
    await sidecar.close();
    await spans.stop();
  });
  beforeEach(() => {
    spans.forget();
    sidecar.seen.length = 0;
  });

  const send = (deadlineMs = 5_000, more: Partial<CommandRequest> = {}) => {
    const signer = createCommandSigner('a secret of at least 32 characters');
    const admission = {
      enter: () => Promise.resolve(true),
      leave: () => undefined,
      isFull: () => false,
      load: () => ({ running: 0, waiting: 0 }),
    };
    const signing: CallOrderActor = async (orderId, signed) => {
      const answer = await callActor(orderId, signed);
      return signer.signReply(answer as Reply, signed);
    };
    const client = createOrderClient({ callActor: signing, signer, admission, log });
    return client.send({ ...request, ...more }, deadlineMs);
  };
  const reply = (answer: object) => ({ status: 200, body: JSON.stringify(answer) });

  it("is part of the command's trace, and the calls are part of it", async () => {
    sidecar.answer = reply({ outcome: 'done', replayed: false, order: { version: 4 } });
    await send();
    const [span] = spans.ended();
    expect([span?.name, span?.kind]).toStrictEqual(['OrderActor/execute', SpanKind.CLIENT]);
    assert.ok(span);
    expect(span.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(sidecar.seen[0]?.headers['traceparent']).toBe(`00-${traceId}-${span.spanContext().spanId}-01`);
    expect(span.attributes).toStrictEqual({
      'rpc.system.name': 'dapr',
      'rpc.method': 'OrderActor/execute',
      'order.id': request.orderId,
      'order.command': 'cancel',
      'order.outcome': 'done',
      'order.version': 4,
      'order.replayed': false,
    });
  });

  it('reports why an order refused, which is no failure', async () => {
    sidecar.answer = reply({ outcome: 'refused', refusal: { code: 'order_not_cancellable', detail: 'jane was late' } });
    await send();
    const [span] = spans.ended();
    expect([span?.attributes['order.refusal'], span?.status.code]).toStrictEqual([
      'order_not_cancellable',
      SpanStatusCode.UNSET,
    ]);
    expect(JSON.stringify([span?.attributes, span?.events])).not.toContain('jane');
  });

  it('counts the calls without an answer', async () => {
    sidecar.answer = { status: 500, body: '{}' };
    const sent = send();
    while (sidecar.seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    sidecar.answer = reply({ outcome: 'done', replayed: false, order: { version: 4 } });
    await sent;
    const [span] = spans.ended();
    assert.ok(span);
    expect(span.attributes['http.request.resend_count']).toBe(sidecar.seen.length - 1);
    expect(span.events).toHaveLength(sidecar.seen.length - 1);
    expect(span.events[0]?.attributes).toStrictEqual({ 'http.response.status_code': 500 });
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('has failed when there was no answer in time', async () => {
    sidecar.answer = { status: 500, body: '{}' };
    expect(await send(60)).toStrictEqual({ outcome: 'unavailable' });
    const [span] = spans.ended();
    expect([span?.attributes['error.type'], span?.status.code]).toStrictEqual(['unavailable', SpanStatusCode.ERROR]);
  });

  it('is not made where the command is not recorded, but its trace goes on', async () => {
    sidecar.answer = reply({ outcome: 'broken' });
    const traceparent = `00-${traceId}-b7ad6b7169203331-00`;
    await send(1_000, { traceparent });
    expect([spans.ended(), sidecar.seen[0]?.headers['traceparent']]).toStrictEqual([[], traceparent]);
  });
});
