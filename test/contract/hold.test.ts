import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import { sharedStack } from '../support/stack.js';
import { createGrpcDriver } from '../support/drivers/grpc.js';
import { createGrpcDeskDriver, createInvokeDeskDriver, createRestDeskDriver } from '../support/drivers/desk.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { createRestStaffDriver } from '../support/drivers/staff.js';
import { newCustomer, newId, orderBody, placed, placedIn, staff } from '../support/orders.js';
import { done, eventually, refused, repeated, taken } from '../support/outcomes.js';

const stack = sharedStack();
const orders = createRestDriver(stack);
const ledger = createRestStaffDriver(stack);
const surfaces = [
  { desk: createRestDeskDriver(stack), driver: orders },
  { desk: createGrpcDeskDriver(stack), driver: createGrpcDriver(stack) },
];
const reason = 'the address looks wrong';
const hour = 3_600_000;
const inAnHour = (): string => new Date(Date.now() + hour).toISOString();

const fulfilmentOf = async ({ id }: Order): Promise<readonly string[]> =>
  (await ledger.orderEffects(id)).entries
    .filter(({ target }) => target === 'fulfillment')
    .map(({ operation }) => operation);

describe.each(surfaces)('Holding orders, over $desk.name', ({ desk, driver }) => {
  it('shows the hold to staff, and to the customer only since when and until when', async () => {
    const customer = newCustomer();
    const order = await placed(orders, { customer_id: customer.id });
    const until = inAnHour();
    const held = done(await desk.hold(order.id, { reason, until }));
    assert.ok(held.hold);
    expect(held.hold).toStrictEqual({ reason, by: staff, at: held.updated_at, until });
    expect(held.deadlines).toStrictEqual([{ what: 'hold', at: until }]);
    expect(held.version).toBe(order.version + 1);
    expect(taken(await driver.getOrder(order.order_number, { caller: staff }))).toStrictEqual(held);
    const theirs = taken(await driver.getOrder(order.id, { caller: customer }));
    expect(theirs.hold).toStrictEqual({ at: held.hold.at, until });

    const fields = (caller: Caller): Promise<readonly string[]> =>
      driver.editHistory(order.id, {}, { caller }).then(({ entries }) => entries.map(({ field }) => field));
    expect(await fields(staff)).toStrictEqual(['hold.reason', 'hold.by.type', 'hold.by.id', 'hold.at', 'hold.until']);
    expect(await fields(customer)).toStrictEqual(['hold.at', 'hold.until']);

    const released = done(await desk.release(order.id, { reason: 'the customer called' }));
    expect(released.hold).toBeUndefined();
    expect(released.deadlines).toStrictEqual([]);
    const why = (await driver.editHistory(order.id, {}, { caller: staff })).entries.map((entry) => entry.reason);
    expect(new Set(why)).toStrictEqual(new Set([reason, 'the customer called']));
    const told = JSON.stringify((await driver.editHistory(order.id, {}, { caller: customer })).entries);
    assert.doesNotMatch(told, /the address looks wrong|the customer called/);
    assert.doesNotMatch(told, new RegExp(staff.id), 'who held the order');
    expect(told).toContain('"changed_by":{"type":"staff","id":"staff"}');
    await eventually(
      () => fulfilmentOf(order),
      (found) => found.length === 3,
    );
    expect(await fulfilmentOf(order)).toStrictEqual(['fulfillment.start', 'fulfillment.hold', 'fulfillment.release']);
  });

  it('holds by order number, keeps keys and versions, and refuses what does not fit', async () => {
    const order = await placed(orders);
    const key = newId('key');
    refused(desk, await desk.hold(order.id, { reason }, { caller: staff, ifMatch: '"9"' }), 'version_conflict');
    refused(desk, await desk.release(order.id), 'order_not_held');
    const held = done(await desk.hold(order.order_number, { reason }, { caller: staff, key }));
    expect(repeated(await desk.hold(order.order_number, { reason }, { caller: staff, key }))).toStrictEqual(held);
    refused(desk, await desk.hold(order.id, { reason: 'x' }, { caller: staff, key }), 'idempotency_key_reused');
    refused(desk, await desk.hold(order.id, { reason }), 'order_on_hold');
    refused(driver, await driver.updateOrderStatus(order.id, { status: 'processing' }), 'order_on_hold');
    done(await driver.updateOrder(order.id, { notes: 'please ring' }));
    expect(done(await driver.cancelOrder(order.id, { reason: 'x' })).hold).toBeUndefined();
    refused(desk, await desk.hold(order.id, { reason }), 'illegal_transition');
    refused(desk, await desk.release(order.id), 'order_not_held');
    refused(desk, await desk.hold(randomUUID(), { reason }), 'order_not_found');
  });

  it('names faulty fields', async () => {
    const { id } = await placed(orders);
    refused(desk, await desk.hold(id, {}), 'validation_failed', ['reason']);
    const past = new Date(Date.now() - hour).toISOString();
    refused(desk, await desk.hold(id, { reason, until: past }), 'validation_failed', ['until']);
    refused(desk, await desk.release(id, { reason: ' '.repeat(3) }), 'validation_failed', ['reason']);
  });

  it('is for staff and admin', async () => {
    const customer = newCustomer();
    const { id } = await placed(orders, { customer_id: customer.id });
    for (const caller of [customer, { type: 'service', id: 'a-service' }, { type: 'guest', id }] as const) {
      refused(desk, await desk.hold(id, { reason }, { caller }), 'forbidden');
      refused(desk, await desk.release(id, {}, { caller }), 'forbidden');
    }
    done(await desk.hold(id, { reason }, { caller: { type: 'admin', id: 'an-admin' } }));
  });
});

describe('Holding orders', () => {
  it('is not for services, over service invocation', async () => {
    const desk = createInvokeDeskDriver(stack);
    const { id } = await placed(orders);
    refused(desk, await desk.hold(id, { reason }), 'forbidden');
    refused(desk, await desk.release(id, {}), 'forbidden');
  });

  it('ends by itself, and starts the fulfilment of what was paid meanwhile', async () => {
    const { items: _items, ...rest } = orderBody();
    const order = done(await orders.createOrder({ ...orderBody(), ...rest, payment_status: 'pending' }));
    const desk = createRestDeskDriver(stack);
    done(await desk.hold(order.id, { reason, until: new Date(Date.now() + 1_500).toISOString() }));
    const free = await eventually(
      async () => taken(await orders.getOrder(order.id)),
      ({ hold }) => hold === undefined,
      30_000,
    );
    expect(free.hold).toBeUndefined();
    const { entries } = await orders.editHistory(order.id);
    expect(entries.at(-1)?.changed_by).toStrictEqual({ type: 'system', id: 'deadlines' });
  });

  it('of shipped orders is refused', async () => {
    const desk = createRestDeskDriver(stack);
    for (const status of ['shipped', 'delivered', 'returned', 'cancelled'] as const)
      refused(desk, await desk.hold((await placedIn(status)).id, { reason }), 'illegal_transition');
  });
});
