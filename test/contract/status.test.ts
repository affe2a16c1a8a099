import assert from 'node:assert/strict';
import { it } from 'node:test';
import { placed, placedIn } from './orders.js';
import { done, refused, taken } from './outcomes.js';
import { needsJson, onEachSurface } from './surfaces.js';

/** SPEC section 2, written down a second time. */
const table = {
  confirmed: ['processing', 'cancelled'],
  processing: ['shipped', 'cancelled'],
  shipped: ['delivered', 'partially_returned'],
  delivered: ['partially_returned', 'returned'],
  partially_returned: ['returned'],
  returned: [],
  cancelled: [],
} as const;

type Status = keyof typeof table;
const statuses = Object.keys(table) as Status[];
const legal = (from: Status): readonly Status[] => table[from];

const day = 24 * 3_600_000;

onEachSurface('UpdateOrderStatus', (driver) => {
  for (const from of statuses) {
    for (const to of legal(from))
      it(`moves ${from} → ${to}`, async () => {
        const order = await placedIn(from);
        const moved = done(await driver.updateOrderStatus(order.id, { status: to }));
        assert.deepEqual([moved.status, moved.version], [to, order.version + 1]);
        assert.deepEqual(taken(await driver.getOrder(order.id)), moved);
      });

    it(`does not move ${from} anywhere else`, async () => {
      const order = await placedIn(from);
      for (const to of statuses.filter((status) => !legal(from).includes(status)))
        refused(driver, await driver.updateOrderStatus(order.id, { status: to }), 'illegal_transition');
      assert.deepEqual(taken(await driver.getOrder(order.id)), order);
    });
  }

  it('stamps the parcel and opens the return window', async () => {
    const order = await placedIn('processing');
    const shipped = done(await driver.updateOrderStatus(order.id, { status: 'shipped' }));
    assert.deepEqual(shipped.shipment, { shipped_at: shipped.updated_at });
    assert.deepEqual(shipped.deadlines, []);
    const delivered = done(await driver.updateOrderStatus(order.id, { status: 'delivered' }));
    const { updated_at: at } = delivered;
    assert.deepEqual(delivered.shipment, { shipped_at: shipped.updated_at, delivered_at: at });
    const end = new Date(Date.parse(at) + 30 * day).toISOString();
    assert.deepEqual(delivered.deadlines, [{ what: 'return_window', at: end }]);
  });

  it('returns everything that remains', async () => {
    const fresh = await placed(driver);
    const [line, other] = fresh.items;
    const items = [{ item_id: line!.id, quantity: 1 }];
    done(await driver.cancelOrderItems(fresh.id, { items, reason: 'x' }));
    for (const status of ['processing', 'shipped', 'delivered', 'partially_returned']) {
      const moved = done(await driver.updateOrderStatus(fresh.id, { status }));
      assert.deepEqual(
        moved.items.map(({ returned_quantity }) => returned_quantity),
        [0, 0],
      );
    }
    const returned = done(await driver.updateOrderStatus(fresh.id, { status: 'returned', reason: 'all back' }));
    assert.deepEqual(
      returned.items.map(({ id, cancelled_quantity, returned_quantity }) => [
        id,
        cancelled_quantity,
        returned_quantity,
      ]),
      [
        [line!.id, 1, 1],
        [other!.id, 0, 1],
      ],
    );
  });

  it('cancels as CancelOrder does', async () => {
    const order = await placed(driver);
    const cancelled = done(await driver.updateOrderStatus(order.id, { status: 'cancelled', reason: 'by hand' }));
    assert.equal(cancelled.cancellation_reason, 'by hand');
    assert.equal(cancelled.cancelled_at, cancelled.updated_at);
    assert.deepEqual(
      cancelled.items.map(({ cancelled_quantity }) => cancelled_quantity),
      [2, 1],
    );
    const unasked = await placed(driver);
    assert.equal(done(await driver.updateOrderStatus(unasked.id, { status: 'cancelled' })).status, 'cancelled');
  });

  it('ends the deadline of a payment with the order', async () => {
    const order = await placed(driver, { payment_method: 'card' });
    assert.equal(order.deadlines.length, 1);
    assert.deepEqual(done(await driver.updateOrderStatus(order.id, { status: 'cancelled' })).deadlines, []);
  });

  for (const status of ['paid', 'Processing', 'draft', '', 'processing\u0000'])
    it(`knows no status ${JSON.stringify(status)}`, async () => {
      const order = await placed(driver);
      refused(driver, await driver.updateOrderStatus(order.id, { status }), 'validation_failed', ['status']);
    });

  it('refuses every fault at once', needsJson(driver), async () => {
    const order = await placed(driver);
    const body = { status: 1, reason: 2, notes: null, version: 1 };
    const paths = ['status', 'reason', 'notes', 'version'];
    refused(driver, await driver.updateOrderStatus(order.id, body), 'validation_failed', paths);
    refused(driver, await driver.updateOrderStatus(order.id, {}), 'validation_failed', ['status']);
  });

  it('refuses text that cannot be stored', async () => {
    const order = await placed(driver);
    const body = { status: 'processing', reason: 'x\u0000', notes: 'x'.repeat(10_001) };
    refused(driver, await driver.updateOrderStatus(order.id, body), 'validation_failed', ['reason', 'notes']);
    assert.equal(taken(await driver.getOrder(order.id)).version, 1);
  });
});
