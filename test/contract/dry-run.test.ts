import assert from 'node:assert/strict';
import { expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import { sharedStack } from '../support/stack.js';
import type { Answer, CallOptions, Driver, PreviewView } from '../support/driver.js';
import { createRestStaffDriver } from '../support/drivers/staff.js';
import { newId, orderBody, placed, unpaid } from '../support/orders.js';
import { done, refused, repeated, taken } from '../support/outcomes.js';
import { onEachSurface } from './surfaces.js';

const dry = { dryRun: 'true' } as const;
const ledger = createRestStaffDriver(sharedStack());

const previewIn = (answer: Answer, version: number | undefined): PreviewView => {
  assert.ok(answer.ok && answer.preview, `answered ${answer.status} ${answer.code ?? ''}`);
  expect(answer.preview.version).toBe(version);
  expect(answer.etag).toBe(version === undefined ? undefined : `"${version}"`);
  expect(answer.order).toBeUndefined();
  return answer.preview;
};

/** An order without what differs each time. */
const timeless = ({
  updated_at: _u,
  cancelled_at: _c,
  deadlines: _d,
  shipment: _s,
  ...order
}: Partial<Order>): object => order;

const calls: Readonly<Record<string, (driver: Driver, order: Order, options: CallOptions) => Promise<Answer>>> = {
  status: (driver, { id }, options) => driver.updateOrderStatus(id, { status: 'processing' }, options),
  update: (driver, { id }, options) =>
    driver.updateOrder(
      id,
      { notes: 'ring twice', shipping_address: { recipient: 'B', line1: '2', city: 'C' } },
      options,
    ),
  cancel: (driver, { id }, options) => driver.cancelOrder(id, { reason: 'x' }, options),
  'cancel items': (driver, { id, items }, options) =>
    driver.cancelOrderItems(id, { items: [{ item_id: items[0]!.id, quantity: 1 }], reason: 'x' }, options),
};

onEachSurface('A dry run', (driver) => {
  for (const [name, call] of Object.entries(calls))
    it(`of ${name} tells what the call then does, and does nothing`, async () => {
      const order = done(await driver.createOrder(orderBody({ payment_id: newId('payment') })));
      const before = (await ledger.orderEffects(order.id)).entries.length;
      const key = newId('key');
      const preview = previewIn(await call(driver, order, { ...dry, key }), 1);
      expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
      expect((await ledger.orderEffects(order.id)).entries).toHaveLength(before);

      const after = done(await call(driver, order, { key, ifMatch: '"1"' }));
      expect(timeless(preview.order)).toStrictEqual(timeless(after));
      const paths = preview.changes.map(({ path }) => path);
      expect(paths).not.toContain('version');
      expect(paths).not.toContain('updated_at');
      const effects = (await ledger.orderEffects(order.id)).entries.filter(
        ({ version, target }) => version === after.version && target !== 'events',
      );
      expect(preview.effects).toStrictEqual(
        effects.map(({ target, operation, payload }) => ({ target, operation, payload })),
      );
      const refunds = effects.filter(({ operation }) => operation === 'payment.refund');
      expect(preview.refund?.payments.map(({ amount }) => amount) ?? []).toStrictEqual(
        refunds.map(({ payload }) => (payload as { readonly amount: string }).amount),
      );

      // A key that is known answers as the call itself does: with the order as it is now, its refund settled or not.
      const again = repeated(await call(driver, order, { ...dry, key }));
      expect([again.id, again.status, again.items]).toStrictEqual([after.id, after.status, after.items]);
      expect(again.version).toBeGreaterThanOrEqual(after.version);
      refused(
        driver,
        await driver.cancelOrder(order.id, { reason: 'another' }, { ...dry, key }),
        'idempotency_key_reused',
      );
    });

  it('breaks a refund down by line and payment', async () => {
    const payment_id = newId('payment');
    const { id, items } = done(await driver.createOrder(orderBody({ payment_id })));
    const body = { items: [{ item_id: items[1]!.id, quantity: 1 }], reason: 'x' };
    const { refund, changes } = previewIn(await driver.cancelOrderItems(id, body, dry), 1);
    assert.ok(refund);
    expect(refund.lines).toStrictEqual([{ item_id: items[1]!.id, amount: '5.50' }]);
    expect(refund.payments).toStrictEqual([{ payment_id, amount: refund.amount }]);
    expect((Number(refund.amount) - 5.5).toFixed(2)).toBe(refund.other_amount);
    expect(changes).toContainEqual({ path: `items.${items[1]!.id}.cancelled_quantity`, old: 0, new: 1 });
  });

  it('of CreateOrder has neither id nor number, and uses no key up', async () => {
    const key = newId('key');
    const body = orderBody(unpaid);
    const answer = await driver.createOrder(body, { ...dry, key });
    const { order, effects, changes } = previewIn(answer, undefined);
    expect(answer.status).toBe(driver.protocol === 'grpc' ? 0 : 200);
    if (driver.protocol === 'http') {
      expect(order.id).toBeUndefined();
      expect(order.order_number).toBeUndefined();
    }
    expect(effects.map(({ operation }) => operation)).toStrictEqual(['fulfillment.start', 'notification.send']);
    expect(changes.length).toBeGreaterThan(20);
    const made = done(await driver.createOrder(body, { key }));
    const { id: _i, order_number: _n, created_at: _c, ...rest } = made;
    expect(timeless(order)).toMatchObject(timeless(rest));
    expect(repeated(await driver.createOrder(body, { ...dry, key })).id).toBe(made.id);
    refused(driver, await driver.createOrder(orderBody(unpaid), { ...dry, key }), 'idempotency_key_reused');
    refused(driver, await driver.createOrder({ ...body, total_amount: '1.00' }, dry), 'validation_failed', [
      'total_amount',
    ]);
  });

  it('makes the same checks as the call', async () => {
    const { id } = await placed(driver);
    refused(driver, await driver.cancelOrder(id, { reason: 'x' }, { ...dry, ifMatch: '"7"' }), 'version_conflict');
    refused(driver, await driver.updateOrderStatus(id, { status: 'delivered' }, dry), 'illegal_transition');
    refused(driver, await driver.cancelOrder(id, {}, dry), 'validation_failed', ['reason']);
    refused(driver, await driver.cancelOrder(newId('x'), { reason: 'x' }, dry), 'order_not_found');
    const path = driver.protocol === 'grpc' ? 'dry-run' : 'dry_run';
    refused(driver, await driver.cancelOrder(id, { reason: 'x' }, { dryRun: 'maybe' }), 'validation_failed', [path]);
    done(await driver.cancelOrder(id, { reason: 'x' }, { dryRun: 'false' }));
  });

  it('is refused by calls that change nothing', async () => {
    const { id } = await placed(driver);
    const path = driver.protocol === 'grpc' ? 'dry-run' : 'dry_run';
    for (const options of [{ dryRun: 'true' }, { dryRun: 'false' }]) {
      refused(driver, await driver.getOrder(id, options), 'validation_failed', [path]);
      refused(driver, await driver.listOrders({}, options), 'validation_failed', [path]);
      refused(driver, await driver.statusHistory(id, {}, options), 'validation_failed', [path]);
    }
  });
});
