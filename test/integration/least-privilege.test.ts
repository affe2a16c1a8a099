import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { migrate } from '../../persistence/migrate.js';
import { turnLocks } from '../../persistence/journal-reader.js';
import { projectRoot } from '../../scripts/paths.js';
import { startThrowawayPostgres, type ThrowawayPostgres } from '../../scripts/throwaway-postgres.js';
import { eventually } from '../support/outcomes.js';
import { itUnless } from '../support/skip.js';
import { sharedStack } from '../support/stack.js';

const stack = sharedStack();
const serviceDsn = stack.env['ORDER_DATABASE_DSN'] ?? '';

/** The SQLSTATE of a statement that the database refuses. */
const refusalOf = async (client: Client, statement: string): Promise<string> => {
  try {
    await client.query(statement);
    return 'done';
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
};

const denied = '42501';
const wrongPassword = '28P01';

describe('the database role of the service', () => {
  let client: Client;
  beforeAll(async () => {
    client = new Client({ connectionString: serviceDsn });
    await client.connect();
  });
  afterAll(() => client.end());

  it.each([
    `update order_events set data = '{}' where false`,
    `update order_events set version = 2 where false`,
    `update order_events set hash = '', sealed_at = now() where false`,
    'update order_journal_seal set complete = false where false',
    'delete from order_events where false',
    'truncate order_events',
    'delete from orders where false',
    'delete from order_receipts where false',
    `update order_creations set request_hash = '' where false`,
    'create table of_my_own ()',
    'alter table order_events disable trigger all',
    'drop table order_events',
    `insert into schema_migrations (name, run_on) values ('x', now())`,
    'create role somebody',
  ])('may not: %s', async (statement) => {
    expect(await refusalOf(client, statement)).toBe(denied);
  });

  it.each([
    'update order_events set personal = null, personal_salt = null where false',
    'delete from waiting_events where false',
    `select make_number_sequence('test_least_privilege'); select nextval('test_least_privilege')`,
  ])('may: %s', async (statement) => {
    expect(await refusalOf(client, statement)).toBe('done');
  });

  it('has another password than the owner and the superuser', async () => {
    for (const user of ['postgres', 'orders']) {
      const url = new URL(serviceDsn);
      url.username = user;
      const other = new Client({ connectionString: url.href });
      await expect(other.connect()).rejects.toMatchObject({ code: wrongPassword });
    }
    const url = new URL(stack.databaseDsn);
    url.username = 'postgres';
    const admin = new Client({ connectionString: url.href });
    await expect(admin.connect()).rejects.toMatchObject({ code: wrongPassword });
  });
});

describe('a database whose migrations run as another role', () => {
  let postgres: ThrowawayPostgres;
  const root = projectRoot;
  const log = (): void => undefined;
  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
  });
  afterAll(() => postgres.stop());

  it('first served by its owner, then by a role of its own, which needs the owner for new migrations only', async () => {
    const { dsn } = postgres;
    const alone = { dsn: postgres.serviceDsn, serviceDsn: postgres.serviceDsn, root, direction: 'up', log } as const;
    await migrate({ dsn, serviceDsn: dsn, root, direction: 'up', log });
    await expect(migrate(alone)).rejects.toThrow();
    await migrate({ dsn, serviceDsn: postgres.serviceDsn, root, direction: 'up', log });
    expect(await migrate(alone)).toStrictEqual([]);
  });

  it('grants after a replica that empties its index, since Postgres refuses a grant beside it', async () => {
    const { dsn, serviceDsn: ofService } = postgres;
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted`;
    const replica = new Client({ connectionString: ofService });
    await replica.connect();
    try {
      for (const [lock, table] of [
        [turnLocks.search, 'order_search'],
        [turnLocks.insights, 'order_insights_product_names'],
      ] as const) {
        await replica.query('begin');
        const { rows } = await replica.query('select pg_try_advisory_xact_lock($1) as taken', [lock]);
        expect(rows).toStrictEqual([{ taken: true }]);
        await replica.query(`truncate ${table}`);
        const migrated = migrate({ dsn, serviceDsn: ofService, root, direction: 'up', log });
        await eventually(
          async () => (await replica.query(waiting)).rowCount,
          (count) => count === 1,
        );
        await replica.query('commit');
        expect(await migrated).toStrictEqual([]);
      }
    } finally {
      await replica.end();
    }
  });
});

describe('the Redis user of the service and the sidecars', () => {
  it('has the commands that are used, and no others', async () => {
    const [host, port] = stack.redis.address.split(':');
    const redis = new Redis({ host: host ?? '', port: Number(port), password: stack.redis.password ?? '' });
    try {
      for (const [command, ...args] of [
        ['flushall'],
        ['flushdb'],
        ['config', 'get', '*'],
        ['keys', '*'],
        ['shutdown'],
        ['acl', 'list'],
        ['replicaof', 'no', 'one'],
        ['module', 'list'],
      ] as const)
        await expect(redis.call(command, ...args)).rejects.toThrow(/NOPERM/);
      expect(await redis.ping()).toBe('PONG');
    } finally {
      redis.disconnect();
    }
  });
});

describe('the processes of a stack', () => {
  const processes = (): readonly { readonly pid: number; readonly name: string }[] =>
    JSON.parse(readFileSync(join(stack.dataDir, 'run', 'processes.json'), 'utf8')) as { pid: number; name: string }[];
  const variablesOf = (pid: number): ReadonlySet<string> => {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return new Set(environment.map((line) => line.split('=')[0] ?? ''));
  };
  const ofTheService = ['ORDER_SECRET', 'ORDER_DATABASE_DSN', 'ORDER_MIGRATION_DSN'];
  const withheld: Readonly<Record<string, readonly string[]>> = {
    'checkout-service': [...ofTheService, 'APP_API_TOKEN', 'ORDER_REDIS_PASSWORD'],
    'checkout-service sidecar': [...ofTheService, 'APP_API_TOKEN'],
    'order-service 1 sidecar': ofTheService,
  };

  itUnless(process.platform === 'linux' ? false : 'reads /proc')('have the secrets that they need alone', () => {
    for (const [name, secrets] of Object.entries(withheld)) {
      const found = processes().find((one) => one.name === name);
      expect([name, found?.pid]).toStrictEqual([name, expect.any(Number)]);
      const variables = variablesOf(found?.pid ?? 0);
      expect([name, secrets.filter((secret) => variables.has(secret))]).toStrictEqual([name, []]);
      expect(variables).toContain('DAPR_API_TOKEN');
    }
  });

  it('write where only their user can read', () => {
    for (const folder of ['logs', 'redis', 'runtime', 'sandbox'])
      expect([folder, statSync(join(stack.dataDir, folder)).mode & 0o077]).toStrictEqual([folder, 0]);
    expect(statSync(join(stack.dataDir, 'secrets.json')).mode & 0o077).toBe(0);
  });
});
