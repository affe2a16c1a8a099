import { describe, it } from '@jest/globals';
import { given, hoursLater } from '../../support/given.js';
import {
  announced,
  delivered,
  event,
  openUnitsOf,
  placed,
  returned,
  shipped,
  started,
  units,
  unpaid,
  wayTo,
} from '../../support/sample-orders.js';

const someUnits = units('2', 1);
const payment = { payment_id: 'payment-1', amount: '100.00', currency: 'USD' };
const completed = event('payment.completed', payment);
const failed = event('payment.failed', payment);

describe('an event that applies', () => {
  it('stamps the parcel and opens the return window at delivery', () => {
    given(placed(), started)
      .when(shipped, { now: hoursLater(1) })
      .then({
        state: {
          order: { status: 'shipped', shipment: { carrier: 'DHL', tracking_number: 'T-1', shipped_at: hoursLater(0) } },
        },
      })
      .when(delivered, { now: hoursLater(9) })
      .then({
        state: {
          order: {
            status: 'delivered',
            shipment: { carrier: 'DHL', shipped_at: hoursLater(0), delivered_at: hoursLater(0) },
            deadlines: [{ what: 'return_window', at: hoursLater(30 * 24) }],
          },
        },
      });
  });

  it('completes the payment and lifts its deadline', () => {
    given(placed(unpaid))
      .when({ type: 'reconsider' })
      .then({ state: { order: { deadlines: [{ what: 'payment', at: hoursLater(24) }], captured_amount: '0.00' } } })
      .when(completed)
      .then({
        state: {
          order: { deadlines: [], captured_amount: '100.00', payment_id: 'payment-1', payment_status: 'completed' },
        },
      });
  });

  it('takes the total for captured when a payment names no amount', () => {
    given(placed(unpaid))
      .when(event('payment.completed', { payment_id: 'payment-1' }))
      .then({ state: { order: { captured_amount: '100.00' } } });
  });

  it('leaves an order whose payment fails to its deadline, since another payment may come', () => {
    given(placed(unpaid), started)
      .when(failed)
      .then({
        entries: [{ type: 'order.payment_updated' }],
        state: {
          order: {
            status: 'processing',
            payment_status: 'failed',
            deadlines: [{ what: 'payment', at: hoursLater(24) }],
            version: 3,
          },
        },
      });
    given(placed(unpaid), started, shipped)
      .when(failed)
      .then({
        entries: [{ type: 'order.payment_updated' }],
        state: { order: { status: 'shipped', payment_status: 'failed' } },
      });
  });

  it('announces a return without moving the order', () => {
    given(placed(), ...wayTo.delivered)
      .when(announced('return-1', someUnits), { now: hoursLater(5) })
      .then({
        entries: [{ type: 'order.return_requested' }],
        state: {
          order: {
            status: 'delivered',
            returns: [
              {
                return_id: 'return-1',
                status: 'requested',
                items: [someUnits],
                reason: 'too small',
                requested_at: hoursLater(5),
              },
            ],
          },
        },
      })
      .when(returned('return-1', someUnits), { now: hoursLater(6) })
      .then({
        entries: [{ type: 'order.returned', data: { from_status: 'delivered', to_status: 'partially_returned' } }],
        state: {
          order: {
            status: 'partially_returned',
            returns: [
              { status: 'completed', reason: 'too small', requested_at: hoursLater(5), completed_at: hoursLater(6) },
            ],
          },
        },
      });
  });

  it('counts units and moves the status once all of what was kept is back', () => {
    given(placed(), ...wayTo.confirmed, ...wayTo.delivered)
      .when(returned('return-1', units('1', 3)))
      .then({ state: { order: { status: 'partially_returned', items: [{ returned_quantity: 3 }, {}, {}] } } })
      .when(returned('return-2', units('3', 2)))
      .then({
        entries: [{ type: 'order.returned', data: { from_status: undefined, to_status: undefined } }],
        state: { order: { status: 'partially_returned' } },
      })
      .when(returned('return-3', units('2', 1)))
      .then({ state: { order: { status: 'returned' } } })
      .when(returned('return-3', units('2', 1)))
      .then({ verdict: 'stale' });
  });

  it('counts units of one line named twice as their sum', () => {
    given(placed(), ...wayTo.delivered)
      .when(announced('return-1', units('1', 1), units('2', 1), units('1', 2)))
      .then({ entries: [{ data: { items: [units('1', 3), units('2', 1)] } }] })
      .when(returned('return-1', units('1', 1), units('2', 1), units('1', 2)))
      .then({
        entries: [{ data: { items: [units('1', 3), units('2', 1)] } }],
        state: { order: { items: [3, 1, 0].map((returned_quantity) => ({ returned_quantity })) } },
      })
      .when(returned('return-2', units('3', 1), units('3', 1)))
      .then({ entries: [{ data: { to_status: 'returned', items: [units('3', 2)] } }] });
  });

  it('passes through partially_returned when everything comes back while shipped', () => {
    const order = given(placed(), ...wayTo.shipped);
    order.when(returned('return-1', ...openUnitsOf(order.state))).then({
      entries: [
        { type: 'order.status_changed', data: { from_status: 'shipped', to_status: 'partially_returned' } },
        { type: 'order.returned', data: { from_status: 'partially_returned', to_status: 'returned' } },
      ],
      state: { order: { status: 'returned' } },
    });
  });

  it('counts a refund without an id by its event: once, however often it comes', () => {
    const half = { payment_id: 'payment-0', amount: '50.00', currency: 'USD' };
    given(placed(), event('payment.refunded', half, 'event-a'))
      .when(event('payment.refunded', half, 'event-a'))
      .then({ verdict: 'stale' })
      .when(event('payment.refunded', half, 'event-b'))
      .then({ state: { order: { refunded_amount: '100.00', payment_status: 'refunded' } } });
  });
});
