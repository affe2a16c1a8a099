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

  it('make the schema that persistence/schema.sql shows', async () => {
    await run(process.execPath, [script('schema'), '--check']);
  });
});
