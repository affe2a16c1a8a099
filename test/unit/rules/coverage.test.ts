import { describe, expect, it } from '@jest/globals';
import type { NewOrder } from '../../../actors/rules/commands.js';
import { given } from '../../support/given.js';
import {
  cancel,
  cancelItems,
  line,
  move,
  placed,
  shipped,
  started,
  units,
  unpaid,
} from '../../support/sample-orders.js';
import { askedOf, at, authorized, captured, failed, operations, refunded } from './payment-news.js';

describe('coverage', () => {
  it('starts fulfilment when the order is paid for, not before', () => {
    given(placed(unpaid))
      .when(captured('payment-0', '60.00'))
      .then((after) => {
        expect(operations(after)).toStrictEqual([]);
        expect(after.state.order.payment_status).toBe('partially_paid');
        expect(after.state.order.deadlines).toStrictEqual([{ what: 'payment', at: at(24) }]);
      })
      .when(cancelItems(units('2', 1), units('1', 1)))
      .then((after) => {
        expect(operations(after)).toStrictEqual(['fulfillment.start', 'fulfillment.change']);
        expect([after.state.order.payment_status, after.state.order.deadlines]).toStrictEqual(['completed', []]);
      });
  });

  it('holds what was asked to start, and releases it', () => {
    given(placed({ payment_status: 'authorized' }), started)
      .when(failed('payment-0'))
      .then((after) => {
        expect(operations(after)).toStrictEqual(['fulfillment.hold']);
        expect(after.entries.at(-1)?.type).toBe('order.held');
        const { hold, deadlines } = after.state.order;
        expect([hold?.reason, hold?.by, hold?.at]).toStrictEqual([
          'not paid for',
          { type: 'system', id: 'coverage' },
          at(0),
        ]);
        expect(deadlines).toStrictEqual([{ what: 'payment', at: at(24) }]);
      })
      .when(authorized('payment-1', '100.00'))
      .then((after) => {
        expect(operations(after)).toStrictEqual(['fulfillment.release']);
        expect(after.entries.at(-1)?.type).toBe('order.released');
        expect([after.state.order.hold, after.state.order.deadlines]).toStrictEqual([undefined, []]);
      });
  });

  it('never binds a person, and a parcel that has left is not cancelled', () => {
    given(placed(unpaid))
      .when(move('processing'))
      .then({ verdict: 'accepted' })
      .when(shipped)
      .then({ state: { order: { status: 'shipped', deadlines: [], hold: undefined } } })
      .when(captured('payment-0', '100.00'))
      .then((after) => expect(operations(after)).toStrictEqual([]));
  });

  it('is given for cash on delivery, and for nothing to pay', () => {
    const starts = (order: Partial<NewOrder>): boolean => {
      const [first] = placed(order);
      return first?.entry.data.start_fulfilment === true;
    };
    expect(starts({ ...unpaid, payment_method: 'cod' })).toBe(true);
    const free = { subtotal: '0.00', total_amount: '0.00', items: [line('1', 1, '0.00')] };
    for (const payment_status of ['pending', 'authorized', 'completed'] as const) {
      expect(starts({ ...free, payment_status })).toBe(true);
      given(placed({ ...free, payment_status }))
        .when({ type: 'update', notes: 'PERSONAL' })
        .then({ state: { order: { payment_status: 'completed', deadlines: [] } } })
        .when(cancel)
        .then((after) => {
          expect(askedOf(after)).toStrictEqual([]);
          expect(askedOf(after, 'payment.void')).toStrictEqual([]);
        });
    }
    expect(starts(unpaid)).toBe(false);
  });

  it('outlives a refund of a part, not of everything', () => {
    given(placed())
      .when(refunded('payment-0', '10.00', { refund_id: 'goodwill' }))
      .then((after) => expect(operations(after)).toStrictEqual([]))
      .when(refunded('payment-0', '90.00', { refund_id: 'all' }))
      .then((after) => {
        expect(operations(after)).toStrictEqual(['fulfillment.hold']);
        expect(after.state.order.deadlines).toStrictEqual([{ what: 'payment', at: at(24) }]);
      });
    given(placed(unpaid), captured('payment-0', '60.00'), refunded('payment-0', '20.00', { refund_id: 'goodwill' }))
      .when(captured('payment-1', '40.00'))
      .then((after) => expect(operations(after)).toStrictEqual([]))
      .when(captured('payment-2', '20.00'))
      .then((after) => expect(operations(after)).toStrictEqual(['fulfillment.start']));
  });
});

describe('an order that giving up units makes dearer', () => {
  it('stays covered: nobody pays more than was agreed', () => {
    const order = {
      subtotal: '10.00',
      discount_amount: '14.00',
      shipping_amount: '5.00',
      total_amount: '1.00',
      items: [line('A', 2, '5.00')],
    };
    given(placed(order))
      .when(cancelItems(units('A', 1)))
      .then((after) => {
        expect(operations(after)).toStrictEqual(['fulfillment.change']);
        expect([after.state.order.payment_status, after.state.order.deadlines]).toStrictEqual(['completed', []]);
      });
  });
});
