import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import type { Body } from '../support/driver.js';
import { newCustomer, newEmail, newId, orderBody, staff } from '../support/orders.js';
import { done, refused, repeated, taken } from '../support/outcomes.js';
import { assertSound, quiet } from '../support/invariants.js';
import { openShop, type Shop, until, untilStatus } from '../support/shop.js';

describe('an order, from checkout to its end', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop.stop());

  const ordered = async (over: Body = {}): Promise<Order> => done(await shop.checkout.createOrder(orderBody(over)));

  /** Waits until the order as stored is as wanted. */
  const untilOrder = (what: string, id: string, holds: (order: Order) => boolean): Promise<Order> =>
    until(`order ${id} ${what}`, async () => {
      const order = await shop.order(id);
      return holds(order) && order;
    });

  it('walks to delivered by itself, with its history, its effects and its events 1 to 4', async () => {
    const [body, key] = [orderBody(), randomUUID()];
    const order = done(await shop.checkout.createOrder(body, { key }));
    expect(order.status).toBe('confirmed');
    await untilStatus(shop, order.id, 'delivered');
    expect(repeated(await shop.checkout.createOrder(body, { key })).id).toBe(order.id);
    refused(shop.on(1), await shop.checkout.createOrder(orderBody(), { key }), 'idempotency_key_reused');

    const history = await shop.on(2).statusHistory(order.id, {}, { caller: staff });
    expect(
      history.entries.map(({ version, from_status, to_status }) => [version, from_status, to_status]),
    ).toStrictEqual([
      [1, undefined, 'confirmed'],
      [2, 'confirmed', 'processing'],
      [3, 'processing', 'shipped'],
      [4, 'shipped', 'delivered'],
    ]);
    const delivered = taken(await shop.on(1).getOrder(order.id));
    assert.ok(delivered.shipment?.carrier !== undefined && delivered.shipment.delivered_at !== undefined);
    expect(delivered.deadlines.map(({ what }) => what)).toStrictEqual(['return_window']);

    await quiet(shop);
    const ids = new Set((await shop.events(order.id)).map(({ id, type }) => `${id} ${type}`));
    const moves = [2, 3, 4].map((version) => `${order.id}:${version} order.status_changed`);
    expect([...ids].sort()).toStrictEqual([`${order.id}:1 order.created`, ...moves]);
    const ledger = await shop.ledger(order.id);
    expect(ledger.map(({ operation }) => operation).sort()).toStrictEqual([
      'fulfillment.start',
      ...Array<string>(4).fill('notification.send'),
    ]);
  });

  it('takes returns, in part and then whole, each once', async () => {
    const { id } = await ordered();
    await untilStatus(shop, id, 'delivered');
    const [first, second] = [newId('return'), newId('return')];
    const part = { order_id: id, return_id: first, items: [{ item_id: '1', quantity: 1 }], reason: 'too many' };
    await shop.publish('return.requested', part);
    await untilOrder('has its return announced', id, ({ returns }) => returns.length === 1);
    await shop.publish('return.completed', part);
    await untilStatus(shop, id, 'partially_returned');
    await shop.publish('return.completed', part);
    const rest = [
      { item_id: '1', quantity: 1 },
      { item_id: '2', quantity: 1 },
    ];
    await shop.publish('return.completed', { order_id: id, return_id: second, items: rest });
    const returned = await untilStatus(shop, id, 'returned');
    expect(returned.items.map(({ returned_quantity }) => returned_quantity)).toStrictEqual([2, 1]);
    expect(returned.returns.map(({ return_id, status }) => [return_id, status])).toStrictEqual([
      [first, 'completed'],
      [second, 'completed'],
    ]);
    assert.equal(returned.version, 7, 'the repeat changed nothing');
    // the return service refunds what came back
    expect(returned.refunded_amount).toBe('0.00');
  });

  it("becomes a customer's when the guest signs up, and the guest's token ends", async () => {
    const { id: customerId } = newCustomer();
    const email = newEmail();
    const guest = await shop.checkout.createOrder(orderBody({ customer_id: undefined, guest_email: email }));
    const { id } = done(guest);
    assert.ok(guest.guestToken !== undefined);
    const asGuest = { token: guest.guestToken };
    taken(await shop.on(1).getOrder(id, asGuest));
    await shop.publish('customer.created', { customer_id: newId('customer'), email, email_verified: false });
    await shop.publish('customer.created', {
      customer_id: customerId,
      email: email.toUpperCase(),
      email_verified: true,
    });
    await untilOrder('has a customer', id, ({ customer_id }) => customer_id === customerId);
    refused(shop.on(1), await shop.on(1).getOrder(id, asGuest), 'order_not_found');
    refused(shop.on(2), await shop.on(2).cancelOrder(id, { reason: 'mine' }, asGuest), 'order_not_found');
    taken(await shop.on(2).getOrder(id, { caller: { type: 'customer', id: customerId } }));
  });

  it('is paid when the payment completes', async () => {
    const { id, total_amount, deadlines } = await ordered({ payment_status: 'pending' });
    expect(deadlines.map(({ what }) => what)).toStrictEqual(['payment']);
    const payment = { order_id: id, payment_id: newId('payment'), amount: total_amount, currency: 'USD' };
    await shop.publish('payment.completed', payment);
    await shop.publish('payment.completed', payment);
    const paid = await untilOrder('is paid', id, ({ payment_status }) => payment_status === 'completed');
    expect(paid.captured_amount).toBe(total_amount);
    expect(paid.payment_id).toBe(payment.payment_id);
    expect(paid.deadlines.some(({ what }) => what === 'payment')).toBe(false);
    await untilStatus(shop, id, 'delivered');
    // counted once
    expect((await shop.order(id)).captured_amount).toBe(total_amount);
  });

  it('is not fulfilled before it is paid for, whatever fails before', async () => {
    const { id } = await ordered({ payment_status: 'pending', payment_id: 'attempt-1' });
    const pay = (topic: string, payment_id: string, more: object = {}): Promise<string> =>
      shop.publish(topic, { order_id: id, payment_id, currency: 'USD', ...more });
    await pay('payment.failed', 'attempt-1', { reason: 'declined' });
    const failed = await untilOrder('failed', id, ({ payment_status }) => payment_status === 'failed');
    expect([failed.status, failed.deadlines[0]?.what]).toStrictEqual(['confirmed', 'payment']);
    await pay('payment.authorized', 'attempt-2');
    const delivered = await untilStatus(shop, id, 'delivered');
    expect([delivered.payment_status, delivered.payment_id]).toStrictEqual(['authorized', 'attempt-2']);
    const asked = (await shop.ledger(id)).map(({ operation }) => operation);
    expect([asked.filter((one) => one === 'fulfillment.start').length, asked.includes('payment.void')]).toStrictEqual([
      1,
      false,
    ]);
  });

  it('waits while it is not paid for any more, and goes on when it is', async () => {
    await shop.fault('fulfillment', 'refuse');
    const { id } = await ordered({ payment_status: 'authorized', payment_id: 'attempt-1' });
    await shop.publish('payment.failed', { order_id: id, payment_id: 'attempt-1' });
    const held = await untilOrder('is held', id, ({ hold }) => hold !== undefined);
    expect([held.hold?.reason, held.deadlines[0]?.what]).toStrictEqual(['not paid for', 'payment']);
    await shop.heal();
    await until('fulfilment is held', async () =>
      (await shop.ledger(id)).some(({ operation }) => operation === 'fulfillment.hold'),
    );
    const { total_amount: amount } = held;
    await shop.publish('payment.completed', { order_id: id, payment_id: 'attempt-2', amount, capture_id: 'c-1' });
    const delivered = await untilStatus(shop, id, 'delivered');
    expect([delivered.hold, delivered.payment_status]).toStrictEqual([undefined, 'completed']);
    const types = (await shop.events(id)).map(({ type }) => type);
    expect(types).toContain('order.held');
    expect(types).toContain('order.released');
  });

  it('leaves everything sound', () => assertSound(shop));
});
