import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOptions, credentials, Metadata, status } from '@grpc/grpc-js';
import { NodeSDK, tracing } from '@opentelemetry/sdk-node';
import { pino } from 'pino';
import type { CallContext } from '../../../api/commands.js';
import type { DeskOperations } from '../../../api/desk-operations.js';
import { fail, ok, type Result } from '../../../api/errors.js';
import { createGrpcApp } from '../../../api/grpc/app.js';
import { type Listening, listenGrpc } from '../../../api/grpc/listen.js';
import type { Allowance } from '../../../api/limits.js';
import * as messages from '../../../proto/gen/order/v1/order.js';
import { BulkChangeOrdersRequest, OrderStaffServiceClient } from '../../../proto/gen/order/v1/staff.js';
import { projectRoot } from '../../../scripts/paths.js';
import { noHandlers } from './no-handlers.js';
import { at, createFakeOperations, document, order, plain, send } from './grpc-fixture.js';

describe('the gRPC gateway', () => {
  const spans = new tracing.InMemorySpanExporter();
  const sdk = new NodeSDK({ spanProcessors: [new tracing.SimpleSpanProcessor(spans)], instrumentations: [] });
  const logged: string[] = [];
  const sink = new Writable({
    write: (line: Buffer, _encoding, done) => {
      logged.push(line.toString());
      done();
    },
  });
  const log = pino({ level: 'error' }, sink);
  const { asked, fake, operations } = createFakeOperations();
  let allowance: Allowance | undefined;
  let listening: Listening;
  let client: messages.OrderServiceClient;

  beforeAll(async () => {
    sdk.start();
    const app = createGrpcApp({
      ...noHandlers,
      operations,
      desk: {
        bulkChangeOrders: async (input: unknown, context: CallContext) => {
          asked.push({ call: 'bulkChangeOrders', input, context });
          return ok([]);
        },
      } as unknown as DeskOperations,
      tokens: {
        callerOf: async (token) =>
          token === 'good'
            ? ok({ type: 'service', id: 'checkout' })
            : token === 'desk'
              ? ok({ type: 'staff', id: 'staff-1' })
              : fail({ code: 'unauthenticated' }),
      },
      limits: { take: async () => allowance },
      ready: async () => undefined,
      root: projectRoot,
      onAnswer: () => undefined,
      log,
    });
    listening = await listenGrpc(app, 0);
    client = new messages.OrderServiceClient(`127.0.0.1:${listening.port}`, credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    await listening.close();
    await sdk.shutdown();
  });
  beforeEach(() => {
    asked.length = 0;
    logged.length = 0;
    spans.reset();
    allowance = undefined;
    fake.answer = () => ok({ document, replayed: false });
  });

  const get = (headers: Readonly<Record<string, string>> = {}, options: Partial<CallOptions> = {}) =>
    send(client, client.getOrder, { id: order.id }, headers, options);
  const readable = () => (fake.answer = () => ok(document));

  describe('messages', () => {
    it('answers the whole document, word for word', async () => {
      readable();
      const { message } = await get();
      expect(plain(message?.order)).toStrictEqual(order);
    });

    it('hands on CreateOrder as the JSON of REST, and answers order and guest token', async () => {
      fake.answer = () => ok({ document, replayed: false, guestToken: 'token' });
      const body = {
        guest_email: '',
        subtotal: '20',
        tax_amount: '0',
        shipping_amount: '0',
        discount_amount: '0',
        total_amount: '20',
        shipping_address: { recipient: 'A', line1: '1 Street', city: 'Rome' },
        notes: '',
        metadata: { a: { b: [1, 'x', null, true, ''] } },
        items: [
          {
            product_id: 'p-1',
            product_sku: 's-1',
            product_name: 'Chair',
            quantity: 2,
            unit_price: '10',
            total_price: '20',
            warehouse_id: 'w-1',
            metadata: {},
          },
        ],
      };
      const { message } = await send(client, client.createOrder, messages.CreateOrderRequest.fromPartial(body));
      expect(asked[0]?.input).toStrictEqual(body);
      assert.ok(message);
      expect(message.guest_token).toBe('token');
      expect(plain(message.order)).toStrictEqual(order);
    });

    it('leaves out what was not given', async () => {
      await send(client, client.createOrder, messages.CreateOrderRequest.create());
      expect(asked[0]?.input).toStrictEqual({ items: [] });
      await send(client, client.updateOrder, messages.UpdateOrderRequest.create({ id: 'o-1' }));
      expect([asked[1]?.id, asked[1]?.input]).toStrictEqual(['o-1', {}]);
    });

    it('hands on the filters of ListOrders, and none where there are none', async () => {
      fake.answer = () => ok({ entries: [document, document], nextPageToken: 'next' });
      const filter = {
        customer_id: 'c-1',
        status: ['shipped', ''],
        payment_status: 'completed',
        created_after: at,
        created_before: at,
        order_number: 'ORD-',
        guest_email: 'g@example.com',
        page_size: 0,
        page_token: '',
      };
      const { message } = await send(client, client.listOrders, filter);
      expect(asked[0]?.input).toStrictEqual(filter);
      expect(plain(message)).toStrictEqual({ orders: [order, order], next_page_token: 'next' });
      await send(client, client.listOrders, messages.ListOrdersRequest.create());
      expect(asked[1]?.input).toStrictEqual({});
    });

    it('hands on the id and the rest of every changing call', async () => {
      const address = { recipient: 'A', line1: '1', city: 'Rome', country: 'IT' };
      await send(client, client.updateOrderStatus, { id: 'o-1', status: 'shipped', reason: 'r' });
      await send(client, client.updateOrder, {
        ...{ id: 'o-2', billing_address: address, metadata: {}, notes: '' },
        items: [{ item_id: '1', metadata: {} }],
      });
      await send(client, client.updateOrder, messages.UpdateOrderRequest.create({ id: 'o-5' }));
      await send(client, client.cancelOrder, { id: 'o-3', reason: '' });
      const items = [{ item_id: '1', quantity: 1 }];
      await send(client, client.cancelOrderItems, { id: 'o-4', items, reason: 'r' });
      expect(asked.map(({ call, id, input }) => [call, id, input])).toStrictEqual([
        ['updateOrderStatus', 'o-1', { status: 'shipped', reason: 'r' }],
        [
          'updateOrder',
          'o-2',
          { billing_address: address, metadata: {}, notes: '', items: [{ item_id: '1', metadata: {} }] },
        ],
        ['updateOrder', 'o-5', {}],
        ['cancelOrder', 'o-3', {}],
        ['cancelOrderItems', 'o-4', { items, reason: 'r' }],
      ]);
    });

    it('answers both histories', async () => {
      const common = { version: 2, changed_by: { type: 'staff', id: 's-1' }, changed_at: at };
      const move = { ...common, from_status: 'confirmed', to_status: 'processing', reason: 'r', notes: 'n' };
      fake.answer = () => ok({ entries: [move], nextPageToken: '' });
      const moves = await send(client, client.getOrderStatusHistory, { order_id: 'o-1', page_size: 5 });
      expect(plain(moves.message)).toStrictEqual({ history: [move], next_page_token: '' });
      const edit = { ...common, field: 'metadata.a', old_value: null, new_value: { b: [1, ''] } };
      fake.answer = () => ok({ entries: [edit], nextPageToken: 'next' });
      const edits = await send(client, client.getOrderEditHistory, { order_id: 'o-1', page_token: 't' });
      expect(plain(edits.message)).toStrictEqual({ edits: [edit], next_page_token: 'next' });
      expect(asked.map(({ call, id, input }) => [call, id, input])).toStrictEqual([
        ['statusHistory', 'o-1', { page_size: 5 }],
        ['editHistory', 'o-1', { page_token: 't' }],
      ]);
    });
  });

  describe('metadata', () => {
    it('carries etag, and whether the call was a repeat', async () => {
      expect((await send(client, client.cancelOrder, { id: 'o-1', reason: 'r' })).headers['etag']).toBe('"7"');
      fake.answer = () => ok({ document, replayed: true });
      const { headers } = await send(client, client.cancelOrder, { id: 'o-1', reason: 'r' });
      expect(headers['idempotent-replayed']).toBe('true');
    });

    it('reports the operations who asks, how, and under which conditions', async () => {
      readable();
      await get({ 'idempotency-key': 'key-1', 'if-match': '"3"' });
      const { caller, channel, idempotencyKey, ifVersions } = asked[0]!.context;
      expect({ caller, channel, idempotencyKey, ifVersions }).toStrictEqual({
        caller: { type: 'service', id: 'checkout' },
        channel: 'grpc',
        idempotencyKey: 'key-1',
        ifVersions: [3],
      });
    });

    it.each([
      ['if-match', '3'],
      ['idempotency-key', 'a b'],
    ] as const)('is refused with %s: %s', async (name, value) => {
      expect((await get({ [name]: value })).code).toBe(status.INVALID_ARGUMENT);
      expect(asked).toStrictEqual([]);
    });

    it('grants what the client grants, at most ten seconds', async () => {
      readable();
      await get();
      await get({}, { deadline: Date.now() + 60_000 });
      await get({}, { deadline: Date.now() + 2_000 });
      const [without, long, short] = asked.map(({ context }) => context.deadlineMs ?? 0);
      expect([without, long]).toStrictEqual([10_000, 10_000]);
      assert.ok(short! > 0 && short! <= 2_000, `${short} ms`);
    });

    it('grants calls about many orders at most fifty seconds', async () => {
      const { port } = listening;
      const desk = new OrderStaffServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
      const request = BulkChangeOrdersRequest.fromPartial({ action: 'hold', order_ids: ['o-1'] });
      const { code } = await send(desk, desk.bulkChangeOrders, request, { authorization: 'Bearer desk' });
      desk.close();
      expect([code, asked[0]?.input]).toStrictEqual([status.OK, { action: 'hold', order_ids: ['o-1'] }]);
      expect(asked[0]?.context.deadlineMs).toBe(50_000);
    });

    it('continues the trace of the client', async () => {
      readable();
      const traceId = '0af7651916cd43dd8448eb211c80319c';
      const { headers } = await get({ traceparent: `00-${traceId}-b7ad6b7169203331-01` });
      expect(headers['x-trace-id']).toBe(traceId);
      const [span] = spans.getFinishedSpans();
      assert.ok(span);
      expect(span.name).toBe('order.v1.OrderService/GetOrder');
      expect(span.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
      expect(span.attributes['rpc.response.status_code']).toBe('OK');
      expect(asked[0]?.context.traceparent).toBe(`00-${traceId}-${span.spanContext().spanId}-01`);
    });
  });

  describe('problems', () => {
    it.each(['', 'Bearer', 'Bearer bad', 'Basic good'])('lets nobody in with "%s"', async (authorization) => {
      const { code, trailers } = await get({ authorization });
      expect(code).toBe(status.UNAUTHENTICATED);
      assert.ok(trailers);
      expect(trailers.get('grpc-status-details-bin').length).toBe(1);
      expect(trailers.get('x-trace-id')).toHaveLength(1);
      expect(asked).toStrictEqual([]);
    });

    it('asks who calls before it looks at the message', async () => {
      const broken = { requestSerialize: () => Buffer.from([0xff]) };
      const raw = (authorization: string) =>
        new Promise<status | undefined>((resolve) => {
          const metadata = new Metadata();
          metadata.set('authorization', authorization);
          const path = messages.OrderServiceService.getOrder.path;
          const { requestSerialize } = broken;
          client.makeUnaryRequest(
            path,
            requestSerialize,
            (bytes) => bytes,
            {},
            metadata,
            (error) => {
              resolve(error?.code);
            },
          );
        });
      expect(await raw('Bearer bad')).toBe(status.UNAUTHENTICATED);
      expect(await raw('Bearer good')).toBe(status.INVALID_ARGUMENT);
    });

    it('answers the status of the problem', async () => {
      fake.answer = () => fail({ code: 'version_conflict', detail: 'The order is at version 2, not 1.' });
      const { code, details } = await get();
      expect([code, details]).toStrictEqual([status.ABORTED, 'The order is at version 2, not 1.']);
    });

    it('leaks nothing of an exception, and logs it', async () => {
      fake.answer = () => {
        throw new Error('secret of the database');
      };
      const { code, details, trailers } = await get();
      expect(code).toBe(status.INTERNAL);
      expect(JSON.stringify([details, trailers?.getMap()])).not.toContain('secret');
      expect(logged.join('')).toContain('secret of the database');
      expect(spans.getFinishedSpans()[0]?.attributes['error.type']).toBe('INTERNAL');
    });

    it('counts limited callers and turns them away beyond the limit', async () => {
      readable();
      allowance = { allowed: true, limit: 20, remaining: 4, resetMs: 300 };
      expect((await get()).headers['ratelimit']).toBe('"caller";r=4;t=1');
      allowance = { allowed: false, limit: 20, remaining: 0, resetMs: 300 };
      const { code, trailers } = await get();
      expect(code).toBe(status.RESOURCE_EXHAUSTED);
      expect(trailers?.get('ratelimit')).toStrictEqual(['"caller";r=0;t=1']);
    });

    it('is done with a call when its client is', async () => {
      let finish: (result: Result<unknown>) => void = () => undefined;
      const slow = () => new Promise<Result<unknown>>((resolve) => (finish = resolve));
      fake.answer = slow;
      const { code } = await get({}, { deadline: Date.now() + 100 });
      expect(code).toBe(status.DEADLINE_EXCEEDED);
      // The client's clock rings a little before the server's.
      await sleep(50);
      finish(ok(document));
      await sleep(20);
      expect(spans.getFinishedSpans()[0]?.attributes['rpc.response.status_code']).toBe('DEADLINE_EXCEEDED');
      expect(logged).toStrictEqual([]);
    });
  });
});
