import type { z } from 'zod';
import { currencies } from '../actors/iso-codes.js';
import { amount, format, round } from '../actors/rules/money.js';
import type { Granularity, Range } from './ranges.js';
import type { Goods, Sales } from './reads.js';

/** A value of a table. */
type Value = string | number | null;

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
  readonly rows: readonly Readonly<Record<string, Value>>[];
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
  entriesOf: (currency: C) => readonly Readonly<Record<string, Value>>[],
): Report<C> => ({
  document,
  columns: ['currency', ...Object.keys(fields), 'as_of'],
  rows: document.currencies.flatMap((one) =>
    entriesOf(one).map((entry) => ({ currency: one.currency, ...entry, as_of: document.as_of })),
  ),
});

/** A part of a whole, to four decimals; null where there is no whole. */
export const rate = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;

/** Writes an amount with the decimals of its currency: more only where it has more, so that no cent is lost. */
const written = (value: ReturnType<typeof amount>, currency: string): string =>
  format(value, Math.max(currencies.get(currency) ?? 2, value.decimalPlaces()));

/** An amount as it is answered. */
export const money = (value: string, currency: string): string => written(amount(value), currency);

const less = (value: string, ...taken: readonly string[]): string =>
  taken.reduce((left, one) => left.minus(one), amount(value)).toFixed();

const average = (total: string, orders: number, currency: string): string | null => {
  if (orders === 0) return null;
  return written(round(amount(total).div(orders), currencies.get(currency) ?? 2), currency);
};

/** The figures of some sales. */
export const toFigures = (sales: Sales) => {
  const { currency, orders, shipped_orders, cancelled_orders, partly_cancelled_orders, returned_orders } = sales;
  const { gross_amount, cancelled_amount, returned_amount } = sales;
  return {
    ...{ orders, shipped_orders, cancelled_orders, partly_cancelled_orders, returned_orders },
    cancellation_rate: rate(cancelled_orders, orders),
    return_rate: rate(returned_orders, shipped_orders),
    gross_revenue: money(gross_amount, currency),
    cancelled_amount: money(cancelled_amount, currency),
    returned_amount: money(returned_amount, currency),
    net_revenue: money(less(gross_amount, cancelled_amount, returned_amount), currency),
    average_order_value: average(gross_amount, orders, currency),
    captured_amount: money(sales.captured_amount, currency),
    refunded_amount: money(sales.refunded_amount, currency),
  };
};

/** The figures of some goods. */
export const toGoodsFigures = (goods: Goods) => {
  const { currency, orders, units, cancelled_units, returned_units, gross_amount, cancelled_amount } = goods;
  return {
    ...{ orders, units, cancelled_units, returned_units },
    gross_revenue: money(gross_amount, currency),
    cancelled_amount: money(cancelled_amount, currency),
    revenue: money(less(gross_amount, cancelled_amount), currency),
  };
};

/** No orders of a currency. */
export const noSales = (currency: string): Sales => ({
  currency,
  ...{ orders: 0, shipped_orders: 0, cancelled_orders: 0, partly_cancelled_orders: 0, returned_orders: 0 },
  ...{ units: 0, cancelled_units: 0, returned_units: 0 },
  ...{ gross_amount: '0', cancelled_amount: '0', returned_amount: '0', captured_amount: '0', refunded_amount: '0' },
});

const sumOf = (one: string, other: string): string => amount(one).plus(other).toFixed();

/** Sales of one currency added up. */
export const addSales = (a: Sales, b: Sales): Sales => ({
  currency: a.currency,
  orders: a.orders + b.orders,
  shipped_orders: a.shipped_orders + b.shipped_orders,
  cancelled_orders: a.cancelled_orders + b.cancelled_orders,
  partly_cancelled_orders: a.partly_cancelled_orders + b.partly_cancelled_orders,
  returned_orders: a.returned_orders + b.returned_orders,
  units: a.units + b.units,
  cancelled_units: a.cancelled_units + b.cancelled_units,
  returned_units: a.returned_units + b.returned_units,
  gross_amount: sumOf(a.gross_amount, b.gross_amount),
  cancelled_amount: sumOf(a.cancelled_amount, b.cancelled_amount),
  returned_amount: sumOf(a.returned_amount, b.returned_amount),
  captured_amount: sumOf(a.captured_amount, b.captured_amount),
  refunded_amount: sumOf(a.refunded_amount, b.refunded_amount),
});
