import { describe, it } from '@jest/globals';
import { context, given, hoursLater, noon } from '../../support/given.js';
import {
  cancel,
  deadline,
  event,
  move,
  placed,
  returned,
  shipped,
  started,
  units,
  unpaid,
  wayTo,
} from '../../support/sample-orders.js';

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
    for (const lift of [event('payment.completed', { payment_id: 'payment-1' }), cancel])
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
      .when(event('shipping.delivered', { delivered_at: hoursLater(48) }), { now: hoursLater(96) })
      .then({ state: { order: { deadlines: [{ what: 'return_window', at: hoursLater(32 * 24) }] } } });
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

  it.each([
    ['by hand', move('partially_returned'), 'partially_returned'],
    ['by the return of a part', returned('return-1', units('1', 1)), 'partially_returned'],
    ['by the return of all', returned('return-1', units('1', 3), units('2', 1), units('3', 2)), 'returned'],
  ] as const)('closes the return window of an order whose delivery nobody told, too: %s', (_name, command, status) => {
    const end = status === 'returned' ? 5 : 2;
    given(placed(), started, shipped)
      .when(command, { now: hoursLater(5) })
      .then({
        entries: [
          { data: { to_status: 'partially_returned', return_window_ends_at: hoursLater(30 * 24 + 5) } },
          ...(status === 'returned' ? [{ data: { to_status: status, return_window_ends_at: undefined } }] : []),
        ],
        state: { order: { status, deadlines: closing(5) } },
      })
      // Once it is told, the window runs from there; nobody sends a parcel of an order that came back whole.
      .when(event('shipping.delivered', { delivered_at: hoursLater(2) }), { now: hoursLater(6) })
      .then({
        verdict: status === 'returned' ? 'stale' : 'accepted',
        state: { order: { status, deadlines: closing(end) } },
      })
      .when(deadline('return_window', hoursLater(30 * 24 + end)), { now: hoursLater(30 * 24 + end) })
      .then({
        entries: [{ type: 'order.completed' }],
        state: { order: { status, completed_at: hoursLater(30 * 24 + end), deadlines: [] } },
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
