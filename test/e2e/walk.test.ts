import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Order } from '../../actors/rules/order.js';
import type { Body } from '../contract/driver.js';
import { newCustomer, newEmail, newId, orderBody, staff } from '../contract/orders.js';
import { done, refused, repeated, taken } from '../contract/outcomes.js';
import { assertSound, quiet } from '../support/invariants.js';
import { openShop, type Shop, until, untilStatus } from './shop.js';

describe('an order, from checkout to its end', () => {
  let shop: Shop;

  before(async () => {
    shop = await openShop();
  });
  after(() => shop.stop());

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
    assert.equal(order.status, 'confirmed');
    await untilStatus(shop, order.id, 'delivered');
    assert.equal(repeated(await shop.checkout.createOrder(body, { key })).id, order.id);
    refused(shop.on(1), await shop.checkout.createOrder(orderBody(), { key }), 'idempotency_key_reused');

    const history = await shop.on(2).statusHistory(order.id, {}, { caller: staff });
    assert.deepEqual(
      history.entries.map(({ version, from_status, to_status }) => [version, from_status, to_status]),
      [
        [1, undefined, 'confirmed'],
        [2, 'confirmed', 'processing'],
        [3, 'processing', 'shipped'],
        [4, 'shipped', 'delivered'],
      ],
    );
    const delivered = taken(await shop.on(1).getOrder(order.id));
    assert.ok(delivered.shipment?.carrier !== undefined && delivered.shipment.delivered_at !== undefined);
    assert.deepEqual(
      delivered.deadlines.map(({ what }) => what),
      ['return_window'],
    );

    await quiet(shop);
    const ids = new Set((await shop.events(order.id)).map(({ id, type }) => `${id} ${type}`));
    const moves = [2, 3, 4].map((version) => `${order.id}:${version} order.status_changed`);
    assert.deepEqual([...ids].sort(), [`${order.id}:1 order.created`, ...moves]);
    const ledger = await shop.ledger(order.id);
    assert.deepEqual(ledger.map(({ operation }) => operation).sort(), [
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
    assert.deepEqual(
      returned.items.map(({ returned_quantity }) => returned_quantity),
      [2, 1],
    );
    assert.deepEqual(
      returned.returns.map(({ return_id, status }) => [return_id, status]),
      [
        [first, 'completed'],
        [second, 'completed'],
      ],
    );
    assert.equal(returned.version, 7, 'the repeat changed nothing');
    assert.equal(returned.refunded_amount, '0.00', 'the return service refunds what came back');
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
    assert.deepEqual(
      deadlines.map(({ what }) => what),
      ['payment'],
    );
    const payment = { order_id: id, payment_id: newId('payment'), amount: total_amount, currency: 'USD' };
    await shop.publish('payment.completed', payment);
    await shop.publish('payment.completed', payment);
    const paid = await untilOrder('is paid', id, ({ payment_status }) => payment_status === 'completed');
    assert.equal(paid.captured_amount, total_amount);
    assert.equal(paid.payment_id, payment.payment_id);
    assert.ok(!paid.deadlines.some(({ what }) => what === 'payment'));
    await untilStatus(shop, id, 'delivered');
    assert.equal((await shop.order(id)).captured_amount, total_amount, 'counted once');
  });

  it('is cancelled when the payment fails before it was shipped', async () => {
    await shop.fault('fulfillment', 'refuse');
    try {
      const { id } = await ordered({ payment_status: 'pending' });
      await shop.publish('payment.failed', { order_id: id, payment_id: newId('payment'), reason: 'declined' });
      const cancelled = await untilStatus(shop, id, 'cancelled');
      assert.equal(cancelled.payment_status, 'failed');
      assert.equal(cancelled.refunded_amount, '0.00');
      assert.deepEqual(
        cancelled.items.map(({ quantity, cancelled_quantity }) => quantity - cancelled_quantity),
        [0, 0],
      );
      // One event, two entries: the failure and the cancellation.
      assert.equal(cancelled.version, 3);
    } finally {
      await shop.heal();
    }
  });

  it('leaves everything sound', () => assertSound(shop));
});
