import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import type { JournalEntry } from '../../../actors/rules/entries.js';
import { contributionOf } from '../../../analytics/contribution.js';
import { type RollupName, rollups } from '../../../analytics/rollups.js';
import { createTally, type Tally } from '../../../analytics/tally.js';
import { arbitraryJournal } from '../../support/arbitrary-journals.js';
import { given, hoursLater, minor, noon } from '../../support/given.js';
import { addTo, type Figures, recount, spoken } from '../../support/recount.js';
import { cancel, cancelItems, declined, line, placed, units, wayTo } from '../../support/sample-orders.js';

const signed = (value: string): bigint => (value.startsWith('-') ? -minor(value.slice(1), 4) : minor(value, 4));

const stepLengths = { month: 7, day: 10, hour: 13 } as const;

const figuresIn = (tally: Tally): Figures => {
  const figures: Figures = new Map();
  for (const rollup of Object.keys(rollups) as RollupName[])
    for (const grain of rollups[rollup].grains)
      for (const { at, key, counts, amounts } of tally.rowsOf(rollup, grain)) {
        const columns = rollups[rollup];
        const values = [
          ...columns.counts.map((name, index) => [name, BigInt(counts[index]!)] as const),
          ...columns.amounts.map((name, index) => [name, signed(amounts[index]!.toFixed())] as const),
        ];
        addTo(figures, [rollup, grain, at.slice(0, stepLengths[grain]), ...key].join(' '), Object.fromEntries(values));
      }
  return figures;
};

/** As the job reads it: nothing personal. */
const impersonal = (journal: readonly JournalEntry[]): readonly JournalEntry[] =>
  journal.map(({ entry, ...rest }) => ({ ...rest, entry: { ...entry, personal: {} } as JournalEntry['entry'] }));

describe('what orders contribute', () => {
  it('is what a plain recount finds', () => {
    fc.assert(
      fc.property(fc.array(arbitraryJournal, { minLength: 1, maxLength: 4 }), (journals) => {
        const tally = createTally();
        journals.forEach((journal, n) => tally.replace(String(n), undefined, contributionOf(impersonal(journal))!));
        expect(spoken(figuresIn(tally))).toStrictEqual(spoken(recount(journals)));
      }),
      { numRuns: 60 },
    );
  });

  it('adds up from any pieces: the differences make the whole', () => {
    fc.assert(
      fc.property(arbitraryJournal, fc.array(fc.nat(20)), (journal, cuts) => {
        const lengths = [...new Set([...cuts.map((cut) => 1 + (cut % journal.length)), journal.length])].sort(
          (a, b) => a - b,
        );
        const [once, inPieces] = [createTally(), createTally()];
        once.replace('1', undefined, contributionOf(journal)!);
        lengths.forEach((length, index) => {
          const before = index === 0 ? undefined : contributionOf(journal.slice(0, lengths[index - 1]));
          inPieces.replace('1', before, contributionOf(journal.slice(0, length))!);
        });
        expect(spoken(figuresIn(inPieces))).toStrictEqual(spoken(figuresIn(once)));
        expect(inPieces.names()).toStrictEqual(once.names());
      }),
      { numRuns: 150 },
    );
  });

  it('makes sense: parts make wholes, and no money is less than none', () => {
    fc.assert(
      fc.property(arbitraryJournal, (journal) => {
        const { cells } = contributionOf(journal)!;
        const of = (rollup: RollupName, ...begin: readonly string[]) =>
          cells.filter((one) => one.rollup === rollup && begin.every((part, index) => one.key[index] === part));
        const sales = of('sales')[0]!;
        const [gross, cancelled, returned] = sales.amounts.map((value) => signed(value.toFixed()));
        expect(cancelled! >= 0n && returned! >= 0n).toBe(true);
        expect(gross! - cancelled! - returned!).toBeGreaterThanOrEqual(0n);
        const lost = of('reasons', 'cancellation').reduce((sum, one) => sum + signed(one.amounts[0]!.toFixed()), 0n);
        expect(lost).toBe(cancelled);
        for (const dimension of ['product', 'warehouse']) {
          const goods = of('goods', dimension);
          const total = [1, 2, 3].map((column) => goods.reduce((sum, one) => sum + one.counts[column]!, 0));
          expect(total).toStrictEqual(sales.counts.slice(5));
          for (const { amounts } of goods) expect(amounts[0]!.minus(amounts[1]!).isNegative()).toBe(false);
        }
        expect(of('statuses').reduce((sum, one) => sum + one.counts[1]!, 0)).toBe(1);
        expect(of('statuses')).toHaveLength(1 + of('stays').length);
      }),
      { numRuns: 150 },
    );
  });

  it('never makes an order worth more than itself: a line that went for nothing is given up', () => {
    const items = [line('1', 1, '10.00', { discount_amount: '10.00' }), line('2', 1, '10.00')];
    const sums = { subtotal: '20.00', discount_amount: '15.00', total_amount: '5.00' };
    const { journal } = given(placed({ items, ...sums }), cancelItems(units('1', 1)));
    const { cells } = contributionOf(journal)!;
    const amounts = (rollup: RollupName) =>
      cells.find((one) => one.rollup === rollup)!.amounts.map((one) => one.toFixed(2));
    expect(amounts('sales')).toStrictEqual(['5.00', '0.00', '0.00', '5.00', '0.00']);
    expect(amounts('reasons')).toStrictEqual(['0.00']);
  });

  it('counts money by payment: its method and status, what is asked back of it and what is owed', () => {
    const payments = [
      { payment_id: 'gift-1', method: 'gift card', status: 'completed', amount: '60.00' },
      { payment_id: 'card-1', method: 'card', status: 'completed', amount: '40.00' },
    ] as const;
    const paid = { payment_id: undefined, payment_status: 'pending', payments } as const;
    const rowsOf = (...commands: readonly ChangeCommand[]) =>
      contributionOf(given(placed(paid), ...commands).journal)!
        .cells.filter(({ rollup }) => rollup === 'payments')
        .map(({ key, counts, amounts }) => [...key.slice(1), ...counts, ...amounts.map((one) => one.toFixed())]);
    expect(rowsOf()).toStrictEqual([
      ['gift card', 'completed', 1, '0', '60', '0', '0', '0'],
      ['card', 'completed', 1, '0', '40', '0', '0', '0'],
    ]);
    expect(rowsOf(cancelItems(units('2', 1), units('3', 1)), declined(2))).toStrictEqual([
      ['gift card', 'completed', 1, '0', '60', '0', '10', '0'],
      ['card', 'completed', 1, '0', '40', '0', '0', '40'],
    ]);
    const unnamed = contributionOf(given(placed({ payment_id: undefined }), cancel).journal)!;
    expect(
      unnamed.cells
        .filter(({ rollup }) => rollup === 'payments')
        .map(({ key, counts, amounts }) => [...key, ...counts, ...amounts.map((one) => one.toFixed())]),
    ).toStrictEqual([['USD', 'card', 'unnamed', 0, '0', '100', '0', '100', '0']]);
  });

  it('is nothing while the creation is not seen', () => {
    const { journal } = given(placed(), ...wayTo.shipped);
    expect(contributionOf([])).toBeUndefined();
    expect(contributionOf(journal.slice(1))).toBeUndefined();
    // a gap is no fault of the journal as one moment sees it
    expect(contributionOf([journal[0]!, journal[2]!])).toBeTruthy();
  });

  it('counts what is given up once by its reason, blanks evened out and cut', () => {
    const items = [line('1', 3, '10.00'), line('2', 1, '30.00'), line('3', 2, '20.00')];
    const long = `${'a'.repeat(199)}💔`;
    const { journal } = given(
      placed({ items }),
      { ...cancelItems(units('1', 1)), reason: ' out of\n stock ' },
      { ...cancelItems(units('1', 1)), reason: 'out of stock' },
      { ...cancelItems(units('3', 1)), reason: long },
    );
    const reasons = contributionOf(journal)!.cells.filter(({ rollup }) => rollup === 'reasons');
    expect(reasons.map(({ key, counts, amounts }) => [...key, ...counts, amounts[0]!.toFixed(2)])).toStrictEqual([
      ['cancellation', 'USD', 'out of stock', 1, 2, '20.00'],
      ['cancellation', 'USD', `${'a'.repeat(199)}\ufffd`, 1, 1, '20.00'],
    ]);
  });

  it('takes a later name of a product for an earlier one, whichever is counted first', () => {
    const named = (product_name: string, at: string) =>
      contributionOf(placed({ items: [line('1', 1, '1.00', { product_name })] }).map((entry) => ({ ...entry, at })))!;
    const [old, young] = [named('Old', noon), named('New', hoursLater(1))];
    for (const order of [
      [old, young],
      [young, old],
    ]) {
      const tally = createTally();
      order.forEach((one, index) => tally.replace(String(index), undefined, one));
      expect(tally.names().map(({ product_name }) => product_name)).toStrictEqual(['New']);
    }
  });
});
