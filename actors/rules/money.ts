import { Decimal } from 'decimal.js';

/** Decimal arithmetic wide enough for any product of a 19-digit amount and a quantity; halves round away from zero. */
const Money = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP });

/** An amount of money under calculation. On the wire and in storage amounts are decimal strings. */
export type Amount = Decimal;

/** Reads a decimal string, e.g. `"12.50"`. */
export const amount = (value: string | number): Amount => new Money(value);

/** Nothing. */
export const zero: Amount = new Money(0);

/** Rounds once, to the number of decimals a currency has (ISO 4217). */
export const round = (value: Amount, decimals: number): Amount => value.toDecimalPlaces(decimals);

/** Writes an amount with exactly the currency's decimals, as every answer does. */
export const format = (value: Amount, decimals: number): string => value.toFixed(decimals);

/** Adds up decimal strings. */
export const sum = (values: readonly string[]): Amount => values.reduce((total, value) => total.plus(value), zero);

/** Adds up amounts. */
export const total = (values: readonly Amount[]): Amount => values.reduce((all, value) => all.plus(value), zero);

/** The smaller of two. */
export const atMost = (value: Amount, most: Amount): Amount => (value.lt(most) ? value : most);

/** The amount, or nothing where it is negative. */
export const notBelowZero = (value: Amount): Amount => (value.isNegative() ? zero : value);
