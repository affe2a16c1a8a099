import { iso31661 } from 'iso-3166';
import { countries } from '../actors/iso-codes.js';
import type { Address, Json, JsonObject } from '../actors/rules/order.js';

/*
 * Addresses of the former service are JSON of no fixed shape. What is recognised fills the fields of an address; unless that
 * is all there is, the whole is kept beside them.
 */

const namesOf = {
  recipient: ['recipient', 'recipient_name', 'name', 'full_name', 'contact_name'],
  line1: ['line1', 'line_1', 'address_line1', 'address_line_1', 'address1', 'street', 'street_address', 'address'],
  line2: ['line2', 'line_2', 'address_line2', 'address_line_2', 'address2'],
  city: ['city', 'town', 'locality'],
  region: ['region', 'state', 'state_province', 'province', 'district'],
  postal_code: ['postal_code', 'postcode', 'zip', 'zip_code', 'zipcode'],
  country: ['country', 'country_code'],
  phone: ['phone', 'phone_number', 'mobile', 'tel'],
  email: ['email', 'email_address'],
} as const;

type Field = keyof typeof namesOf;

/** The country of an address whose country is not known (user-assigned in ISO 3166-1). */
const unknownCountry = 'ZZ';

const codeOf: ReadonlyMap<string, string> = new Map([
  ...iso31661.flatMap(({ alpha2, alpha3, name }): [string, string][] =>
    [alpha2, alpha3, name].map((text) => [text.toLowerCase(), alpha2]),
  ),
  ...[...countries].map((code): [string, string] => [code.toLowerCase(), code]),
  ...Object.entries({
    vietnam: 'VN',
    'united states': 'US',
    'united kingdom': 'GB',
    'south korea': 'KR',
    russia: 'RU',
    netherlands: 'NL',
    'czech republic': 'CZ',
    taiwan: 'TW',
    turkey: 'TR',
  }),
]);

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON that was stored as text is read; what is no object is kept under `value`. */
const objectIn = (value: Json): JsonObject => {
  if (isObject(value)) return value;
  if (typeof value === 'string')
    try {
      const read = JSON.parse(value) as Json;
      if (isObject(read)) return read;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  return { value };
};

const textOf = (value: Json | undefined): string | undefined => {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  return text === '' ? undefined : text;
};

/** `firstName`, `First Name` and `first_name` are one name. */
const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[\s-]+/g, '_')
    .toLowerCase();

/**
 * An address in today's shape; undefined where there is none.
 *
 * @param defaultCountry of an address that names no country
 */
export const addressOf = (stored: Json | undefined, defaultCountry: string): Address | undefined => {
  if (stored === undefined || stored === null) return undefined;
  const original = objectIn(stored);
  const given = new Map(Object.entries(original).map(([name, value]) => [snake(name), value]));
  const used = new Set<string>();
  const field = (name: Field): string | undefined => {
    const key = namesOf[name].find((one) => textOf(given.get(one)) !== undefined);
    if (key === undefined) return undefined;
    used.add(key);
    return textOf(given.get(key));
  };
  const [first, last] = [textOf(given.get('first_name')), textOf(given.get('last_name'))];
  const parts = [first, last].filter((part) => part !== undefined);
  const country = field('country');
  const code = country === undefined ? defaultCountry : (codeOf.get(country.toLowerCase()) ?? unknownCountry);
  const address: Address = {
    recipient: field('recipient') ?? parts.join(' '),
    line1: field('line1') ?? '',
    line2: field('line2'),
    city: field('city') ?? '',
    region: field('region'),
    postal_code: field('postal_code'),
    country: code,
    phone: field('phone'),
    email: field('email'),
  };
  const own = new Set<string>(Object.keys(namesOf));
  const whole =
    Object.entries(original).every(
      ([name, value]) => own.has(name) && (value === null || value === '' || address[name as Field] === value),
    ) && Object.keys(original).length > 0;
  return whole ? address : { ...address, original };
};

/** The address of an order that has none. */
export const noAddress = (country: string): Address => ({ recipient: '', line1: '', city: '', country });
