import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { EffectView } from '../../actors/ledger.js';
import { refundKey } from '../../actors/rules/entries.js';
import type { Order } from '../../actors/rules/order.js';
import { createRestDeskDriver } from '../support/drivers/desk.js';
import { createGrpcStaffDriver, createRestStaffDriver, type StaffDriver } from '../support/drivers/staff.js';
import { newId, orderBody, staff } from '../support/orders.js';
import { done, refused } from '../support/outcomes.js';
import { openShop, type Shop, until, untilEffect } from '../support/shop.js';

describe('staff, where other services refuse for good', () => {
  let shop: Shop;
  let rest: StaffDriver;
  let grpc: StaffDriver;
  let first: Order;
  let second: Order;

  beforeAll(async () => {
    // No order walks by itself.
    shop = await openShop({ replicas: 1, env: { ORDER_SANDBOX_STEP_MS: '3600000' } });
    const stack = shop.stack.describe();
    [rest, grpc] = [createRestStaffDriver(stack), createGrpcStaffDriver(stack)];
  });
  afterEach(() => shop.heal());
  afterAll(() => shop.stop());

  const release = (id: string): string => `${id}:2:warehouse.release:0`;

  const cancelled = async (): Promise<Order> => {
    const { id } = done(await shop.checkout.createOrder(orderBody()));
    return done(await shop.on(1).cancelOrder(id, { reason: 'not wanted' }, { caller: staff }));
  };

  /** A line of the metrics page that begins like this. */
  const gauge = async (series: string): Promise<number | undefined> => {
    const page = await (await fetch(shop.stack.replicas[0]!.metrics)).text();
    const line = page.split('\n').find((text) => text.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };

  const untilGauge = (series: string, value: number): Promise<boolean> =>
    until(`${series} is ${value}`, async () => (await gauge(series)) === value, 20_000);

  const effectOf = async (driver: StaffDriver, id: string, key: string): Promise<EffectView> =>
    (await driver.orderEffects(id)).entries.find((effect) => effect.key === key)!;

  const untilState = (driver: StaffDriver, id: string, key: string, state: string): Promise<EffectView> =>
    until(`${key} is ${state}`, async () => {
      const effect = await effectOf(driver, id, key);
      return effect.state === state && effect;
    });

  const actionsOf = ({ actions }: EffectView): readonly unknown[] =>
    actions.map(({ action, reason, by }) => [action, reason, by.type, by.id]);

  const paymentChanges = async (id: string): Promise<readonly string[]> => {
    const rows = await shop.query<{ data: { change: string } }>(
      `select data from order_events where order_id = $1 and type = 'order.payment_updated' order by version`,
      id,
    );
    return rows.map(({ data }) => data.change);
  };

  const delivered = async (id: string, operation: string): Promise<readonly string[]> =>
    (await shop.ledger(id)).filter((entry) => entry.operation === operation).map(({ key }) => key);

  it('find it over all orders, money first, page by page, and in the metrics', async () => {
    await shop.fault('payment', 'reject');
    await shop.fault('warehouse', 'reject');
    first = await cancelled();
    second = await cancelled();
    for (const { id } of [first, second])
      for (const operation of ['payment.refund', 'warehouse.release'])
        await untilEffect(shop, id, operation, 'is rejected', ({ state }) => state === 'rejected');
    const expected = [...[refundKey(second.id, 2), refundKey(first.id, 2)], ...[release(second.id), release(first.id)]];
    for (const driver of [rest, grpc]) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const page = await driver.effects({ page_size: 1, ...(token === undefined ? {} : { page_token: token }) });
        expect(page.entries).toHaveLength(1);
        const [effect] = page.entries;
        expect(effect!.state).toBe('rejected');
        expect(effect!.last_error ?? '').toMatch(/reject/);
        keys.push(effect!.key);
        token = page.nextPageToken === '' ? undefined : page.nextPageToken;
      } while (token !== undefined);
      assert.deepEqual(keys, expected, driver.name);
      expect((await driver.effects({ state: ['dead', 'resolved'] })).entries).toStrictEqual([]);
    }
    expect((await rest.effects({})).entries).toStrictEqual((await grpc.effects({ state: 'rejected' })).entries);
    for (const target of ['payment', 'warehouse'])
      await untilGauge(`order_effects_unsettled{target="${target}",state="rejected"}`, 2);
  });

  it('retry, with a reason that is kept', async () => {
    const { id } = first;
    const answer = await rest.retryEffect(id, release(id), { reason: 'stock was recounted' });
    assert.ok(answer.ok, answer.code);
    const effect = await untilState(rest, id, release(id), 'done');
    expect(actionsOf(effect)).toStrictEqual([['retry', 'stock was recounted', 'staff', staff.id]]);
    expect(await delivered(id, 'warehouse.release')).toStrictEqual([release(id)]);
    refused(rest, await rest.retryEffect(id, release(id), { reason: 'again' }), 'illegal_transition');
    refused(grpc, await grpc.resolveEffect(id, release(id), { reason: 'again' }), 'illegal_transition');
  });

  it('retry a refund through its order: refunded once', async () => {
    const [{ id, total_amount }, key] = [first, refundKey(first.id, 2)];
    expect(await paymentChanges(id)).toStrictEqual(['refund_refused']);
    // Refused a second time, it can be asked for a third time.
    await shop.fault('payment', 'reject');
    expect((await grpc.retryEffect(id, key, { reason: 'the bank was down' })).ok).toBe(true);
    await until('it was refused again', async () => (await paymentChanges(id)).length === 3);
    await untilState(grpc, id, key, 'rejected');
    await shop.heal();
    expect((await grpc.retryEffect(id, key, { reason: 'the bank is up' })).ok).toBe(true);
    const effect = await untilState(grpc, id, key, 'done');
    expect(actionsOf(effect)).toStrictEqual([
      ['retry', 'the bank was down', 'staff', staff.id],
      ['retry', 'the bank is up', 'staff', staff.id],
    ]);
    expect(await paymentChanges(id)).toStrictEqual([
      ...['refund_refused', 'refund_retried', 'refund_refused'],
      ...['refund_retried', 'refunded'],
    ]);
    const order = await shop.order(id);
    expect([order.refunded_amount, order.payment_status]).toStrictEqual([total_amount, 'refunded']);
    expect(await delivered(id, 'payment.refund')).toStrictEqual([key]);
    refused(grpc, await grpc.retryEffect(id, key, { reason: 'again' }), 'illegal_transition');
    refused(rest, await rest.resolveEffect(id, key, { reason: 'again' }), 'illegal_transition');
  });

  it('resolve by hand: a refund counts as refunded, and nothing is sent', async () => {
    const [{ id, total_amount }, key] = [second, refundKey(second.id, 2)];
    const paid = await grpc.resolveEffect(id, key, { reason: 'paid by cheque' });
    assert.equal(paid.effect?.state, 'resolved', paid.code);
    expect(actionsOf(paid.effect)).toStrictEqual([['resolve', 'paid by cheque', 'staff', staff.id]]);
    const order = await shop.order(id);
    expect([order.refunded_amount, order.payment_status]).toStrictEqual([total_amount, 'refunded']);
    expect(await paymentChanges(id)).toStrictEqual(['refund_refused', 'refunded']);
    const released = await rest.resolveEffect(id, release(id), { reason: 'by telephone' });
    assert.equal(released.effect?.state, 'resolved', released.code);

    for (const wanted of [key, release(id)]) {
      refused(rest, await rest.retryEffect(id, wanted, { reason: 'again' }), 'illegal_transition');
      refused(grpc, await grpc.resolveEffect(id, wanted, { reason: 'again' }), 'illegal_transition');
    }
    expect(await delivered(id, 'payment.refund')).toStrictEqual([]);
    expect(await delivered(id, 'warehouse.release')).toStrictEqual([]);
    expect((await shop.order(id)).version).toBe(order.version);
    const keys = (await grpc.effects({ state: 'resolved' })).entries.map((effect) => effect.key);
    expect(keys).toStrictEqual([key, release(id)]);
    expect((await rest.effects({})).entries).toStrictEqual([]);
    await untilGauge('order_effects_unsettled{target="payment",state="rejected"}', 0);
  });

  it('resolve what is still tried, but no refund under way', async () => {
    await shop.fault('payment', 'refuse');
    await shop.fault('warehouse', 'refuse');
    const { id } = await cancelled();
    await untilEffect(shop, id, 'warehouse.release', 'was tried', ({ last_error }) => last_error !== null);
    expect((await rest.resolveEffect(id, release(id), { reason: 'by telephone' })).effect?.state).toBe('resolved');
    const key = refundKey(id, 2);
    refused(rest, await rest.resolveEffect(id, key, { reason: 'by cheque' }), 'illegal_transition');
    const listed = (await grpc.effects({ state: ['pending'] })).entries.map((effect) => effect.key);
    expect(listed.slice(0, 1)).toStrictEqual([key]);
    await shop.heal();
    await untilState(rest, id, key, 'done');
    expect(await delivered(id, 'warehouse.release')).toStrictEqual([]);
  });

  it('act on a refund once for a key, however many calls come at once', async () => {
    for (const call of ['retryEffect', 'resolveEffect'] as const) {
      await shop.fault('payment', 'reject');
      const { id } = await cancelled();
      const key = refundKey(id, 2);
      await untilState(rest, id, key, 'rejected');
      await shop.heal();
      const options = { caller: staff, key: newId('key') };
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, n) => (n % 2 === 0 ? rest : grpc)[call](id, key, { reason: 'at once' }, options)),
      );
      for (const answer of answers) assert.ok(answer.ok, answer.code);
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
      const effect = await untilState(rest, id, key, call === 'retryEffect' ? 'done' : 'resolved');
      expect(effect.actions).toHaveLength(1);
      const more = call === 'retryEffect' ? ['refund_retried', 'refunded'] : ['refunded'];
      expect(await paymentChanges(id)).toStrictEqual(['refund_refused', ...more]);
      refused(rest, await rest[call](id, key, { reason: 'another' }, options), 'idempotency_key_reused');
    }
  });

  it('see in the metrics what waits and what is dead', async () => {
    await untilGauge('order_waiting_events', 0);
    await untilGauge('order_dead_letters_open', 0);
    const { id } = done(await shop.checkout.createOrder(orderBody()));
    await shop.publish('shipping.delivered', { order_id: id });
    await untilGauge('order_waiting_events', 1);
    await shop.publish('shipping.delivered', { order_id: 'no uuid' });
    await untilGauge('order_dead_letters_open', 1);
    const [letter] = (await grpc.deadLetters({})).entries;
    expect((await grpc.discardDeadLetter(letter!.id, { reason: 'a test' })).ok).toBe(true);
    await untilGauge('order_dead_letters_open', 0);
  });

  it('do not retry a hold of fulfilment when the order is free, nor a release when it is held', async () => {
    const desk = createRestDeskDriver(shop.stack.describe());
    const { id } = done(await shop.checkout.createOrder(orderBody()));
    await untilEffect(shop, id, 'fulfillment.start', 'is done', ({ state }) => state === 'done');
    await shop.fault('fulfillment', 'reject');
    const held = done(await desk.hold(id, { reason: 'checked' }));
    const hold = `${id}:${held.version}:fulfillment.hold:0`;
    await untilState(rest, id, hold, 'rejected');
    const free = done(await desk.release(id));
    const releasing = `${id}:${free.version}:fulfillment.release:0`;
    await untilState(rest, id, releasing, 'rejected');
    refused(rest, await rest.retryEffect(id, hold, { reason: 'again' }), 'order_not_held');
    done(await desk.hold(id, { reason: 'checked again' }));
    refused(grpc, await grpc.retryEffect(id, releasing, { reason: 'again' }), 'order_on_hold');
    expect((await untilState(rest, id, releasing, 'rejected')).actions).toStrictEqual([]);
    await shop.heal();
    assert.ok((await rest.retryEffect(id, hold, { reason: 'still wanted' })).ok);
    await untilState(rest, id, hold, 'done');
  });
});
