import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Context, NewOrder } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { eventGrid } from '../../../actors/rules/event-grid.js';
import { type InboundData, orderTopics } from '../../../actors/rules/order.js';
import { type ItemQuantity } from '../../../actors/rules/order-parts.js';
import { statuses, type Status } from '../../../actors/rules/transitions.js';
import { context, given, hoursLater, noon, take } from '../../support/given.js';
import {
  announced,
  answered,
  cancelItems,
  declined,
  delivered,
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
import { readTable } from './table.js';

/** An event, the order it is about (by default `placed`, paid), and what came before. */
interface Row {
  readonly event: ChangeCommand;
  readonly order?: Partial<NewOrder>;
  /** Taken while the order was confirmed. */
  readonly before?: readonly ChangeCommand[];
  /** Taken in the status in question. */
  readonly first?: readonly ChangeCommand[];
  /** Taken in this status alone. */
  readonly firstIn?: Partial<Record<Status, readonly ChangeCommand[]>>;
  /** How it comes to a status, if not the usual way. */
  readonly way?: Partial<typeof wayTo>;
  readonly by?: Partial<Context>;
}

/** What an event came to in a status: one of the four, in the specification's words. */
const verdictIn = (status: Status, row: Row): string => {
  const { before = [], first = [], firstIn = {}, way = {}, by = {} } = row;
  const commands = [...before, ...(way[status] ?? wayTo[status]), ...first, ...(firstIn[status] ?? [])];
  const order = given(placed(row.order), ...commands);
  const { verdict, entries } = take(order, row.event, by);
  if (verdict === 'kept') return 'early';
  if (verdict !== 'accepted') return verdict;
  // an event that applies is written down
  expect(entries.length).toBeGreaterThan(0);
  return 'apply';
};

const payment = { payment_id: 'payment-1', amount: '100.00', currency: 'USD' };
const refund = { ...payment, payment_id: 'payment-0', refund_id: 'refund-1' };
const someUnits = units('2', 1);

const tracked = (tracking_number: string | undefined) => ({ carrier: 'DHL', tracking_number });
const parcel = (tracking_number: string | undefined, more: Partial<InboundData> = {}) =>
  event('shipping.shipped', { ...tracked(tracking_number), shipped_at: noon, ...more });
const arrived = (tracking_number: string | undefined, delivered_at = noon) =>
  event('shipping.delivered', { tracking_number, delivered_at });

/** Every topic × every status. */
const grid = readTable(`
topic               | confirmed | processing | shipped | delivered | partially_returned | returned | cancelled
payment.authorized  | apply     | apply      | apply   | apply     | apply              | apply    | apply
payment.completed   | apply     | apply      | apply   | apply     | apply              | apply    | apply
payment.failed      | apply     | apply      | apply   | apply     | apply              | apply    | apply
payment.refunded    | apply     | apply      | apply   | apply     | apply              | apply    | apply
fulfillment.started | apply     | stale      | stale   | stale     | stale              | stale    | stale
shipping.shipped    | early     | apply      | apply   | apply     | apply              | stale    | conflict
shipping.delivered  | early     | early      | apply   | apply     | apply              | stale    | conflict
return.requested    | early     | early      | apply   | apply     | apply              | conflict | conflict
return.completed    | early     | early      | apply   | apply     | apply              | conflict | conflict
`);

const rows: Readonly<Record<(typeof orderTopics)[number], Row>> = {
  'payment.authorized': { event: event('payment.authorized', payment), order: unpaid },
  'payment.completed': { event: event('payment.completed', payment), order: unpaid },
  'payment.failed': { event: event('payment.failed', payment), order: unpaid },
  // Cancelling asks for a refund of all, and while that is open the event would wait for its answer.
  'payment.refunded': { event: event('payment.refunded', refund), firstIn: { cancelled: [declined(2)] } },
  'fulfillment.started': { event: started },
  'shipping.shipped': { event: parcel('T-2') },
  'shipping.delivered': {
    event: arrived('T-2'),
    firstIn: { shipped: [parcel('T-2')], delivered: [parcel('T-2')], partially_returned: [parcel('T-2')] },
  },
  'return.requested': { event: announced('return-1', someUnits) },
  'return.completed': { event: returned('return-1', someUnits) },
};

/** The same, where the content of an event or what came before it decides. `-`: cannot happen. */
const closer = readTable(`
what                                            | confirmed | processing | shipped  | delivered | partially_returned | returned | cancelled
completed: repeated                             | stale     | stale      | stale    | stale     | stale              | stale    | stale
completed: created as paid                      | stale     | stale      | stale    | stale     | stale              | stale    | stale
completed: another one, created as paid         | apply     | apply      | apply    | apply     | apply              | apply    | apply
completed: after it failed                      | apply     | apply      | apply    | apply     | apply              | apply    | apply
completed: a second payment                     | apply     | apply      | apply    | apply     | apply              | apply    | apply
completed: another currency                     | conflict  | conflict   | conflict | conflict  | conflict           | conflict | conflict
completed: a third decimal                      | conflict  | conflict   | conflict | conflict  | conflict           | conflict | conflict
failed: repeated                                | stale     | stale      | stale    | stale     | stale              | stale    | stale
failed: after it completed                      | stale     | stale      | stale    | stale     | stale              | stale    | stale
failed: created as paid                         | stale     | stale      | stale    | stale     | stale              | stale    | stale
refunded: repeated                              | stale     | stale      | stale    | stale     | stale              | stale    | stale
refunded: pending                               | early     | early      | early    | early     | early              | early    | early
refunded: authorized                            | early     | early      | early    | early     | early              | early    | early
refunded: payment failed                        | early     | early      | early    | early     | early              | early    | early
refunded: more than captured                    | early     | early      | early    | early     | early              | early    | early
refunded: another currency                      | conflict  | conflict   | conflict | conflict  | conflict           | conflict | conflict
refunded: a third decimal                       | conflict  | conflict   | conflict | conflict  | conflict           | conflict | conflict
refunded: as much as ours, unanswered           | early     | early      | early    | early     | early              | early    | early
refunded: no amount, ours unanswered            | early     | early      | early    | early     | early              | early    | early
refunded: waits already                         | stale     | stale      | stale    | stale     | stale              | stale    | stale
refunded: more than ours, unanswered            | apply     | apply      | apply    | apply     | apply              | apply    | early
refunded: ours, answered                        | stale     | stale      | stale    | stale     | stale              | stale    | stale
refunded: ours, answered, no id                 | stale     | stale      | stale    | stale     | stale              | stale    | stale
refunded: ours, answered, neither id nor amount | stale     | stale      | stale    | stale     | stale              | stale    | early
refunded: as much as ours, another id           | apply     | apply      | apply    | apply     | apply              | apply    | early
refunded: as much as ours, refused              | apply     | apply      | apply    | apply     | apply              | apply    | apply
shipped: repeated                               | -         | -          | stale    | stale     | stale              | stale    | conflict
shipped: waits already                          | stale     | -          | -        | -         | -                  | -        | -
shipped: a number of another carrier            | early     | apply      | apply    | apply     | apply              | stale    | conflict
shipped: a known number, no carrier             | early     | apply      | stale    | stale     | stale              | stale    | conflict
shipped: corrects an impossible time            | -         | -          | apply    | apply     | apply              | stale    | -
shipped: another impossible time                | -         | -          | stale    | stale     | stale              | stale    | -
shipped: corrects a possible time               | -         | -          | stale    | stale     | stale              | stale    | -
shipped: a line unknown                         | early     | conflict   | conflict | conflict  | conflict           | stale    | conflict
shipped: more units than ordered                | early     | conflict   | conflict | conflict  | conflict           | stale    | conflict
delivered: repeated                             | -         | -          | -        | stale     | stale              | stale    | -
delivered: waits already                        | stale     | stale      | stale    | stale     | stale              | -        | -
delivered: a number unknown                     | early     | early      | early    | early     | early              | stale    | conflict
delivered: a number unknown, shipped by hand    | -         | -          | apply    | stale     | stale              | stale    | -
delivered: all, without a number                | early     | early      | apply    | stale     | stale              | stale    | conflict
delivered: corrects an impossible time          | -         | -          | -        | apply     | apply              | stale    | -
delivered: another impossible time              | -         | -          | -        | stale     | stale              | stale    | -
delivered: corrects a possible time             | -         | -          | -        | stale     | stale              | stale    | -
return requested: repeated                      | -         | -          | stale    | stale     | stale              | -        | -
return requested: after completed               | -         | -          | stale    | stale     | stale              | -        | -
return requested: after a part of it            | -         | -          | stale    | stale     | stale              | -        | -
return completed: all, repeated                 | -         | -          | -        | stale     | stale              | stale    | -
return completed: repeated, other items         | -         | -          | conflict | conflict  | conflict           | -        | -
return completed: a part, repeated              | -         | -          | stale    | stale     | stale              | -        | -
return completed: a part, other items           | -         | -          | conflict | conflict  | conflict           | -        | -
return completed: another part                  | -         | -          | apply    | apply     | apply              | -        | -
return completed: a part, after one without id  | -         | -          | apply    | apply     | apply              | -        | -
return completed: without id, after a part      | -         | -          | apply    | apply     | apply              | -        | -
return completed: another part, too many        | -         | -          | conflict | conflict  | conflict           | -        | -
return completed: another part, too late        | -         | -          | -        | apply     | apply              | -        | -
return completed: waits already                 | stale     | -          | -        | -         | -                  | -        | -
return completed: waits with other items        | early     | -          | -        | -         | -                  | -        | -
return completed: another part waits            | early     | -          | -        | -         | -                  | -        | -
return completed: repeated                      | -         | -          | stale    | stale     | stale              | -        | -
return completed: after requested               | -         | -          | apply    | apply     | apply              | -        | -
return completed: a line unknown                | early     | early      | conflict | conflict  | conflict           | conflict | conflict
return completed: too many                      | early     | early      | conflict | conflict  | conflict           | conflict | conflict
return completed: too many, line by line        | early     | early      | conflict | conflict  | conflict           | conflict | conflict
return requested: too many                      | early     | early      | conflict | conflict  | conflict           | conflict | conflict
return requested: window closed                 | early     | early      | apply    | conflict  | conflict           | conflict | conflict
return completed: window closed                 | early     | early      | apply    | conflict  | conflict           | conflict | conflict
return requested: window about to close         | early     | early      | apply    | apply     | apply              | conflict | conflict
return completed: window about to close         | early     | early      | apply    | apply     | apply              | conflict | conflict
return completed: announced before              | -         | -          | apply    | apply     | apply              | -        | -
return requested: switched off                  | early     | early      | conflict | conflict  | conflict           | conflict | conflict
return completed: switched off                  | early     | early      | conflict | conflict  | conflict           | conflict | conflict
`);

const late: Partial<Context> = { now: hoursLater(30 * 24) };
const justInTime: Partial<Context> = { now: hoursLater(30 * 24 - 0.001) };
const off: Partial<Context> = { policy: { ...context.policy, returns: false } };
const completed = event('payment.completed', payment);
const failed = event('payment.failed', payment);

/** A refund of ours of 20.00, asked for by version 2; in a cancelled order the other 80.00 are open too. */
const ours = cancelItems(units('3', 1));
const refunded = (change: Partial<typeof refund>) =>
  event('payment.refunded', { ...refund, amount: '20.00', ...change });

const back = (part_id: string, ...items: readonly ItemQuantity[]) =>
  event('return.completed', { return_id: 'return-1', part_id, items });
const allBack = [...wayTo.delivered, returned('return-1', someUnits), move('returned')];
const impossible = '1970-01-01T00:00:00.000Z';
const impossibleShipped = [started, parcel('T-1', { shipped_at: impossible })];
const impossibleDelivered = [...impossibleShipped, arrived('T-1', impossible)];
const impossibleWay: Partial<typeof wayTo> = {
  shipped: impossibleShipped,
  delivered: impossibleDelivered,
  partially_returned: [...impossibleDelivered, returned('return-0', units('1', 1))],
  returned: [...impossibleDelivered, move('returned')],
};
const handShipped = [started, move('shipped')];
const handDelivered = [...handShipped, move('delivered')];
const byHand: Partial<typeof wayTo> = {
  shipped: handShipped,
  delivered: handDelivered,
  partially_returned: [...handDelivered, returned('return-0', units('1', 1))],
  returned: [...handDelivered, move('returned')],
};

const closerRows: Readonly<Record<string, Row>> = {
  'completed: repeated': { order: unpaid, first: [completed], event: event('payment.completed', payment) },
  'completed: created as paid': { event: event('payment.completed', { ...payment, payment_id: 'payment-0' }) },
  'completed: another one, created as paid': { event: completed },
  'completed: after it failed': { order: unpaid, first: [failed], event: completed },
  'completed: a second payment': {
    order: unpaid,
    first: [completed],
    event: event('payment.completed', { ...payment, payment_id: 'payment-2' }),
  },
  'completed: another currency': { order: unpaid, event: event('payment.completed', { ...payment, currency: 'EUR' }) },
  'completed: a third decimal': { order: unpaid, event: event('payment.completed', { ...payment, amount: '99.995' }) },
  'failed: repeated': { order: unpaid, first: [failed], event: event('payment.failed', payment) },
  'failed: after it completed': { order: unpaid, first: [completed], event: failed },
  'failed: created as paid': { event: failed },
  'refunded: repeated': { first: [event('payment.refunded', refund)], event: event('payment.refunded', refund) },
  'refunded: pending': { order: unpaid, event: event('payment.refunded', refund) },
  'refunded: authorized': { order: { payment_status: 'authorized' }, event: event('payment.refunded', refund) },
  'refunded: payment failed': { order: unpaid, first: [failed], event: event('payment.refunded', refund) },
  'refunded: more than captured': { event: event('payment.refunded', { ...refund, amount: '100.01' }) },
  'refunded: another currency': { event: refunded({ currency: 'EUR' }) },
  'refunded: a third decimal': { event: refunded({ amount: '0.001' }) },
  'refunded: as much as ours, unanswered': { before: [ours], event: refunded({}) },
  'refunded: no amount, ours unanswered': {
    before: [ours],
    event: event('payment.refunded', { payment_id: 'payment-0', refund_id: 'refund-1' }),
  },
  'refunded: waits already': { before: [ours, refunded({})], event: refunded({}) },
  'refunded: more than ours, unanswered': { before: [ours], event: refunded({ amount: '30.00' }) },
  'refunded: ours, answered': { before: [ours, answered(2, 'refund-1')], event: refunded({}) },
  'refunded: ours, answered, no id': {
    before: [ours, answered(2, 'refund-1')],
    event: event('payment.refunded', { payment_id: 'payment-0', amount: '20.00' }),
  },
  'refunded: ours, answered, neither id nor amount': {
    before: [ours, answered(2, 'refund-1')],
    event: event('payment.refunded', { payment_id: 'payment-0' }),
  },
  'refunded: as much as ours, another id': { before: [ours, answered(2, 'refund-2')], event: refunded({}) },
  'refunded: as much as ours, refused': { before: [ours], first: [declined(2)], event: refunded({}) },
  'shipped: repeated': { event: shipped },
  'shipped: waits already': { before: [parcel('T-2')], event: parcel('T-2') },
  'shipped: a number of another carrier': { event: parcel('T-1', { carrier: 'UPS' }) },
  'shipped: a known number, no carrier': { event: parcel('T-1', { carrier: undefined }) },
  'shipped: corrects an impossible time': { way: impossibleWay, event: parcel('T-1') },
  'shipped: another impossible time': { way: impossibleWay, event: parcel('T-1', { shipped_at: impossible }) },
  'shipped: corrects a possible time': { event: parcel('T-1', { shipped_at: hoursLater(0.5) }) },
  'shipped: a line unknown': { event: parcel('T-2', { items: [units('9', 1)] }) },
  'shipped: more units than ordered': { event: parcel('T-2', { items: [units('2', 2)] }) },
  'delivered: repeated': { event: arrived('T-1') },
  'delivered: waits already': { first: [arrived('T-2')], event: arrived('T-2') },
  'delivered: a number unknown': { event: arrived('T-2') },
  'delivered: a number unknown, shipped by hand': { way: byHand, event: arrived('T-2') },
  'delivered: all, without a number': { event: delivered },
  'delivered: corrects an impossible time': { way: impossibleWay, event: arrived('T-1') },
  'delivered: another impossible time': { way: impossibleWay, event: arrived('T-1', impossible) },
  'delivered: corrects a possible time': { event: arrived('T-1', hoursLater(0.5)) },
  'return requested: repeated': { first: [announced('return-1', someUnits)], event: announced('return-1', someUnits) },
  'return requested: after completed': {
    first: [returned('return-1', someUnits)],
    event: announced('return-1', someUnits),
  },
  'return requested: after a part of it': {
    first: [back('part-1', someUnits)],
    event: announced('return-1', someUnits),
  },
  'return completed: all, repeated': {
    way: { returned: allBack, delivered: wayTo.delivered, partially_returned: wayTo.partially_returned },
    firstIn: { delivered: [returned('return-1', someUnits)], partially_returned: [returned('return-1', someUnits)] },
    event: returned('return-1', someUnits),
  },
  'return completed: repeated, other items': {
    first: [returned('return-1', someUnits)],
    event: returned('return-1', units('1', 1)),
  },
  'return completed: a part, repeated': {
    first: [back('part-1', units('1', 1), units('3', 1))],
    event: back('part-1', units('3', 1), units('1', 1)),
  },
  'return completed: a part, other items': {
    first: [back('part-1', units('1', 1), units('3', 1))],
    event: back('part-1', units('1', 1)),
  },
  'return completed: another part': { first: [back('part-1', units('1', 1))], event: back('part-2', units('1', 1)) },
  'return completed: a part, after one without id': {
    first: [returned('return-1', units('1', 1))],
    event: back('part-1', units('1', 1)),
  },
  'return completed: without id, after a part': {
    first: [back('part-1', units('1', 1))],
    event: returned('return-1', units('1', 1)),
  },
  'return completed: another part, too many': { first: [back('part-1', someUnits)], event: back('part-2', someUnits) },
  'return completed: another part, too late': {
    first: [back('part-1', units('1', 1))],
    event: back('part-2', units('1', 1)),
    by: late,
  },
  'return completed: waits already': { before: [back('part-1', someUnits)], event: back('part-1', someUnits) },
  'return completed: waits with other items': {
    before: [back('part-1', someUnits)],
    event: back('part-1', units('1', 1)),
  },
  'return completed: another part waits': { before: [back('part-1', someUnits)], event: back('part-2', someUnits) },
  'return completed: repeated': { first: [returned('return-1', someUnits)], event: returned('return-1', someUnits) },
  'return completed: after requested': {
    first: [announced('return-1', someUnits)],
    event: returned('return-1', someUnits),
  },
  'return completed: a line unknown': { event: returned('return-1', units('9', 1)) },
  'return completed: too many': { event: returned('return-1', units('2', 2)) },
  'return completed: too many, line by line': { event: returned('return-1', units('2', 1), units('2', 1)) },
  'return requested: too many': { event: announced('return-1', units('2', 2)) },
  'return requested: window closed': { event: announced('return-1', someUnits), by: late },
  'return completed: window closed': { event: returned('return-1', someUnits), by: late },
  'return requested: window about to close': { event: announced('return-1', someUnits), by: justInTime },
  'return completed: window about to close': { event: returned('return-1', someUnits), by: justInTime },
  'return completed: announced before': {
    first: [announced('return-1', someUnits)],
    event: returned('return-1', someUnits),
    by: late,
  },
  'return requested: switched off': { event: announced('return-1', someUnits), by: off },
  'return completed: switched off': { event: returned('return-1', someUnits), by: off },
};

describe('every event in every status', () => {
  it('has a decided outcome, the same in the specification, here and in the rules', () => {
    expect(Object.keys(eventGrid)).toStrictEqual([...orderTopics]);
    expect(Object.fromEntries(grid)).toStrictEqual(eventGrid);
    expect([...closer.keys()]).toStrictEqual(Object.keys(closerRows));
  });

  it('is documented as it is', () => {
    const cells = readFileSync('docs/events.md', 'utf8')
      .split('\n')
      .map((row) => row.split('|').map((cell) => cell.trim().replaceAll('`', '')));
    const topics: readonly string[] = orderTopics;
    const documented = cells
      .filter(([, topic = '', ...verdicts]) => topics.includes(topic) && verdicts.length > statuses.length)
      .map(([, topic, ...verdicts]) => [topic, Object.fromEntries(statuses.map((status, i) => [status, verdicts[i]]))]);
    expect(Object.fromEntries(documented)).toStrictEqual(eventGrid);
  });

  for (const [table, examples] of [
    [grid, rows],
    [closer, closerRows],
  ] as const) {
    it.each(Object.entries(examples))('%s', (name, row) => {
      const expected = table.get(name);
      assert.ok(expected);
      const found = statuses.map((status) => [status, expected[status] === '-' ? '-' : verdictIn(status, row)]);
      expect(Object.fromEntries(found)).toStrictEqual(expected);
    });
  }
});
