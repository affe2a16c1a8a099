import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { errorTable } from '../support/error-table.js';
import { newCustomer, newId, orderBody, placed, placedIn, unpaid } from '../support/orders.js';
import { service, tokenFor } from '../support/tokens.js';

const stack = sharedStack();
const rest = createRestDriver(stack);
const putJson = { method: 'PUT', headers: { 'content-type': 'application/json' } };
const base = `${stack.replicas[0]!.rest}/api/v1/orders`;

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: keyof typeof errorTable;
  readonly trace_id: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

describe('HTTP, beyond what all surfaces share', () => {
  let authorization = '';
  beforeAll(async () => {
    authorization = `Bearer ${await tokenFor(service, stack)}`;
  });

  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${base}${path}`, { ...init, headers: { authorization, ...(init.headers as Record<string, string>) } });
  const post = (
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    ask(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

  /** The answer must be a problem with this code. */
  const problem = async (response: Response, code: keyof typeof errorTable): Promise<Problem> => {
    const text = await response.text();
    assert.equal(response.headers.get('content-type')?.split(';')[0], 'application/problem+json', text);
    const content = JSON.parse(text) as Problem;
    assert.equal(content.code, code, text);
    expect([response.status, content.status]).toStrictEqual([errorTable[code].http, errorTable[code].http]);
    return content;
  };

  /** Every field of an order must be in it. */
  const whole = async (response: Response, code: keyof typeof errorTable): Promise<void> => {
    const content = await problem(response, code);
    for (const field of ['type', 'title', 'detail', 'trace_id'] as const)
      assert.ok(typeof content[field] === 'string' && content[field] !== '', `no ${field} for ${code}`);
    expect(content.trace_id).toMatch(/^[0-9a-f]{32}$/);
    expect(response.headers.get('x-trace-id')).toBe(content.trace_id);
  };

  it('answers a new order with its place', async () => {
    const response = await post('', JSON.stringify(orderBody(unpaid)));
    const { order } = (await response.json()) as { order: { id: string } };
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/api/v1/orders/${order.id}`);
    expect(response.headers.get('etag')).toBe('"1"');
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(response.headers.get('x-powered-by')).toBeNull();
  });

  it('answers 304 while an order stays the same', async () => {
    const { id } = await placed(rest);
    for (const etag of ['"1"', 'W/"1"', '"7", "1"', '*']) {
      const same = await ask(`/${id}`, { headers: { 'if-none-match': etag } });
      expect([etag, same.status, same.headers.get('etag'), await same.text()]).toStrictEqual([etag, 304, '"1"', '']);
    }
    await rest.updateOrderStatus(id, { status: 'processing' });
    for (const etag of ['"1"', '"12"', '"22"']) {
      const changed = await ask(`/${id}`, { headers: { 'if-none-match': etag } });
      expect([etag, changed.status, changed.headers.get('etag')]).toStrictEqual([etag, 200, '"2"']);
      await changed.body?.cancel();
    }
  });

  it('takes If-Match: * for any version', async () => {
    const { id } = await placed(rest);
    const response = await post(`/${id}/cancel`, '{"reason":"x"}', { 'if-match': '*' });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  const wrongMethods: readonly (readonly [string, string, readonly string[]])[] = [
    ['DELETE', '', ['GET', 'POST']],
    ['PUT', '', ['GET', 'POST']],
    ['DELETE', '/{id}', ['GET', 'PUT']],
    ['POST', '/{id}', ['GET', 'PUT']],
    ['PATCH', '/{id}', ['GET', 'PUT']],
    ['POST', '/{id}/status', ['PUT']],
    ['GET', '/{id}/status', ['PUT']],
    ['GET', '/{id}/cancel', ['POST']],
    ['PUT', '/{id}/cancel-items', ['POST']],
    ['POST', '/{id}/status-history', ['GET']],
    ['DELETE', '/{id}/edit-history', ['GET']],
    ['POST', '/health', ['GET']],
  ];
  it.each(wrongMethods)('knows no %s %s', async (method, path, allowed) => {
    const response = await ask(path.replace('{id}', randomUUID()), { method });
    const allow = (response.headers.get('allow') ?? '')
      .split(/, */)
      .filter((one) => one !== 'HEAD' && one !== 'OPTIONS');
    expect(allow.sort()).toStrictEqual([...allowed].sort());
    await problem(response, 'method_not_allowed');
  });

  for (const path of ['/x/y/z', `/${randomUUID()}/refund`, '/health/x'])
    it(`knows no route ${path.replace(/[0-9a-f-]{36}/, '{id}')}`, async () => {
      await problem(await ask(path), 'not_found');
    });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'multipart/form-data; boundary=x'])(
    'reads no %s',
    async (type) => {
      await problem(await post('', JSON.stringify(orderBody()), { 'content-type': type }), 'unsupported_media_type');
    },
  );

  it('reads no unknown encoding of JSON', async () => {
    const body = JSON.stringify(orderBody());
    const charset = await post('', body, { 'content-type': 'application/json; charset=klingon' });
    await problem(charset, 'unsupported_media_type');
    await problem(await post('', body, { 'content-encoding': 'klingon' }), 'unsupported_media_type');
  });

  for (const text of [
    '{',
    '{"a":1,}',
    'null',
    '"text"',
    '{"a":NaN}',
    '{"a":"\u0001"}',
    '\u0000',
    '{"customer_id":"a"} x',
  ])
    it(`refuses ${JSON.stringify(text)} for a body`, async () => {
      const { errors } = await problem(await post('', text), 'validation_failed');
      expect(errors?.length).toBeTruthy();
    });

  it('refuses metadata nested a hundred thousand deep', async () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const body = JSON.stringify(orderBody({ metadata: 'DEEP' })).replace('"DEEP"', deep);
    const { errors } = await problem(await post('', body), 'validation_failed');
    expect(errors?.map(({ path }) => path)).toStrictEqual(['metadata']);
  });

  it('refuses a field named __proto__', async () => {
    const body = JSON.stringify(orderBody()).replace('{', '{"__proto__":{"status":"delivered"},');
    const { errors } = await problem(await post('', body), 'validation_failed');
    expect(errors?.map(({ path }) => path)).toStrictEqual(['__proto__']);
  });

  it('asks for a body where there is none', async () => {
    const { id } = await placed(rest);
    await problem(await ask('', { method: 'POST' }), 'validation_failed');
    await problem(await ask(`/${id}/cancel`, { method: 'POST' }), 'validation_failed');
    await problem(await ask(`/${id}/status`, { method: 'PUT' }), 'validation_failed');
  });

  it('is not overwhelmed by a small body that unpacks to a large one', async () => {
    const bomb = gzipSync(JSON.stringify(orderBody({ notes: 'x'.repeat(50_000_000) })));
    expect(bomb.length).toBeLessThan(100_000);
    const response = await post('', bomb, { 'content-encoding': 'gzip' });
    assert.ok([413, 415].includes(response.status), String(response.status));
    await response.body?.cancel();
  });

  const refusals: readonly (readonly [keyof typeof errorTable, () => Promise<Response>])[] = [
    ['unauthenticated', () => fetch(base)],
    ['forbidden', async () => post('', '{}', { authorization: `Bearer ${await tokenFor(newCustomer(), stack)}` })],
    ['order_not_found', () => ask(`/${randomUUID()}`)],
    ['not_found', () => ask('/x/y/z')],
    ['method_not_allowed', () => ask('', { method: 'DELETE' })],
    ['unsupported_media_type', () => post('', '{}', { 'content-type': 'text/plain' })],
    ['payload_too_large', () => post('', 'x'.repeat(2_000_000))],
    ['validation_failed', () => post('', '{}')],
    [
      'validation_failed',
      async () => post(`/${(await placed(rest)).id}/cancel`, '{"reason":"x"}', { 'if-match': 'x' }),
    ],
    [
      'version_conflict',
      async () => post(`/${(await placed(rest)).id}/cancel`, '{"reason":"x"}', { 'if-match': '"9"' }),
    ],
    [
      'idempotency_key_reused',
      async () => {
        const [key, body] = [newId('key'), orderBody(unpaid)];
        await rest.createOrder(body, { key });
        return post('', JSON.stringify({ ...body, notes: 'x' }), { 'idempotency-key': key });
      },
    ],
    [
      'quantity_not_available',
      async () => {
        const { id, items } = await placed(rest);
        return post(
          `/${id}/cancel-items`,
          JSON.stringify({ items: [{ item_id: items[0]!.id, quantity: 9 }], reason: 'x' }),
        );
      },
    ],
    ['order_not_cancellable', async () => post(`/${(await placedIn('shipped')).id}/cancel`, '{"reason":"x"}')],
    [
      'illegal_transition',
      async () => ask(`/${(await placed(rest)).id}/status`, { ...putJson, body: '{"status":"shipped"}' }),
    ],
  ];
  it.each(refusals)('tells %s as a whole problem', async (code, provoke) => {
    await whole(await provoke(), code);
  });

  it('challenges those it does not know, whatever scheme they come with', async () => {
    for (const given of ['', 'Basic YTpi', 'Bearer', 'bearer ', `Token ${authorization.slice(7)}`]) {
      const response = await fetch(base, { headers: { authorization: given } });
      expect(response.headers.get('www-authenticate') ?? '').toMatch(/^Bearer/);
      await problem(response, 'unauthenticated');
    }
  });

  it('believes no app id on the public port', async () => {
    const response = await fetch(base, { headers: { 'dapr-caller-app-id': 'checkout-service' } });
    await problem(response, 'unauthenticated');
  });

  it("answers everything with its trace id, the client's where it has one", async () => {
    const { id } = await placed(rest);
    const traceId = randomUUID().replaceAll('-', '');
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const root = stack.replicas[0]!.rest;
    for (const url of [
      ...[base, `${base}/${id}`, `${base}/${randomUUID()}`, `${base}/health`, `${base}/health/dependencies`],
      ...[
        `${base}/docs`,
        `${base}/openapi.json`,
        `${base}/asyncapi.json`,
        `${root}/livez`,
        `${root}/readyz`,
        `${root}/problems/internal`,
      ],
      ...[`${root}/x`, `${root}/%ff`],
    ]) {
      const response = await fetch(url, { headers: { authorization, traceparent } });
      assert.equal(response.headers.get('x-trace-id'), traceId, url);
      await response.body?.cancel();
      const alone = await fetch(url, { headers: { authorization } });
      assert.match(alone.headers.get('x-trace-id') ?? '', /^(?!0{32})[0-9a-f]{32}$/, url);
      await alone.body?.cancel();
    }
  });

  it('is well', async () => {
    const health = await fetch(`${base}/health`);
    expect(health.status).toBe(200);
    await health.body?.cancel();
    const response = await fetch(`${base}/health/dependencies`);
    const { dependencies } = (await response.json()) as { dependencies: { name: string; state: string }[] };
    expect(response.status).toBe(200);
    const state = Object.fromEntries(dependencies.map(({ name, state }) => [name, state]));
    for (const name of ['postgres', 'redis', 'dapr', 'catalog', 'pricing', 'warehouse', 'payment'])
      assert.equal(state[name], 'up', name);
  });
});
