import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import { pino } from 'pino';
import type { z } from 'zod';
import type { Fault } from '../../../actors/rules/refusal.js';
import { createAnalyticsOperations } from '../../../api/analytics-operations.js';
import { ok } from '../../../api/errors.js';
import { createTakeEvent, type TakeEventDeps } from '../../../api/events/take-event.js';
import { conditionsIn } from '../../../api/headers.js';
import { createOperations, type OperationsDeps } from '../../../api/operations.js';
import { createApp, mountRest } from '../../../api/rest/app.js';
import { listen, type Listening } from '../../../api/rest/listen.js';
import { productAnalyticsQuery, readAnalyticsQuery, salesAnalyticsQuery } from '../../../api/schemas/analytics.js';
import { createOrderBody, createOrderReader } from '../../../api/schemas/create-order.js';
import { cloudEvent, customerCreated, eventData, priceUpdated } from '../../../api/schemas/events.js';
import { read } from '../../../api/schemas/faults.js';
import {
  cancelBody,
  cancelItemsBody,
  changeStatusBody,
  historyQuery,
  listOrdersQuery,
  updateBody,
} from '../../../api/schemas/requests.js';
import type { Insights } from '../../../analytics/reads.js';
import { actionBody, deadLettersQuery, effectsQuery } from '../../../api/schemas/staff.js';
import { noHandlers } from './no-handlers.js';

const rules = { guestCheckout: true, multipleWarehouses: true, promotions: true };
const now = new Date('2026-03-15T12:34:56.789Z');

/** Everything that is read through a schema. */
const schemas = {
  createOrderBody: createOrderBody('US'),
  ...{ updateBody, cancelBody, cancelItemsBody, changeStatusBody, historyQuery, listOrdersQuery },
  ...{ actionBody, deadLettersQuery, effectsQuery },
  ...{ salesAnalyticsQuery, productAnalyticsQuery },
  ...{ customerCreated, priceUpdated, cloudEvent },
  ...eventData,
} as const satisfies Record<string, z.ZodObject>;

const wrongValues: readonly unknown[] = [
  ...['', 'rubbish', '\u0000', '\ud800', 'x\u0000'.repeat(20_000), '0000-00-00T00:00:00Z', '9999-12-31T23:59:59Z'],
  ...['-1', '1e9', 'NaN', '0', null, true, -1, 0, 1e9, 1.5, Number.NaN, {}, [], [{}], [''], ['', ''], [null]],
];

const faultsIn = (result: ReturnType<typeof read>): readonly Fault[] =>
  result.ok ? [] : (result.problem.errors ?? assert.fail('no faults are named'));

const pathsOf = (faults: readonly Fault[]): readonly string[] => faults.map(({ path }) => path).sort();

describe('what is wrong with an input', () => {
  it.each(Object.entries(schemas))('is told once for each value of %s', (name, schema) => {
    for (const value of wrongValues) {
      const input = Object.fromEntries(Object.keys(schema.shape).map((field) => [field, value]));
      const paths = pathsOf(faultsIn(read(schema, input)));
      assert.deepEqual(paths, [...new Set(paths)], name);
    }
  });

  it('is told once for each time', () => {
    const query = { created_after: 'rubbish', created_before: '' };
    expect(faultsIn(read(listOrdersQuery, query))).toStrictEqual([
      { path: 'created_after', message: 'must be an RFC 3339 time' },
      { path: 'created_before', message: 'must be an RFC 3339 time' },
    ]);
    const range = readAnalyticsQuery(salesAnalyticsQuery, { from: 'rubbish', to: '2026' }, now);
    expect(pathsOf(faultsIn(range))).toStrictEqual(['from', 'to']);
  });

  it('reports an invalid range together with the errors of other fields', () => {
    const ends = { from: '2026-01-01T00:00:00Z', to: '2025-01-01T00:00:00Z' };
    for (const more of [{}, { format: 'xml' }, { format: 'xml', granularity: 'day' }])
      expect(pathsOf(faultsIn(readAnalyticsQuery(salesAnalyticsQuery, { ...ends, ...more }, now)))).toStrictEqual(
        'format' in more ? ['format', 'from'] : ['from'],
      );
  });

  it('is told by the schema alone where the range has nothing to add', () => {
    const query = { from: '2025-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z', granularity: 'hour' };
    expect(faultsIn(readAnalyticsQuery(productAnalyticsQuery, query, now))).toStrictEqual([
      { path: 'granularity', message: 'must be one of day, week, month' },
    ]);
  });

  it('is told twice of one value where two things are wrong with it', () => {
    const item = { product_id: 'p', product_sku: 's', product_name: 'n', quantity: 1, warehouse_id: 'w' };
    const items = [{ ...item, unit_price: '10', total_price: '10', discount_amount: '2' }];
    const sums = { subtotal: '10', tax_amount: '0', shipping_amount: '0', discount_amount: '1', total_amount: '9' };
    const shipping_address = { recipient: 'r', line1: 'l', city: 'c' };
    const reader = createOrderReader('US', { ...rules, promotions: false });
    const faults = faultsIn(reader({ customer_id: 'c', ...sums, shipping_address, items }, 'checkout'));
    expect(pathsOf(faults)).toStrictEqual(['discount_amount', 'discount_amount', 'items[0].discount_amount']);
    expect(new Set(faults.map(({ message }) => message)).size).toBe(2);
  });

  it('is told once in the reason of a dead letter', async () => {
    const takeEvent = createTakeEvent({} as TakeEventDeps);
    const data = { order_id: '0197b2a4-7c1e-7d3a-9f00-000000000001', shipped_at: 'rubbish' };
    expect(await takeEvent({ id: '1', source: 'shipping', topic: 'shipping.shipped', data })).toStrictEqual({
      kind: 'unfit',
      reason: 'malformed: shipped_at must be an RFC 3339 time',
      orderId: undefined,
    });
  });

  const token = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');

  it('is told of a page token together with the rest', () => {
    const faults = [
      { path: 'page_size', message: 'must be 1 to 100' },
      { path: 'page_token', message: 'is not a page token of this list' },
    ];
    const lists = { listOrdersQuery, historyQuery, effectsQuery, deadLettersQuery };
    for (const [name, schema] of Object.entries(lists))
      for (const page_size of ['1000000000', '0', '101'])
        assert.deepEqual(faultsIn(read<z.ZodType>(schema, { page_size, page_token: 'rubbish' })), faults, name);
  });

  it('is told of a page token with a time that the database cannot read', () => {
    const id = '0197b2a4-7c1e-7d3a-9f00-000000000001';
    const at = (fraction: string): string => token({ created_at: `2026-03-15T12:34:56.${fraction}Z`, id });
    expect(faultsIn(read(listOrdersQuery, { page_token: at('789012') }))).toStrictEqual([]);
    expect(pathsOf(faultsIn(read(listOrdersQuery, { page_token: at('0'.repeat(300)) })))).toStrictEqual(['page_token']);
  });

  it('is told once for each header', () => {
    const headers = (values: Readonly<Record<string, string>>) => faultsIn(conditionsIn((name) => values[name]));
    for (const key of ['', 'ä'.repeat(256), ' '])
      expect(pathsOf(headers({ 'Idempotency-Key': key }))).toStrictEqual(['Idempotency-Key']);
    expect(pathsOf(headers({ 'If-Match': 'rubbish', 'Idempotency-Key': '' }))).toStrictEqual([
      'Idempotency-Key',
      'If-Match',
    ]);
  });
});

interface ProblemBody {
  readonly detail: string;
  readonly errors: readonly Fault[];
}

describe('a problem over REST', () => {
  let server: Listening;
  let url: string;

  const pass: RequestHandler = (_request, _response, next) => {
    next();
  };

  beforeAll(async () => {
    const operations = createOperations({
      readCreate: createOrderReader('US', rules),
      checkPrices: async () => [],
      now: () => now,
    } as unknown as OperationsDeps);
    const app = createApp();
    mountRest(app, {
      ...noHandlers,
      operations,
      callerOf: async () => ok({ type: 'service', id: 'checkout' }),
      analytics: createAnalyticsOperations({ insights: {} as Insights, now: () => now }),
      ...{ guards: [], health: pass, shed: pass },
      channel: 'rest',
      onAnswer: () => undefined,
      log: pino({ level: 'silent' }),
    } as unknown as Parameters<typeof mountRest>[1]);
    server = await listen(app, 0);
    url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/api/v1/orders`;
  });
  afterAll(() => server.close());

  const create = async (body: object): Promise<ProblemBody> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(url, init);
    expect(answer.status).toBe(400);
    return (await answer.json()) as ProblemBody;
  };

  it('names each fault once', async () => {
    const answer = await fetch(`${url}?created_after=rubbish&created_before=rubbish&page_size=rubbish`);
    const { detail, errors } = (await answer.json()) as ProblemBody;
    expect(pathsOf(errors)).toStrictEqual(['created_after', 'created_before', 'page_size']);
    expect(detail).toBe('3 faults in the input.');
  });

  it('names the first hundred faults, and says how many there are', async () => {
    const unknown = (count: number): object => ({
      ...{ customer_id: 'c', shipping_address: { recipient: 'r', line1: 'l', city: 'c' }, items: [] },
      ...{ subtotal: '0', tax_amount: '0', shipping_amount: '0', discount_amount: '0', total_amount: '0' },
      ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, 1])),
    });
    const exactly = await create(unknown(99));
    expect(exactly.detail).toBe('100 faults in the input.');
    expect(new Set(pathsOf(exactly.errors)).size).toBe(100);
    const more = await create(unknown(100));
    expect(more.detail).toBe('101 faults in the input. The first 100 are named.');
    expect(new Set(pathsOf(more.errors)).size).toBe(100);
  });
});
