import { z } from 'zod';
import { actor, count, nextPage, positive, utc } from './responses.js';
import { timestamp, wholeNumber } from './text.js';

/** Any version may be asked for: one that does not exist is not found. */
const version = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** Which moment of an order is asked for; none: the present. */
export const momentQuery = z
  .strictObject({ version: version.optional(), at: timestamp.optional() })
  .refine(({ version: wanted, at }) => wanted === undefined || at === undefined, {
    path: ['at'],
    message: 'must not be combined with version',
  });

/** Two versions of an order. */
export const diffQuery = z.strictObject({ from: version, to: version }).refine(({ from, to }) => from <= to, {
  path: ['from'],
  message: 'must not be above to',
});

/** One leaf in which two versions differ. */
export const orderChange = z.strictObject({ path: z.string(), old: z.unknown(), new: z.unknown() });

/** GetOrderDiff. */
export const orderDiff = z.strictObject({ changes: z.array(orderChange) });

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** One entry of the journal. */
export const journalEntry = z.strictObject({
  version: positive,
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
  by: actor,
  channel: z.string(),
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  at: utc,
  hash: hash.optional(),
});

/** ListOrderEntries. */
export const journalPage = z.strictObject({ entries: z.array(journalEntry), ...nextPage });

/** VerifyOrder. */
export const verification = z.strictObject({
  verified: z.boolean(),
  entries: count,
  head: hash.optional(),
  first_bad_version: positive.optional(),
  why: z.string().optional(),
  sealed_at: utc.optional(),
});
