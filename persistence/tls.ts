import { types } from 'node:util';
import { Client } from 'pg';

const modePattern = /([?&]sslmode=)([^&#]*)/;

/** `pg` by itself takes `require` and `verify-ca` for `verify-full`. */
const compatible = (dsn: string): string => dsn.replace(modePattern, '$1$2&uselibpqcompat=true');

const withMode = (dsn: string, mode: string): string => dsn.replace(modePattern, `$1${mode}`);

/** The error of an attempt to connect, undefined where it succeeds. */
const attempt = async (connectionString: string): Promise<unknown> => {
  const client = new Client({ connectionString, application_name: 'order-service' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    // Where it never connected, there is nothing to end; the error of the attempt is what counts.
    await client.end().catch(() => undefined);
  }
};

const saysNoTls = (error: unknown): boolean =>
  types.isNativeError(error) && error.message.includes('does not support SSL');

/** SQLSTATE of a server that refuses a connection by its pg_hba.conf, e.g. one without TLS. */
const demandsTls = (error: unknown): boolean =>
  types.isNativeError(error) && (error as { readonly code?: unknown }).code === '28000';

/**
 * A connection string for `pg` that treats `sslmode` as libpq does (PostgreSQL documentation, SSL Support): `require` encrypts
 * without looking at the certificate, `verify-ca` does not compare the host name, `prefer` and `allow` fall back to the
 * other way. For these two the server is asked.
 *
 * @param dsn a postgres:// URL
 */
export const asLibpqReads = async (dsn: string): Promise<string> => {
  const mode = modePattern.exec(dsn)?.[2];
  if (mode === undefined || mode === 'disable' || dsn.includes('uselibpqcompat=')) return dsn;
  const [plain, encrypted] = [withMode(dsn, 'disable'), compatible(withMode(dsn, 'require'))];
  if (mode === 'prefer') return saysNoTls(await attempt(encrypted)) ? plain : encrypted;
  if (mode === 'allow') return demandsTls(await attempt(plain)) ? encrypted : plain;
  return compatible(dsn);
};
