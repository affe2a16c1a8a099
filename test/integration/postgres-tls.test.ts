import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { asLibpqReads } from '../../persistence/tls.js';
import { startThrowawayPostgres, type ThrowawayPostgres } from '../../scripts/throwaway-postgres.js';
import { eventually } from '../support/outcomes.js';

describe('sslmode of the connection string', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-postgres-tls-'));
  const file = (name: string): string => join(folder, name);
  let postgres: ThrowawayPostgres;

  const dsnOf = (mode: string, rootCertificate?: string): string => {
    const url = new URL(postgres.dsn);
    url.searchParams.set('sslmode', mode);
    if (rootCertificate !== undefined) url.searchParams.set('sslrootcert', rootCertificate);
    return url.href;
  };

  /** Whether a connection is encrypted; the message of the error where there is none. */
  const connected = async (dsn: string): Promise<boolean | string> => {
    const client = new Client({ connectionString: await asLibpqReads(dsn) });
    try {
      await client.connect();
      const { rows } = await client.query<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
      return rows[0]?.ssl === true;
    } catch (error) {
      return (error as Error).message;
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
  });
  afterAll(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true });
  });

  it('without TLS at the server: prefer and allow fall back, require does not', async () => {
    expect(await connected(postgres.dsn)).toBe(false);
    for (const mode of ['disable', 'allow', 'prefer'])
      expect([mode, await connected(dsnOf(mode))]).toStrictEqual([mode, false]);
    expect(await connected(dsnOf('require'))).toMatch(/does not support SSL/);
  });

  it('with TLS at the server: each mode checks what libpq checks', async () => {
    const subject = ['-subj', '/CN=db.example.com', '-addext', 'subjectAltName=DNS:db.example.com'];
    const output = ['-keyout', file('key.pem'), '-out', file('cert.pem'), '-days', '2'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...output], {
      stdio: 'ignore',
    });
    const url = new URL(postgres.dsn);
    url.username = 'postgres';
    const admin = new Client({ connectionString: url.href });
    await admin.connect();
    for (const [name, target] of [
      ['key.pem', 'server.key'],
      ['cert.pem', 'server.crt'],
    ] as const)
      // By the server itself, since only its user may be able to read the key.
      await admin.query(
        `copy (select '${readFileSync(file(name)).toString('base64')}') to program 'umask 077; base64 -d > ${target}'`,
      );
    await admin.query('alter system set ssl = on');
    await admin.query('select pg_reload_conf()');
    await admin.end();
    await eventually(
      () => connected(dsnOf('require')),
      (encrypted) => encrypted === true,
    );

    const trusted = file('cert.pem');
    expect(await connected(dsnOf('disable'))).toBe(false);
    expect(await connected(dsnOf('prefer'))).toBe(true);
    expect(await connected(dsnOf('require'))).toBe(true);
    expect(await connected(dsnOf('verify-ca', trusted))).toBe(true);
    expect(await connected(dsnOf('verify-full'))).toMatch(/self-signed certificate/);
    expect(await connected(dsnOf('verify-full', trusted))).toMatch(/does not match certificate/);
  });
});
