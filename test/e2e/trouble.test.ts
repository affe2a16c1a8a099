import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Order } from '../../actors/rules/order.js';
import { refundKey } from '../../actors/rules/entries.js';
import type { Body } from '../contract/driver.js';
import { orderBody, staff } from '../contract/orders.js';
import { done } from '../contract/outcomes.js';
import { assertSound, quiet } from '../support/invariants.js';
import { impatientConfig } from '../support/config-file.js';
import { openShop, type EffectState, type LedgerEntry, type Shop, until, untilEffect, untilStatus } from './shop.js';

describe('effects while the other services, or our own workers, are in trouble', () => {
  const config = impatientConfig();
  const rejected: string[] = [];
  let shop: Shop;

  before(async () => {
    // No order walks by itself: each test looks at the effects it asked for.
    const env = { ORDER_CONFIG_FILE: config.path, ORDER_SANDBOX_STEP_MS: '3600000' };
    shop = await openShop({ env });
  });
  afterEach(() => shop.heal());
  after(async () => {
    await shop.stop();
    config.remove();
  });

  const ordered = async (over: Body = {}): Promise<Order> => done(await shop.checkout.createOrder(orderBody(over)));
  const cancel = async (id: string): Promise<Order> =>
    done(await shop.on(2).cancelOrder(id, { reason: 'not wanted' }, { caller: staff }));

  const ledgerOf = async (id: string, operation: string): Promise<readonly LedgerEntry[]> =>
    (await shop.ledger(id)).filter((entry) => entry.operation === operation);
  const effectOf = async (id: string, operation: string): Promise<EffectState> =>
    untilEffect(shop, id, operation, 'is there', () => true);
  const isDone = ({ state }: EffectState): boolean => state === 'done';
  const refunds = async (id: string): Promise<readonly { version: number; data: { change: string } }[]> =>
    shop.query(
      `select version, data from order_events where order_id = $1 and type = 'order.payment_updated' order by version`,
      id,
    );

  it('warehouse refuses for a while: cancelled at once, released once, and the ledger tells of it', async () => {
    const { id } = await ordered();
    await shop.fault('warehouse', 'refuse');
    assert.equal((await cancel(id)).status, 'cancelled');
    const failing = await untilEffect(shop, id, 'warehouse.release', 'was tried twice', ({ attempts, last_error }) => {
      return attempts >= 2 && last_error !== null;
    });
    assert.equal(failing.state, 'pending');
    assert.match(failing.last_error ?? '', /503|refuse/);
    // The others do not wait for it.
    await untilEffect(shop, id, 'payment.refund', 'is done', isDone);
    await untilEffect(shop, id, 'fulfillment.stop', 'is done', isDone);
    assert.deepEqual(await ledgerOf(id, 'warehouse.release'), []);
    assert.equal((await effectOf(id, 'warehouse.release')).state, 'pending');
    await shop.heal();
    const { attempts } = await untilEffect(shop, id, 'warehouse.release', 'is done', isDone);
    assert.ok(attempts >= 3);
    assert.deepEqual(
      (await ledgerOf(id, 'warehouse.release')).map(({ deliveries }) => deliveries),
      [1],
    );
  });

  it('fulfilment hangs: the refund does not wait, and the stop comes after the start', async () => {
    await shop.fault('fulfillment', 'hang');
    const { id, total_amount } = await ordered();
    await cancel(id);
    await untilEffect(shop, id, 'payment.refund', 'is done', isDone);
    assert.equal((await shop.order(id)).refunded_amount, total_amount);
    assert.equal((await effectOf(id, 'fulfillment.start')).state, 'pending');
    assert.equal((await effectOf(id, 'fulfillment.stop')).attempts, 0, 'it did not overtake the start');
    await until('the start was delivered again', async () => {
      return (await ledgerOf(id, 'fulfillment.start')).some(({ deliveries }) => deliveries >= 2);
    });
    await shop.heal();
    await untilEffect(shop, id, 'fulfillment.stop', 'is done', isDone);
    const operations = (await shop.ledger(id)).map(({ operation }) => operation);
    assert.deepEqual(
      operations.filter((operation) => operation.startsWith('fulfillment.')),
      ['fulfillment.start', 'fulfillment.stop'],
    );
  });

  it('payment hangs after it has refunded: one refund', async () => {
    const { id, total_amount } = await ordered();
    await shop.fault('payment', 'hang');
    await cancel(id);
    // Its event comes though its answer does not, and waits to be told which refund it is.
    await until('the event of the refund waits', async () => {
      const waiting = await shop.query<{ topic: string }>('select topic from waiting_events where order_id = $1', id);
      return waiting.some(({ topic }) => topic === 'payment.refunded');
    });
    await until('the refund was asked for again', async () => {
      return (await ledgerOf(id, 'payment.refund')).some(({ deliveries }) => deliveries >= 2);
    });
    assert.equal((await effectOf(id, 'payment.refund')).state, 'pending');
    await shop.heal();
    await untilEffect(shop, id, 'payment.refund', 'is done', isDone);
    await quiet(shop);
    const order = await shop.order(id);
    assert.equal(order.refunded_amount, total_amount);
    assert.equal(order.payment_status, 'refunded');
    const changes = (await refunds(id)).map(({ data }) => data.change);
    assert.deepEqual(changes, ['refunded'], 'event and answer count once');
    const [entry, ...more] = await ledgerOf(id, 'payment.refund');
    assert.deepEqual([entry?.key, entry?.amount, more], [refundKey(id, 2), total_amount, []]);
    const notices = (await shop.effects(id)).filter(({ payload }) => payload['kind'] === 'refund');
    assert.equal(notices.length, 1);
  });

  it('payment rejects a refund: shown, owed again, asked for with the next change, not round and round', async () => {
    const { id, total_amount } = await ordered();
    await shop.fault('payment', 'reject');
    const some = { items: [{ item_id: '1', quantity: 1 }], reason: 'one too many' };
    done(await shop.on(1).cancelOrderItems(id, some, { caller: staff }));
    const refused = await untilEffect(shop, id, 'payment.refund', 'is rejected', ({ state }) => state === 'rejected');
    rejected.push(refused.key);
    assert.match(refused.last_error ?? '', /422|reject/);
    const told = await shop.order(id);
    assert.deepEqual(
      (await refunds(id)).map(({ version, data }) => [version, data.change]),
      [[3, 'refund_refused']],
    );
    assert.equal(told.refunded_amount, '0.00');
    await shop.heal();
    // Long enough for a loop to show itself.
    await sleep(1_500);
    assert.equal((await shop.order(id)).version, 3, 'nothing was asked for again by itself');
    await cancel(id);
    const whole = await until('all of it was refunded', async () => {
      const order = await shop.order(id);
      return order.refunded_amount === total_amount && order;
    });
    assert.equal(whole.payment_status, 'refunded');
    assert.deepEqual(
      (await ledgerOf(id, 'payment.refund')).map(({ key, amount }) => [key, amount]),
      [[refundKey(id, 4), total_amount]],
    );
  });

  /** Replica 2 stands still, so that all work is replica 1's. */
  const onlyFirstWorks = async (): Promise<void> => {
    await quiet(shop);
    await shop.stack.replicas[1]!.app.kill('SIGSTOP');
    const body = orderBody();
    await until('orders live at replica 1 alone', async () => {
      for (let n = 0; n < 6; n += 1)
        if (
          !(
            await shop
              .on(1)
              .createOrder(body)
              .catch(() => undefined)
          )?.ok
        )
          return false;
      return true;
    });
  };

  /** An order whose start of fulfilment replica 1 has asked for and not yet settled. */
  const claimedByFirst = async (): Promise<string> => {
    const { id } = done(await shop.on(1).createOrder(orderBody()));
    await until(
      `the start of ${id} was delivered`,
      async () => (await ledgerOf(id, 'fulfillment.start')).length > 0,
      30_000,
      10,
    );
    return id;
  };

  const thaw = async (replica: number): Promise<void> => {
    const { app, ready } = shop.stack.replicas[replica - 1]!;
    await app.kill('SIGCONT');
    await ready();
  };

  it('a worker killed between claim and settling: the other goes on after the lease, once', async () => {
    const [first] = shop.stack.replicas;
    await onlyFirstWorks();
    await shop.fault('fulfillment', 'hang');
    const id = await claimedByFirst();
    await first!.app.kill('SIGKILL');
    const left = await effectOf(id, 'fulfillment.start');
    assert.deepEqual([left.state, left.attempts, left.claim !== null], ['pending', 1, true]);
    await shop.heal();
    await thaw(2);
    const { attempts } = await untilEffect(shop, id, 'fulfillment.start', 'is done', isDone);
    assert.equal(attempts, 2);
    assert.deepEqual(
      (await ledgerOf(id, 'fulfillment.start')).map(({ deliveries }) => deliveries),
      [2],
    );
    await first!.app.restart();
    await first!.ready();
  });

  it('a worker frozen past its lease and thawed: settles nothing twice', async () => {
    const [first] = shop.stack.replicas;
    await onlyFirstWorks();
    await shop.fault('fulfillment', 'slow', { delay_ms: 1_000 });
    const lostBefore = await shop.counter(1, 'order_effect_leases_lost_total');
    const id = await claimedByFirst();
    await first!.app.kill('SIGSTOP');
    const left = await effectOf(id, 'fulfillment.start');
    assert.deepEqual([left.state, left.attempts, left.claim !== null], ['pending', 1, true]);
    await shop.heal();
    await thaw(2);
    const settled = await untilEffect(shop, id, 'fulfillment.start', 'is done', isDone);
    await thaw(1);
    await until('the thawed worker found its lease lost', async () => {
      return (await shop.counter(1, 'order_effect_leases_lost_total')) > lostBefore;
    });
    assert.deepEqual(await effectOf(id, 'fulfillment.start'), settled, 'it was left as the other had settled it');
    await untilStatus(shop, id, 'confirmed');
  });

  it('leaves everything sound', () => assertSound(shop, { rejected }));
});
