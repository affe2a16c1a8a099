import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import type { OrderState } from '../../../actors/rules/order.js';
import { given, hoursLater, noon } from '../../support/given.js';
import { permutations } from './permutations.js';
import {
  announced,
  answered,
  cancel,
  cancelItems,
  delivered,
  event,
  move,
  placed,
  returned,
  shipped,
  started,
  units,
  unpaid,
} from '../../support/sample-orders.js';

const topicsOf = (commands: readonly ChangeCommand[]): string =>
  commands.map((command) => (command.type === 'take_event' ? command.topic : command.type)).join(', ');

/** Where the order of events would show. */
const outcome = ({ order, waiting }: OrderState): unknown => {
  const { status, version, shipment, shipments, deadlines, returns } = order;
  return { status, version, shipment, shipments, deadlines, returns, waiting };
};

describe('an event that comes early', () => {
  it('is kept and writes nothing', () => {
    given(placed())
      .when(delivered)
      .then({
        verdict: 'kept',
        entries: [],
        state: { order: { version: 1 }, waiting: [{ topic: 'shipping.delivered', received_at: noon }] },
      })
      .when(delivered, { now: hoursLater(1) })
      .then({ verdict: 'stale', state: { waiting: [{ received_at: noon }] } });
  });

  it('waits on while the order changes in other ways', () => {
    given(placed(), shipped)
      .when({ type: 'update', notes: 'PERSONAL ring twice' })
      .then({
        entries: [{ type: 'order.updated' }],
        decision: { released: [], givenUp: [] },
        state: { waiting: [{}] },
      });
  });

  it('is applied right after the change it waited for, by the same command', () => {
    given(placed(), shipped)
      .when(started)
      .then({
        entries: [{ data: { to_status: 'processing' } }, { data: { to_status: 'shipped', tracking_number: 'T-1' } }],
        decision: { released: [{ topic: 'shipping.shipped' }], givenUp: [] },
        state: { order: { status: 'shipped', version: 3 }, waiting: [] },
      });
  });

  it('is applied after a move by hand too', () => {
    given(placed(), shipped)
      .when(move('processing'))
      .then({ state: { order: { status: 'shipped', version: 3 }, waiting: [] } });
  });

  it('makes way for the next one: fulfilment may arrive in any order', () => {
    const inOrder = [started, shipped, delivered];
    const expected = outcome(given(placed(), ...inOrder).state);
    for (const commands of permutations(inOrder))
      assert.deepEqual(outcome(given(placed(), ...commands).state), expected, topicsOf(commands));
  });

  const all = [units('1', 3), units('2', 1), units('3', 2)];

  it.each([
    ['a part', [units('1', 1)]],
    ['everything', all],
  ] as const)(
    'is decided in the order of life, whatever came first: %s returned before the parcel arrived',
    (_name, items) => {
      const rest = [shipped, delivered, returned('return-1', ...items)];
      const expected = outcome(given(placed(), started, ...rest).state);
      for (const commands of permutations(rest))
        assert.deepEqual(outcome(given(placed(), ...commands, started).state), expected, topicsOf(commands));
    },
  );

  it('is decided in the order of life, whatever came first: a return completed before it was announced', () => {
    const rest = [shipped, delivered, announced('return-1', ...all), returned('return-1', ...all)];
    const expected = outcome(given(placed(), started, ...rest).state);
    for (const commands of permutations(rest))
      assert.deepEqual(outcome(given(placed(), ...commands, started).state), expected, topicsOf(commands));
  });

  it('keeps a refund until the payment it gives back has completed', () => {
    const refund = event('payment.refunded', { payment_id: 'payment-1', amount: '100.00', refund_id: 'refund-1' });
    given(placed(unpaid), refund)
      .when(event('payment.completed', { payment_id: 'payment-1', amount: '100.00' }))
      .then({
        entries: [{ data: { change: 'completed' } }, { data: { change: 'refunded', refund_id: 'refund-1' } }],
        decision: { released: [{ event_id: refund.event_id }], givenUp: [] },
        state: { order: { captured_amount: '100.00', refunded_amount: '100.00', payment_status: 'refunded' } },
      });
  });

  const refund = (refund_id: string | undefined, amount = '40.00') =>
    event('payment.refunded', { payment_id: 'payment-1', amount, refund_id });

  it.each([
    [
      'a parcel shipped',
      shipped,
      event('shipping.shipped', { carrier: 'DHL', tracking_number: 'T-1' }),
      [
        delivered,
        event('shipping.shipped', { carrier: 'DHL', tracking_number: 'T-2' }),
        event('shipping.shipped', { carrier: 'UPS', tracking_number: 'T-1' }),
      ],
    ],
    [
      'a parcel shipped at an impossible time',
      event('shipping.shipped', { carrier: 'DHL', tracking_number: 'T-1', shipped_at: '1970-01-01T00:00:00.000Z' }),
      event('shipping.shipped', { carrier: 'DHL', tracking_number: 'T-1', shipped_at: '1970-01-02T00:00:00.000Z' }),
      [shipped],
    ],
    [
      'one of the parcels delivered',
      event('shipping.delivered', { tracking_number: 'T-1', delivered_at: noon }),
      event('shipping.delivered', { tracking_number: 'T-1', delivered_at: hoursLater(0.5) }),
      [delivered, event('shipping.delivered', { tracking_number: 'T-2' })],
    ],
    ['a parcel delivered', delivered, event('shipping.delivered', { delivered_at: hoursLater(1) }), [shipped]],
    [
      'a return announced',
      announced('return-1', units('1', 1)),
      announced('return-1', units('1', 2)),
      [announced('return-2', units('1', 1)), returned('return-1', units('1', 1))],
    ],
    [
      'a return completed',
      returned('return-1', units('1', 1)),
      returned('return-1', units('1', 1)),
      [returned('return-2', units('1', 1)), announced('return-1', units('1', 1))],
    ],
    ['a refund', refund('refund-1'), refund('refund-1'), [refund('refund-2'), refund(undefined)]],
    ['a refund without an id', refund(undefined), undefined, [refund(undefined), refund('refund-1')]],
  ] as const)('is stale under another event id while the same news waits: %s', (_name, first, again, others) => {
    const order = given(placed(unpaid), first);
    if (again !== undefined) order.when(again).then({ verdict: 'stale', state: { waiting: [first].map(() => ({})) } });
    for (const other of others) order.when(other).then({ verdict: 'kept', state: { waiting: [{}, {}] } });
  });

  it('counts a refund once that was told twice', () => {
    given(placed(unpaid), refund('refund-1'))
      .when(refund('refund-1'))
      .then({ verdict: 'stale' })
      .when(event('payment.completed', { payment_id: 'payment-1', amount: '100.00' }))
      .then({ decision: { givenUp: [] }, state: { order: { refunded_amount: '40.00' }, waiting: [] } });
  });

  it('is let go in silence when another told its news meanwhile', () => {
    given(placed(), cancelItems(units('3', 2)), refund('refund-1'))
      .when(answered(2, 'refund-1'))
      .then({
        entries: [{ data: { change: 'refunded', refund_id: 'refund-1' } }],
        decision: { released: [{ topic: 'payment.refunded' }], givenUp: [] },
        state: { order: { refunded_amount: '40.00' }, waiting: [] },
      });
  });

  it('is a conflict when the order goes where it can never apply', () => {
    given(placed(), shipped, delivered)
      .when(cancel)
      .then({
        entries: [{ type: 'order.cancelled' }],
        decision: {
          released: [{}, {}],
          givenUp: [
            { event: { topic: 'shipping.shipped' }, reason: 'the order is cancelled' },
            { event: { topic: 'shipping.delivered' }, reason: 'the order is cancelled' },
          ],
        },
        state: { waiting: [] },
      });
  });

  it('is a conflict when its content turns out wrong in its time', () => {
    given(placed(), returned('return-1', units('2', 5)), started)
      .when(shipped)
      .then({
        entries: [{ type: 'order.status_changed' }],
        decision: { givenUp: [{ reason: 'more units than can be returned' }] },
        state: { order: { status: 'shipped' }, waiting: [] },
      });
  });

  it('is given up after 24 hours, not a moment before', () => {
    const order = given(placed(), delivered);
    order
      .when({ type: 'reconsider' }, { now: hoursLater(23.99) })
      .then({ decision: { released: [], givenUp: [] }, state: { waiting: [{}] } });
    order.when({ type: 'reconsider' }, { now: hoursLater(24) }).then({
      entries: [],
      decision: { released: [{}], givenUp: [{ event: { topic: 'shipping.delivered' } }] },
      state: { order: { version: 1 }, waiting: [] },
    });
  });

  it('is given up by age one by one', () => {
    given(placed(), delivered)
      .when(shipped, { now: hoursLater(12) })
      .then({ verdict: 'kept' })
      .when({ type: 'reconsider' }, { now: hoursLater(25) })
      .then({
        decision: { released: [{ topic: 'shipping.delivered' }], givenUp: [{}] },
        state: { waiting: [{ topic: 'shipping.shipped' }] },
      })
      .when(started, { now: hoursLater(26) })
      .then({ state: { order: { status: 'shipped' }, waiting: [] } });
  });

  it('is not touched by a command that is refused or stale', () => {
    given(placed(), delivered)
      .when(move('delivered'))
      .then({ verdict: 'illegal_transition', state: { waiting: [{}] } })
      .when({ type: 'link_customer', customer_id: 'customer-2', email: 'a@b.example' })
      .then({ verdict: 'stale', state: { waiting: [{}] } });
  });
});
