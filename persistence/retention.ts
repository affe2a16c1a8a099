import type { Pool } from 'pg';
import { deleteOldEffects } from './sql/effects.js';

/** Forgets what has been settled for long (docs/architecture.md). Journal, receipts and creations are for ever. */
export interface Retention {
  /** Deletes at most `limit` effects and as many dead letters that were settled before `before`. Answers how many. */
  deleteSettled(before: Date, limit: number): Promise<number>;
}

const deleteOldDeadLetters = `
delete from dead_letters
where id in (
  select id from dead_letters
  where received_at < $1::timestamptz and settled_at < $1::timestamptz and state <> 'open'
  limit $2
  for update skip locked
)`;

/** The least UUIDv7 of a moment: every id made before it is smaller. */
const leastUuidAt = (moment: Date): string => {
  const hex = moment.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
};

/** Retention in Postgres. */
export const createRetention = (pool: Pool): Retention => ({
  deleteSettled: async (before, limit) => {
    const effects = await pool.query(deleteOldEffects, [leastUuidAt(before), before, limit]);
    const letters = await pool.query(deleteOldDeadLetters, [before, limit]);
    return (effects.rowCount ?? 0) + (letters.rowCount ?? 0);
  },
});
