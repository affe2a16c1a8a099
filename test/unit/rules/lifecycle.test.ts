import { describe, expect, it } from '@jest/globals';
import type { NewOrder } from '../../../actors/rules/commands.js';
import { evolve, replay } from '../../../actors/rules/evolve.js';
import { decideCreate } from '../../../actors/rules/lifecycle.js';
import type { Deadline } from '../../../actors/rules/order-parts.js';
import { context, given, hoursLater, noon, secret } from '../../support/given.js';
import {
  cancelItems,
  deadline,
  delivered,
  guestEmail,
  move,
  newOrder,
  placed,
  returned,
  started,
  units,
  unpaid,
  wayTo,
} from '../../support/sample-orders.js';

describe('a new order', () => {
  const deadlinesOf = (order: Partial<NewOrder>): readonly Deadline[] => given(placed(order)).state.order.deadlines;

  it('begins confirmed, at version 1, with nothing given back', () => {
    const { order } = given(placed()).state;
    expect(order.status).toBe('confirmed');
    expect(order.version).toBe(1);
    expect(order.created_at).toBe(noon);
    expect(order.captured_amount).toBe('100.00');
    expect(order.refunded_amount).toBe('0.00');
  });

  it('has captured nothing unless it was handed over as paid', () => {
    expect(given(placed(unpaid)).state.order.captured_amount).toBe('0.00');
    expect(given(placed({ payment_status: 'authorized' })).state.order.captured_amount).toBe('0.00');
    expect(given(placed({ ...unpaid, currency: 'JPY', decimals: 0 })).state.order.captured_amount).toBe('0');
  });

  it('has a day to be paid, if it is pending and not paid on delivery', () => {
    expect(deadlinesOf(unpaid)).toStrictEqual([{ what: 'payment', at: hoursLater(24) }]);
    expect(deadlinesOf({ ...unpaid, payment_method: 'cod' })).toStrictEqual([]);
    expect(deadlinesOf({ payment_status: 'authorized' })).toStrictEqual([]);
    expect(deadlinesOf({})).toStrictEqual([]);
    const two = { ...context, policy: { ...context.policy, autoCancelHours: 2 } };
    expect(decideCreate({ ...newOrder, ...unpaid }, 'ORD-1', two).data.payment_due_at).toBe(hoursLater(2));
  });

  it('keeps personal data apart from the data it publishes', () => {
    const { data, personal } = decideCreate({ ...newOrder, guest_email: guestEmail }, 'ORD-1', context);
    expect(JSON.stringify(data)).not.toContain(secret);
    expect(Object.keys(personal).sort()).toStrictEqual(['billing_address', 'guest_email', 'notes', 'shipping_address']);
    expect(data.order_number).toBe('ORD-1');
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
  it('of nothing is no order', () => expect(replay([])).toBeUndefined());

  it('that does not begin with its creation is broken', () => {
    const entry = { type: 'order.completed', data: {} } as const;
    expect(() => evolve(undefined, { order_id: 'order-1', version: 1, at: noon, entry })).toThrow(/creation/);
  });

  it('reports when each thing was', () => {
    given(placed())
      .when(started, { now: hoursLater(1) })
      .then({ state: { order: { created_at: noon, updated_at: hoursLater(1), version: 2 } } })
      .when(delivered, { now: hoursLater(2) })
      .then({ verdict: 'kept', state: { order: { updated_at: hoursLater(1), version: 2 } } });
  });
});
