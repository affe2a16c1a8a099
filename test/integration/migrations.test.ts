import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
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
  before(async () => {
    databases = await startTestDatabases();
    dsn = await databases.create();
  });
  after(() => databases.stop());

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
    assert.ok(all.length > 0 && all.every(([, applied]) => applied));
    for (let left = all.length; left > 0; left -= 1) assert.equal((await go('down')).length, 1);
    assert.equal(await tables(), 0);
    assert.ok((await status()).every(([, applied]) => !applied));
    const runs = await Promise.all([go('up'), go('up'), go('up')]);
    assert.deepEqual(
      runs.flat(),
      all.map(([name]) => name),
    );
    assert.deepEqual(await status(), all);
    assert.deepEqual(await go('up'), []);
  });

  it('are run by hand too', async () => {
    const env = { ...process.env, ORDER_DATABASE_DSN: dsn };
    assert.match((await run(process.execPath, [script('migrate'), 'up'], { env })).stdout, /nothing to do/);
    assert.match((await run(process.execPath, [script('migrate'), 'status'], { env })).stdout, /^000001_orders {2}20/m);
    await assert.rejects(run(process.execPath, [script('migrate')], { env }), /usage: migrate up/);
  });

  it('make the schema that persistence/schema.sql shows', async () => {
    await run(process.execPath, [script('schema'), '--check']);
  });
});
