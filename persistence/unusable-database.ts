import { types } from 'node:util';
import type { Pool } from 'pg';

/** SQLSTATE classes: the role or its password are refused, the database does not exist. */
const refused = /^(28|3D)/;
const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Why a connection string leads to no database, in a sentence for people; undefined for errors of another kind. */
export const whyUnusable = (error: unknown): string | undefined => {
  if (!types.isNativeError(error)) return undefined;
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string' || !(refused.test(code) || unreachable.has(code))) return undefined;
  // An attempt at several addresses of one name has no message of its own.
  const reason = error.message === '' ? code : error.message;
  return `The database cannot be used: ${reason}. Check ORDER_DATABASE_DSN, and ORDER_MIGRATION_DSN where it is set.`;
};

/** An empty table that is there from the beginning of an import to its end, and so after one that was interrupted. */
export const unfinishedImport = 'unfinished_import';

/** Whether an import from the former service has begun and not ended. */
export const hasUnfinishedImport = async (pool: Pool): Promise<boolean> => {
  const { rows } = await pool.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    unfinishedImport,
  ]);
  return rows[0]?.found === true;
};
