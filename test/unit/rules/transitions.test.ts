import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { beforeShipment, mayMove, statuses, transitions, type Status } from '../../../actors/rules/transitions.js';
import { given } from '../../support/given.js';
import { move, placed, wayTo } from '../../support/sample-orders.js';

/** Every transition, written down a second time. */
const law = `
confirmed          → processing, cancelled
processing         → shipped, cancelled
shipped            → delivered, partially_returned
delivered          → partially_returned, returned
partially_returned → returned
`;

const lawful = new Map(
  law
    .trim()
    .split('\n')
    .map((row) => row.split('→').map((side) => side.trim()))
    .map(([from = '', to = '']) => [from, to.split(', ')]),
);

describe('the transition table', () => {
  it('is the law of the specification, move by move', () => {
    for (const from of statuses)
      for (const to of statuses)
        assert.equal(mayMove(from, to), lawful.get(from)?.includes(to) ?? false, `${from} → ${to}`);
  });

  it('leads from confirmed to every status, and never back', () => {
    const reached = new Set<Status>();
    const walk = (status: Status, path: readonly Status[]): void => {
      assert.ok(!path.includes(status), `${[...path, status].join(' → ')} goes round`);
      reached.add(status);
      transitions[status].forEach((next) => walk(next, [...path, status]));
    };
    walk('confirmed', []);
    expect([...reached].sort()).toStrictEqual([...statuses].sort());
  });

  it('ends in returned and cancelled, and nowhere else', () => {
    const ends = statuses.filter((status) => transitions[status].length === 0);
    expect(ends).toStrictEqual(['returned', 'cancelled']);
  });

  it('lets an order be cancelled exactly as long as nothing has left', () => {
    for (const status of statuses) assert.equal(beforeShipment(status), mayMove(status, 'cancelled'), status);
  });

  it('can be walked by hand along every path', () => {
    const walk = (path: readonly Status[]): void => {
      const here = path.at(-1) ?? 'confirmed';
      const order = given(placed(), ...path.map((status) => move(status)));
      expect(order.state.order.status).toBe(here);
      transitions[here].forEach((next) => walk([...path, next]));
    };
    walk([]);
  });

  it('is reached by events in every status the other tests start from', () => {
    for (const status of statuses) expect(given(placed(), ...wayTo[status]).state.order.status).toBe(status);
  });
});
