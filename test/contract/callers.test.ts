import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import { createPastOrder } from '../support/past-order.js';
import { sharedStack } from '../support/stack.js';
import { newOrder } from '../support/sample-orders.js';
import type { Answer, CallOptions, Driver } from '../support/driver.js';
import type { ErrorCode } from '../support/error-table.js';
import { newCustomer, newEmail, newId, orderBody, placed, staff, unpaid } from '../support/orders.js';
import { done, eventually, refused, repeated, taken } from '../support/outcomes.js';
import { publish } from './publish.js';
import { surfaces } from './surfaces.js';
import { tokenFor } from '../support/tokens.js';

type CallName =
  'create' | 'get' | 'list' | 'status' | 'update' | 'cancel' | 'cancelItems' | 'statusHistory' | 'editHistory';

const calls: Readonly<Record<CallName, (driver: Driver, order: Order, options: CallOptions) => Promise<Answer>>> = {
  create: (driver, _order, options) => driver.createOrder(orderBody(unpaid), options),
  get: (driver, { id }, options) => driver.getOrder(id, options),
  list: (driver, _order, options) => driver.listOrders({ page_size: 1 }, options),
  status: (driver, { id }, options) => driver.updateOrderStatus(id, { status: 'processing' }, options),
  update: (driver, { id }, options) => driver.updateOrder(id, { notes: newId('note') }, options),
  cancel: (driver, { id }, options) => driver.cancelOrder(id, { reason: 'x' }, options),
  cancelItems: (driver, { id, items }, options) =>
    driver.cancelOrderItems(id, { items: [{ item_id: items[0]!.id, quantity: 1 }], reason: 'x' }, options),
  statusHistory: (driver, { id }, options) => driver.statusHistory(id, {}, options),
  editHistory: (driver, { id }, options) => driver.editHistory(id, {}, options),
};
const names = Object.keys(calls) as CallName[];

/** What each kind of caller may call at all, written down a second time. */
const rights: Readonly<Record<Exclude<Caller['type'], 'system'>, readonly CallName[]>> = {
  service: ['create', 'get', 'list', 'status', 'update', 'cancel', 'cancelItems', 'statusHistory', 'editHistory'],
  staff: names.filter((name) => name !== 'create'),
  admin: names.filter((name) => name !== 'create'),
  customer: ['get', 'list', 'update', 'cancel', 'cancelItems', 'statusHistory', 'editHistory'],
  guest: ['get', 'update', 'cancel', 'cancelItems', 'statusHistory', 'editHistory'],
};

/** Of a foreign order customers and guests hear that it is not there; the others have no orders of their own. */
const expected = (type: keyof typeof rights, name: CallName, whose: 'own' | 'foreign'): ErrorCode | undefined => {
  if (!rights[type].includes(name)) return 'forbidden';
  const seesAll = type !== 'customer' && type !== 'guest';
  return seesAll || whose === 'own' || name === 'list' ? undefined : 'order_not_found';
};

const guestBody = (): Record<string, unknown> => {
  const { customer_id: _, ...body } = { ...orderBody(unpaid), guest_email: newEmail() } as Record<string, unknown>;
  return body;
};

/** A caller of this kind, and an order that is theirs. */
const withOrder = async (driver: Driver, type: keyof typeof rights): Promise<{ caller: Caller; order: Order }> => {
  if (type === 'guest') {
    const order = done(await driver.createOrder(guestBody()));
    return { caller: { type, id: order.id }, order };
  }
  const caller = type === 'customer' ? newCustomer() : { type, id: newId(type) };
  return { caller, order: await placed(driver, { customer_id: caller.id }) };
};

describe.each(surfaces().filter(({ fixedCaller }) => fixedCaller === undefined))('Callers, over $name', (driver) => {
  for (const type of Object.keys(rights) as (keyof typeof rights)[])
    for (const whose of ['own', 'foreign'] as const)
      it(`${type}, ${whose} order`, async () => {
        for (const name of names) {
          const mine = await withOrder(driver, type);
          const { order } = whose === 'own' ? mine : await withOrder(driver, type === 'guest' ? 'guest' : 'customer');
          const answer = await calls[name](driver, order, { caller: mine.caller });
          const code = expected(type, name, whose);
          if (code === undefined) assert.ok(answer.ok, `${name}: ${answer.status} ${answer.code ?? ''}`);
          else refused(driver, answer, code);
          if (code !== undefined) assert.deepEqual(taken(await driver.getOrder(order.id)), order, name);
        }
      });

  it('are asked for their role before their input', async () => {
    const caller = newCustomer();
    refused(driver, await driver.createOrder({}, { caller }), 'forbidden');
    refused(driver, await driver.updateOrderStatus('x', { status: 'paid' }, { caller }), 'forbidden');
    refused(driver, await driver.createOrder({}, { caller: staff }), 'forbidden');
    refused(
      driver,
      await driver.listOrders({ page_size: 0 }, { caller: { type: 'guest', id: newId('x') } }),
      'forbidden',
    );
  });

  it('learn nothing of a foreign order by its version, its status or their key', async () => {
    const [caller, order] = [newCustomer(), await placed(driver)];
    const key = newId('key');
    for (const options of [{ ifMatch: '"9"' }, { ifMatch: '"1"' }, { key }, { key }])
      refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, { caller, ...options }), 'order_not_found');
    refused(driver, await driver.getOrder(order.order_number, { caller }), 'order_not_found');
    refused(driver, await driver.statusHistory(order.order_number, {}, { caller }), 'order_not_found');
    const items = [{ item_id: '999', quantity: 9 }];
    refused(driver, await driver.cancelOrderItems(order.id, { items, reason: 'x' }, { caller }), 'order_not_found');
  });

  it('whose ids are alike in another role are strangers', async () => {
    const order = await placed(driver, { customer_id: staff.id });
    const guest = done(await driver.createOrder(guestBody()));
    refused(driver, await driver.getOrder(order.id, { caller: { type: 'customer', id: guest.id } }), 'order_not_found');
    refused(driver, await driver.getOrder(guest.id, { caller: { type: 'customer', id: guest.id } }), 'order_not_found');
    refused(driver, await driver.getOrder(order.id, { caller: { type: 'guest', id: order.id } }), 'order_not_found');
  });

  it('who are guests reach their order with the token of the answer', async () => {
    const answer = await driver.createOrder(guestBody());
    const order = done(answer);
    const token = answer.guestToken!;
    expect(taken(await driver.getOrder(order.id, { token }))).toStrictEqual(order);
    expect(taken(await driver.getOrder(order.order_number, { token }))).toStrictEqual(order);
    expect(done(await driver.cancelOrder(order.id, { reason: 'x' }, { token })).status).toBe('cancelled');
    const { entries } = await driver.statusHistory(order.id, {}, { token });
    expect(entries.at(-1)?.changed_by).toStrictEqual({ type: 'guest', id: order.id });
  });

  it('who are guests with the verified email of a customer are that customer, from then on', async () => {
    const [{ id: customer_id }, guest_email] = [newCustomer(), newEmail()];
    const body = { ...guestBody(), guest_email: guest_email.toUpperCase() };
    const key = newId('key');
    const before = await driver.createOrder(body, { key });
    const [order, token] = [done(before), before.guestToken!];
    await publish('customer.created', { customer_id: newId('other'), email: guest_email, email_verified: false });
    await publish('customer.created', { customer_id, email: guest_email, email_verified: true });
    const linked = await eventually(
      () => driver.getOrder(order.id),
      (answer) => answer.order?.customer_id === customer_id,
    );
    expect(taken(linked).customer_id).toBe(customer_id);
    refused(driver, await driver.getOrder(order.id, { token }), 'order_not_found');
    const replay = await driver.createOrder(body, { key });
    expect([repeated(replay).id, replay.guestToken]).toStrictEqual([order.id, undefined]);

    const later = await driver.createOrder(body);
    const { version, ...theirs } = done(later);
    expect([version, theirs.customer_id, theirs.guest_email]).toStrictEqual([1, customer_id, body.guest_email]);
    expect(later.guestToken ?? '').toBe('');
    expect((await driver.editHistory(theirs.id)).entries).toStrictEqual([]);
  });

  it('who are guests lose their token with the return window', async () => {
    const stack = sharedStack();
    const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
    const guest = { customer_id: undefined, guest_email: newEmail() };
    const id = await createPastOrder(stack.databaseDsn, { ...newOrder, ...guest }, daysAgo(40));
    const token = await tokenFor({ type: 'guest', id }, stack);
    for (const status of ['processing', 'shipped'])
      done(await driver.updateOrderStatus(id, { status }, { caller: staff }));
    expect(taken(await driver.getOrder(id, { token })).status).toBe('shipped');
    await publish('shipping.delivered', { order_id: id, delivered_at: daysAgo(31).toISOString() });
    const delivered = await eventually(
      () => driver.getOrder(id),
      ({ order }) => order?.status === 'delivered',
    );
    expect(taken(delivered).status).toBe('delivered');
    refused(driver, await driver.getOrder(id, { token }), 'unauthenticated');
    refused(driver, await driver.statusHistory(id, {}, { token }), 'unauthenticated');
    refused(driver, await driver.updateOrder(id, { notes: 'x' }, { token }), 'unauthenticated');
    refused(driver, await driver.cancelOrder(id, { reason: 'x' }, { token }), 'unauthenticated');
  });

  it('who are guests or customers are held to a rate', async () => {
    const { caller, order } = await withOrder(driver, 'customer');
    const answers = await Promise.all(Array.from({ length: 80 }, () => driver.getOrder(order.id, { caller })));
    const limited = answers.filter(({ ok }) => !ok);
    const codes = [...new Set(limited.map(({ code }) => code))].join();
    assert.ok(limited.length > 0 && limited.length < 80, `${limited.length} of 80 were refused: ${codes}`);
    for (const answer of limited) {
      refused(driver, answer, 'rate_limited');
      // when to try again
      expect(answer.retryAfter !== undefined && answer.retryAfter >= 1).toBe(true);
    }
    const others = await Promise.all(Array.from({ length: 80 }, () => driver.getOrder(order.id, { caller: staff })));
    // services and staff have no limit
    expect(others.every(({ ok }) => ok)).toBe(true);
  });
});
