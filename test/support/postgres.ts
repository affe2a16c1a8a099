import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../../persistence/migrate.js';
import { projectRoot } from '../../scripts/paths.js';
import { startThrowawayPostgres } from '../../scripts/throwaway-postgres.js';
import { sharedStack } from './stack.js';

/** Databases of this test file's own. */
export interface TestDatabases {
  /** Makes a database with the schema in it, as `migrate up` leaves it. Answers its connection string. */
  create(): Promise<string>;
  /** Removes them all. */
  stop(): Promise<void>;
}

const execute = async (dsn: string, ...statements: readonly string[]): Promise<void> => {
  const client = new Client({ connectionString: dsn });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
};

const database = (dsn: string, name: string): string => {
  const url = new URL(dsn);
  url.pathname = `/${name}`;
  return url.href;
};

/**
 * Databases on the Postgres of the stack that `npm test` shares; without one, on a throwaway Postgres. One
 * is migrated and the others are copied from it.
 */
export const startTestDatabases = async (): Promise<TestDatabases> => {
  const server =
    process.env['ORDER_TEST_STACK'] === undefined
      ? await startThrowawayPostgres()
      : { dsn: sharedStack().databaseDsn, stop: async () => undefined };
  // A file whose clean-up fails must not make the next one fail.
  const template = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const made = [template];
  await execute(server.dsn, `create database ${template}`);
  await migrate({ dsn: database(server.dsn, template), root: projectRoot, direction: 'up', log: () => undefined });
  return {
    create: async () => {
      const name = `${template}_${made.length}`;
      made.push(name);
      await execute(server.dsn, `create database ${name} template ${template}`);
      return database(server.dsn, name);
    },
    stop: async () => {
      // Not by force: an autovacuum of the server's own may be at work there, which only a plain drop may send away.
      await execute(server.dsn, ...made.map((name) => `drop database ${name}`));
      await server.stop();
    },
  };
};
