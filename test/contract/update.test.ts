import { expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import type { Answer, Body, CallOptions, Driver } from '../support/driver.js';
import { address, firstLine, newCustomer, newId, placed, placedIn, secondLine, staff } from '../support/orders.js';
import { done, refused, taken } from '../support/outcomes.js';
import { needsJson, needsRoles, onEachSurface } from './surfaces.js';
import { itUnless } from '../support/skip.js';

const leaves = async (driver: Driver, order: Order): Promise<readonly (readonly unknown[])[]> => {
  const { entries } = await driver.editHistory(order.id, { page_size: 100 });
  return entries.map(({ version, field, old_value, new_value }) => [version, field, old_value, new_value]);
};

onEachSurface('UpdateOrder', (driver) => {
  const roles = needsRoles(driver);

  const update = (order: Order, body: Body, options: CallOptions = {}): Promise<Answer> =>
    driver.updateOrder(order.id, body, { caller: staff, ...options });

  it('is for services too', async () => {
    const order = await placed(driver);
    const shipping_address = { ...address, city: 'Paris', country: 'FR' };
    const edited = done(await driver.updateOrder(order.id, { shipping_address, notes: 'x', metadata: { a: 1 } }));
    expect([edited.shipping_address, edited.notes, edited.metadata]).toStrictEqual([shipping_address, 'x', { a: 1 }]);
    const { entries } = await driver.editHistory(order.id);
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.every(({ changed_by }) => changed_by.type === 'service')).toBe(true);
  });

  itUnless(roles)('replaces an address whole, and remembers each leaf', async () => {
    const order = await placed(driver, { shipping_address: { ...address, line2: 'Flat 1', phone: '1' } });
    const shipping_address = { ...address, city: 'Paris', country: 'FR', postal_code: '75001', phone: '1' };
    const edited = done(await update(order, { shipping_address, reason: 'moved' }));
    expect(edited).toStrictEqual({ ...order, shipping_address, version: 2, updated_at: edited.updated_at });
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(edited);
    const { entries } = await driver.editHistory(order.id);
    for (const { changed_by, reason, changed_at } of entries)
      expect([changed_by, reason, changed_at]).toStrictEqual([staff, 'moved', edited.updated_at]);
    expect([...(await leaves(driver, order))].sort()).toStrictEqual([
      [2, 'shipping_address.city', 'London', 'Paris'],
      [2, 'shipping_address.country', 'GB', 'FR'],
      [2, 'shipping_address.line2', 'Flat 1', null],
      [2, 'shipping_address.postal_code', null, '75001'],
    ]);
  });

  itUnless(roles)('adds a billing address where there was none', async () => {
    const order = await placed(driver);
    expect(done(await update(order, { billing_address: address })).billing_address).toStrictEqual(address);
    expect([...(await leaves(driver, order))].sort()).toStrictEqual([
      [2, 'billing_address.city', null, 'London'],
      [2, 'billing_address.country', null, 'GB'],
      [2, 'billing_address.line1', null, '12 St James Square'],
      [2, 'billing_address.recipient', null, 'Ada Lovelace'],
    ]);
  });

  itUnless(roles)('replaces metadata whole, leaf by leaf, whatever their kind', async () => {
    const order = await placed(driver, { metadata: { keep: 1, list: [1, 2], deep: { a: true, b: 'x' }, gone: null } });
    const metadata = { keep: 1, list: [1, 2, { three: 3 }], deep: { a: false, b: 'x' }, fresh: { empty: {} } };
    expect(done(await update(order, { metadata })).metadata).toStrictEqual(metadata);
    const found = new Map((await leaves(driver, order)).map(([, field, before, after]) => [field, [before, after]]));
    expect(found.get('metadata.list')).toStrictEqual([
      [1, 2],
      [1, 2, { three: 3 }],
    ]);
    expect(found.get('metadata.deep.a')).toStrictEqual([true, false]);
    expect(found.get('metadata.fresh.empty')).toStrictEqual([null, {}]);
    expect(found.has('metadata.keep')).toBe(false);
    expect(found.has('metadata.deep.b')).toBe(false);
    expect(done(await update(order, { metadata: {} })).metadata).toStrictEqual({});
  });

  itUnless(roles)('replaces the metadata of items, leaf by leaf', async () => {
    const order = await placed(driver, { items: [{ ...firstLine, metadata: { a: 1, gift: true } }, secondLine] });
    const items = [
      { item_id: '2', metadata: { x: { y: 'z' } } },
      { item_id: '1', metadata: { gift: true } },
    ];
    const edited = done(await update(order, { items, reason: 'wrapped' }));
    expect(edited.items.map(({ metadata }) => metadata)).toStrictEqual([{ gift: true }, { x: { y: 'z' } }]);
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(edited);
    expect(await leaves(driver, order)).toStrictEqual([
      [2, 'items.2.metadata.x.y', null, 'z'],
      [2, 'items.1.metadata.a', 1, null],
    ]);
    expect(done(await update(order, { items })).version).toBe(2);
    done(await driver.cancelOrderItems(order.id, { items: [{ item_id: '1', quantity: 1 }], reason: 'x' }));
    expect(taken(await driver.getOrder(order.id)).items[1]!.metadata).toStrictEqual({ x: { y: 'z' } });
  });

  itUnless(roles)('refuses the metadata of items that are not there, or named twice, or from customers', async () => {
    const caller = newCustomer();
    const order = await placed(driver, { customer_id: caller.id });
    const [one, nine] = [
      { item_id: '1', metadata: { a: 1 } },
      { item_id: '9', metadata: {} },
    ];
    refused(driver, await update(order, { items: [one, nine] }), 'validation_failed', ['items[1].item_id']);
    refused(driver, await update(order, { items: [one, one] }), 'validation_failed', ['items[1].item_id']);
    refused(driver, await update(order, { items: [{ item_id: 'x', metadata: {} }] }), 'validation_failed', [
      'items[0].item_id',
    ]);
    refused(driver, await update(order, { items: [{ item_id: '1' }] }), 'validation_failed', ['items[0].metadata']);
    refused(driver, await update(order, { items: [one] }, { caller }), 'forbidden');
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
  });

  itUnless(roles)('sets, changes and removes notes', async () => {
    const order = await placed(driver);
    expect(done(await update(order, { notes: 'one' })).notes).toBe('one');
    expect(done(await update(order, { notes: 'two' })).notes).toBe('two');
    expect(done(await update(order, { notes: '' })).notes ?? '').toBe('');
    expect((await leaves(driver, order)).slice(0, 2)).toStrictEqual([
      [2, 'notes', null, 'one'],
      [3, 'notes', 'one', 'two'],
    ]);
  });

  itUnless(roles)('makes no version where nothing differs', async () => {
    const metadata = { a: 1, b: { c: [1, 2] } };
    const order = await placed(driver, { metadata, notes: 'same' });
    const same = { shipping_address: address, notes: 'same', metadata: { b: { c: [1, 2] }, a: 1 }, reason: 'again' };
    expect(done(await update(order, same))).toStrictEqual(order);
    expect(done(await update(order, {}))).toStrictEqual(order);
    expect(await leaves(driver, order)).toStrictEqual([]);
  });

  it('keeps the country where an address names none', async () => {
    const order = await placed(driver, { billing_address: { ...address, country: 'XK' } });
    const rest = { recipient: 'Ada', line1: '1 Main St', city: 'Leeds' };
    const edited = done(await driver.updateOrder(order.id, { shipping_address: rest, billing_address: rest }));
    expect(edited.shipping_address).toStrictEqual({ ...rest, country: 'GB' });
    expect(edited.billing_address).toStrictEqual({ ...rest, country: 'XK' });
    expect([...(await leaves(driver, order))].sort()).toStrictEqual([
      [2, 'billing_address.city', 'London', 'Leeds'],
      [2, 'billing_address.line1', '12 St James Square', '1 Main St'],
      [2, 'billing_address.recipient', 'Ada Lovelace', 'Ada'],
      [2, 'shipping_address.city', 'London', 'Leeds'],
      [2, 'shipping_address.line1', '12 St James Square', '1 Main St'],
      [2, 'shipping_address.recipient', 'Ada Lovelace', 'Ada'],
    ]);
  });

  it('fills in the country of a new address that names none', async () => {
    const order = await placed(driver);
    const { country: _, ...billing_address } = address;
    expect(done(await driver.updateOrder(order.id, { billing_address })).billing_address?.country).toBe('US');
  });

  it('takes the order number for the id, in every change', async () => {
    const order = await placed(driver);
    const [{ order_number }, item] = [order, order.items[0]!];
    const replay = { key: newId('key') };
    const edited = done(await driver.updateOrder(order_number, { notes: 'x' }, replay));
    expect([edited.id, edited.notes]).toStrictEqual([order.id, 'x']);
    expect((await driver.updateOrder(order.id, { notes: 'x' }, replay)).replayed).toBe(true);
    const part = { items: [{ item_id: item.id, quantity: 1 }], reason: 'x' };
    expect(done(await driver.cancelOrderItems(order_number, part)).items[0]!.cancelled_quantity).toBe(1);
    expect(done(await driver.updateOrderStatus(order_number, { status: 'processing' })).status).toBe('processing');
    expect(done(await driver.cancelOrder(order_number, { reason: 'x' })).status).toBe('cancelled');
    for (const nobody of ['ORD-20260101-99999999', 'ORD-1', 'x'])
      refused(driver, await driver.cancelOrder(nobody, { reason: 'x' }), 'order_not_found');
  });

  for (const status of ['shipped', 'delivered', 'returned', 'cancelled'] as const)
    itUnless(roles)(`changes no address once the order is ${status}, but notes and metadata`, async () => {
      const order = await placedIn(status);
      for (const field of ['shipping_address', 'billing_address']) {
        const body = { [field]: { ...address, city: 'Paris' }, notes: 'x' };
        refused(driver, await update(order, body), 'order_not_editable');
      }
      expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
      const edited = done(await update(order, { notes: 'x', metadata: { y: 1 } }));
      expect([edited.notes, edited.metadata]).toStrictEqual(['x', { y: 1 }]);
    });

  itUnless(roles)('lets customers edit address and notes until processing', async () => {
    const caller = newCustomer();
    const order = await placed(driver, { customer_id: caller.id });
    done(await update(order, { shipping_address: { ...address, city: 'Paris' }, notes: 'x' }, { caller }));
    refused(driver, await update(order, { metadata: { a: 1 } }, { caller }), 'forbidden');
    done(await driver.updateOrderStatus(order.id, { status: 'processing' }));
    refused(driver, await update(order, { notes: 'y' }, { caller }), 'order_not_editable');
    refused(driver, await update(order, { shipping_address: address }, { caller }), 'order_not_editable');
    done(await update(order, { shipping_address: address, notes: 'y' }));
  });

  itUnless(roles)('refuses every fault at once, and changes nothing', async () => {
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
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
  });

  itUnless(roles || needsJson(driver))('edits nothing else', async () => {
    const order = await placed(driver);
    const body = { status: 'delivered', total_amount: '0', items: [], customer_id: 'x', version: 9, notes: 'x' };
    const paths = ['status', 'total_amount', 'items', 'customer_id', 'version'];
    refused(driver, await update(order, body), 'validation_failed', paths);
    for (const wrong of [{ notes: null }, { notes: 1 }])
      refused(driver, await update(order, wrong), 'validation_failed', ['notes']);
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
  });
});
