import { z } from 'zod';
import type { Metadata } from '../../actors/rules/order.js';

const deepest = 32;

/** Text that Postgres and UTF-8 can hold: no NUL, no half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

/** Non-empty text of at most so many characters. */
export const text = (most: number): z.ZodString =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .refine(isStorable, 'has characters that cannot be stored');

/** Text that may be empty. */
export const note = (most: number): z.ZodString =>
  z
    .string()
    .max(most, `must have at most ${most} characters`)
    .refine(isStorable, 'has characters that cannot be stored');

/** An id of another service. */
export const foreignId = text(255);

/** One of our UUIDs. */
export const uuid = z.uuid('must be a UUID').toLowerCase();

export const email = z.email('must be an email address').max(320, 'must have at most 320 characters');

const countries = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** ISO 3166-1 alpha-2. */
export const country = z
  .string()
  .refine((code) => /^[A-Z]{2}$/.test(code) && countries.of(code) !== undefined, 'must be ISO 3166-1 alpha-2');

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));

/** Iterative, so that no nesting can exhaust the stack. */
const metadataFault = (metadata: object): string | undefined => {
  const open: { value: unknown; depth: number }[] = [{ value: metadata, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value === 'number' && !isExact(value)) return 'has numbers that cannot be kept exactly';
    if (typeof value === 'string' && !isStorable(value)) return 'has characters that cannot be stored';
    if (typeof value !== 'object' || value === null) continue;
    if (depth > deepest) return `must not be nested deeper than ${deepest}`;
    for (const [key, inner] of Object.entries(value)) {
      if (!isStorable(key)) return 'has characters that cannot be stored';
      open.push({ value: inner, depth: depth + 1 });
    }
  }
  return undefined;
};

/** Any JSON object. */
export const metadata = z.custom<Metadata>().superRefine((value: unknown, context) => {
  const fault =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? metadataFault(value) : 'must be an object';
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

/** A whole number of a query, where every value is text. */
export const wholeNumber = (least: number, most: number) => {
  const limits = `must be ${least} to ${most}`;
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int('must be a whole number').min(least, limits).max(most, limits),
  );
};

/** An amount as it is sent: at most 15 digits and 4 decimals (SPEC section 1). Never a float. */
export const amountText = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,4})?$/, 'must be a decimal string like "12.50", at most 15 digits and 4 decimals');

// What Postgres and a four-digit year can hold, with room for the periods that are added.
/** The first moment that can be stored; milliseconds since 1970. */
export const earliestTime = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.parse('9900-01-01T00:00:00Z');

/** Whether a time is one that can be stored. */
export const isStorableTime = (text: string): boolean => {
  const time = Date.parse(text);
  return time >= earliestTime && time <= latest;
};

/** RFC 3339. */
export const timestamp = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time' })
  .refine(isStorableTime, 'must be an RFC 3339 time')
  .transform((text) => new Date(text).toISOString());
