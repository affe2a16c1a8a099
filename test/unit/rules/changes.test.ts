import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { changesBetween, type OrderChange } from '../../../actors/rules/changes.js';
import { evolve } from '../../../actors/rules/evolve.js';
import { editsIn } from '../../../actors/rules/history.js';
import type { JournalEntry } from '../../../actors/rules/entries.js';
import type { Order, OrderState } from '../../../actors/rules/order.js';
import { arbitraryJournal } from '../../support/arbitrary-journals.js';
import { given } from '../../support/given.js';
import { cancelItems, move, placed, units } from '../../support/sample-orders.js';

const versionsOf = (journal: readonly JournalEntry[]): readonly Order[] => {
  let state: OrderState | undefined;
  return journal.map((entry) => {
    state = evolve(state, entry);
    return state.order;
  });
};

const orderWith = (over: Partial<Order>): Order => ({ ...given(placed({ notes: undefined })).state.order, ...over });

const told = (changes: readonly OrderChange[]): readonly unknown[] =>
  changes.map(({ path, old, new: now }) => [path, old, now]);

const between = (before: Partial<Order>, after: Partial<Order>): readonly unknown[] =>
  told(changesBetween(orderWith(before), orderWith(after)));

describe('Changes between two versions of an order', () => {
  it('are the leaves that differ, members of lists under their ids', () => {
    const { journal } = given(placed(), move('processing'), cancelItems(units('2', 1)));
    const versions = versionsOf(journal);
    expect(told(changesBetween(versions[0], versions[1]!))).toStrictEqual([['status', 'confirmed', 'processing']]);
    expect(told(changesBetween(versions[1], versions[2]!))).toStrictEqual([
      ['payments.payment-0.requested_amount', '0.00', '30.00'],
      ['items.2.cancelled_quantity', 0, 1],
    ]);
  });

  it('are none between a version and itself', () => {
    fc.assert(
      fc.property(arbitraryJournal, (journal) => {
        for (const order of versionsOf(journal)) expect(changesBetween(order, order)).toStrictEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('have the paths and values of the edit history', () => {
    const inHistory = /^(captured_amount|refunded_amount|payment_id|payment_status|payments|hold|items)\b/;
    fc.assert(
      fc.property(arbitraryJournal, (journal) => {
        const versions = versionsOf(journal);
        for (const { version, changes } of editsIn(journal)) {
          const edits = changes.map(({ field, old_value, new_value }) => [field, old_value, new_value]);
          const found = told(changesBetween(versions[version - 2], versions[version - 1]!));
          expect(found).toEqual(expect.arrayContaining(edits));
          const rest = told(
            changesBetween(versions[version - 2], versions[version - 1]!).filter(({ path }) => inHistory.test(path)),
          );
          expect(edits).toEqual(expect.arrayContaining([...rest]));
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each<[string, Partial<Order>, Partial<Order>, readonly unknown[]]>([
    ['a field', {}, { notes: 'x' }, [['notes', null, 'x']]],
    ['a field taken away', { notes: 'x' }, {}, [['notes', 'x', null]]],
    ['nested metadata', { metadata: { a: { b: 1 } } }, { metadata: { a: { b: 2 } } }, [['metadata.a.b', 1, 2]]],
    [
      'a list in metadata',
      { metadata: { a: [{ id: 1 }] } },
      { metadata: { a: [] } },
      [['metadata.a', [{ id: 1 }], []]],
    ],
    ['an empty object', { metadata: {} }, { metadata: { a: {} } }, [['metadata.a', null, {}]]],
    [
      'an object for a value',
      { metadata: { a: 1 } },
      { metadata: { a: { b: 2 } } },
      [
        ['metadata.a', 1, null],
        ['metadata.a.b', null, 2],
      ],
    ],
    [
      'keys that every object inherits',
      { metadata: { b: { ['__proto__']: 1 } } },
      { metadata: { constructor: 'x', toString: { valueOf: 1 }, b: {} } },
      [
        ['metadata.b.__proto__', 1, null],
        ['metadata.constructor', null, 'x'],
        ['metadata.toString.valueOf', null, 1],
      ],
    ],
    ['a key with a dot', { metadata: { 'a.b': 1 } }, { metadata: { 'a.b': 2 } }, [['metadata["a.b"]', 1, 2]]],
    [
      'a deadline that is there no longer',
      { deadlines: [{ what: 'payment', at: '2026-03-01T12:00:00.000Z' }] },
      { deadlines: [] },
      [['deadlines.payment.at', '2026-03-01T12:00:00.000Z', null]],
    ],
    ['bookkeeping', { version: 1 }, { version: 2, updated_at: '2026-03-01T13:00:00.000Z' }, []],
  ])('tell of %s', (_, before, after, changes) => {
    expect(between(before, after)).toStrictEqual(changes);
  });

  it('tell of every field of a new order', () => {
    const order = orderWith({});
    const changes = changesBetween(undefined, order);
    expect(changes.every(({ old }) => old === null)).toBe(true);
    expect(changes.find(({ path }) => path === 'items.1.quantity')?.new).toBe(order.items[0]?.quantity);
    expect(changes.find(({ path }) => path === 'status')?.new).toBe('confirmed');
  });
});
