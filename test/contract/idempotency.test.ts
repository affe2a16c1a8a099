import { expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import type { Answer, CallOptions, Driver } from '../support/driver.js';
import { newEmail, newId, orderBody, placed, staff, unpaid } from '../support/orders.js';
import { done, refused, repeated, taken } from '../support/outcomes.js';
import { needsRoles, onEachSurface } from './surfaces.js';
import { itUnless } from '../support/skip.js';

interface Change {
  readonly name: string;
  readonly call: (driver: Driver, order: Order, options: CallOptions) => Promise<Answer>;
  /** The same call with another body. */
  readonly other: (driver: Driver, order: Order, options: CallOptions) => Promise<Answer>;
}

const lineOf = (order: Order): string => order.items[0]!.id;

const changes: readonly Change[] = [
  {
    name: 'UpdateOrderStatus',
    call: (driver, { id }, options) => driver.updateOrderStatus(id, { status: 'processing', reason: 'a' }, options),
    other: (driver, { id }, options) => driver.updateOrderStatus(id, { status: 'processing', reason: 'b' }, options),
  },
  {
    name: 'CancelOrder',
    call: (driver, { id }, options) => driver.cancelOrder(id, { reason: 'a' }, options),
    other: (driver, { id }, options) => driver.cancelOrder(id, { reason: 'b' }, options),
  },
  {
    name: 'CancelOrderItems',
    call: (driver, order, options) =>
      driver.cancelOrderItems(order.id, { items: [{ item_id: lineOf(order), quantity: 1 }], reason: 'a' }, options),
    other: (driver, order, options) =>
      driver.cancelOrderItems(order.id, { items: [{ item_id: lineOf(order), quantity: 2 }], reason: 'a' }, options),
  },
];

const edit: Change = {
  name: 'UpdateOrder',
  call: (driver, { id }, options) => driver.updateOrder(id, { notes: 'a' }, { caller: staff, ...options }),
  other: (driver, { id }, options) => driver.updateOrder(id, { notes: 'b' }, { caller: staff, ...options }),
};

onEachSurface('An idempotency key', (driver) => {
  it('creates one order, however often it comes', async () => {
    const [key, body] = [newId('key'), orderBody(unpaid)];
    const first = done(await driver.createOrder(body, { key }));
    const again = await driver.createOrder(body, { key });
    expect(repeated(again)).toStrictEqual(first);
    if (driver.protocol === 'http') expect(again.status).toBe(200);
    const { entries } = await driver.listOrders({ customer_id: first.customer_id! });
    expect(entries).toStrictEqual([first]);
  });

  it('does not mind the order of the fields of a body', async () => {
    const [key, body] = [newId('key'), orderBody({ ...unpaid, metadata: { a: 1, b: { c: 2, d: 3 } } })];
    const first = done(await driver.createOrder(body, { key }));
    const turned = Object.fromEntries(Object.entries(body).reverse());
    const again = await driver.createOrder({ ...turned, metadata: { b: { d: 3, c: 2 }, a: 1 } }, { key });
    expect(repeated(again).id).toBe(first.id);
  });

  it('answers a repeated create with the order as it is now', async () => {
    const [key, body] = [newId('key'), orderBody(unpaid)];
    const { id } = done(await driver.createOrder(body, { key }));
    const now = done(await driver.updateOrderStatus(id, { status: 'processing' }));
    expect(repeated(await driver.createOrder(body, { key }))).toStrictEqual(now);
  });

  it('gives a guest the same rights again', async () => {
    const { customer_id: _, ...body } = { ...orderBody(unpaid), guest_email: newEmail() } as Record<string, unknown>;
    const key = newId('key');
    const first = await driver.createOrder(body, { key });
    const again = await driver.createOrder(body, { key });
    expect(repeated(again).id).toBe(done(first).id);
    expect(again.guestToken).toBeTruthy();
  });

  it('stands for one body of a create', async () => {
    const [key, body] = [newId('key'), orderBody(unpaid)];
    const order = done(await driver.createOrder(body, { key }));
    refused(driver, await driver.createOrder({ ...body, notes: 'x' }, { key }), 'idempotency_key_reused');
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
  });

  it('of a create stands for no other call on that order', async () => {
    const [key, body] = [newId('key'), orderBody(unpaid)];
    const order = done(await driver.createOrder(body, { key }));
    refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, { key }), 'idempotency_key_reused');
    expect(taken(await driver.getOrder(order.id)).status).toBe('confirmed');
  });

  it('of a refused create is free', async () => {
    const [key, body] = [newId('key'), orderBody(unpaid)];
    refused(driver, await driver.createOrder({ ...body, total_amount: '1' }, { key }), 'validation_failed');
    done(await driver.createOrder(body, { key }));
  });

  itUnless(needsRoles(driver))('of another caller is another key', async () => {
    const [key, body] = [newId('key'), orderBody(unpaid)];
    const caller = { type: 'service', id: 'another-service' } as const;
    const first = done(await driver.createOrder(body, { key }));
    const other = done(await driver.createOrder({ ...body, notes: 'x' }, { key, caller }));
    expect(other.id).not.toBe(first.id);
    done(await driver.updateOrder(first.id, { notes: 'a' }, { key, caller: staff }));
    done(await driver.updateOrder(first.id, { notes: 'b' }, { key, caller: { type: 'staff', id: 'another' } }));
    // The same id in another role is another caller, too.
    done(await driver.updateOrder(first.id, { notes: 'c' }, { key, caller: { type: 'admin', id: staff.id } }));
  });

  for (const { name, call, other } of [...changes, edit]) {
    const roles = name === edit.name ? needsRoles(driver) : false;

    itUnless(roles)(`does ${name} once, an old If-Match notwithstanding`, async () => {
      const order = await placed(driver);
      const options = { key: newId('key'), ifMatch: `"${order.version}"` };
      const first = done(await call(driver, order, options));
      expect(first.version).toBe(2);
      expect(repeated(await call(driver, order, options))).toStrictEqual(first);
      expect(repeated(await call(driver, order, { key: options.key }))).toStrictEqual(first);
      expect(taken(await driver.getOrder(order.id))).toStrictEqual(first);
    });

    itUnless(roles)(`stands for one body of ${name}`, async () => {
      const order = await placed(driver);
      const key = newId('key');
      const first = done(await call(driver, order, { key }));
      refused(driver, await other(driver, order, { key }), 'idempotency_key_reused');
      // Even where the version would forbid it: what the key stands for is asked first.
      refused(driver, await other(driver, order, { key, ifMatch: '"1"' }), 'idempotency_key_reused');
      expect(taken(await driver.getOrder(order.id))).toStrictEqual(first);
    });
  }

  it('answers a repeat with the order as it is now', async () => {
    const order = await placed(driver);
    const key = newId('key');
    done(await changes[2]!.call(driver, order, { key }));
    const now = done(await driver.updateOrderStatus(order.id, { status: 'processing' }));
    expect(repeated(await changes[2]!.call(driver, order, { key }))).toStrictEqual(now);
  });

  it('of one call stands for no other call on that order', async () => {
    const order = await placed(driver);
    const key = newId('key');
    done(await changes[0]!.call(driver, order, { key }));
    refused(driver, await changes[1]!.call(driver, order, { key }), 'idempotency_key_reused');
    refused(driver, await changes[2]!.call(driver, order, { key }), 'idempotency_key_reused');
  });

  it('stands for one call on one order, and for no creation', async () => {
    const [one, other] = [await placed(driver), await placed(driver)];
    const key = newId('key');
    const body = { status: 'processing', reason: 'a' };
    done(await driver.updateOrderStatus(one.id, body, { key }));
    refused(driver, await driver.updateOrderStatus(other.id, body, { key }), 'idempotency_key_reused');
    refused(
      driver,
      await driver.updateOrderStatus(other.id, { status: 'delivered' }, { key }),
      'idempotency_key_reused',
    );
    refused(driver, await driver.createOrder(orderBody(unpaid), { key }), 'idempotency_key_reused');
    expect(taken(await driver.getOrder(other.id)).version).toBe(1);
    expect(repeated(await driver.updateOrderStatus(one.id, body, { key })).id).toBe(one.id);
  });

  it('of a creation stands for no call on another order', async () => {
    const key = newId('key');
    done(await driver.createOrder(orderBody(unpaid), { key }));
    const other = await placed(driver);
    refused(driver, await driver.cancelOrder(other.id, { reason: 'x' }, { key }), 'idempotency_key_reused');
  });

  it('taken by calls on two orders at once is given to one of them', async () => {
    const orders = [await placed(driver), await placed(driver)];
    const key = newId('key');
    const answers = await Promise.all(orders.map(({ id }) => driver.cancelOrder(id, { reason: 'x' }, { key })));
    const now = await Promise.all(orders.map(async ({ id }) => taken(await driver.getOrder(id)).status));
    expect(now.toSorted()).toStrictEqual(['cancelled', 'confirmed']);
    refused(driver, answers[now.indexOf('confirmed')]!, 'idempotency_key_reused');
  });

  it('of a refusal is free: the same key may try again', async () => {
    const order = await placed(driver);
    const key = newId('key');
    const move = (status: string): Promise<Answer> => driver.updateOrderStatus(order.id, { status }, { key });
    refused(driver, await move('delivered'), 'illegal_transition');
    const stale = { key, ifMatch: '"7"' };
    refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, stale), 'version_conflict');
    expect(done(await move('processing')).status).toBe('processing');
  });

  itUnless(needsRoles(driver))('of an edit without a difference is kept', async () => {
    const order = await placed(driver, { notes: 'a' });
    const key = newId('key');
    expect(done(await edit.call(driver, order, { key })).version).toBe(1);
    expect(repeated(await edit.call(driver, order, { key })).version).toBe(1);
    refused(driver, await edit.other(driver, order, { key }), 'idempotency_key_reused');
    const another = await placed(driver, { notes: 'a' });
    refused(driver, await edit.call(driver, another, { key }), 'idempotency_key_reused');
  });
});
