import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Order } from '../../actors/rules/order.js';
import type { Answer, Body, CallOptions, Driver } from './driver.js';
import { address, newCustomer, placed, placedIn, staff } from './orders.js';
import { done, refused, taken } from './outcomes.js';
import { needsJson, needsRoles, onEachSurface } from './surfaces.js';

const leaves = async (driver: Driver, order: Order): Promise<readonly (readonly unknown[])[]> => {
  const { entries } = await driver.editHistory(order.id, { page_size: 100 });
  return entries.map(({ version, field, old_value, new_value }) => [version, field, old_value, new_value]);
};

onEachSurface('UpdateOrder', (driver) => {
  const roles = needsRoles(driver);

  const update = (order: Order, body: Body, options: CallOptions = {}): Promise<Answer> =>
    driver.updateOrder(order.id, body, { caller: staff, ...options });

  it('is not for services', async () => {
    const order = await placed(driver);
    refused(driver, await driver.updateOrder(order.id, { notes: 'x' }), 'forbidden');
  });

  it('replaces an address whole, and remembers each leaf', roles, async () => {
    const order = await placed(driver, { shipping_address: { ...address, line2: 'Flat 1', phone: '1' } });
    const shipping_address = { ...address, city: 'Paris', country: 'FR', postal_code: '75001', phone: '1' };
    const edited = done(await update(order, { shipping_address, reason: 'moved' }));
    assert.deepEqual(edited, { ...order, shipping_address, version: 2, updated_at: edited.updated_at });
    assert.deepEqual(taken(await driver.getOrder(order.id)), edited);
    const { entries } = await driver.editHistory(order.id);
    for (const { changed_by, reason, changed_at } of entries)
      assert.deepEqual([changed_by, reason, changed_at], [staff, 'moved', edited.updated_at]);
    assert.deepEqual([...(await leaves(driver, order))].sort(), [
      [2, 'shipping_address.city', 'London', 'Paris'],
      [2, 'shipping_address.country', 'GB', 'FR'],
      [2, 'shipping_address.line2', 'Flat 1', null],
      [2, 'shipping_address.postal_code', null, '75001'],
    ]);
  });

  it('adds a billing address where there was none', roles, async () => {
    const order = await placed(driver);
    assert.deepEqual(done(await update(order, { billing_address: address })).billing_address, address);
    assert.deepEqual([...(await leaves(driver, order))].sort(), [
      [2, 'billing_address.city', null, 'London'],
      [2, 'billing_address.country', null, 'GB'],
      [2, 'billing_address.line1', null, '12 St James Square'],
      [2, 'billing_address.recipient', null, 'Ada Lovelace'],
    ]);
  });

  it('replaces metadata whole, leaf by leaf, whatever their kind', roles, async () => {
    const order = await placed(driver, { metadata: { keep: 1, list: [1, 2], deep: { a: true, b: 'x' }, gone: null } });
    const metadata = { keep: 1, list: [1, 2, { three: 3 }], deep: { a: false, b: 'x' }, fresh: { empty: {} } };
    assert.deepEqual(done(await update(order, { metadata })).metadata, metadata);
    const found = new Map((await leaves(driver, order)).map(([, field, before, after]) => [field, [before, after]]));
    assert.deepEqual(found.get('metadata.list'), [
      [1, 2],
      [1, 2, { three: 3 }],
    ]);
    assert.deepEqual(found.get('metadata.deep.a'), [true, false]);
    assert.deepEqual(found.get('metadata.fresh.empty'), [null, {}]);
    assert.ok(!found.has('metadata.keep') && !found.has('metadata.deep.b'));
    assert.deepEqual(done(await update(order, { metadata: {} })).metadata, {});
  });

  it('sets, changes and removes notes', roles, async () => {
    const order = await placed(driver);
    assert.equal(done(await update(order, { notes: 'one' })).notes, 'one');
    assert.equal(done(await update(order, { notes: 'two' })).notes, 'two');
    assert.equal(done(await update(order, { notes: '' })).notes ?? '', '');
    assert.deepEqual((await leaves(driver, order)).slice(0, 2), [
      [2, 'notes', null, 'one'],
      [3, 'notes', 'one', 'two'],
    ]);
  });

  it('makes no version where nothing differs', roles, async () => {
    const metadata = { a: 1, b: { c: [1, 2] } };
    const order = await placed(driver, { metadata, notes: 'same' });
    const same = { shipping_address: address, notes: 'same', metadata: { b: { c: [1, 2] }, a: 1 }, reason: 'again' };
    assert.deepEqual(done(await update(order, same)), order);
    assert.deepEqual(done(await update(order, {})), order);
    assert.deepEqual(await leaves(driver, order), []);
  });

  it('fills in the country of an address that has none', roles, async () => {
    const order = await placed(driver);
    const { country: _, ...shipping_address } = address;
    assert.equal(done(await update(order, { shipping_address })).shipping_address.country, 'US');
  });

  for (const status of ['shipped', 'delivered', 'returned', 'cancelled'] as const)
    it(`changes no address once the order is ${status}, but notes and metadata`, roles, async () => {
      const order = await placedIn(status);
      for (const field of ['shipping_address', 'billing_address']) {
        const body = { [field]: { ...address, city: 'Paris' }, notes: 'x' };
        refused(driver, await update(order, body), 'order_not_editable');
      }
      assert.deepEqual(taken(await driver.getOrder(order.id)), order);
      const edited = done(await update(order, { notes: 'x', metadata: { y: 1 } }));
      assert.deepEqual([edited.notes, edited.metadata], ['x', { y: 1 }]);
    });

  it('lets customers edit address and notes until processing', roles, async () => {
    const caller = newCustomer();
    const order = await placed(driver, { customer_id: caller.id });
    done(await update(order, { shipping_address: { ...address, city: 'Paris' }, notes: 'x' }, { caller }));
    refused(driver, await update(order, { metadata: { a: 1 } }, { caller }), 'forbidden');
    done(await driver.updateOrderStatus(order.id, { status: 'processing' }));
    refused(driver, await update(order, { notes: 'y' }, { caller }), 'order_not_editable');
    refused(driver, await update(order, { shipping_address: address }, { caller }), 'order_not_editable');
    done(await update(order, { shipping_address: address, notes: 'y' }));
  });

  it('refuses every fault at once, and changes nothing', roles, async () => {
    const order = await placed(driver);
    const body = {
      shipping_address: { ...address, country: 'XX', city: '' },
      billing_address: { ...address, email: 'nobody' },
      notes: 'x'.repeat(10_001),
      metadata: { a: '\u0000' },
      reason: '\u0000',
    };
    const paths = [
      'shipping_address.country',
      'shipping_address.city',
      'billing_address.email',
      'notes',
      'metadata',
      'reason',
    ];
    refused(driver, await update(order, body), 'validation_failed', paths);
    assert.deepEqual(taken(await driver.getOrder(order.id)), order);
  });

  it('edits nothing else', { skip: roles.skip || needsJson(driver).skip }, async () => {
    const order = await placed(driver);
    const body = { status: 'delivered', total_amount: '0', items: [], customer_id: 'x', version: 9, notes: 'x' };
    const paths = ['status', 'total_amount', 'items', 'customer_id', 'version'];
    refused(driver, await update(order, body), 'validation_failed', paths);
    for (const wrong of [{ notes: null }, { notes: 1 }])
      refused(driver, await update(order, wrong), 'validation_failed', ['notes']);
    assert.deepEqual(taken(await driver.getOrder(order.id)), order);
  });
});
