import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { sharedStack } from '../support/stack.js';
import type { Order } from '../../actors/rules/order.js';
import type { PageAnswer, Query } from '../support/driver.js';
import { createRestDriver } from '../support/drivers/rest.js';
import {
  address,
  firstLine,
  newCustomer,
  newEmail,
  newId,
  orderBody,
  placed,
  placedIn,
  secondLine,
  staff,
  unpaid,
} from '../support/orders.js';
import { done, eventually, refused } from '../support/outcomes.js';
import { publish } from './publish.js';
import { needsJson, needsRoles, onEachSurface } from './surfaces.js';
import { itUnless } from '../support/skip.js';

const idsOf = (orders: readonly Order[]): readonly string[] => orders.map(({ id }) => id);

onEachSurface('ListOrders', (driver) => {
  const rest = createRestDriver(sharedStack());

  const list = async (query: Query): Promise<readonly string[]> => {
    const answer = await driver.listOrders(query);
    assert.ok(answer.ok, JSON.stringify(answer));
    return idsOf(answer.entries);
  };

  const everyPage = async (query: Query, between: () => Promise<unknown>): Promise<readonly Order[][]> => {
    const pages: Order[][] = [];
    let page_token: string | undefined;
    do {
      const answer = await driver.listOrders({ ...query, ...(page_token === undefined ? {} : { page_token }) });
      assert.ok(answer.ok, JSON.stringify(answer));
      pages.push([...answer.entries]);
      page_token = answer.nextPageToken;
      await between();
    } while (page_token !== '');
    return pages;
  };

  it('answers whole orders, newest first', async () => {
    const customer_id = newId('customer');
    const orders: Order[] = [];
    for (let n = 0; n < 3; n += 1) orders.unshift(await placed(driver, { customer_id }));
    const { entries, nextPageToken } = await driver.listOrders({ customer_id });
    expect(entries).toStrictEqual(orders);
    expect(nextPageToken).toBe('');
  });

  it('answers an empty list where nothing fits', async () => {
    const { ok, entries, nextPageToken } = await driver.listOrders({ customer_id: newId('nobody') });
    expect({ ok, entries, nextPageToken }).toStrictEqual({ ok: true, entries: [], nextPageToken: '' });
  });

  it('filters by status, by several, and by payment status', async () => {
    const customer_id = newId('customer');
    const confirmed = await placedIn('confirmed', { customer_id });
    const processing = await placedIn('processing', { customer_id });
    const shipped = await placedIn('shipped', { customer_id });
    const authorized = await placed(rest, { customer_id, payment_status: 'authorized', payment_id: newId('payment') });
    const of = (query: Query): Promise<readonly string[]> => list({ customer_id, ...query });
    expect(await of({ status: ['processing'] })).toStrictEqual([processing.id]);
    expect(await of({ status: ['confirmed', 'shipped'] })).toStrictEqual(idsOf([authorized, shipped, confirmed]));
    expect(await of({ status: ['delivered'] })).toStrictEqual([]);
    expect(await of({ payment_status: 'authorized' })).toStrictEqual([authorized.id]);
    expect(await of({ payment_status: 'pending', status: ['confirmed'] })).toStrictEqual([confirmed.id]);
  });

  it('filters by time, both ends left out', async () => {
    const customer_id = newId('customer');
    const orders: Order[] = [];
    for (let n = 0; n < 3; n += 1) orders.push(await placed(driver, { customer_id }));
    const [first, second, third] = orders;
    const times = orders.map(({ created_at }) => created_at);
    // the orders were made at different times
    expect(new Set(times).size).toBe(3);
    const of = (query: Query): Promise<readonly string[]> => list({ customer_id, ...query });
    expect(await of({ created_after: times[0]! })).toStrictEqual(idsOf([third!, second!]));
    expect(await of({ created_before: times[2]! })).toStrictEqual(idsOf([second!, first!]));
    expect(await of({ created_after: times[0]!, created_before: times[2]! })).toStrictEqual([second!.id]);
    expect(await of({ created_after: times[2]! })).toStrictEqual([]);
  });

  it('filters by the beginning of the order number, taken literally', async () => {
    const customer_id = newId('customer');
    const order = await placed(driver, { customer_id });
    const of = (order_number: string): Promise<readonly string[]> => list({ customer_id, order_number });
    expect(await of(order.order_number)).toStrictEqual([order.id]);
    expect(await of(order.order_number.slice(0, 12))).toStrictEqual([order.id]);
    expect(await of('ORD-1999')).toStrictEqual([]);
    expect(await of('ORD-%')).toStrictEqual([]);
    expect(await of('ORD_')).toStrictEqual([]);
  });

  it("filters by a guest's email, in any case", async () => {
    const guest_email = newEmail();
    const { customer_id: _, ...body } = { ...orderBody(unpaid), guest_email } as Record<string, unknown>;
    const order = done(await driver.createOrder(body));
    expect(await list({ guest_email })).toStrictEqual([order.id]);
    expect(await list({ guest_email: guest_email.toUpperCase() })).toStrictEqual([order.id]);
    expect(await list({ guest_email: guest_email.slice(1) })).toStrictEqual([]);
  });

  it('filters by the time of the last change, whenever the order was created', async () => {
    const customer_id = newId('customer');
    const [first, second] = [await placed(rest, { customer_id }), await placed(rest, { customer_id })];
    const changed = done(await rest.updateOrder(first.id, { notes: 'Ring twice' }));
    const of = (updated_after: string): Promise<readonly string[]> => list({ customer_id, updated_after });
    expect(await of(new Date(Date.parse(first.created_at) - 1).toISOString())).toStrictEqual(idsOf([second, first]));
    expect(await of(second.updated_at)).toStrictEqual([first.id]);
    expect(await of(changed.updated_at)).toStrictEqual([]);
  });

  it('finds an order by any of its payments', async () => {
    const [one, two] = [newId('payment'), newId('payment')];
    const payments = [
      { payment_id: one, status: 'completed', amount: '30.00' },
      { payment_id: two, status: 'pending', amount: '0.29' },
    ];
    const order = done(await driver.createOrder(orderBody({ payments })));
    const single = done(await driver.createOrder(orderBody({ payment_id: newId('payment') })));
    expect(await list({ payment_id: one })).toStrictEqual([order.id]);
    expect(await list({ payment_id: two })).toStrictEqual([order.id]);
    expect(await list({ payment_id: single.payment_id! })).toStrictEqual([single.id]);
    expect(await list({ payment_id: one.slice(1) })).toStrictEqual([]);
  });

  it('finds orders by the SKU or the warehouse of a line', async () => {
    const [product_sku, warehouse_id] = [newId('SKU'), newId('warehouse')];
    const of = (...lines: readonly object[]): Promise<Order> => placed(rest, { items: [...lines] });
    const mine = { ...firstLine, product_sku };
    const both = await of(mine, { ...secondLine, warehouse_id });
    const twice = await of({ ...firstLine, product_sku }, { ...secondLine, product_sku });
    expect(await list({ product_sku })).toStrictEqual(idsOf([twice, both]));
    expect(await list({ warehouse_id })).toStrictEqual([both.id]);
    expect(await list({ product_sku, warehouse_id })).toStrictEqual([both.id]);
    expect(await list({ product_sku: product_sku.toLowerCase() })).toStrictEqual([]);
  });

  it('finds an order by the number of its parcel', async () => {
    const tracking_number = newId('parcel');
    const order = await placedIn('processing');
    await publish('shipping.shipped', {
      order_id: order.id,
      carrier: 'post',
      tracking_number,
      shipped_at: order.created_at,
    });
    const found = await eventually(
      () => driver.listOrders({ tracking_number }),
      ({ entries }) => entries.length > 0,
    );
    expect(idsOf(found.entries)).toStrictEqual([order.id]);
    expect(await list({ tracking_number: tracking_number.slice(1) })).toStrictEqual([]);
  });

  it('finds orders by words, soon after each change, and says how fresh that is', async () => {
    const word = `w${randomUUID().replaceAll('-', '')}`;
    const items = [{ ...firstLine, product_name: `Blue ${word} Teapot` }, secondLine];
    const order = await placed(rest, { items });
    const soon = (q: string): Promise<PageAnswer<Order>> =>
      eventually(
        () => driver.listOrders({ q }),
        ({ entries, searchAsOf = '' }) => entries.length > 0 && searchAsOf > order.created_at,
      );
    const { entries, searchAsOf } = await soon(`${word} blue te`);
    expect(idsOf(entries)).toStrictEqual([order.id]);
    assert.ok(searchAsOf !== undefined && searchAsOf > order.created_at, searchAsOf);
    for (const q of [word.slice(0, 20), word.toUpperCase(), `sku-1 ${word}`, `${order.customer_id} ${word}`])
      expect(await list({ q })).toStrictEqual([order.id]);
    for (const q of [`blu ${word}`, `${word} saucer`, word.slice(1)]) expect(await list({ q })).toStrictEqual([]);
    expect(await list({ q: word, status: ['shipped'] })).toStrictEqual([]);
    const recipient = `Grace ${word}2`;
    done(await rest.updateOrder(order.id, { shipping_address: { ...address, recipient } }));
    expect(idsOf((await soon(`${word}2`)).entries)).toStrictEqual([order.id]);
    expect((await driver.listOrders({})).searchAsOf).toBeUndefined();
    for (const q of ['-', 'x '.repeat(21)]) refused(driver, await driver.listOrders({ q }), 'validation_failed', ['q']);
  });

  it('finds orders on hold, and orders that are not', async () => {
    const customer_id = newId('customer');
    const free = await placed(rest, { customer_id });
    const held = await placed(rest, {
      customer_id,
      payment_method: 'card',
      payment_id: newId('payment'),
      payment_status: 'authorized',
    });
    await publish('payment.failed', { order_id: held.id, payment_id: held.payment_id });
    await eventually(
      () => rest.getOrder(held.id),
      ({ order }) => order?.hold !== undefined,
    );
    expect(await list({ customer_id, held: true })).toStrictEqual([held.id]);
    expect(await list({ customer_id, held: false })).toStrictEqual([free.id]);
  });

  it('finds orders by a deadline before a time', async () => {
    const customer_id = newId('customer');
    await placed(rest, { customer_id });
    const due = done(await driver.createOrder(orderBody({ customer_id, payment_status: 'pending' })));
    const [deadline] = due.deadlines;
    assert.ok(deadline);
    const after = (ms: number): string => new Date(Date.parse(deadline.at) + ms).toISOString();
    expect(await list({ customer_id, deadline_before: after(1) })).toStrictEqual([due.id]);
    expect(await list({ customer_id, deadline_before: deadline.at })).toStrictEqual([]);
  });

  it('pages through everything once, while new orders come in', async () => {
    const customer_id = newId('customer');
    const orders: Order[] = [];
    for (let n = 0; n < 7; n += 1) orders.unshift(await placed(rest, { customer_id }));
    const pages = await everyPage({ customer_id, page_size: 3 }, () => placed(rest, { customer_id }));
    expect(pages.map((page) => page.length)).toStrictEqual([3, 3, 1]);
    expect(idsOf(pages.flat())).toStrictEqual(idsOf(orders));
  });

  it('loses and repeats none of the orders made in the same moment', async () => {
    const customer_id = newId('customer');
    const made = await Promise.all(Array.from({ length: 12 }, () => placed(rest, { customer_id })));
    const pages = await everyPage({ customer_id, page_size: 5 }, () => Promise.resolve());
    expect([...idsOf(pages.flat())].sort()).toStrictEqual([...idsOf(made)].sort());
  });

  it('has 20 on a page unless told otherwise, and at most 100', async () => {
    const customer_id = newId('customer');
    await Promise.all(Array.from({ length: 21 }, () => placed(rest, { customer_id })));
    expect(await list({ customer_id })).toHaveLength(20);
    expect(await list({ customer_id, page_size: 100 })).toHaveLength(21);
    for (const page_size of [0, -1, 101, 2_147_483_647])
      refused(driver, await driver.listOrders({ customer_id, page_size }), 'validation_failed', ['page_size']);
  });

  for (const page_size of ['many', '', '1.5', '5x', 'NaN'])
    itUnless(needsJson(driver))(`has no page of ${JSON.stringify(page_size)}`, async () => {
      refused(driver, await driver.listOrders({ page_size }), 'validation_failed', ['page_size']);
    });

  const token = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  const badTokens = [
    'garbage',
    '%00',
    token({}),
    token(null),
    token([]),
    token({ id: '1', created_at: 'x' }),
    'A'.repeat(5_000),
  ];
  for (const page_token of badTokens)
    it(`knows no page token ${page_token.slice(0, 24)}`, async () => {
      refused(driver, await driver.listOrders({ page_token }), 'validation_failed', ['page_token']);
    });

  it('knows no page token of another list', async () => {
    const order = await placedIn('shipped');
    const { nextPageToken } = await driver.statusHistory(order.id, { page_size: 1 });
    assert.ok(nextPageToken);
    refused(driver, await driver.listOrders({ page_token: nextPageToken }), 'validation_failed', ['page_token']);
  });

  const faults: readonly (readonly [Query, string])[] = [
    [{ status: ['paid'] }, 'status[0]'],
    [{ status: ['confirmed', ''] }, 'status[1]'],
    [{ payment_status: 'paid' }, 'payment_status'],
    [{ customer_id: 'x'.repeat(256) }, 'customer_id'],
    [{ customer_id: 'x\u0000' }, 'customer_id'],
    [{ guest_email: 'x\u0000@example.com' }, 'guest_email'],
    [{ order_number: 'ORD-\u0000' }, 'order_number'],
  ];
  for (const [query, path] of faults)
    it(`refuses ${JSON.stringify(query).slice(0, 60)}`, async () => {
      refused(driver, await driver.listOrders(query), 'validation_failed', [path]);
    });

  const times = [
    'yesterday',
    '2026-02-30T00:00:00Z',
    '2026-01-01',
    '1767225600',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-14:00',
  ];
  for (const created_after of times)
    itUnless(needsJson(driver))(`refuses the time ${created_after}`, async () => {
      refused(driver, await driver.listOrders({ created_after }), 'validation_failed', ['created_after']);
      refused(driver, await driver.listOrders({ created_before: created_after }), 'validation_failed', [
        'created_before',
      ]);
    });

  itUnless(needsJson(driver))('refuses an unknown filter, and every fault at once', async () => {
    const answer = await driver.listOrders({ colour: 'red', page_size: 0, payment_status: 'x' });
    refused(driver, answer, 'validation_failed', ['colour', 'page_size', 'payment_status']);
    const former = await driver.listOrders({ page: 2 });
    refused(driver, former, 'validation_failed', ['page']);
    expect(former.errors[0]?.message).toBe('is not known; lists have page_size and page_token');
  });

  itUnless(needsRoles(driver))('has filters that are not for customers and guests', async () => {
    const caller = newCustomer();
    for (const filter of ['payment_id', 'tracking_number', 'product_sku', 'warehouse_id'])
      refused(driver, await driver.listOrders({ [filter]: 'x', page_size: 0 }, { caller }), 'forbidden');
    refused(driver, await driver.listOrders({ held: true }, { caller }), 'forbidden');
    refused(driver, await driver.listOrders({ q: 'x' }, { caller }), 'forbidden');
    refused(driver, await driver.listOrders({ deadline_before: '2026-01-01T00:00:00Z' }, { caller }), 'forbidden');
    expect((await driver.listOrders({ updated_after: '2026-01-01T00:00:00Z' }, { caller })).ok).toBe(true);
  });

  itUnless(needsRoles(driver))('shows a customer their own orders, whatever they ask for', async () => {
    const [caller, other] = [newCustomer(), newCustomer()];
    const own = await placed(driver, { customer_id: caller.id });
    const theirs = await placed(driver, { customer_id: other.id });
    const seen = async (query: Query): Promise<readonly string[]> =>
      idsOf((await driver.listOrders(query, { caller })).entries);
    expect(await seen({})).toStrictEqual([own.id]);
    expect(await seen({ customer_id: caller.id })).toStrictEqual([own.id]);
    expect(await seen({ customer_id: other.id })).toStrictEqual([]);
    expect(await seen({ order_number: theirs.order_number })).toStrictEqual([]);
    expect(idsOf((await driver.listOrders({ customer_id: other.id }, { caller: staff })).entries)).toStrictEqual([
      theirs.id,
    ]);
  });
});
