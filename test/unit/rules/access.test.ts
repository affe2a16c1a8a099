import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accessRefusal, guestTokenDays, maySee } from '../../../actors/rules/access.js';
import type { Caller } from '../../../actors/rules/order.js';
import { given, hoursLater, noon, orderId } from '../../support/given.js';
import { guestEmail, placed, wayTo } from './sample-orders.js';

const customers = given(placed()).state;
const guests = given(placed({ customer_id: undefined, guest_email: guestEmail }), ...wayTo.delivered);
const guest: Caller = { type: 'guest', id: orderId };

describe('who sees an order', () => {
  for (const type of ['service', 'staff', 'admin', 'system'] as const)
    it(type, () => {
      assert.ok(maySee(customers, { type, id: 'anybody' }, noon));
      assert.ok(maySee(guests.state, { type, id: 'anybody' }, noon));
    });

  it('its customer, and no other', () => {
    assert.ok(maySee(customers, { type: 'customer', id: 'customer-1' }, noon));
    assert.ok(!maySee(customers, { type: 'customer', id: 'customer-2' }, noon));
    assert.ok(!maySee(guests.state, { type: 'customer', id: 'customer-1' }, noon));
  });

  it('the guest of this very order, until its return window ends', () => {
    assert.ok(maySee(guests.state, guest, noon));
    assert.ok(!maySee(guests.state, { type: 'guest', id: 'order-2' }, noon));
    assert.ok(maySee(guests.state, guest, hoursLater(30 * 24 - 1)));
    assert.ok(!maySee(guests.state, guest, hoursLater(30 * 24)));
  });

  it('the guest of an order without a return window, for 400 days', () => {
    const placedByGuest = given(placed({ customer_id: undefined, guest_email: guestEmail }));
    const cancelled = placedByGuest
      .when({ type: 'cancel', reason: 'x' }, { caller: guest })
      .then({ verdict: 'accepted' });
    assert.equal(guestTokenDays, 400);
    for (const { state } of [placedByGuest, cancelled]) {
      assert.equal(accessRefusal(state, guest, hoursLater(400 * 24 - 1)), undefined);
      assert.equal(accessRefusal(state, guest, hoursLater(400 * 24))?.code, 'unauthenticated');
    }
  });

  it('no guest after 400 days, however long the return window', () => {
    const { order } = guests.state;
    const late = { ...order, deadlines: [{ what: 'return_window', at: hoursLater(1_000 * 24) } as const] };
    assert.equal(accessRefusal({ order: late }, guest, hoursLater(400 * 24 - 1)), undefined);
    assert.equal(accessRefusal({ order: late }, guest, hoursLater(400 * 24))?.code, 'unauthenticated');
  });

  it('and is told whether the token ended or the order is another’s', () => {
    assert.equal(accessRefusal(guests.state, guest, hoursLater(30 * 24))?.code, 'unauthenticated');
    assert.equal(accessRefusal(guests.state, { type: 'guest', id: 'order-2' }, noon)?.code, 'order_not_found');
    assert.equal(accessRefusal(customers, guest, hoursLater(500 * 24))?.code, 'order_not_found');
    assert.equal(accessRefusal(customers, { type: 'customer', id: 'x' }, noon)?.code, 'order_not_found');
  });

  it('no guest once the order is completed', () => {
    const at = hoursLater(30 * 24);
    const { state } = guests
      .when({ type: 'meet_deadline', what: 'return_window', at }, { now: at })
      .then({ verdict: 'accepted' });
    assert.ok(!maySee(state, guest, noon));
  });

  it('no guest once the order is a customer’s', () => {
    const linked = guests
      .when({ type: 'link_customer', customer_id: 'customer-1', email: guestEmail })
      .then({ verdict: 'accepted' });
    assert.ok(!maySee(linked.state, guest, noon));
    assert.ok(maySee(linked.state, { type: 'customer', id: 'customer-1' }, noon));
    assert.ok(!maySee(customers, guest, noon));
  });
});
