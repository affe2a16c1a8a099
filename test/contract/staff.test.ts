import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { DeadLetterView } from '../../actors/dead-letters.js';
import type { Caller } from '../../actors/rules/order-parts.js';
import { sharedStack } from '../support/stack.js';
import type { Answer, CallOptions } from '../support/driver.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { createGrpcStaffDriver, createRestStaffDriver, type StaffDriver } from '../support/drivers/staff.js';
import { newCustomer, newEmail, newId, placed, placedIn, staff } from '../support/orders.js';
import { eventually, refused, taken } from '../support/outcomes.js';
import { publish } from './publish.js';

const stack = sharedStack();
const orders = createRestDriver(stack);
const rest = createRestStaffDriver(stack);
const grpc = createGrpcStaffDriver(stack);

const because = { reason: 'the suite says so' };
const theStaff = `${staff.type}:${staff.id}`;
const noEffect = (id: string): string => `${id}:9:payment.refund:0`;

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
  expect(letter.event_id).toBe(eventId);
  expect(letter.state).toBe('open');
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

describe.each([rest, grpc])('Staff calls, over $name', (driver) => {
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
    expect(entries.map(({ operation, target, state, key }) => [operation, target, state, key])).toStrictEqual(
      (['event.publish events', 'fulfillment.start fulfillment', 'notification.send notification'] as const).map(
        (one) => [...one.split(' '), 'done', `${id}:1:${one.split(' ')[0]!}:0`],
      ),
    );
    for (const effect of entries) {
      expect(effect.order_id).toBe(id);
      expect(effect.version).toBe(1);
      assert.ok(effect.attempts >= 1 && effect.settled_at !== undefined && effect.next_at === undefined);
      expect(effect.actions).toStrictEqual([]);
    }
    expect((entries[1]?.payload as { order_id?: string }).order_id).toBe(id);
    const other = driver === rest ? grpc : rest;
    // the same over REST and gRPC
    expect(entries).toStrictEqual((await other.orderEffects(id)).entries);

    for (const act of [driver.retryEffect, driver.resolveEffect])
      for (const { key } of entries) refused(driver, await act(id, key, because), 'illegal_transition');
    // a refused action leaves no trace
    expect((await driver.orderEffects(id)).entries).toStrictEqual(entries);
  });

  it('know no effects of orders that are not there, and none under a foreign order', async () => {
    const [mine, foreign] = [await placed(orders), await placed(orders)];
    for (const id of [randomUUID(), 'x', 'ORD-20260101-99999999'])
      refused(driver, await driver.orderEffects(id), 'order_not_found');
    const key = `${foreign.id}:1:fulfillment.start:0`;
    for (const act of [driver.retryEffect, driver.resolveEffect])
      for (const wrong of [noEffect(mine.id), 'x', key])
        refused(driver, await act(mine.id, wrong, because), 'not_found');
  });

  it('take the order number for the id', async () => {
    const order = await placed(orders);
    const byId = await driver.orderEffects(order.id);
    assert.ok(byId.ok && byId.entries.length > 0);
    expect((await driver.orderEffects(order.order_number)).entries.map(({ key }) => key)).toStrictEqual(
      byId.entries.map(({ key }) => key),
    );
    const wrong = noEffect(order.id);
    refused(driver, await driver.retryEffect(order.order_number, wrong, because), 'not_found');
  });

  it('take a reason, or none', async () => {
    const { id } = await placed(orders);
    const letter = await letterOf(driver, await publish('payment.failed', { order_id: 7 }));
    for (const body of [{ reason: ' ' }, { reason: 'x'.repeat(2_001) }]) {
      refused(driver, await driver.retryEffect(id, noEffect(id), body), 'validation_failed', ['reason']);
      refused(driver, await driver.resolveEffect(id, noEffect(id), body), 'validation_failed', ['reason']);
      refused(driver, await driver.replayDeadLetter(letter.id, body), 'validation_failed', ['reason']);
      refused(driver, await driver.discardDeadLetter(letter.id, body), 'validation_failed', ['reason']);
    }
    expect((await driver.deadLetter(letter.id)).letter).toStrictEqual(letter);
    // REST without a body, gRPC without a field.
    const nothing = undefined as unknown as { reason: string };
    const effect = noEffect(id);
    refused(driver, await driver.retryEffect(id, effect, nothing), 'not_found');
    const discarded = await driver.discardDeadLetter(letter.id, nothing);
    expect([discarded.ok, discarded.letter?.state, discarded.letter?.note]).toStrictEqual([
      true,
      'discarded',
      undefined,
    ]);
  });

  it('act once for a key, whichever caller repeats the call', async () => {
    const letter = await letterOf(driver, await publish('payment.failed', { order_id: 8 }));
    const options = { caller: staff, key: newId('key') };
    const first = await driver.discardDeadLetter(letter.id, because, options);
    expect([first.ok, first.replayed, first.letter?.state]).toStrictEqual([true, false, 'discarded']);
    const second = await driver.discardDeadLetter(letter.id, because, options);
    expect([second.ok, second.replayed, second.letter]).toStrictEqual([true, true, first.letter]);
    refused(driver, await driver.discardDeadLetter(letter.id, { reason: 'other' }, options), 'idempotency_key_reused');
    refused(driver, await driver.replayDeadLetter(letter.id, because, options), 'idempotency_key_reused');
    refused(driver, await driver.discardDeadLetter(letter.id, because), 'illegal_transition');
  });

  it('act once for a key, however many calls come at once, at both replicas', async () => {
    const second = createRestStaffDriver(stack, 2);
    for (const act of ['discardDeadLetter', 'replayDeadLetter'] as const) {
      const payload = { customer_id: newId('c'), email: newEmail(), email_verified: 'yes' };
      const letter = await letterOf(driver, await publish('customer.created', payload));
      const options = { caller: staff, key: newId('key') };
      const answers = await Promise.all(
        [driver, second, rest, grpc, second].map((on) => on[act](letter.id, because, options)),
      );
      if (act === 'replayDeadLetter') {
        // It is still malformed, and a refusal keeps no key.
        for (const answer of answers) expect(answer.code).toBe('illegal_transition');
        continue;
      }
      for (const answer of answers) assert.ok(answer.ok, answer.code);
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
      expect(new Set(answers.map((answer) => answer.letter?.settled_at)).size).toBe(1);
    }
  });

  it('compare If-Match with the version of the order of an effect', async () => {
    const { id, version } = await placed(orders);
    const [effect] = (await driver.orderEffects(id)).entries;
    const ifMatch = `"${version + 1}"`;
    const asked = { caller: staff, ifMatch };
    refused(driver, await driver.retryEffect(id, effect!.key, because, asked), 'version_conflict');
    refused(driver, await driver.resolveEffect(id, effect!.key, because, asked), 'version_conflict');
  });

  it('refuse filters and pages that cannot be', async () => {
    for (const list of [driver.effects, driver.deadLetters]) {
      for (const size of [0, 101]) refused(driver, await list({ page_size: size }), 'validation_failed', ['page_size']);
      refused(driver, await list({ page_token: 'x' }), 'validation_failed', ['page_token']);
      refused(driver, await list({ state: 'done' }), 'validation_failed');
    }
  });

  it('malformed event: listed, read, discarded once', async () => {
    const payload = { order_id: 'no uuid', payment_id: newId('payment'), more: [1.5, null, { deep: true }] };
    const letter = await letterOf(driver, await publish('payment.completed', payload));
    expect(letter.topic).toBe('payment.completed');
    expect(letter.source).toBe('payment-service');
    expect(letter.reason).toMatch(/^malformed: order_id /);
    expect(letter.order_id).toBeUndefined();
    expect(letter.event_time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(letter.payload).toStrictEqual(payload);
    expect((await driver.deadLetter(letter.id)).letter).toStrictEqual(letter);
    expect((await (driver === rest ? grpc : rest).deadLetter(letter.id)).letter).toStrictEqual(letter);

    refused(driver, await driver.replayDeadLetter(letter.id, because), 'illegal_transition');
    const closed = await driver.discardDeadLetter(letter.id, because);
    const { settled_at, ...rests } = closed.letter!;
    expect(rests).toStrictEqual({ ...letter, state: 'discarded', settled_by: theStaff, note: because.reason });
    assert.ok(settled_at !== undefined && settled_at >= letter.received_at);
    for (const act of [driver.discardDeadLetter, driver.replayDeadLetter])
      refused(driver, await act(letter.id, { reason: 'again' }), 'illegal_transition');
    expect((await driver.deadLetter(letter.id)).letter).toStrictEqual(closed.letter);
    expect(await find(driver, letter.event_id)).toBeUndefined();
    expect(await find(driver, letter.event_id, 'discarded')).toStrictEqual(closed.letter);
  });

  it('event for an unknown order: a dead letter that does not fit later either', async () => {
    const payload = { order_id: randomUUID(), payment_id: newId('payment') };
    const letter = await letterOf(driver, await publish('payment.completed', payload));
    expect(letter.order_id).toBe(payload.order_id);
    expect(letter.reason).toMatch(/order_not_found/);
    expect(letter.payload).toStrictEqual(payload);
    refused(driver, await driver.replayDeadLetter(letter.id, because), 'illegal_transition');
    // still open
    expect((await driver.deadLetter(letter.id)).letter).toStrictEqual(letter);
    expect((await driver.discardDeadLetter(letter.id, because)).letter?.state).toBe('discarded');
  });

  it('parcel shipped for a cancelled order: a conflict', async () => {
    const { id, version } = await placedIn('cancelled');
    const payload = { order_id: id, carrier: 'post', tracking_number: 't-1', shipped_at: '2026-01-02T03:04:05Z' };
    const letter = await letterOf(driver, await publish('shipping.shipped', payload));
    expect(letter.topic).toBe('shipping.shipped');
    expect(letter.order_id).toBe(id);
    expect(letter.payload).toStrictEqual(payload);
    assert.ok(letter.reason !== '');
    const answer = await driver.replayDeadLetter(letter.id, because);
    refused(driver, answer, 'illegal_transition');
    expect(taken(await orders.getOrder(id)).version).toBe(version);
    expect((await driver.discardDeadLetter(letter.id, because)).letter?.state).toBe('discarded');
  });

  it('a conflict that is explained by now: replayed, and changes nothing', async () => {
    const { id } = await placed(orders);
    const payment_id = newId('payment');
    const captured = async (news: { amount: string; capture_id: string }, sum: string): Promise<void> => {
      await publish('payment.completed', { order_id: id, payment_id, currency: 'USD', ...news });
      const order = await eventually(
        async () => taken(await orders.getOrder(id)),
        ({ captured_amount }) => captured_amount === sum,
        30_000,
      );
      expect(order.captured_amount).toBe(sum);
    };
    await captured({ amount: '10.00', capture_id: 'first' }, '10.00');
    const all = { order_id: id, payment_id, amount: '30.29' };
    const letter = await letterOf(driver, await publish('payment.completed', all));
    expect(letter.reason).toMatch(/has captures with ids, none of which and not all together are 30\.29: compare with/);
    refused(driver, await driver.replayDeadLetter(letter.id, because), 'illegal_transition');
    await captured({ amount: '20.29', capture_id: 'second' }, '30.29');

    const before = taken(await orders.getOrder(id));
    const closed = await driver.replayDeadLetter(letter.id, because);
    assert.ok(closed.ok, `${closed.status} ${closed.code ?? ''}`);
    const { state, settled_by, note } = closed.letter!;
    expect([state, settled_by, note]).toStrictEqual(['replayed', theStaff, because.reason]);
    expect(taken(await orders.getOrder(id))).toStrictEqual(before);
    refused(driver, await driver.replayDeadLetter(letter.id, because), 'illegal_transition');
  });

  it('an event with the source and id of another is a repeat, whatever else it says', async () => {
    const { id: order_id } = await placed(orders);
    const payment_id = newId('payment');
    const first = { order_id, payment_id, amount: '10.00', capture_id: newId('capture') };
    const event = await publish('payment.completed', first, newId('event'));
    await publish('payment.completed', { ...first, amount: '12.00' }, event);
    await publish('payment.authorized', first, event);
    await publish('payment.completed', { ...first, amount: '5.00', capture_id: newId('capture') });
    const order = await eventually(
      async () => taken(await orders.getOrder(order_id)),
      ({ captured_amount }) => captured_amount === '15.00',
      30_000,
    );
    expect(order.captured_amount).toBe('15.00');
    await letterOf(driver, await publish('payment.failed', { order_id: 9 }));
    expect(await find(driver, event)).toBeUndefined();
  });

  it('know no dead letters that are not there', async () => {
    for (const id of [randomUUID(), 'x']) {
      refused(driver, await driver.deadLetter(id), 'not_found');
      refused(driver, await driver.replayDeadLetter(id, because), 'not_found');
      refused(driver, await driver.discardDeadLetter(id, because), 'not_found');
    }
  });
});
