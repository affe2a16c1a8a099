import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { NewOrder } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { given, hoursLater, orderId, type After } from '../../support/given.js';
import { permutations } from './permutations.js';
import {
  answered,
  cancel,
  cancelItems,
  declined,
  event,
  line,
  placed,
  retried,
  returned,
  started,
  units,
  unpaid,
  wayTo,
} from './sample-orders.js';

const refunded = (amount: string | undefined, refund_id?: string) =>
  event('payment.refunded', { payment_id: 'payment-0', amount, currency: 'USD', refund_id });
const paid = (amount: string, payment_id = 'payment-1') => event('payment.completed', { payment_id, amount });

/** The refunds a command asks the payment service for. */
const asked = ({ effects }: After): readonly unknown[] =>
  effects.filter(({ operation }) => operation === 'payment.refund').map(({ payload }) => payload['amount']);

const asks =
  (...amounts: readonly string[]) =>
  (after: After) => {
    expect(after.verdict).toBe('accepted');
    expect(asked(after)).toStrictEqual(amounts);
  };

/** Orders whose refunds were worked out by hand. */
const examples: Readonly<
  Record<
    string,
    { readonly order: Partial<NewOrder>; readonly steps: readonly (readonly [ChangeCommand, ...string[]])[] }
  >
> = {
  // 37.69 paid; shares of A per unit kept: discount 1/3, tax 1/6; beyond the lines -1.80, by line total.
  'two decimals, discount and tax on a line and beyond': {
    order: {
      subtotal: '35.00',
      discount_amount: '3.50',
      tax_amount: '1.20',
      shipping_amount: '4.99',
      total_amount: '37.69',
      items: [line('A', 3, '10.00', { discount_amount: '1.00', tax_amount: '0.50' }), line('B', 1, '5.00')],
    },
    steps: [
      [cancelItems(units('A', 1)), '9.32'], // 19.67 + 5.00 - 1.29 + 4.99 = 28.37 remain
      [cancelItems(units('B', 1)), '4.74'], // 19.67 - 1.03 + 4.99 = 23.63 remain
      [cancelItems(units('A', 1)), '9.32'], // 9.83 - 0.51 + 4.99 = 14.31 remain
      [cancelItems(units('A', 1)), '14.31'], // nothing remains, the shipping neither
    ],
  },
  'no decimals': {
    order: {
      currency: 'JPY',
      decimals: 0,
      subtotal: '300',
      discount_amount: '100',
      tax_amount: '10',
      shipping_amount: '50',
      total_amount: '260',
      items: [line('A', 3, '100', { discount_amount: '100' })],
    },
    steps: [
      [cancelItems(units('A', 1)), '70'], // 133 + 7 + 50 = 190 remain
      [cancelItems(units('A', 1)), '70'], // 67 + 3 + 50 = 120 remain
      [cancel, '120'],
    ],
  },
  'three decimals': {
    order: {
      currency: 'KWD',
      decimals: 3,
      subtotal: '2.331',
      discount_amount: '0.005',
      tax_amount: '0.100',
      shipping_amount: '1.250',
      total_amount: '3.676',
      items: [line('A', 7, '0.333', { tax_amount: '0.100' })],
    },
    steps: [
      [cancelItems(units('A', 3)), '1.040'], // 1.389 - 0.003 + 1.250 = 2.636 remain
      [cancelItems(units('A', 4)), '2.636'],
    ],
  },
  'half a cent, from a share that is no finite decimal': {
    order: {
      subtotal: '0.06',
      discount_amount: '0.03',
      total_amount: '0.03',
      items: [line('A', 6, '0.01', { discount_amount: '0.03' })],
    },
    steps: [
      [cancelItems(units('A', 5)), '0.02'], // 0.01 - 0.03 × 1/6 = 0.005, rounded once: 0.01 remains
      [cancel, '0.01'],
    ],
  },
  'an order discount that eats into the shipping': {
    order: {
      subtotal: '10.00',
      discount_amount: '14.00',
      shipping_amount: '5.00',
      total_amount: '1.00',
      items: [line('A', 2, '5.00')],
    },
    steps: [
      [cancelItems(units('A', 1))], // 5.00 - 7.00 + 5.00 = 3.00 remain, more than was paid
      [cancel, '1.00'],
    ],
  },
  'gifts: nothing paid, nothing back': {
    order: { subtotal: '0.00', total_amount: '0.00', items: [line('A', 2, '0.00')] },
    steps: [[cancelItems(units('A', 1))], [cancel]],
  },
  'gifts, but the shipping was paid': {
    order: {
      subtotal: '0.00',
      tax_amount: '0.95',
      shipping_amount: '5.00',
      total_amount: '5.95',
      items: [line('A', 2, '0.00')],
    },
    steps: [[cancelItems(units('A', 1))], [cancel, '5.95']],
  },
};

describe('the refund rule, by hand', () => {
  it.each(Object.entries(examples))('%s', (_name, { order, steps }) => {
    steps.reduce((at, [command, ...amounts]) => at.when(command).then(asks(...amounts)), given(placed(order)));
  });

  it('asks nothing for units that were returned: the return service does that', () => {
    given(placed(), ...wayTo.delivered)
      .when(returned('return-1', units('1', 3), units('2', 1)))
      .then(asks())
      .when(refunded('60.00', 'refund-of-return'))
      .then((after) => {
        asks()(after);
        expect(after.state.order.payment_status).toBe('partially_refunded');
      })
      .when(returned('return-2', units('3', 2)))
      .then(asks());
  });

  it('follows what was captured, not what was agreed', () => {
    given(placed(unpaid), cancelItems(units('2', 1)))
      .when(paid('100.00'))
      .then(asks('30.00'));
    given(placed(unpaid), paid('50.00'))
      .when(cancelItems(units('2', 1)))
      .then(asks())
      .when(cancel)
      .then(asks('50.00'));
  });

  it('gives back what was captured beyond the total', () => {
    given(placed(unpaid), paid('100.00')).when(paid('100.00', 'payment-2')).then(asks('100.00'));
    given(placed(unpaid)).when(paid('100.01')).then(asks('0.01'));
  });

  it('gives back a payment that completes on a cancelled order', () => {
    given(placed(unpaid), cancel)
      .when(paid('100.00'))
      .then((after) => {
        asks('100.00')(after);
        expect(after.state.order.status).toBe('cancelled');
      });
  });

  it('voids what was authorised and never captured', () => {
    given(placed({ payment_status: 'authorized' }), cancelItems(units('2', 1)))
      .when(cancelItems(units('1', 3), units('3', 2)))
      .then((after) => {
        asks()(after);
        expect(after.effects.filter(({ operation }) => operation === 'payment.void')).toHaveLength(1);
      });
    given(placed({ payment_status: 'authorized' }), paid('100.00', 'payment-0'))
      .when(cancel)
      .then((after) => {
        asks('100.00')(after);
        expect(after.effects.filter(({ operation }) => operation === 'payment.void')).toHaveLength(0);
      });
  });
});

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
