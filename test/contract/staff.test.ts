import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { DeadLetterView } from '../../actors/dead-letters.js';
import type { Caller } from '../../actors/rules/order.js';
import { sharedStack } from '../support/stack.js';
import type { Answer, CallOptions } from './driver.js';
import { createRestDriver } from './drivers/rest.js';
import { createGrpcStaffDriver, createRestStaffDriver, type StaffDriver } from './drivers/staff.js';
import { newCustomer, newId, placed, placedIn, staff } from './orders.js';
import { eventually, refused, taken } from './outcomes.js';

const stack = sharedStack();
const orders = createRestDriver(stack);
const rest = createRestStaffDriver(stack);
const grpc = createGrpcStaffDriver(stack);

const because = { reason: 'the suite says so' };
const theStaff = `${staff.type}:${staff.id}`;
const noEffect = (id: string): string => `${id}:9:payment.refund:0`;

/** Publishes as the service that owns the topic would; answers the event's id. */
const publish = async (topic: string, data: object): Promise<string> => {
  const response = await fetch(`${stack.sandbox!.url}/events/${topic}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(data),
  });
  assert.equal(response.status, 202);
  return ((await response.json()) as { id: string }).id;
};

/** The dead letter of an event, among those of a state; other tests have theirs there too. */
const find = async (driver: StaffDriver, eventId: string, state = 'open'): Promise<DeadLetterView | undefined> => {
  let token: string | undefined = '';
  while (token !== undefined) {
    const page = await driver.deadLetters({ state, page_size: 100, ...(token === '' ? {} : { page_token: token }) });
    assert.ok(page.ok, `the list answered ${page.status} ${page.code ?? ''}`);
    const found = page.entries.find(({ event_id }) => event_id === eventId);
    if (found !== undefined) return found;
    token = page.nextPageToken === '' ? undefined : page.nextPageToken;
  }
  return undefined;
};

const letterOf = async (driver: StaffDriver, eventId: string): Promise<DeadLetterView> => {
  const letter = await eventually(
    () => find(driver, eventId),
    (found) => found !== undefined,
    30_000,
  );
  assert.ok(letter, `event ${eventId} became no dead letter`);
  assert.equal(letter.event_id, eventId);
  assert.equal(letter.state, 'open');
  return letter;
};

const calls: Readonly<Record<string, (driver: StaffDriver, id: string, options: CallOptions) => Promise<Answer>>> = {
  orderEffects: (driver, id, options) => driver.orderEffects(id, options),
  effects: (driver, _id, options) => driver.effects({ page_size: 1 }, options),
  retryEffect: (driver, id, options) => driver.retryEffect(id, noEffect(id), because, options),
  resolveEffect: (driver, id, options) => driver.resolveEffect(id, noEffect(id), because, options),
  deadLetters: (driver, _id, options) => driver.deadLetters({ page_size: 1 }, options),
  deadLetter: (driver, _id, options) => driver.deadLetter(randomUUID(), options),
  replayDeadLetter: (driver, _id, options) => driver.replayDeadLetter(randomUUID(), because, options),
  discardDeadLetter: (driver, _id, options) => driver.discardDeadLetter(randomUUID(), because, options),
};

for (const driver of [rest, grpc])
  describe(`Staff calls, over ${driver.name}`, () => {
    for (const type of ['service', 'staff', 'admin', 'customer', 'guest'] as const)
      it(`${type === 'staff' || type === 'admin' ? 'are' : 'are not'} for ${type}`, async () => {
        const customer = newCustomer();
        const { id } = await placed(orders, { customer_id: customer.id });
        const callers: Readonly<Record<string, Caller>> = { customer, guest: { type: 'guest', id } };
        const caller = callers[type] ?? { type, id: newId(type) };
        for (const [name, call] of Object.entries(calls)) {
          const answer = await call(driver, id, { caller });
          if (type !== 'staff' && type !== 'admin') refused(driver, answer, 'forbidden');
          else if (name === 'orderEffects' || name === 'effects' || name === 'deadLetters') assert.ok(answer.ok, name);
          else refused(driver, answer, 'not_found');
        }
      });

    it('need a token', async () => {
      for (const call of Object.values(calls))
        refused(driver, await call(driver, randomUUID(), { token: null }), 'unauthenticated');
    });

    it('show the effects of an order', async () => {
      const { id } = await placed(orders);
      const { entries } = await eventually(
        () => driver.orderEffects(id),
        (page) => page.entries.length > 0 && page.entries.every(({ state }) => state === 'done'),
        30_000,
      );
      assert.deepEqual(
        entries.map(({ operation, target, state, key }) => [operation, target, state, key]),
        (['event.publish events', 'fulfillment.start fulfillment', 'notification.send notification'] as const).map(
          (one) => [...one.split(' '), 'done', `${id}:1:${one.split(' ')[0]!}:0`],
        ),
      );
      for (const effect of entries) {
        assert.equal(effect.order_id, id);
        assert.equal(effect.version, 1);
        assert.ok(effect.attempts >= 1 && effect.settled_at !== undefined && effect.next_at === undefined);
        assert.deepEqual(effect.actions, []);
      }
      assert.equal((entries[1]?.payload as { order_id?: string }).order_id, id);
      const other = driver === rest ? grpc : rest;
      assert.deepEqual(entries, (await other.orderEffects(id)).entries, 'the same over REST and gRPC');

      for (const act of [driver.retryEffect, driver.resolveEffect])
        for (const { key } of entries) refused(driver, await act(id, key, because), 'illegal_transition');
      assert.deepEqual((await driver.orderEffects(id)).entries, entries, 'a refused action leaves no trace');
    });

    it('know no effects of orders that are not there, and none under a foreign order', async () => {
      const [mine, foreign] = [await placed(orders), await placed(orders)];
      for (const id of [randomUUID(), 'x', mine.order_number])
        refused(driver, await driver.orderEffects(id), 'order_not_found');
      const key = `${foreign.id}:1:fulfillment.start:0`;
      for (const act of [driver.retryEffect, driver.resolveEffect])
        for (const wrong of [noEffect(mine.id), 'x', key])
          refused(driver, await act(mine.id, wrong, because), 'not_found');
    });

    it('need a reason', async () => {
      const { id } = await placed(orders);
      const letter = await letterOf(driver, await publish('payment.failed', { order_id: 7 }));
      for (const body of [{}, { reason: '' }, { reason: 'x'.repeat(2_001) }]) {
        refused(driver, await driver.retryEffect(id, noEffect(id), body), 'validation_failed', ['reason']);
        refused(driver, await driver.resolveEffect(id, noEffect(id), body), 'validation_failed', ['reason']);
        refused(driver, await driver.replayDeadLetter(letter.id, body), 'validation_failed', ['reason']);
        refused(driver, await driver.discardDeadLetter(letter.id, body), 'validation_failed', ['reason']);
      }
      assert.deepEqual((await driver.deadLetter(letter.id)).letter, letter);
      assert.ok((await driver.discardDeadLetter(letter.id, because)).ok);
    });

    it('refuse filters and pages that cannot be', async () => {
      for (const list of [driver.effects, driver.deadLetters]) {
        for (const size of [0, 101])
          refused(driver, await list({ page_size: size }), 'validation_failed', ['page_size']);
        refused(driver, await list({ page_token: 'x' }), 'validation_failed', ['page_token']);
        refused(driver, await list({ state: 'done' }), 'validation_failed');
      }
    });

    it('malformed event: listed, read, discarded once', async () => {
      const payload = { order_id: 'no uuid', payment_id: newId('payment'), more: [1.5, null, { deep: true }] };
      const letter = await letterOf(driver, await publish('payment.completed', payload));
      assert.equal(letter.topic, 'payment.completed');
      assert.equal(letter.source, 'payment-service');
      assert.match(letter.reason, /^malformed: order_id /);
      assert.equal(letter.order_id, undefined);
      assert.deepEqual(letter.payload, payload);
      assert.deepEqual((await driver.deadLetter(letter.id)).letter, letter);
      assert.deepEqual((await (driver === rest ? grpc : rest).deadLetter(letter.id)).letter, letter);

      refused(driver, await driver.replayDeadLetter(letter.id, because), 'illegal_transition');
      const closed = await driver.discardDeadLetter(letter.id, because);
      const { settled_at, ...rests } = closed.letter!;
      assert.deepEqual(rests, { ...letter, state: 'discarded', settled_by: theStaff, note: because.reason });
      assert.ok(settled_at !== undefined && settled_at >= letter.received_at);
      for (const act of [driver.discardDeadLetter, driver.replayDeadLetter])
        refused(driver, await act(letter.id, { reason: 'again' }), 'illegal_transition');
      assert.deepEqual((await driver.deadLetter(letter.id)).letter, closed.letter);
      assert.equal(await find(driver, letter.event_id), undefined);
      assert.deepEqual(await find(driver, letter.event_id, 'discarded'), closed.letter);
    });

    it('event for an unknown order: a dead letter that does not fit later either', async () => {
      const payload = { order_id: randomUUID(), payment_id: newId('payment') };
      const letter = await letterOf(driver, await publish('payment.completed', payload));
      assert.equal(letter.order_id, payload.order_id);
      assert.match(letter.reason, /order_not_found/);
      assert.deepEqual(letter.payload, payload);
      refused(driver, await driver.replayDeadLetter(letter.id, because), 'illegal_transition');
      assert.deepEqual((await driver.deadLetter(letter.id)).letter, letter, 'still open');
      assert.equal((await driver.discardDeadLetter(letter.id, because)).letter?.state, 'discarded');
    });

    it('parcel shipped for a cancelled order: a conflict', async () => {
      const { id, version } = await placedIn('cancelled');
      const payload = { order_id: id, carrier: 'post', tracking_number: 't-1', shipped_at: '2026-01-02T03:04:05Z' };
      const letter = await letterOf(driver, await publish('shipping.shipped', payload));
      assert.equal(letter.topic, 'shipping.shipped');
      assert.equal(letter.order_id, id);
      assert.deepEqual(letter.payload, payload);
      assert.ok(letter.reason !== '');
      const answer = await driver.replayDeadLetter(letter.id, because);
      refused(driver, answer, 'illegal_transition');
      assert.equal(taken(await orders.getOrder(id)).version, version);
      assert.equal((await driver.discardDeadLetter(letter.id, because)).letter?.state, 'discarded');
    });

    it('a conflict that fits by now: replayed, and applied once', async () => {
      const { id } = await placed(orders);
      const captured = async (amount: string, sum: string): Promise<void> => {
        await publish('payment.completed', { order_id: id, payment_id: newId('payment'), amount, currency: 'USD' });
        const order = await eventually(
          async () => taken(await orders.getOrder(id)),
          ({ captured_amount }) => captured_amount === sum,
          30_000,
        );
        assert.equal(order.captured_amount, sum);
      };
      await captured('10.00', '10.00');
      const refund = { order_id: id, payment_id: newId('payment'), amount: '20.00', refund_id: newId('refund') };
      const letter = await letterOf(driver, await publish('payment.refunded', refund));
      assert.match(letter.reason, /more refunded than was captured/);
      refused(driver, await driver.replayDeadLetter(letter.id, because), 'illegal_transition');
      await captured('20.29', '30.29');

      const closed = await driver.replayDeadLetter(letter.id, because);
      assert.ok(closed.ok, `${closed.status} ${closed.code ?? ''}`);
      const { state, settled_by, note } = closed.letter!;
      assert.deepEqual([state, settled_by, note], ['replayed', theStaff, because.reason]);
      const order = taken(await orders.getOrder(id));
      assert.deepEqual([order.refunded_amount, order.payment_status], ['20.00', 'partially_refunded']);
      refused(driver, await driver.replayDeadLetter(letter.id, because), 'illegal_transition');
      assert.deepEqual(taken(await orders.getOrder(id)), order);
    });

    it('know no dead letters that are not there', async () => {
      for (const id of [randomUUID(), 'x']) {
        refused(driver, await driver.deadLetter(id), 'not_found');
        refused(driver, await driver.replayDeadLetter(id, because), 'not_found');
        refused(driver, await driver.discardDeadLetter(id, because), 'not_found');
      }
    });
  });
