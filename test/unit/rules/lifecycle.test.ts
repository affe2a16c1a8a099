import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewOrder } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { evolve, replay } from '../../../actors/rules/evolve.js';
import { decideCreate } from '../../../actors/rules/lifecycle.js';
import type { Deadline } from '../../../actors/rules/order.js';
import { context, given, hoursLater, noon, secret } from '../../support/given.js';
import {
  cancel,
  cancelItems,
  delivered,
  event,
  guestEmail,
  move,
  newOrder,
  placed,
  returned,
  shipped,
  started,
  units,
  unpaid,
  wayTo,
} from './sample-orders.js';

const deadline = (what: Deadline['what'], at: string): ChangeCommand => ({ type: 'meet_deadline', what, at });

describe('a new order', () => {
  const deadlinesOf = (order: Partial<NewOrder>): readonly Deadline[] => given(placed(order)).state.order.deadlines;

  it('begins confirmed, at version 1, with nothing given back', () => {
    const { order } = given(placed()).state;
    assert.equal(order.status, 'confirmed');
    assert.equal(order.version, 1);
    assert.equal(order.created_at, noon);
    assert.equal(order.captured_amount, '100.00');
    assert.equal(order.refunded_amount, '0.00');
  });

  it('has captured nothing unless it was handed over as paid', () => {
    assert.equal(given(placed(unpaid)).state.order.captured_amount, '0.00');
    assert.equal(given(placed({ payment_status: 'authorized' })).state.order.captured_amount, '0.00');
    assert.equal(given(placed({ ...unpaid, currency: 'JPY', decimals: 0 })).state.order.captured_amount, '0');
  });

  it('has a day to be paid, if it is pending and not paid on delivery', () => {
    assert.deepEqual(deadlinesOf(unpaid), [{ what: 'payment', at: hoursLater(24) }]);
    assert.deepEqual(deadlinesOf({ ...unpaid, payment_method: 'cod' }), []);
    assert.deepEqual(deadlinesOf({ payment_status: 'authorized' }), []);
    assert.deepEqual(deadlinesOf({}), []);
    const two = { ...context, policy: { ...context.policy, autoCancelHours: 2 } };
    assert.equal(decideCreate({ ...newOrder, ...unpaid }, 'ORD-1', two).data.payment_due_at, hoursLater(2));
  });

  it('keeps personal data apart from the data it publishes', () => {
    const { data, personal } = decideCreate({ ...newOrder, guest_email: guestEmail }, 'ORD-1', context);
    assert.ok(!JSON.stringify(data).includes(secret));
    assert.deepEqual(Object.keys(personal).sort(), ['billing_address', 'guest_email', 'notes', 'shipping_address']);
    assert.equal(data.order_number, 'ORD-1');
  });
});

describe('a deadline', () => {
  it('cancels an order not paid in time', () => {
    given(placed(unpaid))
      .when(deadline('payment', hoursLater(24)), { now: hoursLater(24) })
      .then({
        entries: [{ type: 'order.cancelled', data: { reason: 'not paid in time', from_status: 'confirmed' } }],
        state: {
          order: {
            status: 'cancelled',
            cancelled_at: hoursLater(24),
            cancellation_reason: 'not paid in time',
            deadlines: [],
          },
        },
      })
      .when(deadline('payment', hoursLater(24)), { now: hoursLater(24) })
      .then({ verdict: 'stale' });
  });

  it('is stale before its time, and once it was lifted', () => {
    const order = given(placed(unpaid));
    order.when(deadline('payment', hoursLater(24)), { now: hoursLater(23) }).then({ verdict: 'stale' });
    for (const lift of [
      event('payment.completed', { payment_id: 'payment-1' }),
      event('payment.failed', { payment_id: 'payment-1' }),
      cancel,
    ])
      order
        .when(lift)
        .then({ state: { order: { deadlines: [] } } })
        .when(deadline('payment', hoursLater(24)), { now: hoursLater(24) })
        .then({ verdict: 'stale' });
  });

  it('no longer cancels a parcel that has left', () => {
    given(placed(unpaid), started)
      .when(shipped)
      .then({ state: { order: { deadlines: [] } } });
  });

  it('completes an order when its return window closes, once', () => {
    const closing = hoursLater(30 * 24);
    given(placed(), ...wayTo.delivered)
      .when(deadline('return_window', closing), { now: hoursLater(30 * 24 + 1) })
      .then({
        entries: [{ type: 'order.completed' }],
        state: { order: { status: 'delivered', completed_at: hoursLater(30 * 24 + 1), deadlines: [] } },
      })
      .when(deadline('return_window', closing), { now: hoursLater(30 * 24 + 2) })
      .then({ verdict: 'stale' });
  });

  it('counts the return window from delivery, not from the news of it', () => {
    given(placed(), started, shipped)
      .when(event('shipping.delivered', { delivered_at: hoursLater(-48) }))
      .then({ state: { order: { deadlines: [{ what: 'return_window', at: hoursLater(28 * 24) }] } } });
    given(placed(), started, shipped)
      .when(move('delivered'), { now: hoursLater(6), policy: { ...context.policy, returnWindowDays: 14 } })
      .then({
        state: {
          order: {
            shipment: { shipped_at: noon, delivered_at: hoursLater(6) },
            deadlines: [{ what: 'return_window', at: hoursLater(14 * 24 + 6) }],
          },
        },
      });
  });

  const closing = (hours: number) => [{ what: 'return_window', at: hoursLater(30 * 24 + hours) }];

  for (const [name, command, status] of [
    ['by hand', move('partially_returned'), 'partially_returned'],
    ['by the return of a part', returned('return-1', units('1', 1)), 'partially_returned'],
    ['by the return of all', returned('return-1', units('1', 3), units('2', 1), units('3', 2)), 'returned'],
  ] as const)
    it(`closes the return window of an order whose delivery nobody told, too: ${name}`, () => {
      given(placed(), started, shipped)
        .when(command, { now: hoursLater(5) })
        .then({
          entries: [
            { data: { to_status: 'partially_returned', return_window_ends_at: hoursLater(30 * 24 + 5) } },
            ...(status === 'returned' ? [{ data: { to_status: status, return_window_ends_at: undefined } }] : []),
          ],
          state: { order: { status, deadlines: closing(5) } },
        })
        .when(delivered, { now: hoursLater(6) })
        .then({ verdict: 'stale', state: { order: { deadlines: closing(5) } } })
        .when(deadline('return_window', hoursLater(30 * 24 + 5)), { now: hoursLater(30 * 24 + 5) })
        .then({
          entries: [{ type: 'order.completed' }],
          state: { order: { status, completed_at: hoursLater(30 * 24 + 5), deadlines: [] } },
        });
    });

  it('stands while units come back', () => {
    given(placed(), ...wayTo.delivered)
      .when(returned('return-1', units('1', 1)))
      .then({ state: { order: { deadlines: [{ what: 'return_window' }] } } })
      .when(move('returned'))
      .then({ state: { order: { deadlines: [{ what: 'return_window' }] } } });
  });
});

describe('a move by hand', () => {
  it('that the table forbids names both ends', () => {
    given(placed())
      .when(move('delivered'))
      .then({ decision: { refusal: { code: 'illegal_transition', from: 'confirmed', to: 'delivered' } } });
  });

  it('stamps shipping and delivery with the present moment', () => {
    given(placed(), move('processing'))
      .when(move('shipped'), { now: hoursLater(1) })
      .then({ state: { order: { shipment: { shipped_at: hoursLater(1), delivered_at: undefined } } } })
      .when(move('delivered'), { now: hoursLater(2) })
      .then({ state: { order: { shipment: { shipped_at: hoursLater(1), delivered_at: hoursLater(2) } } } });
  });

  it('to returned or partially_returned obeys the rules of returns, after the table', () => {
    const noReturns = { policy: { ...context.policy, returns: false } };
    const refusal = (detail: string) => ({ decision: { refusal: { code: 'return_not_allowed', detail } } });
    const order = given(placed(), ...wayTo.delivered);
    for (const status of ['returned', 'partially_returned'] as const) {
      order.when(move(status), noReturns).then(refusal('Returns are switched off.'));
      order.when(move(status), { now: hoursLater(30 * 24) }).then(refusal('The return window is closed.'));
      order.when(move(status), { now: hoursLater(30 * 24 - 0.001) }).then({ state: { order: { status } } });
      given(placed()).when(move(status), noReturns).then({ verdict: 'illegal_transition' });
    }
  });

  it('to returned is refused once the order is completed', () => {
    const at = hoursLater(30 * 24);
    given(placed(), ...wayTo.delivered)
      .when(deadline('return_window', at), { now: at })
      .then({ verdict: 'accepted' })
      .when(move('returned'))
      .then({ verdict: 'return_not_allowed' });
  });

  it('to cancelled is a cancellation', () => {
    given(placed(), started)
      .when(move('cancelled'))
      .then({
        entries: [
          {
            type: 'order.cancelled',
            data: { reason: 'by hand', refund_requested: '100.00', from_status: 'processing' },
          },
        ],
        state: {
          order: {
            cancellation_reason: 'by hand',
            items: [3, 1, 2].map((cancelled_quantity) => ({ cancelled_quantity })),
          },
        },
      });
  });

  it('to partially_returned returns no unit, to returned all that remain', () => {
    given(placed(), cancelItems(units('1', 1)), ...wayTo.shipped)
      .when(move('partially_returned'))
      .then({
        entries: [{ type: 'order.status_changed' }],
        state: { order: { items: [0, 0, 0].map((returned_quantity) => ({ returned_quantity })) } },
      })
      .when(returned('return-1', units('3', 1)))
      .then({ state: { order: { status: 'partially_returned' } } })
      .when(move('returned'))
      .then({
        entries: [{ type: 'order.returned', data: { items: [units('1', 2), units('2', 1), units('3', 1)] } }],
        state: { order: { items: [2, 1, 2].map((returned_quantity) => ({ returned_quantity })), returns: [{}] } },
      });
  });
});

describe('cancelling items', () => {
  it('goes line by line, and the last unit cancels the order', () => {
    given(placed())
      .when(cancelItems(units('1', 2), units('3', 1)))
      .then({
        entries: [
          { type: 'order.items_cancelled', data: { items: [units('1', 2), units('3', 1)], reason: 'too many' } },
        ],
        state: { order: { status: 'confirmed', items: [{ cancelled_quantity: 2 }, {}, { cancelled_quantity: 1 }] } },
      })
      .when(cancelItems(units('1', 1), units('2', 1), units('3', 1)), { now: hoursLater(1) })
      .then({
        entries: [{ type: 'order.cancelled', data: { items: [units('1', 1), units('2', 1), units('3', 1)] } }],
        state: { order: { status: 'cancelled', cancelled_at: hoursLater(1), cancellation_reason: 'too many' } },
      });
  });

  it('names every fault with its path', () => {
    given(placed(), cancelItems(units('1', 1)))
      .when(cancelItems(units('1', 3), units('2', 1), units('3', 3)))
      .then({
        decision: {
          refusal: {
            code: 'quantity_not_available',
            errors: [
              { path: 'items[0].quantity', message: 'only 2 left' },
              { path: 'items[2].quantity', message: 'only 2 left' },
            ],
          },
        },
      });
    given(placed())
      .when(cancelItems(units('1', 1), units('8', 1), units('9', 1)))
      .then({
        decision: {
          refusal: { code: 'validation_failed', errors: [{ path: 'items[1].item_id' }, { path: 'items[2].item_id' }] },
        },
      });
  });

  it('sums up the units of a line that is named twice', () => {
    const order = given(placed());
    order.when(cancelItems(units('1', 1), units('2', 1), units('1', 1))).then({
      entries: [{ type: 'order.items_cancelled', data: { items: [units('1', 2), units('2', 1)] } }],
      effects: [{}, { payload: { items: [units('1', 2), units('2', 1)] } }, {}, { payload: { amount: '50.00' } }],
      state: { order: { items: [2, 1, 0].map((cancelled_quantity) => ({ cancelled_quantity })) } },
    });
    order
      .when(cancelItems(units('1', 2), units('1', 2)))
      .then({ decision: { refusal: { code: 'quantity_not_available', errors: [{ message: 'only 3 left' }] } } });
    order
      .when(cancelItems(units('3', 1), units('1', 3), units('2', 1), units('3', 1)))
      .then({ entries: [{ type: 'order.cancelled', data: { items: [units('1', 3), units('2', 1), units('3', 2)] } }] });
  });
});

describe('a journal', () => {
  it('of nothing is no order', () => assert.equal(replay([]), undefined));

  it('that does not begin with its creation is broken', () => {
    const entry = { type: 'order.completed', data: {} } as const;
    assert.throws(() => evolve(undefined, { order_id: 'order-1', version: 1, at: noon, entry }), /creation/);
  });

  it('tells when each thing was', () => {
    given(placed())
      .when(started, { now: hoursLater(1) })
      .then({ state: { order: { created_at: noon, updated_at: hoursLater(1), version: 2 } } })
      .when(delivered, { now: hoursLater(2) })
      .then({ verdict: 'kept', state: { order: { updated_at: hoursLater(1), version: 2 } } });
  });
});
