import { describe, expect, it } from '@jest/globals';
import type { ItemQuantity } from '../../../actors/rules/order-parts.js';
import { given, hoursLater, noon } from '../../support/given.js';
import { announced, event, placed, returned, units, wayTo } from '../../support/sample-orders.js';

const back = (part_id: string, ...items: readonly ItemQuantity[]) =>
  event('return.completed', { return_id: 'return-1', part_id, items });

const delivered = () => given(placed(), ...wayTo.delivered);

describe('a return that comes back in parts', () => {
  it('is completed with the part that makes up all that was announced', () => {
    delivered()
      .when(announced('return-1', units('1', 2), units('3', 1)))
      .then({ state: { order: { returns: [{ status: 'requested', parts: [] }] } } })
      .when(back('part-1', units('1', 1), units('3', 1)), { now: hoursLater(1) })
      .then({
        entries: [
          {
            type: 'order.returned',
            data: { return_id: 'return-1', part_id: 'part-1', to_status: 'partially_returned' },
          },
        ],
        state: {
          order: {
            items: [{ returned_quantity: 1 }, { returned_quantity: 0 }, { returned_quantity: 1 }],
            returns: [
              {
                status: 'requested',
                items: [units('1', 2), units('3', 1)],
                parts: [{ part_id: 'part-1', items: [units('1', 1), units('3', 1)], completed_at: hoursLater(1) }],
                completed_at: undefined,
              },
            ],
          },
        },
      })
      .when(back('part-2', units('1', 2)), { now: hoursLater(2) })
      .then(({ entries, state }) => {
        expect(entries.map(({ type }) => type)).toStrictEqual(['order.returned']);
        expect(state.order.returns).toStrictEqual([
          {
            return_id: 'return-1',
            status: 'completed',
            reason: 'too small',
            // more came back than was announced
            items: [units('1', 3), units('3', 1)],
            parts: [
              { part_id: 'part-1', items: [units('1', 1), units('3', 1)], completed_at: hoursLater(1) },
              { part_id: 'part-2', items: [units('1', 2)], completed_at: hoursLater(2) },
            ],
            requested_at: noon,
            completed_at: hoursLater(2),
          },
        ]);
      });
  });

  it('is completed with a part that has no name, whatever was announced', () => {
    delivered()
      .when(announced('return-1', units('1', 3)))
      .then({ verdict: 'accepted' })
      .when(returned('return-1', units('1', 1)))
      .then({
        state: {
          order: {
            returns: [
              { status: 'completed', items: [units('1', 1)], parts: [{ part_id: undefined, items: [units('1', 1)] }] },
            ],
          },
        },
      })
      .when(back('part-1', units('1', 2)))
      .then({ state: { order: { returns: [{ status: 'completed', items: [units('1', 3)], parts: [{}, {}] }] } } });
  });

  it('is completed with each part, where nothing was announced', () => {
    delivered()
      .when(back('part-1', units('1', 1)))
      .then({ state: { order: { returns: [{ status: 'completed', completed_at: noon }] } } })
      .when(back('part-2', units('1', 1)), { now: hoursLater(3) })
      .then({
        state: { order: { returns: [{ status: 'completed', items: [units('1', 2)], completed_at: hoursLater(3) }] } },
      });
  });

  it('returns the order with its last part', () => {
    delivered()
      .when(back('part-1', units('1', 3), units('2', 1)))
      .then({ state: { order: { status: 'partially_returned' } } })
      .when(back('part-2', units('3', 2)))
      .then({ state: { order: { status: 'returned', returns: [{ parts: [{}, {}] }] } } })
      .when(back('part-2', units('3', 2)))
      .then({ verdict: 'stale' });
  });

  it('reports what to do about a part that came back twice with other items', () => {
    delivered()
      .when(back('part-1', units('1', 1)))
      .then({ verdict: 'accepted' })
      .when(back('part-1', units('1', 2)))
      .then(({ decision }) => {
        expect(decision).toMatchObject({ outcome: 'conflict', reason: expect.stringMatching(/a part_id of its own/) });
      });
  });
});
