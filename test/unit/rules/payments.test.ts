import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { NewOrder } from '../../../actors/rules/commands.js';
import { given, orderId } from '../../support/given.js';
import {
  answered,
  cancel,
  cancelItems,
  deadline,
  declined,
  placed,
  returned,
  units,
  unpaid,
  wayTo,
} from '../../support/sample-orders.js';
import { askedOf, at, authorized, captured, failed, operations, parts, refunded } from './payment-news.js';

const gift = { payment_id: 'gift-1', method: 'gift card', status: 'completed', amount: '60.00' } as const;
const card = { payment_id: 'card-1', method: 'card', status: 'completed', amount: '40.00' } as const;
describe('a second charge', () => {
  it('is captured too, and the excess goes back to where it came from', () => {
    given(placed({ payment_id: 'charge-1' }))
      .when(captured('charge-2', '100.00'))
      .then((after) => {
        expect(askedOf(after)).toStrictEqual([['charge-2', '100.00']]);
        expect(after.state.order.captured_amount).toBe('200.00');
        expect(after.state.order.payment_id).toBe('charge-2');
      })
      .when(refunded('charge-2', '100.00', { refund_id: 'refund-1' }))
      .then({ verdict: 'kept' })
      .when(answered(2, 'refund-1'))
      .then({
        state: {
          order: {
            refunded_amount: '100.00',
            payments: [
              { payment_id: 'charge-1', status: 'completed' },
              { payment_id: 'charge-2', status: 'refunded' },
            ],
          },
          waiting: [],
        },
      })
      .when(cancel)
      .then((after) => expect(askedOf(after)).toStrictEqual([['charge-1', '100.00']]));
  });

  it('refunded by its service before anybody heard of the charge waits for it', () => {
    given(placed({ payment_id: 'charge-1' }))
      .when(refunded('charge-2', '100.00', { refund_id: 'refund-1' }))
      .then({ verdict: 'kept' })
      .when(captured('charge-2', '100.00'))
      .then({
        state: { order: { captured_amount: '200.00', refunded_amount: '100.00' }, refunds: [], waiting: [] },
      })
      .when(cancel)
      .then((after) => expect(askedOf(after)).toStrictEqual([['charge-1', '100.00']]));
  });
});

describe('money of several payments', () => {
  it('is refunded most recently captured first, one request a payment, never more than it holds', () => {
    given(placed({ ...unpaid, payment_id: undefined }), captured('gift-1', '60.00'), captured('card-1', '40.00'))
      .when(cancel)
      .then((after) => {
        expect(askedOf(after)).toStrictEqual([
          ['card-1', '40.00'],
          ['gift-1', '60.00'],
        ]);
        expect(after.state.refunds.map(({ key }) => key)).toStrictEqual([
          `${orderId}:4:payment.refund:0`,
          `${orderId}:4:payment.refund:1`,
        ]);
      });
  });

  it('of those given at creation, the last listed first', () => {
    given(placed(parts(gift, card)))
      .when(cancelItems(units('2', 1), units('3', 1)))
      .then((after) =>
        expect(askedOf(after)).toStrictEqual([
          ['card-1', '40.00'],
          ['gift-1', '10.00'],
        ]),
      )
      .when(declined(2))
      .then((after) => expect(askedOf(after)).toStrictEqual([]))
      .when({ type: 'update', notes: 'PERSONAL' })
      .then((after) => expect(askedOf(after)).toStrictEqual([]))
      .when(cancelItems(units('1', 1)))
      .then((after) =>
        expect(askedOf(after)).toStrictEqual([
          ['card-1', '40.00'],
          ['gift-1', '10.00'],
        ]),
      );
  });

  it('is listed payment by payment, and the order shows the sums', () => {
    given(placed(parts(gift, { ...card, status: 'authorized' })))
      .when(captured('card-1', '40.00'))
      .then({
        state: {
          order: {
            captured_amount: '100.00',
            payment_status: 'completed',
            payment_id: 'card-1',
            payments: [
              { payment_id: 'gift-1', method: 'gift card', status: 'completed', captured_amount: '60.00' },
              { payment_id: 'card-1', status: 'completed', authorized_amount: '40.00', captured_amount: '40.00' },
            ],
          },
        },
      });
  });
});

describe('a capture', () => {
  const pending = given(placed(unpaid));

  it('counts once by its id', () => {
    pending
      .when(captured('payment-0', '60.00', { capture_id: 'a' }))
      .then({ state: { order: { captured_amount: '60.00', payment_status: 'partially_paid' } } })
      .when(captured('payment-0', '60.00', { capture_id: 'a' }))
      .then({ verdict: 'stale' })
      .when(captured('payment-0', '40.00', { capture_id: 'b' }))
      .then({ state: { order: { captured_amount: '100.00', payment_status: 'completed' } } })
      .when(captured('payment-0', '100.00'))
      .then({ verdict: 'stale' })
      .when(captured('payment-0', '40.00'))
      .then({ verdict: 'stale' })
      .when(captured('payment-0', '50.00'))
      .then({ verdict: 'conflict' });
  });

  it('without an id is the only one of its payment, and the first with an id explains it', () => {
    pending
      .when(captured('payment-0', '60.00'))
      .then({ verdict: 'accepted' })
      .when(captured('payment-0', '60.00'))
      .then({ verdict: 'stale' })
      .when(captured('payment-0', '40.00'))
      .then({ verdict: 'conflict' })
      .when(captured('payment-0', '60.00', { capture_id: 'a' }))
      .then({ verdict: 'accepted', state: { order: { captured_amount: '60.00' } } })
      .when(captured('payment-0', '40.00', { capture_id: 'b' }))
      .then({ state: { order: { captured_amount: '100.00' } } });
  });

  it('is first set against what creation told of its payment, then against money under no name', () => {
    given(placed())
      .when(captured('payment-0', '100.00'))
      .then({ verdict: 'stale' })
      .when(captured('payment-0', '100.00', { capture_id: 'a' }))
      .then({ verdict: 'accepted', state: { order: { captured_amount: '100.00' } } })
      .when(captured('payment-0', '20.00', { capture_id: 'b' }))
      .then({ state: { order: { captured_amount: '120.00' } } });
    given(placed({ payment_id: undefined }))
      .when(captured('payment-7', '70.00'))
      .then({
        state: {
          order: { captured_amount: '100.00', payment_id: 'payment-7', payments: [{ captured_amount: '70.00' }] },
        },
      })
      .when(captured('payment-8', '50.00'))
      .then((after) => {
        expect(after.state.order.captured_amount).toBe('120.00');
        expect(askedOf(after)).toStrictEqual([['payment-8', '20.00']]);
      });
  });

  it('keeps the name of money that was refunded before anybody named it', () => {
    given(placed({ payment_id: undefined }), cancel)
      .when(answered(2, 'refund-1'))
      .then({ state: { order: { refunded_amount: '100.00', payments: [] } } })
      .when(captured('payment-7', '100.00'))
      .then((after) => {
        expect(askedOf(after)).toStrictEqual([]);
        expect(
          after.state.order.payments.map(({ captured_amount, refunded_amount }) => [captured_amount, refunded_amount]),
        ).toStrictEqual([['100.00', '100.00']]);
      });
  });

  it('that names no amount means what was authorized, else what creation told, else what others leave', () => {
    const amounts = (order: Partial<NewOrder>, ...payments: readonly string[]): readonly string[] =>
      payments
        .reduce((now, id) => now.when(captured(id)).then({ verdict: 'accepted' }), given(placed(order)))
        .state.order.payments.map(({ captured_amount }) => captured_amount);
    expect(amounts({ payment_status: 'authorized' }, 'payment-0')).toStrictEqual(['100.00']);
    expect(amounts(parts({ ...gift, status: 'pending' }), 'gift-1', 'card-1')).toStrictEqual(['60.00', '40.00']);
    given(placed()).when(captured('another')).then({ verdict: 'stale' });
    given(placed(unpaid)).when(captured('payment-0', '0.00')).then({ verdict: 'stale' });
  });

  it('that names no amount is no news of an authorization that is known', () => {
    given(placed(unpaid))
      .when(authorized('attempt-1', '60.00'))
      .then({ verdict: 'accepted' })
      .when(authorized('attempt-1'))
      .then({ verdict: 'stale' });
  });

  it('in another currency or with too many decimals is a conflict that says what to do', () => {
    for (const [wrong, reason] of [
      [captured('payment-0', '10.00', { currency: 'EUR' }), /the order is in USD, the event in EUR: correct/],
      [captured('payment-0', '10.001'), /USD has 2 decimals, the event's amount is 10.001: correct/],
    ] as const)
      pending.when(wrong).then(({ decision }) => {
        assert.ok(decision.outcome === 'conflict');
        expect(decision.reason).toMatch(reason);
      });
  });
});

describe('a failure', () => {
  it('of an attempt that another has replaced is stale: nothing is cancelled, the authorization stays', () => {
    given(placed({ ...unpaid, payment_id: 'attempt-1' }))
      .when(authorized('attempt-2', '100.00'))
      .then({ state: { order: { payment_status: 'authorized', payment_id: 'attempt-2', deadlines: [] } } })
      .when(failed('attempt-1'))
      .then({
        verdict: 'accepted',
        state: { order: { status: 'confirmed', payment_status: 'authorized', payment_id: 'attempt-2' } },
      })
      .when(failed('attempt-0'))
      .then({ verdict: 'stale' })
      .when(cancel)
      .then((after) => expect(askedOf(after, 'payment.void')).toStrictEqual([['attempt-2', '100.00']]));
  });

  it('ends what is still authorized; captures stay, and the order waits for another payment', () => {
    given(placed({ payment_status: 'authorized' }), captured('payment-0', '60.00', { capture_id: 'a' }))
      .when(failed('payment-0'))
      .then((after) => {
        expect(operations(after)).toStrictEqual(['fulfillment.hold']);
        expect(after.state.order.deadlines).toStrictEqual([{ what: 'payment', at: at(24) }]);
        expect(after.state.order.captured_amount).toBe('60.00');
        expect(after.state.order.payments[0]?.authorized_amount).toBe('60.00');
      })
      .when(failed('payment-0'))
      .then({ verdict: 'stale' });
  });

  it('and an authorization: the later decides, whatever the order of arrival', () => {
    const [first, second] = [at(-2), at(-1)];
    const order = given(placed(unpaid));
    for (const sequence of [
      [failed('payment-0', undefined, { time: first }), authorized('payment-0', '100.00', { time: second })],
      [authorized('payment-0', '100.00', { time: second }), failed('payment-0', undefined, { time: first })],
    ])
      expect(sequence.reduce((now, one) => now.when(one).then(() => undefined), order).state.order.payment_status).toBe(
        'authorized',
      );
    for (const sequence of [
      [authorized('payment-0', '100.00', { time: first }), failed('payment-0', undefined, { time: second })],
      [failed('payment-0', undefined, { time: second }), authorized('payment-0', '100.00', { time: first })],
    ])
      expect(sequence.reduce((now, one) => now.when(one).then(() => undefined), order).state.order.payment_status).toBe(
        'failed',
      );
  });

  it('of an order under way is no reason to cancel it: its deadline is', () => {
    given(placed(unpaid))
      .when(failed('payment-0'))
      .then({ state: { order: { status: 'confirmed', payment_status: 'failed' } } })
      .when(deadline('payment', at(24)), { now: at(24) })
      .then({ state: { order: { status: 'cancelled', cancellation_reason: 'not paid in time' } } });
  });
});

describe('an authorization', () => {
  it('above what was captured is news; what was voided of it is not', () => {
    given(placed({ payment_status: 'authorized' }), cancel)
      .when(authorized('payment-0', '100.00'))
      .then({ verdict: 'stale' })
      .when(authorized('payment-0', '120.00'))
      .then((after) => {
        expect(askedOf(after, 'payment.void')).toStrictEqual([['payment-0', '20.00']]);
        expect(after.state.order.payments[0]?.status).toBe('voided');
      })
      .when(authorized('late', '50.00'))
      .then((after) => expect(askedOf(after, 'payment.void')).toStrictEqual([['late', '50.00']]));
    given(placed({ payment_status: 'authorized' }), captured('payment-0', '100.00'))
      .when(authorized('payment-0', '100.00'))
      .then({ verdict: 'stale' });
  });

  it('is voided as far as it was not captured', () => {
    given(placed({ payment_status: 'authorized' }), captured('payment-0', '60.00', { capture_id: 'a' }))
      .when(cancel)
      .then((after) => {
        expect(askedOf(after, 'payment.void')).toStrictEqual([['payment-0', '40.00']]);
        expect(askedOf(after)).toStrictEqual([['payment-0', '60.00']]);
      });
  });
});

describe('money under no name', () => {
  // 60.00 of the 100.00 get the name of the gift card, which captured them; 40.00 are of a card that nobody named yet.
  const half = given(placed({ payment_id: undefined }), captured('gift-1', '60.00'));
  const cardIsHeardOf = (order: typeof half): void => {
    order.when(captured('card-1', '100.00')).then({ state: { order: { captured_amount: '160.00' } } });
  };

  it('that another payment gave back is set against what that one captured: each capture counts once', () => {
    const answer = { type: 'settle_refund', outcome: 'refunded', refund_id: 'refund-1', payment_id: 'gift-1' } as const;
    const after = half
      .when(cancel)
      .then((cancelled) =>
        expect(askedOf(cancelled)).toStrictEqual([
          ['gift-1', '60.00'],
          [undefined, '40.00'],
        ]),
      )
      .when({ ...answer, key: `${orderId}:3:payment.refund:1` })
      .then({
        state: {
          order: {
            captured_amount: '100.00',
            refunded_amount: '40.00',
            payments: [{ captured_amount: '60.00', refunded_amount: '40.00', requested_amount: '20.00' }],
          },
        },
      });
    cardIsHeardOf(after);
  });

  it('is not what others refunded of a payment that holds as much, though we asked for a part of it', () => {
    const after = half
      .when(cancelItems(units('2', 1)))
      .then((cancelled) => expect(askedOf(cancelled)).toStrictEqual([['gift-1', '30.00']]))
      .when(refunded('gift-1', '50.00', { refund_id: 'by hand' }))
      .then({
        state: {
          order: { payments: [{ captured_amount: '60.00', refunded_amount: '50.00', requested_amount: '10.00' }] },
        },
      });
    cardIsHeardOf(after);
  });

  it('that a payment gave back beyond what it captured gets its name, as far as that', () => {
    half
      .when(refunded('gift-1', '70.00', { refund_id: 'by hand' }))
      .then({ state: { order: { payments: [{ captured_amount: '70.00', refunded_amount: '70.00' }] } } })
      .when(captured('gift-1', '10.00', { capture_id: 'second' }))
      .then({ verdict: 'accepted', state: { order: { captured_amount: '100.00' } } });
  });
});

describe('a refund by others', () => {
  it('for goods that came back raises what was refunded, not what is owed less', () => {
    given(placed(), ...wayTo.delivered, returned('return-1', units('2', 1)))
      .when(refunded('payment-0', '30.00', { refund_id: 'refund-1', return_id: 'return-1' }))
      .then({ state: { order: { refunded_amount: '30.00', payment_status: 'partially_refunded' } } })
      .when(captured('payment-1', '100.00'))
      .then((after) => expect(askedOf(after)).toStrictEqual([['payment-1', '100.00']]));
  });

  it('names money under no name, as far as it was refunded', () => {
    given(placed({ payment_id: undefined }))
      .when(refunded('payment-7', '30.00', { refund_id: 'refund-1' }))
      .then({
        state: {
          order: {
            captured_amount: '100.00',
            refunded_amount: '30.00',
            payments: [{ payment_id: 'payment-7', captured_amount: '30.00', refunded_amount: '30.00' }],
          },
        },
      });
  });

  it('of a payment that nobody knows becomes a dead letter that says what to do', () => {
    given(placed(unpaid))
      .when(refunded('unknown', '10.00', { refund_id: 'refund-1' }))
      .then({ verdict: 'kept' })
      .when({ type: 'reconsider' }, { now: at(24) })
      .then(({ decision }) => {
        assert.ok(decision.outcome === 'accepted');
        expect(decision.givenUp[0]?.reason ?? '').toMatch(
          /payment unknown is not known to this order: publish its capture/,
        );
      });
  });
});
