import { types } from 'node:util';

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
