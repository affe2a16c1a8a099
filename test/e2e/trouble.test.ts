import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import { refundKey } from '../../actors/rules/entries.js';
import type { Body } from '../support/driver.js';
import { orderBody, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { assertSound, quiet } from '../support/invariants.js';
import { impatientConfig } from '../support/config-file.js';
import {
  openShop,
  type EffectState,
  type LedgerEntry,
  type Shop,
  until,
  untilEffect,
  untilStatus,
} from '../support/shop.js';

describe('effects while the other services, or our own workers, are in trouble', () => {
  const config = impatientConfig();
  const rejected: string[] = [];
  let shop: Shop;

  beforeAll(async () => {
    // No order walks by itself: each test looks at the effects it asked for.
    const env = { ORDER_CONFIG_FILE: config.path, ORDER_SANDBOX_STEP_MS: '3600000' };
    shop = await openShop({ env });
  });
  afterEach(() => shop.heal());
  afterAll(async () => {
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
    expect((await cancel(id)).status).toBe('cancelled');
    const failing = await untilEffect(shop, id, 'warehouse.release', 'was tried twice', ({ attempts, last_error }) => {
      return attempts >= 2 && last_error !== null;
    });
    expect(failing.state).toBe('pending');
    expect(failing.last_error ?? '').toMatch(/503|refuse/);
    // The others do not wait for it.
    await untilEffect(shop, id, 'payment.refund', 'is done', isDone);
    await untilEffect(shop, id, 'fulfillment.stop', 'is done', isDone);
    expect(await ledgerOf(id, 'warehouse.release')).toStrictEqual([]);
    expect((await effectOf(id, 'warehouse.release')).state).toBe('pending');
    await shop.heal();
    const { attempts } = await untilEffect(shop, id, 'warehouse.release', 'is done', isDone);
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect((await ledgerOf(id, 'warehouse.release')).map(({ deliveries }) => deliveries)).toStrictEqual([1]);
  });

  it('fulfilment hangs: the refund does not wait, and the stop comes after the start', async () => {
    await shop.fault('fulfillment', 'hang');
    const { id, total_amount } = await ordered();
    await cancel(id);
    await untilEffect(shop, id, 'payment.refund', 'is done', isDone);
    expect((await shop.order(id)).refunded_amount).toBe(total_amount);
    expect((await effectOf(id, 'fulfillment.start')).state).toBe('pending');
    // it did not overtake the start
    expect((await effectOf(id, 'fulfillment.stop')).attempts).toBe(0);
    await until('the start was delivered again', async () => {
      return (await ledgerOf(id, 'fulfillment.start')).some(({ deliveries }) => deliveries >= 2);
    });
    await shop.heal();
    await untilEffect(shop, id, 'fulfillment.stop', 'is done', isDone);
    const operations = (await shop.ledger(id)).map(({ operation }) => operation);
    expect(operations.filter((operation) => operation.startsWith('fulfillment.'))).toStrictEqual([
      'fulfillment.start',
      'fulfillment.stop',
    ]);
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
    expect((await effectOf(id, 'payment.refund')).state).toBe('pending');
    await shop.heal();
    await untilEffect(shop, id, 'payment.refund', 'is done', isDone);
    await quiet(shop);
    const order = await shop.order(id);
    expect(order.refunded_amount).toBe(total_amount);
    expect(order.payment_status).toBe('refunded');
    const changes = (await refunds(id)).map(({ data }) => data.change);
    // event and answer count once
    expect(changes).toStrictEqual(['refunded']);
    const [entry, ...more] = await ledgerOf(id, 'payment.refund');
    expect([entry?.key, entry?.amount, more]).toStrictEqual([refundKey(id, 2), total_amount, []]);
    const notices = (await shop.effects(id)).filter(({ payload }) => payload['kind'] === 'refund');
    expect(notices).toHaveLength(1);
  });

  it('payment rejects a refund: shown, owed again, asked for with the next change, not round and round', async () => {
    const { id, total_amount } = await ordered();
    await shop.fault('payment', 'reject');
    const some = { items: [{ item_id: '1', quantity: 1 }], reason: 'one too many' };
    done(await shop.on(1).cancelOrderItems(id, some, { caller: staff }));
    const refused = await untilEffect(shop, id, 'payment.refund', 'is rejected', ({ state }) => state === 'rejected');
    rejected.push(refused.key);
    expect(refused.last_error ?? '').toMatch(/422|reject/);
    const told = await shop.order(id);
    expect((await refunds(id)).map(({ version, data }) => [version, data.change])).toStrictEqual([
      [3, 'refund_refused'],
    ]);
    expect(told.refunded_amount).toBe('0.00');
    await shop.heal();
    // Long enough for a loop to show itself.
    await sleep(1_500);
    // nothing was asked for again by itself
    expect((await shop.order(id)).version).toBe(3);
    await cancel(id);
    const whole = await until('all of it was refunded', async () => {
      const order = await shop.order(id);
      return order.refunded_amount === total_amount && order;
    });
    expect(whole.payment_status).toBe('refunded');
    expect((await ledgerOf(id, 'payment.refund')).map(({ key, amount }) => [key, amount])).toStrictEqual([
      [refundKey(id, 4), total_amount],
    ]);
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
    expect([left.state, left.attempts, left.claim !== null]).toStrictEqual(['pending', 1, true]);
    await shop.heal();
    await thaw(2);
    const { attempts } = await untilEffect(shop, id, 'fulfillment.start', 'is done', isDone);
    expect(attempts).toBe(2);
    expect((await ledgerOf(id, 'fulfillment.start')).map(({ deliveries }) => deliveries)).toStrictEqual([2]);
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
    expect([left.state, left.attempts, left.claim !== null]).toStrictEqual(['pending', 1, true]);
    await shop.heal();
    await thaw(2);
    const settled = await untilEffect(shop, id, 'fulfillment.start', 'is done', isDone);
    await thaw(1);
    await until('the thawed worker found its lease lost', async () => {
      return (await shop.counter(1, 'order_effect_leases_lost_total')) > lostBefore;
    });
    // it was left as the other had settled it
    expect(await effectOf(id, 'fulfillment.start')).toStrictEqual(settled);
    await untilStatus(shop, id, 'confirmed');
  });

  it('leaves everything sound', () => assertSound(shop, { rejected }));
});
