import { expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newCustomer, newId, placed, staff } from '../support/orders.js';
import { done, refused, taken } from '../support/outcomes.js';
import { needsRoles, onEachSurface } from './surfaces.js';
import { itUnless } from '../support/skip.js';

onEachSurface('Past versions of an order', (driver) => {
  const rest = createRestDriver(sharedStack());

  /** An order with each of its versions as it was answered at the time. */
  const lived = async (): Promise<readonly Order[]> => {
    const versions = [await placed(driver)];
    const { id } = versions[0]!;
    versions.push(
      done(await rest.updateOrder(id, { notes: 'Ring twice.', metadata: { a: { b: [1] } } }, { caller: staff })),
    );
    versions.push(
      done(await driver.cancelOrderItems(id, { items: [{ item_id: '1', quantity: 1 }], reason: 'one too many' })),
    );
    versions.push(done(await driver.updateOrderStatus(id, { status: 'processing' })));
    versions.push(done(await driver.cancelOrder(id, { reason: 'changed my mind' })));
    return versions;
  };

  it('are what was answered then, by version and by time, by id and by number', async () => {
    const versions = await lived();
    for (const order of versions) {
      const { id, order_number, version, updated_at } = order;
      const answer = await driver.getOrderAt(id, { version });
      expect(taken(answer)).toStrictEqual(order);
      expect(answer.etag).toBe(`"${version}"`);
      expect(taken(await driver.getOrderAt(order_number, { version }))).toStrictEqual(order);
      const latest = versions.findLast((other) => other.updated_at <= updated_at);
      expect(taken(await driver.getOrderAt(id, { at: updated_at }))).toStrictEqual(latest);
    }
    const { id } = versions[0]!;
    const later = new Date(Date.now() + 3_600_000).toISOString();
    expect(taken(await driver.getOrderAt(id, { at: later }))).toStrictEqual(versions.at(-1));
  });

  it('differ leaf by leaf', async () => {
    const { id } = (await lived())[0]!;
    const first = await driver.orderDiff(id, { from: 1, to: 2 });
    expect(first.changes).toStrictEqual([
      { path: 'notes', old: null, new: 'Ring twice.' },
      { path: 'metadata.a.b', old: null, new: [1] },
    ]);
    const all = await driver.orderDiff(id, { from: 1, to: 4 });
    expect(all.changes).toEqual(
      expect.arrayContaining([
        { path: 'status', old: 'confirmed', new: 'processing' },
        { path: 'items.1.cancelled_quantity', old: 0, new: 1 },
      ]),
    );
    expect(all.changes?.some(({ path }) => path === 'version' || path === 'updated_at')).toBe(false);
    expect((await driver.orderDiff(id, { from: 3, to: 3 })).changes).toStrictEqual([]);
  });

  it('are not found where there were none', async () => {
    const { id, created_at } = await placed(driver);
    const before = new Date(Date.parse(created_at) - 1).toISOString();
    for (const moment of [{ version: 2 }, { version: 0 }, { version: 3_000_000_000 }, { at: before }])
      refused(driver, await driver.getOrderAt(id, moment), 'not_found');
    refused(driver, await driver.orderDiff(id, { from: 1, to: 2 }), 'not_found');
    refused(driver, await driver.orderDiff(id, { from: 0, to: 1 }), 'not_found');
    refused(driver, await driver.getOrderAt(newId('no'), { version: 1 }), 'order_not_found');
  });

  it('name what is wrong with a question', async () => {
    const { id, created_at } = await placed(driver);
    const both = await driver.getOrderAt(id, { version: 1, at: created_at });
    refused(driver, both, 'validation_failed', ['at']);
    refused(driver, await driver.getOrderAt(id, { version: -1 }), 'validation_failed', ['version']);
    refused(driver, await driver.orderDiff(id, { from: 2, to: 1 }), 'validation_failed', ['from']);
    const half = await driver.orderDiff(id, { from: 1 });
    refused(driver, half, 'validation_failed', ['to']);
    expect(half.errors[0]?.message).toBe('is required');
    refused(driver, await driver.orderDiff(id, {}), 'validation_failed', ['from', 'to']);
  });

  itUnless(needsRoles(driver))('have the rights of today', async () => {
    const [owner, stranger] = [newCustomer(), newCustomer()];
    const order = await placed(driver, { customer_id: owner.id });
    done(await driver.updateOrder(order.id, { notes: 'x' }, { caller: owner }));
    expect(taken(await driver.getOrderAt(order.id, { version: 1 }, { caller: owner }))).toStrictEqual(order);
    expect((await driver.orderDiff(order.id, { from: 1, to: 2 }, { caller: owner })).changes).toHaveLength(1);
    for (const caller of [stranger, { type: 'guest', id: order.id } as const]) {
      refused(driver, await driver.getOrderAt(order.id, { version: 1 }, { caller }), 'order_not_found');
      refused(driver, await driver.orderDiff(order.id, { from: 1, to: 2 }, { caller }), 'order_not_found');
    }
  });
});
