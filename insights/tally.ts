import { type Amount, zero } from '../actors/rules/money.js';
import type { Contribution, ProductName } from './contribution.js';
import { startOf } from './ranges.js';
import type { Cell, Grain, RollupName } from './rollups.js';

/** What is to be added to one row of a rollup; key and values in the order of its columns. */
export interface Row extends Pick<Cell, 'key' | 'counts' | 'amounts'> {
  /** Beginning of its step of time; RFC 3339 UTC. */
  readonly at: string;
}

/** A product's name, and the order that it is from. */
export interface NamedBy extends ProductName {
  readonly ordered_at: Date;
  readonly order_id: string;
}

/** Adds up what many orders contribute to the same rows. */
export interface Tally {
  /** Takes an order's contribution in the place of the one that is counted already, if one is. */
  replace(orderId: string, before: Contribution | undefined, after: Contribution): void;
  /** What there is to add to a rollup; rows to which nothing is to be added are left out. */
  rowsOf(rollup: RollupName, grain: Grain): readonly Row[];
  /** The names of the products of all orders that were not counted before: for each product the latest. */
  names(): readonly NamedBy[];
}

interface Sum {
  readonly cell: Cell;
  readonly counts: number[];
  readonly amounts: Amount[];
}

/** Sums by the names of their rows. */
type Sums = Map<string, Sum>;

/** Texts that Postgres holds have no NUL. */
const nameOf = ({ rollup, key }: Cell): string => `${rollup}\0${key.join('\0')}`;

const isNothing = ({ counts, amounts }: Pick<Sum, 'counts' | 'amounts'>): boolean =>
  counts.every((value) => value === 0) && amounts.every((value) => value.isZero());

const add = (sums: Sums, name: string, cell: Cell, { counts, amounts }: Pick<Cell, 'counts' | 'amounts'>): void => {
  const sum = sums.get(name);
  if (sum === undefined) {
    sums.set(name, { cell, counts: [...counts], amounts: [...amounts] });
    return;
  }
  counts.forEach((value, index) => (sum.counts[index] = (sum.counts[index] ?? 0) + value));
  amounts.forEach((value, index) => (sum.amounts[index] = (sum.amounts[index] ?? zero).plus(value)));
};

const negated = ({ counts, amounts }: Cell): Pick<Cell, 'counts' | 'amounts'> => ({
  counts: counts.map((value) => -value),
  amounts: amounts.map((value) => value.negated()),
});

/** What changes when one contribution takes the place of another. */
const differences = (before: readonly Cell[], after: readonly Cell[]): readonly (readonly [string, Sum])[] => {
  const sums: Sums = new Map();
  for (const one of after) add(sums, nameOf(one), one, one);
  for (const one of before) add(sums, nameOf(one), one, negated(one));
  return [...sums].filter(([, sum]) => !isNothing(sum));
};

const isLater = (a: NamedBy, b: NamedBy): boolean =>
  a.ordered_at > b.ordered_at || (a.ordered_at.getTime() === b.ordered_at.getTime() && a.order_id >= b.order_id);

/** Rows of one grain made from sums by the hour. */
const rowsBy = (byHour: ReadonlyMap<number, Sums>, rollup: RollupName, grain: Grain): readonly Row[] => {
  const byStart = new Map<string, Sums>();
  for (const [hour, sums] of byHour) {
    const at = startOf(grain, new Date(hour)).toISOString();
    const into = byStart.get(at) ?? new Map<string, Sum>();
    byStart.set(at, into);
    for (const [name, sum] of sums) if (sum.cell.rollup === rollup) add(into, name, sum.cell, sum);
  }
  return [...byStart].flatMap(([at, sums]) =>
    [...sums.values()]
      .filter((sum) => !isNothing(sum))
      .map(({ cell: { key }, counts, amounts }) => ({ at, key, counts, amounts })),
  );
};

/** An empty tally. */
export const createTally = (): Tally => {
  const byHour = new Map<number, Sums>();
  const names = new Map<string, NamedBy>();

  const sumsOf = (createdAt: Date): Sums => {
    const hour = startOf('hour', createdAt).getTime();
    const sums = byHour.get(hour) ?? new Map<string, Sum>();
    byHour.set(hour, sums);
    return sums;
  };

  return {
    replace: (orderId, before, { createdAt, cells, names: called }) => {
      const sums = sumsOf(createdAt);
      for (const [name, sum] of differences(before?.cells ?? [], cells)) add(sums, name, sum.cell, sum);
      if (before !== undefined) return;
      for (const name of called) {
        const named = { ...name, ordered_at: createdAt, order_id: orderId };
        const known = names.get(name.product_id);
        if (known === undefined || isLater(named, known)) names.set(name.product_id, named);
      }
    },
    rowsOf: (rollup, grain) => rowsBy(byHour, rollup, grain),
    names: () => [...names.values()],
  };
};
