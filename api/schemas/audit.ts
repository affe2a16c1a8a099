import { z } from 'zod';
import { actor, count, positive, utc } from './order.js';
import { nextPage, traceId } from './responses.js';
import { timestamp, wholeNumber } from './text.js';

/** Any version may be asked for: one that does not exist is not found. */
const version = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** Which moment of an order is asked for; none: the present. */
export const momentQuery = z
  .strictObject({
    version: version.optional().describe('The order as it was at this version; not together with `at`.'),
    at: timestamp.optional().describe('The order as it was at this time. RFC 3339.'),
  })
  .refine(({ version: wanted, at }) => wanted === undefined || at === undefined, {
    path: ['at'],
    message: 'must not be combined with version',
  });

/** Two versions of an order. */
export const diffQuery = z
  .strictObject({
    from: version.describe('The earlier version.'),
    to: version.describe('The later version; not below `from`.'),
  })
  .refine(({ from, to }) => from <= to, {
    path: ['from'],
    message: 'must not be above to',
  });

/** One leaf in which two versions differ. */
export const orderChange = z
  .strictObject({
    path: z.string().describe('Path of the leaf, such as `items.2.cancelled_quantity`; members of lists by their id.'),
    old: z.unknown().describe('JSON value before, or null.'),
    new: z.unknown().describe('JSON value after, or null.'),
  })
  .describe('One leaf that differs.');

/** GetOrderDiff. */
export const orderDiff = z
  .strictObject({
    changes: z.array(orderChange).describe('In the order of the document; none where the versions are equal.'),
  })
  .describe('What differs between two versions of an order.');

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** One entry of the journal. */
export const journalEntry = z
  .strictObject({
    version: positive.describe('The version that it made.'),
    type: z.string().describe('Type of the event that was published for the entry.'),
    data: z.record(z.string(), z.unknown()).describe('What happened, personal data included.'),
    by: actor.describe('Who did it.'),
    channel: z.string().describe('How it came: `rest`, `grpc`, `invoke`, `event`, `worker` or `deadline`.'),
    trace_id: traceId.optional().describe('The trace it belongs to; absent where there was none.'),
    at: utc.describe('When. RFC 3339 UTC.'),
    hash: hash
      .optional()
      .describe(
        'HMAC-SHA256 over the entry and the hash before it, which the entry’s event carries too; absent in ' +
          'entries of earlier releases that are not sealed.',
      ),
  })
  .describe('One entry of an order’s journal.');

/** ListOrderEntries. */
export const journalPage = z.strictObject({ entries: z.array(journalEntry).describe('Oldest first.'), ...nextPage });

/** VerifyOrder. */
export const verification = z
  .strictObject({
    verified: z.boolean().describe('Whether all of it is as it was written.'),
    entries: count.describe('How many entries the journal has.'),
    head: hash.optional().describe('Hash of the newest entry: compare it with the newest event that you have.'),
    first_bad_version: positive
      .optional()
      .describe('The first version that is missing or wrong; absent where only the stored order differs.'),
    why: z.string().optional().describe('What is wrong.'),
    sealed_at: utc.optional().describe('When entries of an earlier release got their hashes. RFC 3339 UTC.'),
  })
  .describe('What the verification of a journal found.');
