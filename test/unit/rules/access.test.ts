import { describe, expect, it } from '@jest/globals';
import { accessRefusal, guestTokenDays, maySee } from '../../../actors/rules/access.js';
import type { Caller } from '../../../actors/rules/order-parts.js';
import { given, hoursLater, noon, orderId } from '../../support/given.js';
import { guestEmail, placed, wayTo } from '../../support/sample-orders.js';

const customers = given(placed()).state;
const guests = given(placed({ customer_id: undefined, guest_email: guestEmail }), ...wayTo.delivered);
const guest: Caller = { type: 'guest', id: orderId };

describe('who sees an order', () => {
  it.each(['service', 'staff', 'admin', 'system'] as const)('%s', (type) => {
    expect(maySee(customers, { type, id: 'anybody' }, noon)).toBe(true);
    expect(maySee(guests.state, { type, id: 'anybody' }, noon)).toBe(true);
  });

  it('its customer, and no other', () => {
    expect(maySee(customers, { type: 'customer', id: 'customer-1' }, noon)).toBe(true);
    expect(maySee(customers, { type: 'customer', id: 'customer-2' }, noon)).toBe(false);
    expect(maySee(guests.state, { type: 'customer', id: 'customer-1' }, noon)).toBe(false);
  });

  it('the guest of this very order, until its return window ends', () => {
    expect(maySee(guests.state, guest, noon)).toBe(true);
    expect(maySee(guests.state, { type: 'guest', id: 'order-2' }, noon)).toBe(false);
    expect(maySee(guests.state, guest, hoursLater(30 * 24 - 1))).toBe(true);
    expect(maySee(guests.state, guest, hoursLater(30 * 24))).toBe(false);
  });

  it('the guest of an order without a return window, for 400 days', () => {
    const placedByGuest = given(placed({ customer_id: undefined, guest_email: guestEmail }));
    const cancelled = placedByGuest
      .when({ type: 'cancel', reason: 'x' }, { caller: guest })
      .then({ verdict: 'accepted' });
    expect(guestTokenDays).toBe(400);
    for (const { state } of [placedByGuest, cancelled]) {
      expect(accessRefusal(state, guest, hoursLater(400 * 24 - 1))).toBeUndefined();
      expect(accessRefusal(state, guest, hoursLater(400 * 24))?.code).toBe('unauthenticated');
    }
  });

  it('no guest after 400 days, however long the return window', () => {
    const { order } = guests.state;
    const late = { ...order, deadlines: [{ what: 'return_window', at: hoursLater(1_000 * 24) } as const] };
    expect(accessRefusal({ order: late }, guest, hoursLater(400 * 24 - 1))).toBeUndefined();
    expect(accessRefusal({ order: late }, guest, hoursLater(400 * 24))?.code).toBe('unauthenticated');
  });

  it('and is told whether the token ended or the order is another’s', () => {
    expect(accessRefusal(guests.state, guest, hoursLater(30 * 24))?.code).toBe('unauthenticated');
    expect(accessRefusal(guests.state, { type: 'guest', id: 'order-2' }, noon)?.code).toBe('order_not_found');
    expect(accessRefusal(customers, guest, hoursLater(500 * 24))?.code).toBe('order_not_found');
    expect(accessRefusal(customers, { type: 'customer', id: 'x' }, noon)?.code).toBe('order_not_found');
  });

  it('no guest once the order is completed', () => {
    const at = hoursLater(30 * 24);
    const { state } = guests
      .when({ type: 'meet_deadline', what: 'return_window', at }, { now: at })
      .then({ verdict: 'accepted' });
    expect(maySee(state, guest, noon)).toBe(false);
  });

  it('no guest once the order is a customer’s', () => {
    const linked = guests
      .when({ type: 'link_customer', customer_id: 'customer-1', email: guestEmail })
      .then({ verdict: 'accepted' });
    expect(maySee(linked.state, guest, noon)).toBe(false);
    expect(maySee(linked.state, { type: 'customer', id: 'customer-1' }, noon)).toBe(true);
    expect(maySee(customers, guest, noon)).toBe(false);
  });
});
