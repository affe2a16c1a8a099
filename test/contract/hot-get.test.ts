import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newCustomer, orderBody, placed } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { service, tokenFor } from '../support/tokens.js';

/** What an answer says, without what differs by request: its time, its trace, what is left of the caller's second. */
const whatItSays = async (response: Response) => {
  const { trace_id, ...body } = JSON.parse((await response.text()) || '{}') as Record<string, unknown>;
  const changing = ['date', 'x-trace-id', 'ratelimit'];
  const headers = [...response.headers].filter(([name]) => !changing.includes(name));
  return {
    status: response.status,
    headers: Object.fromEntries(headers),
    body,
    hasTrace: response.headers.get('x-trace-id') === (trace_id ?? response.headers.get('x-trace-id')),
    counted: response.headers.has('ratelimit'),
  };
};

// A path with a slash at its end is the same to Express, and not the one that is served ahead of it.
const ways = { 'ahead of Express': '', 'by Express': '/' };

describe('a read by id, on both ways', () => {
  const stack = sharedStack();
  const driver = createRestDriver(stack);
  const base = `${stack.replicas[0]?.rest ?? ''}/api/v1/orders`;

  const bothWays = async (id: string, headers: Readonly<Record<string, string>>, method = 'GET') => {
    const answers = [];
    for (const ending of Object.values(ways))
      answers.push(await whatItSays(await fetch(`${base}/${id}${ending}`, { method, headers })));
    return answers as [Awaited<ReturnType<typeof whatItSays>>, Awaited<ReturnType<typeof whatItSays>>];
  };
  const bearer = async (caller = service) => ({ authorization: `Bearer ${await tokenFor(caller, stack)}` });

  it('answers the order with the same headers', async () => {
    const order = await placed(driver);
    const [hot, express] = await bothWays(order.id, await bearer());
    expect(hot).toStrictEqual(express);
    expect(hot).toMatchObject({ status: 200, body: { order: { id: order.id } }, hasTrace: true, counted: false });
    expect(hot.headers).toMatchObject({
      etag: '"1"',
      'cache-control': 'private, no-cache',
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
  });

  it('takes an id in either case, and counts a customer who reads their own order', async () => {
    const customer = newCustomer();
    const order = done(await driver.createOrder(orderBody({ customer_id: customer.id })));
    const [hot, express] = await bothWays(order.id.toUpperCase(), await bearer(customer));
    expect(hot).toStrictEqual(express);
    expect(hot).toMatchObject({ status: 200, body: { order: { id: order.id } }, counted: true });
    expect(hot.headers['ratelimit-policy']).toMatch(/^"caller";q=\d+;w=1$/);
  });

  it.each(['"1"', 'W/"1"', '"9", "1"', '*'])('answers 304 where the client has it: %s', async (tag) => {
    const order = await placed(driver);
    const [hot, express] = await bothWays(order.id, { ...(await bearer()), 'if-none-match': tag });
    expect(hot).toStrictEqual(express);
    expect(hot).toMatchObject({ status: 304, body: {}, headers: { etag: '"1"' } });
  });

  it('answers 200 where the client has another version', async () => {
    const order = await placed(driver);
    const [hot, express] = await bothWays(order.id, { ...(await bearer()), 'if-none-match': '"2"' });
    expect(hot).toStrictEqual(express);
    expect(hot.status).toBe(200);
  });

  it('refuses alike', async () => {
    const order = await placed(driver);
    const good = await bearer();
    const refusals = [
      { id: randomUUID(), headers: good, code: 'order_not_found' },
      { id: order.id, headers: await bearer(newCustomer()), code: 'order_not_found' },
      { id: order.id, headers: {}, code: 'unauthenticated' },
      { id: order.id, headers: { authorization: 'Bearer x.y.z' }, code: 'unauthenticated' },
      { id: order.id, headers: { ...good, 'if-match': 'no tag' }, code: 'validation_failed' },
      { id: order.id, headers: { ...good, 'idempotency-key': 'x'.repeat(256) }, code: 'validation_failed' },
    ];
    for (const { id, headers, code } of refusals) {
      const [hot, express] = await bothWays(id, headers);
      expect(hot).toStrictEqual(express);
      expect(hot.body).toMatchObject({ code });
      expect(hot.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(hot.hasTrace).toBe(true);
    }
  });

  it('refuses a customer beyond their rate', async () => {
    const customer = newCustomer();
    const order = done(await driver.createOrder(orderBody({ customer_id: customer.id })));
    const headers = await bearer(customer);
    const all = await Promise.all(
      Array.from({ length: 400 }, async () => {
        const response = await fetch(`${base}/${order.id}`, { headers });
        return { status: response.status, retry: response.headers.get('retry-after'), text: await response.text() };
      }),
    );
    const refused = all.find(({ status }) => status === 429);
    expect(refused).toMatchObject({ status: 429, retry: '1' });
    expect(JSON.parse(refused?.text ?? '')).toMatchObject({ code: 'rate_limited', status: 429 });
    expect(new Set(all.map(({ status }) => status))).toStrictEqual(new Set([200, 429]));
  });

  it('continues in the trace of the caller', async () => {
    const order = await placed(driver);
    const trace = randomUUID().replaceAll('-', '');
    const headers = { ...(await bearer()), traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    for (const ending of Object.values(ways))
      expect((await fetch(`${base}/${order.id}${ending}`, { headers })).headers.get('x-trace-id')).toBe(trace);
  });

  it('leaves other methods to the app', async () => {
    const order = await placed(driver);
    const [hot, express] = await bothWays(order.id, await bearer(), 'DELETE');
    expect(hot).toStrictEqual(express);
    expect(hot.body).toMatchObject({ code: 'method_not_allowed' });
  });
});
