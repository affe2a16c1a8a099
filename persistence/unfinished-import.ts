import type { Pool } from 'pg';

/** An empty table that is there from the beginning of an import to its end, and so after one that was interrupted. */
export const unfinishedImport = 'unfinished_import';

/** Whether an import from the former service has begun and not ended. */
export const hasUnfinishedImport = async (pool: Pool): Promise<boolean> => {
  const { rows } = await pool.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    unfinishedImport,
  ]);
  return rows[0]?.found === true;
};
