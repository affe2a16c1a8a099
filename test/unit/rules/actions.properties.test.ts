import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Action, actionsOf } from '../../../actors/rules/actions.js';
import type { Context } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { replay } from '../../../actors/rules/evolve.js';
import type { Caller } from '../../../actors/rules/order-parts.js';
import type { OrderState } from '../../../actors/rules/order.js';
import { statuses } from '../../../actors/rules/transitions.js';
import { arbitraryJournal } from '../../support/arbitrary-journals.js';
import { context, given, hoursLater, take, verdictOf } from '../../support/given.js';
import { decide } from '../../../actors/rules/decide.js';
import { address, cancelItems, placed, shipped, started, units, unpaid, wayTo } from '../../support/sample-orders.js';

const callers: fc.Arbitrary<Caller> = fc.constantFrom<Caller>(
  { type: 'staff', id: 'staff-1' },
  { type: 'admin', id: 'admin-1' },
  { type: 'service', id: 'service-1' },
  { type: 'customer', id: 'customer-1' },
);
const policies: fc.Arbitrary<Context['policy']> = fc
  .record({
    partialCancellations: fc.boolean(),
    returns: fc.boolean(),
    cancelGraceSeconds: fc.constantFrom(0, 3_600),
  })
  .map((switches) => ({ ...context.policy, ...switches }));
const holds: fc.Arbitrary<readonly ChangeCommand[]> = fc.constantFrom(
  [],
  [{ type: 'hold', reason: 'PERSONAL x' }],
  [{ type: 'hold', reason: 'PERSONAL x', until: hoursLater(9_000) }],
  [{ type: 'cancel', reason: 'x' }],
);

/** Bodies of an action, whatever they say, as long as they are valid and change something. */
const bodiesOf = ({ action, to, items = [] }: Action): readonly ChangeCommand[] => {
  const lines = items.filter(({ max_quantity }) => max_quantity > 0);
  switch (action) {
    case 'change_status':
      return [
        { type: 'change_status', status: to! },
        { type: 'change_status', status: to!, reason: 'because', notes: 'PERSONAL n' },
      ];
    case 'cancel':
      return [{ type: 'cancel', reason: 'because' }];
    case 'cancel_items':
      return lines.length === 0
        ? items.map(({ item_id }) => cancelItems(units(item_id, 1)))
        : [
            ...lines.map(({ item_id }) => cancelItems(units(item_id, 1))),
            cancelItems(...lines.map(({ item_id, max_quantity }) => units(item_id, max_quantity))),
          ];
    case 'update_addresses':
      return [
        { type: 'update', shipping_address: address({ city: 'PERSONAL other' }) },
        { type: 'update', billing_address: address({ line1: 'PERSONAL other' }) },
      ];
    case 'update_notes':
      return [{ type: 'update', notes: 'PERSONAL another note' }];
    case 'hold':
      return [
        { type: 'hold', reason: 'PERSONAL x' },
        { type: 'hold', reason: 'PERSONAL x', until: hoursLater(99_000) },
      ];
    case 'release':
      return [{ type: 'release' }, { type: 'release', reason: 'PERSONAL x' }];
    case 'restore':
      return [{ type: 'restore' }, { type: 'restore', reason: 'because' }];
  }
};

const verdict = (state: OrderState, command: ChangeCommand, asked: Context): string =>
  verdictOf(decide(state, command, asked));

describe('the actions of an order', () => {
  it('are allowed if and only if the command is accepted', () => {
    fc.assert(
      fc.property(
        arbitraryJournal,
        callers,
        policies,
        holds,
        fc.integer({ min: 0, max: 2_000 }),
        (journal, caller, policy, commands, hours) => {
          let at = { state: replay(journal)!, journal };
          for (const command of commands) at = take(at, command, { policy, now: hoursLater(hours) });
          const asked = { caller, policy, now: hoursLater(hours) };
          const actions = actionsOf(at.state, asked);
          assert.deepEqual(
            actions.map(({ action, to }) => to ?? action),
            [...statuses, 'cancel', 'cancel_items', 'update_addresses', 'update_notes', 'hold', 'release', 'restore'],
          );
          for (const action of actions)
            for (const command of bodiesOf(action))
              assert.equal(
                verdict(at.state, command, asked),
                action.refusal?.code ?? 'accepted',
                `${action.action} ${action.to ?? ''}: ${JSON.stringify(command)}`,
              );
          const lines = actions.find(({ action }) => action === 'cancel_items')!;
          assert.deepEqual(
            lines.items?.map(({ item_id }) => item_id),
            at.state.order.items.map(({ id }) => id),
          );
          for (const { item_id, max_quantity } of lines.items ?? [])
            assert.notEqual(verdict(at.state, cancelItems(units(item_id, max_quantity + 1)), asked), 'accepted');
        },
      ),
      { numRuns: 200 },
    );
  });

  it('stay so until the time they tell', () => {
    const until = (at: OrderState, name: string, now = context.now): string | undefined =>
      actionsOf(at, { ...context, now }).find(({ action, to }) => (to ?? action) === name)?.until;
    const held = given(placed(), started, { type: 'hold', reason: 'PERSONAL x', until: hoursLater(3) }).state;
    expect(until(held, 'shipped')).toBe(hoursLater(3));
    expect(until(held, 'release')).toBe(hoursLater(3));
    expect(until(held, 'hold')).toBe(hoursLater(3));
    expect(until(held, 'cancel')).toBeUndefined();
    const open = given(placed(unpaid)).state;
    expect(until(open, 'cancel')).toBe(hoursLater(24));
    expect(until(open, 'update_notes')).toBeUndefined();
    const arrived = given(placed(), ...wayTo.delivered).state;
    expect(until(arrived, 'returned')).toBe(hoursLater(30 * 24));
    const gone = given(placed(), started, shipped).state;
    expect(until(gone, 'delivered')).toBeUndefined();
  });
});
