import { domainToASCII } from 'node:url';
import { z } from 'zod';
import type { Metadata } from '../../actors/rules/order.js';
import { countries } from '../../actors/iso-codes.js';

const deepest = 32;

/** Text that Postgres and UTF-8 can hold: no NUL, no half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

/** Renders as nothing: white space, control and format characters (zero-width spaces, marks of direction) and blank letters. */
const invisible = /^[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Control characters, and the line and paragraph separators that Unicode has beside them. */
const controls = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** The same, except for what structures the lines of a note. */
const controlsInNotes = /(?![\t\n\r\u2028\u2029])\p{Cc}/u;

const isVisible = (value: string): boolean => !invisible.test(value);
const emptyOrVisible = (value: string): boolean => value === '' || isVisible(value);

const storable = 'has characters that cannot be stored';
const controlled = 'has control characters';
const tooLong = (most: number): string => `must have at most ${most} characters`;

/** What other services made, kept as it is: ids, and the words of their events. */
export const verbatim = (most: number): z.ZodString => z.string().max(most, tooLong(most)).refine(isStorable, storable);

/** An id of another service, kept as it is. */
export const foreignId = verbatim(255).min(1, 'must not be empty');

/** Text with something to see in it; white space around it is removed. */
export const text = (most: number): z.ZodString =>
  z
    .string()
    .trim()
    .refine(isVisible, 'must not be empty')
    .max(most, tooLong(most))
    .refine(isStorable, storable)
    .refine((value) => !controls.test(value), controlled)
    // For the documents made from the schemas, which know nothing of refinements.
    .meta({ minLength: 1 });

/** Text that may be empty, but not invisible. */
export const optionalText = (most: number): z.ZodString =>
  z
    .string()
    .refine(emptyOrVisible, 'must not be blank')
    .trim()
    .max(most, tooLong(most))
    .refine(isStorable, storable)
    .refine((value) => !controls.test(value), controlled);

/** Notes: text that may be empty, but not invisible, and may have several lines. */
export const note = (most: number): z.ZodString =>
  z
    .string()
    .refine(emptyOrVisible, 'must not be blank')
    .trim()
    .max(most, tooLong(most))
    .refine(isStorable, storable)
    .refine((value) => !controlsInNotes.test(value), controlled);

/** One of our UUIDs, or of any other version: imported orders keep their ids. */
export const uuid = z.guid('must be a UUID').toLowerCase();

/** The address as a browser tests it: an internationalised domain in its ASCII form; empty for a domain that has none. */
const inAscii = (address: string): string => {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  return /[^\u0000-\u007f]/.test(domain) ? `${address.slice(0, at)}${domainToASCII(domain)}` : address;
};

/** An address that the email field of a browser accepts; white space around it is removed. */
export const email = z
  .string()
  .trim()
  .max(320, tooLong(320))
  .refine((address) => z.regexes.html5Email.test(inAscii(address)), 'must be an email address')
  .meta({ format: 'email' });

/** ISO 3166-1 alpha-2. */
export const country = z
  .string()
  .refine((code) => countries.has(code), 'must be ISO 3166-1 alpha-2')
  .meta({ pattern: '^[A-Z]{2}$' });

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));

/** Iterative, so that no nesting can exhaust the stack. */
const metadataFault = (metadata: object): string | undefined => {
  const open: { value: unknown; depth: number }[] = [{ value: metadata, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value === 'number' && !isExact(value)) return 'has numbers that cannot be kept exactly';
    if (typeof value === 'string' && !isStorable(value)) return storable;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > deepest) return `must not be nested deeper than ${deepest}`;
    for (const [key, inner] of Object.entries(value)) {
      if (!isStorable(key)) return storable;
      open.push({ value: inner, depth: depth + 1 });
    }
  }
  return undefined;
};

/** Any JSON object. */
export const metadata = z
  .custom<Metadata>()
  .superRefine((value: unknown, context) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const fault = isObject ? metadataFault(value) : 'must be an object';
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .meta({ type: 'object', additionalProperties: true });

/** A whole number. Unlike `z.int`, a fault of it does not keep the checks between fields from running. */
export const whole = z
  .number('must be a whole number')
  .refine(Number.isSafeInteger, 'must be a whole number')
  .meta({ type: 'integer' });

/** A whole number of a query, where every value is text. */
export const wholeNumber = (least: number, most: number) => {
  const limits = `must be ${least} to ${most}`;
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z
      .int({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a whole number') })
      .min(least, limits)
      .max(most, limits),
  );
};

/** Yes or no in a query, where every value is text. */
export const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean('must be true or false'),
);

const amountPattern = /^\d{1,15}(\.\d{1,4})?$/;

/** Whether a value is an amount as it is sent. */
export const isAmountText = (value: unknown): value is string => typeof value === 'string' && amountPattern.test(value);

/** An amount as it is sent: at most 15 digits and 4 decimals. Never a float. */
export const amountText = z
  // A number is what clients of the former service sent.
  .string({
    error: ({ input }) =>
      typeof input === 'number' ? 'must be a decimal string like "12.50", not a number' : undefined,
  })
  .regex(amountPattern, 'must be a decimal string like "12.50", at most 15 digits and 4 decimals');

// What Postgres and a four-digit year can hold, with room for the periods that are added.
/** The first moment that can be stored; milliseconds since 1970. */
export const earliestTime = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.parse('9900-01-01T00:00:00Z');

/** Whether a time is one that can be stored. */
export const isStorableTime = (text: string): boolean => {
  const time = Date.parse(text);
  return time >= earliestTime && time <= latest;
};

/** RFC 3339, as another service reports it: whether it is possible, the rules say; one that cannot be stored is kept as text. */
export const reportedTime = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time' })
  .transform((text) => (isStorableTime(text) ? new Date(text).toISOString() : text));

/** An address of the web. */
export const webAddress = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(2_048, tooLong(2_048))
  .refine(isStorable, storable)
  .refine((value) => !controls.test(value), controlled);

/** RFC 3339. */
export const timestamp = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time' })
  .refine(isStorableTime, 'must be an RFC 3339 time')
  .transform((text) => new Date(text).toISOString());
