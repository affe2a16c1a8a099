import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import type { Body } from '../support/driver.js';
import { orderBody, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { assertSound, quiet } from '../support/invariants.js';
import { impatientConfig } from '../support/config-file.js';
import { createPastOrder } from '../support/past-order.js';
import { newOrder } from '../support/sample-orders.js';
import { openShop, type Shop, until, untilStatus } from '../support/shop.js';
import { startTraffic } from './traffic.js';

describe('everything down, and up again', () => {
  const config = impatientConfig();
  let shop: Shop;

  beforeAll(async () => {
    // No order walks by itself; one that is not paid is cancelled after 3.6 s.
    const unpaidHours = { ORDER_AUTO_CANCEL_DRAFT_HOURS: '0.001' };
    const env = { ORDER_CONFIG_FILE: config.path, ORDER_SANDBOX_STEP_MS: '3600000', ...unpaidHours };
    shop = await openShop({ env });
  });
  afterAll(async () => {
    await shop.stop();
    config.remove();
  });

  const ordered = async (over: Body = {}): Promise<Order> => done(await shop.checkout.createOrder(orderBody(over)));
  const unpaid: Body = { payment_status: 'pending', payment_method: 'card' };

  const both = <T>(work: (replica: Shop['stack']['replicas'][number]) => Promise<T>): Promise<readonly T[]> =>
    Promise.all(shop.stack.replicas.map(work));

  /** By its deadline, by nobody else, once. */
  const assertCancelledByDeadline = async (id: string): Promise<void> => {
    const order = await untilStatus(shop, id, 'cancelled');
    expect([order.version, order.deadlines]).toStrictEqual([2, []]);
    const history = await shop.on(1).statusHistory(id, {}, { caller: staff });
    expect(history.entries.map(({ to_status, changed_by }) => [to_status, changed_by.type])).toStrictEqual([
      ['confirmed', 'service'],
      ['cancelled', 'system'],
    ]);
  };

  /** Its return window closes in some seconds. */
  const deliveredLongAgo = async (): Promise<Order> => {
    const daysAgo = (days: number): number => Date.now() - days * 86_400_000;
    const id = await createPastOrder(shop.stack.databaseDsn, newOrder, new Date(daysAgo(31)));
    for (const status of ['processing', 'shipped'])
      done(await shop.on(1).updateOrderStatus(id, { status }, { caller: staff }));
    const delivered_at = new Date(daysAgo(30) + 8_000).toISOString();
    await shop.publish('shipping.delivered', { order_id: id, delivered_at });
    return untilStatus(shop, id, 'delivered');
  };

  it('an order not paid in time is cancelled, once, though both replicas look after it', async () => {
    const orders = await Promise.all(Array.from({ length: 8 }, () => ordered(unpaid)));
    for (const { id } of orders) await assertCancelledByDeadline(id);
  });

  it('both replicas killed while effects are pending: all settle after the next start, deadlines too', async () => {
    await shop.fault('warehouse', 'refuse');
    await shop.fault('fulfillment', 'hang');
    const orders = await Promise.all(Array.from({ length: 8 }, () => ordered()));
    for (const { id } of orders.slice(0, 4))
      done(await shop.on(2).cancelOrder(id, { reason: 'not wanted' }, { caller: staff }));
    const returnable = await deliveredLongAgo();
    const late = await ordered(unpaid);
    await both(({ app }) => app.kill('SIGKILL'));
    const pending = await shop.query(`select key from order_effects where state = 'pending'`);
    assert.ok(pending.length >= orders.length, `${pending.length} effects are pending`);
    // killed before its deadline
    expect((await shop.order(late.id)).status).toBe('confirmed');
    // killed before its window closed
    expect((await shop.order(returnable.id)).completed_at).toBeUndefined();
    for (const { deadlines } of [late, returnable])
      await until('the deadline has passed', async () => Date.parse(deadlines[0]!.at) < Date.now());
    await shop.heal();
    await both(({ app }) => app.restart());
    await both(({ ready }) => ready());
    await quiet(shop);
    await assertCancelledByDeadline(late.id);
    const completed = await until('the return window is closed', async () => {
      const order = await shop.order(returnable.id);
      return order.completed_at !== undefined && order;
    });
    expect([completed.version, completed.deadlines]).toStrictEqual([returnable.version + 1, []]);
    for (const { id, total_amount } of orders.slice(0, 4))
      expect((await shop.order(id)).refunded_amount).toBe(total_amount);
  });

  it('sidecars killed as well: the same', async () => {
    await shop.fault('warehouse', 'refuse');
    const orders = await Promise.all(Array.from({ length: 4 }, () => ordered()));
    for (const { id } of orders) done(await shop.on(1).cancelOrder(id, { reason: 'not wanted' }, { caller: staff }));
    await both(({ app, sidecar }) => Promise.all([app.kill('SIGKILL'), sidecar.kill('SIGKILL')]));
    await shop.heal();
    await both(({ app, sidecar }) => Promise.all([app.restart(), sidecar.restart()]));
    await both(({ ready }) => ready());
    await quiet(shop);
  });

  it('Redis killed while events are published: commands go on, and no event is missing', async () => {
    const redis = shop.stack.redisServer!;
    const clients = await startTraffic(shop, shop.on(2), { editors: 6, cancellers: 1 });
    await clients.more(60);
    await redis.handle.kill('SIGKILL');
    await clients.more(100);
    await redis.handle.restart();
    await redis.ready();
    await clients.more(60);
    await clients.stop();
    // orders do not need Redis
    expect(clients.troubles).toStrictEqual([]);
    await clients.assertExactlyOnce();
    await quiet(shop);
  });

  it('Postgres killed in the middle of it: delays or a clean 503, and all that was acknowledged is there', async () => {
    const postgres = shop.stack.postgres!;
    const clients = await Promise.all(
      [1, 2].map((replica) => startTraffic(shop, shop.on(replica), { editors: 4, cancellers: 1 })),
    );
    const more = (count: number): Promise<unknown> => Promise.all(clients.map((client) => client.more(count)));
    await more(40);
    // At once and without a word: what was acknowledged must come back from its log.
    await postgres.handle.kill('SIGQUIT');
    await postgres.handle.restart();
    await postgres.ready();
    await more(40);
    await Promise.all(clients.map((client) => client.stop()));
    for (const client of clients) {
      for (const { status, code, retryAfter, what } of client.troubles) {
        assert.deepEqual([status, code], [503, 'unavailable'], what);
        assert.ok(retryAfter !== undefined && retryAfter > 0, `${what}: no Retry-After`);
      }
      await client.assertExactlyOnce();
    }
    await quiet(shop);
  });

  it('leaves everything sound', () => assertSound(shop));
});
