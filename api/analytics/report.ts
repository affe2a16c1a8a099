import type { z } from 'zod';
import type { Granularity, Range } from '../../insights/ranges.js';
import type { CsvValue } from './csv.js';

/** Of which orders, and how fresh: what every answer says. */
export interface Scope {
  readonly from: string;
  readonly to: string;
  readonly granularity: Granularity;
  readonly as_of: string;
}

/** What was asked, as far as the answer depends on it. */
export interface Asked {
  readonly range: Range;
  readonly granularity: Granularity;
  readonly currency?: string | undefined;
}

/** An answer, and the same as a table. */
export interface Report<C = unknown> {
  readonly document: Scope & { readonly currencies: readonly C[] };
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, CsvValue>>[];
}

/** What an answer says of one currency. */
export type CurrencyOf<S extends z.ZodType<{ currencies: unknown[] }>> = z.output<S>['currencies'][number];

/** The scope of an answer. */
export const scopeOf = ({ range, granularity }: Asked, asOf: string): Scope => ({
  from: range.from.toISOString(),
  to: range.to.toISOString(),
  granularity,
  as_of: asOf,
});

/** The currencies of an answer, by name: those that were found, and the one that was asked for, if one was. */
export const currenciesOf = (found: readonly { readonly currency: string }[], { currency }: Asked): readonly string[] =>
  [...new Set([...found.map((row) => row.currency), ...(currency === undefined ? [] : [currency])])].sort();

/**
 * A document with its table.
 *
 * @param fields of an entry, in the order of the columns
 * @param entriesOf the entries of one currency
 */
export const toReport = <C extends { readonly currency: string }>(
  document: Scope & { readonly currencies: readonly C[] },
  fields: Readonly<Record<string, unknown>>,
  entriesOf: (currency: C) => readonly Readonly<Record<string, CsvValue>>[],
): Report<C> => ({
  document,
  columns: ['currency', ...Object.keys(fields), 'as_of'],
  rows: document.currencies.flatMap((one) =>
    entriesOf(one).map((entry) => ({ currency: one.currency, ...entry, as_of: document.as_of })),
  ),
});
