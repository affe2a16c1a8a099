import type { Amount } from '../actors/rules/money.js';

/** Steps of time that rollups are kept by, coarsest first; all UTC. */
export const grains = ['month', 'day', 'hour'] as const;
export type Grain = (typeof grains)[number];

/** A table of rollups: what a row stands for, what it counts, what it sums up, by which steps of time it is kept. */
interface Rollup {
  readonly key: readonly string[];
  readonly counts: readonly string[];
  readonly amounts: readonly string[];
  readonly grains: readonly Grain[];
}

const byDay = ['month', 'day'] as const;

/**
 * The rollups, each a table `order_insights_<name>_<grain>` for each of its steps of time. Only sales are kept by the hour: an
 * hour has about as many different products and times as it has orders, so that rows by the hour would save nothing.
 */
export const rollups = {
  sales: {
    key: ['currency', 'payment_method'],
    counts: [
      'orders',
      'shipped_orders',
      'cancelled_orders',
      'partly_cancelled_orders',
      'returned_orders',
      'units',
      'cancelled_units',
      'returned_units',
    ],
    amounts: ['gross_amount', 'cancelled_amount', 'returned_amount', 'captured_amount', 'refunded_amount'],
    grains,
  },
  payments: {
    key: ['currency', 'payment_method', 'status'],
    counts: ['payments'],
    amounts: ['authorized_amount', 'captured_amount', 'refunded_amount', 'requested_amount', 'owed_amount'],
    grains: byDay,
  },
  goods: {
    key: ['dimension', 'currency', 'name'],
    counts: ['orders', 'units', 'cancelled_units', 'returned_units'],
    amounts: ['gross_amount', 'cancelled_amount'],
    grains: byDay,
  },
  reasons: { key: ['kind', 'currency', 'reason'], counts: ['orders', 'units'], amounts: ['amount'], grains: byDay },
  statuses: { key: ['currency', 'status'], counts: ['reached', 'present'], amounts: [], grains: byDay },
  stays: { key: ['currency', 'status', 'bin'], counts: ['stays'], amounts: [], grains: byDay },
} as const satisfies Readonly<Record<string, Rollup>>;

/** Names of the rollups. */
export type RollupName = keyof typeof rollups;

/** Columns that a rollup counts in. */
export type Counts<R extends RollupName> = Readonly<Record<(typeof rollups)[R]['counts'][number], number>>;

/** Columns that a rollup sums money up in. */
export type Amounts<R extends RollupName> = Readonly<Record<(typeof rollups)[R]['amounts'][number], Amount>>;

/** What one order adds to one row of a rollup, in each of its steps of time. */
export interface Cell {
  readonly rollup: RollupName;
  /** In the order of the rollup's columns, as all that follows. */
  readonly key: readonly string[];
  readonly counts: readonly number[];
  readonly amounts: readonly Amount[];
}

/** Makes a cell whose columns are those of its rollup. */
export const cell = <R extends RollupName>(
  rollup: R,
  key: readonly string[],
  counts: Counts<R>,
  amounts: Amounts<R>,
): Cell => {
  const columns: { readonly counts: readonly (keyof Counts<R>)[]; readonly amounts: readonly (keyof Amounts<R>)[] } =
    rollups[rollup];
  return {
    rollup,
    key,
    counts: columns.counts.map((name) => counts[name]),
    amounts: columns.amounts.map((name) => amounts[name]),
  };
};
