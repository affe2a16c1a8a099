import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { migrate, migrationStatus } from '../../persistence/migrate.js';
import { projectRoot } from '../../scripts/paths.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const run = promisify(execFile);
const script = (name: string): string => path.resolve(__dirname, '../../scripts', `${name}.js`);

describe('migrations', () => {
  let databases: TestDatabases;
  let dsn: string;
  beforeAll(async () => {
    databases = await startTestDatabases();
    dsn = await databases.create();
  });
  afterAll(() => databases.stop());

  const go = (direction: 'up' | 'down') => migrate({ dsn, root: projectRoot, direction, log: () => undefined });
  const status = async (): Promise<[string, boolean][]> =>
    (await migrationStatus({ dsn, root: projectRoot })).map(({ name, appliedAt }) => [name, appliedAt !== undefined]);
  const tables = async (): Promise<number> => {
    const client = new Client({ connectionString: dsn });
    await client.connect();
    try {
      const { rowCount } = await client.query(
        `select from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations'`,
      );
      return rowCount ?? 0;
    } finally {
      await client.end();
    }
  };

  it('go down to nothing and up again, by one of several replicas that start together', async () => {
    const all = await status();
    expect(all.length).toBeGreaterThan(0);
    expect(all.every(([, applied]) => applied)).toBe(true);
    for (let left = all.length; left > 0; left -= 1) expect(await go('down')).toHaveLength(1);
    expect(await tables()).toBe(0);
    expect((await status()).every(([, applied]) => !applied)).toBe(true);
    const runs = await Promise.all([go('up'), go('up'), go('up')]);
    expect(runs.flat()).toStrictEqual(all.map(([name]) => name));
    expect(await status()).toStrictEqual(all);
    expect(await go('up')).toStrictEqual([]);
  });

  it('are run by hand too', async () => {
    const env = { ...process.env, ORDER_DATABASE_DSN: dsn };
    expect((await run(process.execPath, [script('migrate'), 'up'], { env })).stdout).toMatch(/nothing to do/);
    expect((await run(process.execPath, [script('migrate'), 'status'], { env })).stdout).toMatch(
      /^000001_orders {2}20/m,
    );
    await expect(run(process.execPath, [script('migrate')], { env })).rejects.toThrow(/usage: migrate up/);
  });

  it('and the service say in a sentence why a database cannot be used', async () => {
    const elsewhere = (change: (url: URL) => void): string => {
      const url = new URL(dsn);
      change(url);
      return url.href;
    };
    const required = { ORDER_SECRET: 'x'.repeat(32), APP_API_TOKEN: 'x'.repeat(16), ORDER_REDIS_ADDR: '127.0.0.1:1' };
    const main = path.resolve(__dirname, '../../main.js');
    for (const [wrong, reason] of [
      [elsewhere((url) => (url.password = 'wrong')), /password authentication failed/],
      [elsewhere((url) => (url.pathname = '/nothing')), /database "nothing" does not exist/],
    ] as const)
      for (const program of [[script('migrate'), 'up'], [script('verify-journal')], [main]]) {
        const env = { ...process.env, ...required, ORDER_DATABASE_DSN: wrong };
        const failed = await run(process.execPath, program, { env }).then(
          () => ({ code: 0, stderr: '' }),
          (error: unknown) => error as { readonly code: number; readonly stderr: string },
        );
        expect(failed.code).toBeGreaterThan(0);
        expect(failed.stderr).toMatch(/The database cannot be used/);
        expect(failed.stderr).toMatch(reason);
        expect(failed.stderr.trim().split('\n')).toHaveLength(1);
      }
  });

  it('make the schema that persistence/schema.sql shows', async () => {
    await run(process.execPath, [script('schema'), '--check']);
  });
});
