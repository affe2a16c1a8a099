import { iso31661 } from 'iso-3166';

/** The countries of postal addresses: officially assigned in ISO 3166-1, and Kosovo, whose XK is a user-assigned code. */
export const countries: ReadonlySet<string> = new Set([...iso31661.map(({ alpha2 }) => alpha2), 'XK']);
