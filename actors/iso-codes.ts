import * as published from 'dinero.js/currencies';
import { iso31661 } from 'iso-3166';

/** Withdrawn since the data was published: the lev gave way to the euro on 1 January 2026. */
const withdrawn: ReadonlySet<string> = new Set(['BGN']);

/** ISO 4217 gives the ariary and the ouguiya two decimals, though a unit of theirs has five parts. */
const decimalsIn = ({ base, exponent }: { readonly base: unknown; readonly exponent: number }): number =>
  base === 10 ? exponent : 2;

/** The currencies in force under ISO 4217, with their numbers of decimals. */
export const currencies: ReadonlyMap<string, number> = new Map(
  Object.entries(published)
    .filter(([code]) => /^[A-Z]{3}$/.test(code) && !withdrawn.has(code))
    .map(([code, currency]) => [code, decimalsIn(currency)]),
);

const everKnown: ReadonlySet<string> = new Set([...currencies.keys(), ...Intl.supportedValuesOf('currency')]);

/** Whether a code is that of a currency, in force or not: orders of the past keep theirs. */
export const wasCurrency = (code: string): boolean => everKnown.has(code);

/** The countries of postal addresses: officially assigned in ISO 3166-1, and Kosovo, whose XK is a user-assigned code. */
export const countries: ReadonlySet<string> = new Set([...iso31661.map(({ alpha2 }) => alpha2), 'XK']);
