import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Order } from '../../actors/rules/order.js';
import type { Answer, CallOptions } from './driver.js';
import { placed, placedIn, staff } from './orders.js';
import { done, refused, taken } from './outcomes.js';
import { needsRoles, onEachSurface } from './surfaces.js';

onEachSurface('The version of an order', (driver) => {
  const changes: Readonly<Record<string, (order: Order, options: CallOptions) => Promise<Answer>>> = {
    UpdateOrderStatus: ({ id }, options) => driver.updateOrderStatus(id, { status: 'processing' }, options),
    UpdateOrder: ({ id }, options) => driver.updateOrder(id, { notes: 'x' }, { caller: staff, ...options }),
    CancelOrder: ({ id }, options) => driver.cancelOrder(id, { reason: 'x' }, options),
    CancelOrderItems: ({ id, items }, options) =>
      driver.cancelOrderItems(id, { items: [{ item_id: items[0]!.id, quantity: 1 }], reason: 'x' }, options),
  };

  for (const [name, change] of Object.entries(changes))
    it(`is what If-Match of ${name} must name`, name === 'UpdateOrder' ? needsRoles(driver) : {}, async () => {
      const order = await placed(driver);
      for (const ifMatch of ['"2"', '"0"', '"999999999"'])
        refused(driver, await change(order, { ifMatch }), 'version_conflict');
      assert.deepEqual(taken(await driver.getOrder(order.id)), order);
      assert.equal(done(await change(order, { ifMatch: '"1"' })).version, 2);
      refused(driver, await change(order, { ifMatch: '"1"' }), 'version_conflict');
    });

  it('is asked before the rule', async () => {
    const order = await placedIn('shipped');
    refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, { ifMatch: '"1"' }), 'version_conflict');
    const present = { ifMatch: `"${order.version}"` };
    refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, present), 'order_not_cancellable');
  });

  for (const ifMatch of ['1', '"one"', '"1', '"-1"', '"1.0"', '""'])
    it(`is not ${ifMatch}`, async () => {
      const order = await placed(driver);
      refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, { ifMatch }), 'validation_failed');
      assert.equal(taken(await driver.getOrder(order.id)).version, 1);
    });

  it('goes up by one with each change', async () => {
    const order = await placed(driver);
    const processing = done(await driver.updateOrderStatus(order.id, { status: 'processing' }));
    const shipped = done(await driver.updateOrderStatus(order.id, { status: 'shipped' }));
    assert.deepEqual([order.version, processing.version, shipped.version], [1, 2, 3]);
    assert.ok(shipped.updated_at >= processing.updated_at && processing.updated_at >= order.updated_at);
    assert.equal(shipped.created_at, order.created_at);
  });
});
