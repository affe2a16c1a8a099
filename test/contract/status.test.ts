import { expect, it } from '@jest/globals';
import { placed, placedIn } from '../support/orders.js';
import { done, refused, taken } from '../support/outcomes.js';
import { needsJson, onEachSurface } from './surfaces.js';
import { itUnless } from '../support/skip.js';

/** The transitions, written down a second time. */
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
        expect([moved.status, moved.version]).toStrictEqual([to, order.version + 1]);
        expect(taken(await driver.getOrder(order.id))).toStrictEqual(moved);
      });

    it(`does not move ${from} anywhere else`, async () => {
      const order = await placedIn(from);
      for (const to of statuses.filter((status) => !legal(from).includes(status)))
        refused(driver, await driver.updateOrderStatus(order.id, { status: to }), 'illegal_transition');
      expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
    });
  }

  it('stamps the parcel and opens the return window', async () => {
    const order = await placedIn('processing');
    const shipped = done(await driver.updateOrderStatus(order.id, { status: 'shipped' }));
    expect(shipped.shipment).toStrictEqual({ shipped_at: shipped.updated_at });
    expect(shipped.shipments).toStrictEqual([shipped.shipment]);
    expect(shipped.deadlines).toStrictEqual([]);
    const delivered = done(await driver.updateOrderStatus(order.id, { status: 'delivered' }));
    const { updated_at: at } = delivered;
    expect(delivered.shipment).toStrictEqual({ shipped_at: shipped.updated_at, delivered_at: at });
    expect(delivered.shipments).toStrictEqual([delivered.shipment]);
    const end = new Date(Date.parse(at) + 30 * day).toISOString();
    expect(delivered.deadlines).toStrictEqual([{ what: 'return_window', at: end }]);
  });

  it('returns everything that remains', async () => {
    const fresh = await placed(driver);
    const [line, other] = fresh.items;
    const items = [{ item_id: line!.id, quantity: 1 }];
    done(await driver.cancelOrderItems(fresh.id, { items, reason: 'x' }));
    for (const status of ['processing', 'shipped', 'delivered', 'partially_returned']) {
      const moved = done(await driver.updateOrderStatus(fresh.id, { status }));
      expect(moved.items.map(({ returned_quantity }) => returned_quantity)).toStrictEqual([0, 0]);
    }
    const returned = done(await driver.updateOrderStatus(fresh.id, { status: 'returned', reason: 'all back' }));
    expect(
      returned.items.map(({ id, cancelled_quantity, returned_quantity }) => [
        id,
        cancelled_quantity,
        returned_quantity,
      ]),
    ).toStrictEqual([
      [line!.id, 1, 1],
      [other!.id, 0, 1],
    ]);
  });

  it('cancels as CancelOrder does', async () => {
    const order = await placed(driver);
    const cancelled = done(await driver.updateOrderStatus(order.id, { status: 'cancelled', reason: 'by hand' }));
    expect(cancelled.cancellation_reason).toBe('by hand');
    expect(cancelled.cancelled_at).toBe(cancelled.updated_at);
    expect(cancelled.items.map(({ cancelled_quantity }) => cancelled_quantity)).toStrictEqual([2, 1]);
    const unasked = await placed(driver);
    expect(done(await driver.updateOrderStatus(unasked.id, { status: 'cancelled' })).status).toBe('cancelled');
  });

  it('ends the deadline of a payment with the order', async () => {
    const order = await placed(driver, { payment_method: 'card' });
    expect(order.deadlines).toHaveLength(1);
    expect(done(await driver.updateOrderStatus(order.id, { status: 'cancelled' })).deadlines).toStrictEqual([]);
  });

  for (const status of ['paid', 'Processing', 'draft', '', 'processing\u0000'])
    it(`knows no status ${JSON.stringify(status)}`, async () => {
      const order = await placed(driver);
      refused(driver, await driver.updateOrderStatus(order.id, { status }), 'validation_failed', ['status']);
    });

  itUnless(needsJson(driver))('refuses every fault at once', async () => {
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
    expect(taken(await driver.getOrder(order.id)).version).toBe(1);
  });
});
