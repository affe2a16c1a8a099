import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { JournalEntry } from '../../../actors/rules/entries.js';
import { replay } from '../../../actors/rules/evolve.js';
import type { Order } from '../../../actors/rules/order.js';
import { given, minor } from '../../support/given.js';
import { announced, cancel, event, units } from '../../support/sample-orders.js';

/** A journal as release 2.0 wrote it, and what 2.0 made of it. */
interface Recorded {
  readonly journal: readonly JournalEntry[];
  readonly expected: {
    readonly order: Order;
    readonly refunds: readonly { readonly key: string; readonly amount: string; readonly state: string }[];
  };
}

const recorded = JSON.parse(readFileSync('test/support/recorded/journals-2.0.json', 'utf8')) as readonly Recorded[];

/** Fields whose meaning is another today, or that 2.0 had not. */
const ofToday: readonly string[] = ['payment_status', 'payment_id', 'payments', 'hold', 'shipments', 'parts'];

const fieldsOf20 = (order: Order): unknown =>
  JSON.parse(JSON.stringify(order, (key, value: unknown) => (ofToday.includes(key) ? undefined : value)));

/** What 2.0 told of returns: one completion each. */
const partsOf = ({ returns }: Order): unknown =>
  returns.map(({ status, items, completed_at }) => (status === 'completed' ? [{ items, completed_at }] : []));

const first = (change: string): Recorded => {
  const found = recorded.find(({ journal }) =>
    journal.some(({ entry }) => entry.type === 'order.payment_updated' && entry.data.change === change),
  );
  assert.ok(found, `no journal tells of ${change}`);
  return found;
};

describe('journals of release 2.0', () => {
  it('tell of everything that 2.0 knew', () => {
    for (const change of ['completed', 'failed', 'refunded', 'refund_refused', 'refund_retried']) first(change);
    expect(recorded.length).toBeGreaterThan(50);
  });

  it('make the orders that 2.0 made of them', () => {
    for (const { journal, expected } of recorded) {
      const state = replay(journal);
      assert.ok(state);
      expect(fieldsOf20(state.order)).toStrictEqual(fieldsOf20(expected.order));
      const seen = state.refunds.map(({ key, amount, state: now }) => ({ key, amount, state: now }));
      expect(seen).toStrictEqual(expected.refunds.map(({ key, amount, state: now }) => ({ key, amount, state: now })));
      expect(state.fulfilment.asked).toStrictEqual(true);
      // 2.0 knew one parcel, and one completion of a return
      const { shipments, returns } = JSON.parse(JSON.stringify(state.order)) as Order;
      expect(returns.map(({ parts }) => parts)).toStrictEqual(partsOf(expected.order));
      expect(shipments).toStrictEqual(expected.order.shipment === undefined ? [] : [expected.order.shipment]);
    }
  });

  it('give each payment what their entries name, and the rest to none', () => {
    for (const { journal } of recorded) {
      const state = replay(journal);
      assert.ok(state);
      const { order, decimals } = state;
      const sum = (of: 'captured_amount' | 'refunded_amount' | 'requested_amount'): bigint =>
        order.payments.reduce((total, payment) => total + minor(payment[of], decimals), 0n);
      expect(sum('captured_amount')).toBeLessThanOrEqual(minor(order.captured_amount, decimals));
      expect(sum('refunded_amount')).toBeLessThanOrEqual(minor(order.refunded_amount, decimals));
      for (const { captured_amount, refunded_amount, requested_amount } of order.payments)
        expect(minor(refunded_amount, decimals) + minor(requested_amount, decimals)).toBeLessThanOrEqual(
          minor(captured_amount, decimals),
        );
    }
  });

  it('go on with entries of today', () => {
    for (const { journal } of recorded) {
      const order = given(journal);
      const payment_id = 'a payment of today';
      order
        .when(event('payment.completed', { payment_id, amount: '1', capture_id: 'capture of today' }))
        .then(({ verdict, state }) => {
          expect(verdict).toBe('accepted');
          expect(state.order.payments.some((payment) => payment.payment_id === payment_id)).toBe(true);
        })
        .when(cancel)
        .then(() => undefined)
        .when(announced('return of today', units('1', 1)))
        .then(() => undefined);
    }
  });
});
