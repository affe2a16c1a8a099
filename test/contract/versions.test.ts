import { expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import type { Answer, CallOptions } from '../support/driver.js';
import { newId, orderBody, placed, placedIn, staff, unpaid } from '../support/orders.js';
import { done, refused, repeated, taken } from '../support/outcomes.js';
import { needsRoles, onEachSurface } from './surfaces.js';
import { itUnless } from '../support/skip.js';

onEachSurface('The version of an order', (driver) => {
  const changes: Readonly<Record<string, (order: Order, options: CallOptions) => Promise<Answer>>> = {
    UpdateOrderStatus: ({ id }, options) => driver.updateOrderStatus(id, { status: 'processing' }, options),
    UpdateOrder: ({ id }, options) => driver.updateOrder(id, { notes: 'x' }, { caller: staff, ...options }),
    CancelOrder: ({ id }, options) => driver.cancelOrder(id, { reason: 'x' }, options),
    CancelOrderItems: ({ id, items }, options) =>
      driver.cancelOrderItems(id, { items: [{ item_id: items[0]!.id, quantity: 1 }], reason: 'x' }, options),
  };

  for (const [name, change] of Object.entries(changes))
    itUnless(name === 'UpdateOrder' ? needsRoles(driver) : false)(`is what If-Match of ${name} must name`, async () => {
      const order = await placed(driver);
      for (const ifMatch of ['"2"', '"0"', '"999999999"'])
        refused(driver, await change(order, { ifMatch }), 'version_conflict');
      expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
      expect(done(await change(order, { ifMatch: '"1"' })).version).toBe(2);
      refused(driver, await change(order, { ifMatch: '"1"' }), 'version_conflict');
    });

  it('matches no order that is yet to be created, and does not hinder a repeat', async () => {
    const body = orderBody(unpaid);
    refused(driver, await driver.createOrder(body, { ifMatch: '"1"' }), 'version_conflict');
    const key = newId('key');
    refused(driver, await driver.createOrder(body, { ifMatch: '"0"', key }), 'version_conflict');
    const order = done(await driver.createOrder(body, { ifMatch: '*', key }));
    expect(repeated(await driver.createOrder(body, { ifMatch: '"7"', key })).id).toBe(order.id);
  });

  it('is asked before the rule', async () => {
    const order = await placedIn('shipped');
    refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, { ifMatch: '"1"' }), 'version_conflict');
    const present = { ifMatch: `"${order.version}"` };
    refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, present), 'order_not_cancellable');
  });

  it.each(['W/"1"', 'W/"1", "2"', '"2", "3"', '"one"', '""', '"1.0"', '"-1"', '"01"'])(
    'is not matched by %s',
    async (ifMatch) => {
      const order = await placed(driver);
      refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, { ifMatch }), 'version_conflict');
      expect(taken(await driver.getOrder(order.id)).version).toBe(1);
    },
  );

  it.each(['*', '"1"', '"7", "1"', '"1", "7"', 'W/"1", "1"', '"one","1"'])('is matched by %s', async (ifMatch) => {
    const order = await placed(driver);
    expect(done(await driver.cancelOrder(order.id, { reason: 'x' }, { ifMatch })).status).toBe('cancelled');
  });

  it.each(['1', '"1', '1"', '"1" "2"', '*, "1"'])('cannot be read from %s', async (ifMatch) => {
    const order = await placed(driver);
    refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }, { ifMatch }), 'validation_failed');
    expect(taken(await driver.getOrder(order.id)).version).toBe(1);
  });

  it('goes up by one with each change', async () => {
    const order = await placed(driver);
    const processing = done(await driver.updateOrderStatus(order.id, { status: 'processing' }));
    const shipped = done(await driver.updateOrderStatus(order.id, { status: 'shipped' }));
    expect([order.version, processing.version, shipped.version]).toStrictEqual([1, 2, 3]);
    expect(shipped.updated_at >= processing.updated_at).toBe(true);
    expect(processing.updated_at >= order.updated_at).toBe(true);
    expect(shipped.created_at).toBe(order.created_at);
  });
});
