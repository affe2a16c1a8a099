import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { given, hoursLater, orderId } from '../../support/given.js';
import { permutations } from './permutations.js';
import {
  answered,
  cancel,
  cancelItems,
  declined,
  placed,
  retried,
  started,
  units,
} from '../../support/sample-orders.js';
import { asks, refunded } from './refund-steps.js';

describe('a refund that was asked for', () => {
  const twice = given(placed(), cancelItems(units('1', 1)), cancelItems(units('1', 1)));

  it('is not asked for again while it is open', () => {
    given(placed(), cancelItems(units('2', 1)))
      .when(started)
      .then(asks())
      .when({ type: 'reconsider' })
      .then({
        entries: [],
        state: { refunds: [{ key: `${orderId}:2:payment.refund:0`, amount: '30.00', state: 'requested' }] },
      });
  });

  it('counts once, the answer first', () => {
    given(placed(), cancelItems(units('2', 1)))
      .when(answered(2, 'refund-1'))
      .then({
        state: {
          order: { refunded_amount: '30.00', payment_status: 'partially_refunded' },
          refunds: [{ state: 'refunded', refund_id: 'refund-1' }],
        },
      })
      .when(refunded('30.00', 'refund-1'))
      .then({ verdict: 'stale' })
      .when(answered(2, 'refund-1'))
      .then({ verdict: 'stale' });
  });

  it('counts once, the event first: it waits for the answer to tell whose it is', () => {
    given(placed(), cancelItems(units('2', 1)))
      .when(refunded('30.00', 'refund-1'))
      .then({ verdict: 'kept', state: { order: { refunded_amount: '0.00' }, refunds: [{ state: 'requested' }] } })
      .when(answered(2, 'refund-1'))
      .then({
        entries: [{ data: { change: 'refunded', refund_id: 'refund-1', refund_key: `${orderId}:2:payment.refund:0` } }],
        decision: { released: [{ topic: 'payment.refunded' }], givenUp: [] },
        state: {
          order: { refunded_amount: '30.00' },
          refunds: [{ state: 'refunded', refund_id: 'refund-1' }],
          waiting: [],
        },
      })
      .when(declined(2))
      .then({ verdict: 'stale' });
  });

  it.each([
    ['without an id', refunded('30.00')],
    ['without an amount', refunded(undefined, 'refund-1')],
    ['with neither', refunded(undefined)],
  ] as const)('counts once, whatever comes first, its event %s', (_name, news) => {
    const order = given(placed(), cancelItems(units('2', 1)));
    order
      .when(news)
      .then({ verdict: 'kept' })
      .when(answered(2, 'refund-1'))
      .then({
        decision: { released: [{}], givenUp: [] },
        state: { order: { refunded_amount: '30.00' }, waiting: [] },
      });
    order
      .when(answered(2, 'refund-1'))
      .then({ state: { order: { refunded_amount: '30.00' } } })
      .when(news)
      .then({ verdict: 'stale' });
  });

  it('is told from another of the same amount, whatever comes first', () => {
    const news = [
      answered(2, 'refund-of-2'),
      answered(3, 'refund-of-3'),
      refunded('10.00', 'refund-of-2'),
      refunded('10.00', 'refund-of-3'),
    ];
    for (const order of permutations(news))
      expect(
        order
          .reduce((at, command) => at.when(command).then(({ verdict }) => expect(verdict).not.toBe('conflict')), twice)
          .state.refunds.map(({ key, amount, state, refund_id }) => [key, amount, state, refund_id]),
      ).toStrictEqual(
        ['2', '3'].map((n) => [`${orderId}:${n}:payment.refund:0`, '10.00', 'refunded', `refund-of-${n}`]),
      );
  });

  it('counts as often as there are ids: its event waits on until its own answer came', () => {
    twice
      .when(refunded('10.00', 'refund-of-3'))
      .then({ verdict: 'kept' })
      .when(answered(2, 'refund-of-2'))
      .then({
        entries: [{}],
        state: {
          order: { refunded_amount: '10.00' },
          refunds: [{ state: 'refunded' }, { state: 'requested' }],
          waiting: [{}],
        },
      })
      .when(answered(3, 'refund-of-3'))
      .then({ entries: [{}], state: { order: { refunded_amount: '20.00' }, waiting: [] } });
  });

  it('is not taken for one made elsewhere of the same amount, which counts by itself once that is known', () => {
    given(placed(), cancelItems(units('2', 1)), refunded('30.00', 'refund-elsewhere'))
      .when(answered(2, 'refund-1'))
      .then({
        entries: [
          { data: { refund_id: 'refund-1', refund_key: `${orderId}:2:payment.refund:0` } },
          { data: { refund_id: 'refund-elsewhere', refund_key: undefined, refunded_amount: '60.00' } },
        ],
        state: { order: { refunded_amount: '60.00' }, refunds: [{ refund_id: 'refund-1' }], waiting: [] },
      });
    given(placed(), cancel, refunded('100.00', 'refund-elsewhere'))
      .when(answered(2, 'refund-1'))
      .then({
        decision: { givenUp: [] },
        state: { order: { refunded_amount: '100.00' }, waiting: [{}] },
      })
      .when({ type: 'reconsider' }, { now: hoursLater(24) })
      .then(({ decision, state }) => {
        assert.ok(decision.outcome === 'accepted');
        expect(decision.givenUp[0]?.reason ?? '').toMatch(/payment payment-0 holds 0, less than was refunded: publish/);
        expect(state.waiting).toStrictEqual([]);
      });
  });

  it('is taken for one made elsewhere as soon as ours was refused', () => {
    given(placed(), cancelItems(units('2', 1)), refunded('30.00', 'refund-elsewhere'))
      .when(declined(2))
      .then((after) => {
        asks()(after);
        expect(after.state.order.refunded_amount).toBe('30.00');
        expect(after.state.waiting).toStrictEqual([]);
      });
  });

  it('counts and is closed by an answer that comes after a refusal, if that fits', () => {
    given(placed(), cancelItems(units('2', 1)), declined(2))
      .when(answered(2, 'refund-1'))
      .then((after) => {
        asks()(after);
        expect(after.state.order.refunded_amount).toBe('30.00');
        expect(after.state.refunds[0]?.state).toBe('refunded');
      })
      .when(refunded('30.00', 'refund-1'))
      .then({ verdict: 'stale' })
      .when(retried(2))
      .then({ verdict: 'stale' });
    given(placed(), cancelItems(units('2', 1)), declined(2), cancel)
      .when(answered(2, 'refund-1'))
      .then({ verdict: 'conflict', state: { refunds: [{ state: 'refused' }, { amount: '100.00' }] } });
  });

  it('leaves room for a refund of another amount that nobody here asked for', () => {
    given(placed(), cancelItems(units('2', 1)))
      .when(refunded('70.00', 'refund-elsewhere'))
      .then({ state: { order: { refunded_amount: '70.00' }, refunds: [{ state: 'requested' }] } })
      .when(answered(2, 'refund-1'))
      .then({ state: { order: { refunded_amount: '100.00', payment_status: 'refunded' } } });
    given(placed(), cancelItems(units('2', 1)))
      .when(refunded('70.01', 'refund-elsewhere'))
      .then({ verdict: 'kept', state: { order: { refunded_amount: '0.00' } } });
  });

  it('is owed again when refused, but not asked for at once', () => {
    given(placed(), cancelItems(units('2', 1)))
      .when(declined(2))
      .then((after) => {
        asks()(after);
        expect(after.state.refunds.map(({ state }) => state)).toStrictEqual(['refused']);
      })
      .when({ type: 'reconsider' })
      .then(asks());
  });

  it('is asked for again by staff, under its old key', () => {
    given(placed(), cancelItems(units('2', 1)), declined(2))
      .when(retried(2))
      .then((after) => {
        asks()(after);
        expect(
          after.state.refunds.map(({ key, amount, state, refund_id }) => [key, amount, state, refund_id]),
        ).toStrictEqual([[`${orderId}:2:payment.refund:0`, '30.00', 'requested', undefined]]);
      })
      .when(answered(2, 'refund-1'))
      .then({
        state: { order: { refunded_amount: '30.00' }, refunds: [{ state: 'refunded', refund_id: 'refund-1' }] },
      });
  });

  it('is asked for again with the next change, and then no more by staff', () => {
    given(placed(), cancelItems(units('2', 1)), declined(2))
      .when(cancelItems(units('1', 1)))
      .then(asks('40.00'))
      .when(retried(2))
      .then({ verdict: 'quantity_not_available' });
  });

  it('stays refused until somebody acts, however often that is told', () => {
    given(placed(), cancel, declined(2))
      .when(declined(2))
      .then({ verdict: 'stale' })
      .when(retried(2))
      .then({ verdict: 'accepted' })
      .when(declined(2))
      .then({ verdict: 'accepted', state: { refunds: [{ state: 'refused' }] } });
  });

  it('is settled by its event after a refusal: nothing is owed any more', () => {
    given(placed(), cancel, declined(2))
      .when(refunded('100.00', 'refund-1'))
      .then(asks())
      .when(retried(2))
      .then({ verdict: 'quantity_not_available' })
      .when({ type: 'update', notes: 'PERSONAL' })
      .then(asks());
  });
});
