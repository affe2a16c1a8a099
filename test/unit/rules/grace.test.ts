import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Context } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import type { OrderState } from '../../../actors/rules/order.js';
import { type After, context, given, hoursLater, take } from '../../support/given.js';
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
} from '../../support/sample-orders.js';
import { arbitraryJournal } from '../../support/arbitrary-journals.js';
import { replay } from '../../../actors/rules/evolve.js';

const policy = { ...context.policy, cancelGraceSeconds: 3_600 };
const grace: Partial<Context> = { policy };
const by = (type: Context['caller']['type'], hours = 0): Partial<Context> => ({
  policy,
  caller: { type, id: type === 'customer' ? 'customer-1' : 'x' },
  now: hoursLater(hours),
});
const restore = { type: 'restore', reason: 'by mistake' } as const satisfies ChangeCommand;
const ends = hoursLater(1);
const allItems = cancelItems(units('1', 3), units('2', 1), units('3', 2));

const waiting = ({ effects }: Pick<After, 'effects'>): readonly (readonly [string, string | undefined])[] =>
  effects.map(({ operation, not_before }) => [operation, not_before]);

/** What a restore brings back. */
const core = ({ order, holds, fulfilment, payments }: OrderState): object => {
  const { status, items, deadlines, cancelled_at, cancellation_reason, hold, payment_status } = order;
  const money = payments.map(({ payment_id, state, voided, authorized, captured }) => [
    payment_id,
    state,
    ...[voided, authorized, captured].map(String),
  ]);
  return {
    status,
    items,
    deadlines,
    cancelled_at,
    cancellation_reason,
    hold,
    holds,
    fulfilment,
    payment_status,
    money,
  };
};

describe('a cancellation with a grace', () => {
  it('holds fulfilment at once and lets everything else wait', () => {
    given(placed(), started)
      .when(cancel, grace)
      .then((after) => {
        expect(waiting(after)).toStrictEqual([
          ['event.publish', undefined],
          ['fulfillment.hold', undefined],
          ['warehouse.release', ends],
          ['fulfillment.stop', ends],
          ['notification.send', ends],
          ['payment.refund', ends],
        ]);
        expect(after.state.order.deadlines).toStrictEqual([{ what: 'grace', at: ends }]);
        expect(after.state.order.status).toBe('cancelled');
      });
  });

  for (const [name, command] of [
    ['the order', cancel],
    ['its last unit', allItems],
    ['its status', move('cancelled')],
  ] as const)
    for (const caller of ['customer', 'staff', 'admin', 'service'] as const)
      it(`${caller === 'service' ? 'is not' : 'is'} given to ${caller} who cancels ${name}`, () => {
        given(placed())
          .when(command, by(caller))
          .then(({ state }) => expect(state.grace?.ends_at).toBe(caller === 'service' ? undefined : ends));
      });

  it('is not given where the order was not paid in time', () => {
    given(placed(unpaid))
      .when(deadline('payment', hoursLater(24)), { policy, now: hoursLater(24) })
      .then(({ state, effects }) => {
        expect(state.order.status).toBe('cancelled');
        expect(state.grace).toBeUndefined();
        expect(effects.every(({ not_before }) => not_before === undefined)).toBe(true);
      });
  });

  it('can be undone until its end, and not later', () => {
    const cancelled = given(placed(), started).when(cancel, grace).then({ verdict: 'accepted' });
    for (const now of [ends, hoursLater(2)])
      cancelled.when(restore, { policy, now }).then({ verdict: 'order_not_restorable', entries: [] });
    given(placed()).when(restore, grace).then({ verdict: 'order_not_restorable' });
    given(placed(), cancel).when(restore, grace).then({ verdict: 'order_not_restorable' });
    cancelled
      .when(restore, by('staff', 0.9))
      .then((after) => {
        expect(after.entries.map(({ type }) => type)).toStrictEqual(['order.restored']);
        expect(waiting(after)).toStrictEqual([
          ['event.publish', undefined],
          ['fulfillment.release', undefined],
          ['notification.send', undefined],
        ]);
        expect(after.state.refunds).toStrictEqual([]);
      })
      .when(restore, by('staff', 0.9))
      .then({ verdict: 'order_not_restorable' })
      .when(cancel, by('staff', 1))
      .then(({ state }) => expect(state.grace?.ends_at).toBe(hoursLater(2)));
  });

  it('ends with its deadline', () => {
    given(placed())
      .when(cancel, grace)
      .then({ verdict: 'accepted' })
      .when(deadline('grace', ends), { policy, now: ends })
      .then((after) => {
        expect(after.entries.map(({ type }) => type)).toStrictEqual(['order.updated']);
        expect(after.state.order.deadlines).toStrictEqual([]);
        expect(after.state.grace).toBeUndefined();
        expect(after.effects.map(({ operation }) => operation)).toStrictEqual(['event.publish']);
      })
      .when(restore, by('staff', 0.5))
      .then({ verdict: 'order_not_restorable' });
  });

  it('keeps events that a cancelled order cannot take, until it is restored', () => {
    const kept = given(placed(), started)
      .when(cancel, grace)
      .then({ verdict: 'accepted' })
      .when(shipped, grace)
      .then({ verdict: 'kept' })
      .when(started, grace)
      .then({ verdict: 'stale' });
    kept
      .when(restore, by('staff', 0.5))
      .then((after) =>
        expect(after.entries.map(({ type }) => type)).toStrictEqual(['order.restored', 'order.status_changed']),
      );
    kept.when(deadline('grace', ends), { policy, now: ends }).then((after) => {
      assert.equal(after.decision.outcome, 'accepted');
      expect(after.decision.givenUp.map(({ reason }) => reason)).toStrictEqual(['the order is cancelled']);
    });
  });

  it('keeps news of a failure of what is only asked to be voided', () => {
    const authorized = { payment_status: 'authorized' } as const;
    given(placed(authorized))
      .when(cancel, grace)
      .then(({ state }) => expect(state.order.payments[0]?.status).toBe('voided'))
      .when(event('payment.failed', { payment_id: 'payment-0' }), grace)
      .then({ verdict: 'kept' })
      .when(restore, by('staff', 0.5))
      .then(({ state, entries }) => {
        expect(entries.map(({ type }) => type)).toStrictEqual([
          'order.restored',
          'order.payment_updated',
          'order.held',
        ]);
        expect(state.order.payments[0]?.status).toBe('failed');
      });
  });

  it('lets money that becomes owed meanwhile wait too, and asks for none of it once restored', () => {
    given(placed({ payment_status: 'authorized' }))
      .when(cancel, grace)
      .then({ verdict: 'accepted' })
      .when(event('payment.completed', { payment_id: 'payment-0' }), by('service', 0.2))
      .then((after) => expect(waiting(after)).toContainEqual(['payment.refund', ends]))
      .when(restore, by('staff', 0.5))
      .then(({ state }) => {
        expect(state.refunds).toStrictEqual([]);
        expect(state.order.payment_status).toBe('completed');
      });
  });

  it('gives back the hold of a person and its deadline', () => {
    const until = hoursLater(3);
    given(placed(), { type: 'hold', reason: 'PERSONAL x', until })
      .when(cancel, grace)
      .then((after) => expect(after.effects.map(({ operation }) => operation)).not.toContain('fulfillment.hold'))
      .when(restore, by('staff', 0.5))
      .then((after) => {
        expect(after.state.order.hold?.until).toBe(until);
        expect(after.state.order.deadlines).toStrictEqual([{ what: 'hold', at: until }]);
        expect(after.effects.map(({ operation }) => operation)).not.toContain('fulfillment.release');
      });
  });

  it('undone, leaves the order as it was before', () => {
    fc.assert(
      fc.property(arbitraryJournal, (journal) => {
        const state = replay(journal);
        assert.ok(state);
        const now = journal.at(-1)!.at;
        // What a deadline of the past does to an order that was cancelled in between is another matter.
        const late = state.order.deadlines.some(({ at }) => at <= now);
        const cancelled = take({ state, journal }, cancel, { policy, now });
        if (cancelled.verdict !== 'accepted' || state.waiting.length > 0 || late) return;
        const after = take(cancelled, restore, { policy, now });
        assert.equal(after.verdict, 'accepted');
        assert.deepEqual(core(after.state), core(state));
      }),
      { numRuns: 150 },
    );
  });
});
