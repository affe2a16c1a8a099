import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../persistence/migrate.js';
import { startGuard } from '../../scripts/guard.js';
import { projectRoot } from '../../scripts/paths.js';
import { startPostgres } from '../../scripts/postgres.js';
import { takeDataFolder } from '../../scripts/run-records.js';

/** A throwaway Postgres of this test process. */
export interface TestPostgres {
  /** Makes a database with the schema in it, as `migrate up` leaves it. Answers its connection string. */
  newDatabase(): Promise<string>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

const template = 'template_orders';

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const execute = async (dsn: string, statement: string): Promise<void> => {
  const client = new Client({ connectionString: dsn });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};

const database = (dsn: string, name: string): string => {
  const url = new URL(dsn);
  url.pathname = `/${name}`;
  return url.href;
};

/** Starts a Postgres in a temporary folder and migrates a database that the others are copied from. */
export const startTestPostgres = async (): Promise<TestPostgres> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'order-service-postgres-'));
  const guard = startGuard(dataDir, true);
  const records = await takeDataFolder(dataDir, () => undefined);
  const postgres = await startPostgres({
    dataDir,
    logFile: path.join(dataDir, 'postgres.log'),
    port: await freePort(),
    password: 'test',
    context: { records, onUnexpectedEnd: ({ name, logFile }) => console.error(`${name} ended, see ${logFile}`) },
  });
  await execute(postgres.dsn, `create database ${template}`);
  await migrate({ dsn: database(postgres.dsn, template), root: projectRoot, direction: 'up', log: () => undefined });
  let made = 0;
  return {
    newDatabase: async () => {
      made += 1;
      const name = `orders_${made}`;
      await execute(postgres.dsn, `create database ${name} template ${template}`);
      return database(postgres.dsn, name);
    },
    stop: async () => {
      await postgres.handle.stop();
      records.release();
      await guard.dismiss();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
