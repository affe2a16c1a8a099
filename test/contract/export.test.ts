import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newId, placed, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { service, tokenFor } from '../support/tokens.js';

const admin: Caller = { type: 'admin', id: 'admin-of-the-suite' };
const stack = sharedStack();
const rest = createRestDriver(stack);

const get = async (query: string, caller = admin): Promise<Response> =>
  fetch(`${stack.replicas[0]!.rest}/api/v1/orders/export?${query}`, {
    headers: { authorization: `Bearer ${await tokenFor(caller, stack)}` },
  });

describe('ExportOrders', () => {
  it('answers whole orders, one a line, newest first and each once', async () => {
    const customer_id = newId('customer');
    const orders: Order[] = [];
    for (let n = 0; n < 3; n += 1) orders.unshift(await placed(rest, { customer_id }));
    const answer = await get(`format=ndjson&customer_id=${customer_id}`);
    expect([answer.status, answer.headers.get('content-type')]).toStrictEqual([200, 'application/x-ndjson']);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="orders-[\dT]+Z\.ndjson"$/);
    const lines = (await answer.text()).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toStrictEqual(orders);
  });

  it('answers HEAD with the headers alone, and a faulty one with its fault', async () => {
    const head = async (query: string): Promise<Response> =>
      fetch(`${stack.replicas[0]!.rest}/api/v1/orders/export?${query}`, {
        method: 'HEAD',
        headers: { authorization: `Bearer ${await tokenFor(admin, stack)}` },
      });
    const answer = await head('format=csv');
    expect([answer.status, answer.headers.get('content-type')]).toStrictEqual([200, 'text/csv; charset=utf-8']);
    expect(answer.headers.get('content-disposition')).toMatch(/\.csv"$/);
    // Nothing is streamed, so the end of the answer is known.
    expect(answer.headers.get('transfer-encoding')).toBeNull();
    expect((await head('format=xml')).status).toBe(400);
  });

  it('continues through many pages', async () => {
    const customer_id = newId('customer');
    const made: string[] = [];
    for (let n = 0; n < 13; n += 1)
      made.push(
        ...(await Promise.all(Array.from({ length: 16 }, () => placed(rest, { customer_id })))).map(({ id }) => id),
      );
    const lines = (await (await get(`format=ndjson&customer_id=${customer_id}`)).text()).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Order).id).sort()).toStrictEqual(made.sort());
  });

  it('writes a table with a row for each item, in which no cell is a formula', async () => {
    const customer_id = newId('customer');
    const order = await placed(rest, { customer_id, notes: '=1+1, "x"' });
    done(await rest.cancelOrderItems(order.id, { items: [{ item_id: '2', quantity: 1 }], reason: 'x' }));
    const answer = await get(`format=csv&customer_id=${customer_id}`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [head = '', first = '', second = '', end] = (await answer.text()).split('\r\n');
    expect(end).toBe('');
    expect(head).toMatch(
      /^id,order_number,customer_id,guest_email,status,currency,subtotal,.*,version,item_id,item_product_id,/,
    );
    for (const row of [first, second]) {
      assert.ok(row.startsWith(`${order.id},${order.order_number},${customer_id},,confirmed,USD,25.50,`), row);
      assert.ok(row.includes(`,"'=1+1, ""x""",`), row);
    }
    expect(first).toMatch(/,2,1,product-1,SKU-1,Teapot,2,0,0,10\.00,20\.00,1\.00,1\.90,warehouse-1,$/);
    expect(second).toMatch(/,2,2,product-2,SKU-2,Cup,1,1,0,5\.50,5\.50,0\.00,0\.00,warehouse-2,$/);
  });

  it('has the filters of ListOrders, search included', async () => {
    const customer_id = newId('customer');
    await placed(rest, { customer_id });
    expect(await (await get(`customer_id=${customer_id}&status=shipped`)).text()).toBe('');
    const found = await get(`format=ndjson&q=${newId('nothing')}`);
    expect(await found.text()).toBe('');
    expect(Date.parse(found.headers.get('search-as-of')!)).toBeGreaterThan(0);
  });

  it.each(['format=xml', 'page_size=3', 'created_after=yesterday', 'colour=red'])('refuses %s', async (query) => {
    const answer = await get(query);
    expect(answer.status).toBe(400);
    const { code, errors } = (await answer.json()) as { code: string; errors: { path: string }[] };
    expect([code, errors.map(({ path }) => path)]).toStrictEqual(['validation_failed', [query.split('=')[0]]]);
  });

  it('is for admin alone', async () => {
    for (const caller of [staff, service, { type: 'customer', id: newId('customer') } as const])
      expect((await get('format=csv', caller)).status).toBe(403);
  });
});
