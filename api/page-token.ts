import { z } from 'zod';
import { isStorableTime } from './schemas/text.js';

/** `<order id>:<version>:<operation>:<n>` */
export const effectKeyPattern = /^[0-9a-f-]{36}:\d{1,10}:[a-z.]{1,40}:\d{1,5}$/;

/** Opaque to clients: where the next page begins. */
export const pageToken = (position: object): string => Buffer.from(JSON.stringify(position)).toString('base64url');

const decoded = <S extends z.ZodType>(schema: S, token: string): z.output<S> | undefined => {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const result = schema.safeParse(content);
  return result.success ? result.data : undefined;
};

/** Kept as it was given: it is finer than a JavaScript date. No finer than Postgres, which refuses what is much longer. */
const moment = z.iso.datetime().max('2026-03-15T12:34:56.789012Z'.length).refine(isStorableTime);

const listPosition = z.strictObject({ created_at: moment, id: z.guid() });
const historyPosition = z.strictObject({ version: z.int32().min(0), position: z.int32().min(0) });

const ledgerPosition = z.strictObject({
  rank: z.int32().min(0),
  queued_at: moment,
  key: z.string().regex(effectKeyPattern),
});
const deadLetterPosition = z.strictObject({ received_at: moment, id: z.guid() });

/** Reads a token of ListOrders; undefined when it is not one. */
export const readListToken = (token: string): z.output<typeof listPosition> | undefined => decoded(listPosition, token);

/** Reads a token of a history; undefined when it is not one. */
export const readHistoryToken = (token: string): z.output<typeof historyPosition> | undefined =>
  decoded(historyPosition, token);

/** Reads a token of the effects ledger; undefined when it is not one. */
export const readLedgerToken = (token: string): z.output<typeof ledgerPosition> | undefined =>
  decoded(ledgerPosition, token);

/** Reads a token of the dead letters; undefined when it is not one. */
export const readDeadLetterToken = (token: string): z.output<typeof deadLetterPosition> | undefined =>
  decoded(deadLetterPosition, token);
