import { type Amount, zero } from '../actors/rules/money.js';
import type { Contribution, ProductName } from './contribution.js';
import { startOf } from './ranges.js';
import { type Cell, type Grain, type RollupName, rollups } from './rollups.js';

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
  /** Beginning of the step of time; milliseconds since 1970. */
  readonly at: number;
  readonly counts: number[];
  readonly amounts: Amount[];
}

/** Sums by the names of their rows. */
type Sums = Map<string, Sum>;

/** Texts that Postgres holds have no NUL. */
const nameOf = ({ rollup, key }: Cell): string => `${rollup}\0${key.join('\0')}`;

const isNothing = ({ counts, amounts }: Sum): boolean =>
  counts.every((value) => value === 0) && amounts.every((value) => value.isZero());

const same = (a: Cell, b: Cell): boolean =>
  a.counts.every((value, index) => value === b.counts[index]) &&
  a.amounts.every((value, index) => value.eq(b.amounts[index] ?? zero));

const emptySum = (cell: Cell, at: number): Sum => ({
  cell,
  at,
  counts: cell.counts.map(() => 0),
  amounts: cell.amounts.map(() => zero),
});

const add = (sums: Sums, cell: Cell, at: number, sign: 1 | -1, values: Pick<Cell, 'counts' | 'amounts'>): void => {
  const name = `${at}\0${nameOf(cell)}`;
  const sum = sums.get(name) ?? emptySum(cell, at);
  sums.set(name, sum);
  values.counts.forEach((value, index) => (sum.counts[index] = (sum.counts[index] ?? 0) + sign * value));
  values.amounts.forEach((value, index) => {
    const before = sum.amounts[index] ?? zero;
    sum.amounts[index] = sign === 1 ? before.plus(value) : before.minus(value);
  });
};

/** Which cells take which others' place; those that stay as they are, most of them, are left out. */
const changes = (before: readonly Cell[], after: readonly Cell[]): readonly (readonly [Cell, 1 | -1])[] => {
  const found: (readonly [Cell, 1 | -1])[] = [];
  const old = new Map<string, Cell>();
  for (const cell of before) {
    const name = nameOf(cell);
    if (old.has(name)) found.push([cell, -1]);
    else old.set(name, cell);
  }
  for (const cell of after) {
    const name = nameOf(cell);
    const replaced = old.get(name);
    if (replaced !== undefined && same(replaced, cell)) old.delete(name);
    else found.push([cell, 1]);
  }
  for (const cell of old.values()) found.push([cell, -1]);
  return found;
};

const finestOf = (rollup: RollupName): Grain => rollups[rollup].grains.at(-1) ?? 'day';

const isLater = (a: NamedBy, b: NamedBy): boolean =>
  a.ordered_at > b.ordered_at || (a.ordered_at.getTime() === b.ordered_at.getTime() && a.order_id >= b.order_id);

/** The same sums by a coarser step of time. */
const coarser = (finest: Sums, grain: Grain): Sums => {
  const sums: Sums = new Map();
  for (const sum of finest.values()) add(sums, sum.cell, startOf(grain, new Date(sum.at)).getTime(), 1, sum);
  return sums;
};

/** An empty tally. */
export const createTally = (): Tally => {
  const byRollup = new Map<RollupName, Sums>();
  const names = new Map<string, NamedBy>();

  const sumsOf = (rollup: RollupName): Sums => {
    const sums = byRollup.get(rollup) ?? new Map<string, Sum>();
    byRollup.set(rollup, sums);
    return sums;
  };

  const keepName = (named: NamedBy): void => {
    const known = names.get(named.product_id);
    if (known === undefined || isLater(named, known)) names.set(named.product_id, named);
  };

  return {
    replace: (orderId, before, after) => {
      for (const [cell, sign] of changes(before?.cells ?? [], after.cells)) {
        const at = startOf(finestOf(cell.rollup), after.createdAt).getTime();
        add(sumsOf(cell.rollup), cell, at, sign, cell);
      }
      if (before === undefined)
        for (const name of after.names) keepName({ ...name, ordered_at: after.createdAt, order_id: orderId });
    },

    rowsOf: (rollup, grain) => {
      const finest = sumsOf(rollup);
      const sums = grain === finestOf(rollup) ? finest : coarser(finest, grain);
      return [...sums.values()]
        .filter((sum) => !isNothing(sum))
        .map(({ cell: { key }, at, counts, amounts }) => ({ at: new Date(at).toISOString(), key, counts, amounts }));
    },

    names: () => [...names.values()],
  };
};
