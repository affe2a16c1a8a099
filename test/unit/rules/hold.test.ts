import { describe, expect, it } from '@jest/globals';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { editsIn, isForStaff } from '../../../actors/rules/history.js';
import { statuses } from '../../../actors/rules/transitions.js';
import { type After, context, given, hoursLater, secret } from '../../support/given.js';
import {
  cancel,
  cancelItems,
  deadline,
  event,
  move,
  placed,
  shipped,
  started,
  units,
  unpaid,
  wayTo,
} from '../../support/sample-orders.js';

const hold = { type: 'hold', reason: `${secret} suspicious` } as const satisfies ChangeCommand;
const holdUntil = (until: string): ChangeCommand => ({ ...hold, until });
const release = { type: 'release', reason: `${secret} it is fine` } as const satisfies ChangeCommand;
const later = { now: hoursLater(2) };
const customer = { caller: { type: 'customer', id: 'customer-1' } } as const;

const typesOf = ({ entries }: After): readonly string[] => entries.map(({ type }) => type);
const fulfilmentOf = ({ effects }: After): readonly string[] =>
  effects.filter(({ target }) => target === 'fulfillment').map(({ operation }) => operation);

describe('a hold by a person', () => {
  for (const status of statuses) {
    const expected = status === 'confirmed' || status === 'processing' ? 'accepted' : 'illegal_transition';
    it(`is ${expected} for an order that is ${status}`, () => {
      given(placed(), ...wayTo[status])
        .when(hold, later)
        .then({ verdict: expected });
    });
  }

  it('pauses fulfilment that was asked to start, and tells why only in the journal', () => {
    given(placed())
      .when(hold)
      .then((after) => {
        expect(typesOf(after)).toStrictEqual(['order.held']);
        expect(after.entries[0]?.data).toStrictEqual({ hold: 'person', until: undefined });
        expect(fulfilmentOf(after)).toStrictEqual(['fulfillment.hold']);
        expect(after.state.order.hold).toStrictEqual({
          reason: hold.reason,
          by: context.caller,
          at: context.now,
          until: undefined,
        });
        const [edits] = editsIn(after.journal);
        const fields = edits?.changes.map(({ field }) => field) ?? [];
        expect(fields).toStrictEqual(['hold.reason', 'hold.by.type', 'hold.by.id', 'hold.at']);
        expect(fields.filter((field) => !isForStaff(field))).toStrictEqual(['hold.at']);
      })
      .when(release, later)
      .then((after) => {
        expect(fulfilmentOf(after)).toStrictEqual(['fulfillment.release']);
        expect(after.state.order.hold).toBeUndefined();
      });
  });

  it('cannot be put twice, nor released twice', () => {
    given(placed())
      .when(release)
      .then({ verdict: 'order_not_held', entries: [] })
      .when(hold)
      .then({ verdict: 'accepted' })
      .when(hold)
      .then({ verdict: 'order_on_hold', entries: [] })
      .when(release)
      .then({ verdict: 'accepted' })
      .when(release)
      .then({ verdict: 'order_not_held' });
  });

  it('keeps fulfilment from being asked to start, without telling the fulfilment service', () => {
    given(placed(unpaid))
      .when(hold)
      .then((after) => expect(fulfilmentOf(after)).toStrictEqual([]))
      .when(event('payment.completed', { payment_id: 'payment-0' }))
      .then((after) => {
        expect(after.state.order.payment_status).toBe('completed');
        expect(fulfilmentOf(after)).toStrictEqual([]);
      })
      .when(release)
      .then((after) => {
        expect(typesOf(after)).toStrictEqual(['order.released']);
        expect(fulfilmentOf(after)).toStrictEqual(['fulfillment.start']);
      });
  });

  it('stands beside the payment hold: fulfilment goes on when neither is left', () => {
    const authorized = { payment_status: 'authorized' } as const;
    const failed = event('payment.failed', { payment_id: 'payment-0' });
    const paid = event('payment.completed', { payment_id: 'payment-1' });
    const both = given(placed(authorized), failed)
      .when(hold)
      .then((after) => {
        expect(fulfilmentOf(after)).toStrictEqual([]);
        expect(after.state.order.hold?.reason).toBe(hold.reason);
      });
    both
      .when(release)
      .then((after) => {
        expect(fulfilmentOf(after)).toStrictEqual([]);
        expect(after.state.order.hold?.by.type).toBe('system');
      })
      .when(paid)
      .then((after) => expect(fulfilmentOf(after)).toStrictEqual(['fulfillment.release']));
    both
      .when(paid)
      .then((after) => {
        expect(typesOf(after)).toStrictEqual(['order.payment_updated', 'order.released']);
        expect(fulfilmentOf(after)).toStrictEqual([]);
        expect(after.state.order.hold?.reason).toBe(hold.reason);
      })
      .when(release)
      .then((after) => expect(fulfilmentOf(after)).toStrictEqual(['fulfillment.release']));
  });

  it('ends by itself at its time', () => {
    const until = hoursLater(3);
    given(placed(), started)
      .when(holdUntil(until))
      .then({ state: { order: { deadlines: [{ what: 'hold', at: until }], hold: { until } } } })
      .when(deadline('hold', until), later)
      .then({ verdict: 'stale', entries: [] })
      .when(deadline('hold', until), { now: until })
      .then((after) => {
        expect(typesOf(after)).toStrictEqual(['order.released']);
        expect(fulfilmentOf(after)).toStrictEqual(['fulfillment.release']);
        expect(after.state.order.deadlines).toStrictEqual([]);
      })
      .when(deadline('hold', until), { now: until })
      .then({ verdict: 'stale' });
  });

  it('loses its deadline with its release, and takes one in the future only', () => {
    const until = hoursLater(3);
    given(placed())
      .when(holdUntil(context.now))
      .then({
        verdict: 'validation_failed',
        decision: { refusal: { errors: [{ path: 'until', message: 'must be in the future' }] } },
      })
      .when(holdUntil(until))
      .then({ verdict: 'accepted' })
      .when(release)
      .then({ state: { order: { deadlines: [] } } })
      .when(holdUntil(hoursLater(5)))
      .then({ verdict: 'accepted' })
      .when(deadline('hold', until), { now: hoursLater(6) })
      .then({ verdict: 'stale' });
  });

  it('leaves the payment deadline running', () => {
    const due = hoursLater(24);
    given(placed(unpaid), hold)
      .when(deadline('payment', due), { now: due })
      .then({ state: { order: { status: 'cancelled', hold: undefined, deadlines: [] } } });
  });

  it('forbids changes of status by hand that the table allows; cancelling and editing stay possible', () => {
    const held = given(placed(), started, hold);
    for (const status of statuses)
      held.when(move(status)).then({
        verdict: { shipped: 'order_on_hold', cancelled: 'accepted' }[status as string] ?? 'illegal_transition',
      });
    held.when(cancel, customer).then({ verdict: 'accepted', state: { order: { hold: undefined } } });
    held
      .when(cancelItems(units('1', 1)))
      .then({ verdict: 'accepted', state: { order: { hold: { reason: hold.reason } } } });
    held.when({ type: 'update', notes: `${secret} other` }).then({ verdict: 'accepted' });
  });

  it('does not stop events, and ends with the parcel that leaves', () => {
    given(placed(), hold)
      .when(started)
      .then({ state: { order: { status: 'processing', hold: { reason: hold.reason } } } })
      .when(shipped)
      .then((after) => {
        expect(after.state.order.hold).toBeUndefined();
        // What is still there goes on.
        expect(fulfilmentOf(after)).toStrictEqual(['fulfillment.release']);
      })
      .when(release)
      .then({ verdict: 'order_not_held' });
  });

  it('of payment only does not forbid changes of status by hand', () => {
    given(placed({ payment_status: 'authorized' }), started, event('payment.failed', { payment_id: 'payment-0' }))
      .when(move('shipped'))
      .then({ verdict: 'accepted' });
  });
});
