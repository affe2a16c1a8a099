import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { grantToService } from './privileges.js';
import { findSchemaPlace } from './schema-place.js';
import { asLibpqReads } from './tls.js';

/** Which database, and where the project lies: migrations are plain SQL files, not compiled ones. */
export interface MigrationPlace {
  readonly dsn: string;
  /** The project's root folder, the one with package.json. */
  readonly root: string;
}

/** What is to be done to the schema. */
export interface MigrationRun extends MigrationPlace {
  /** `down` is for development: it takes the newest migration back, and its data with it. */
  readonly direction: 'up' | 'down';
  /** Of the service, where its role is another than the one that migrates: that role gets its rights. */
  readonly serviceDsn?: string | undefined;
  /** Receives what is done, one line at a time. */
  readonly log: (line: string) => void;
}

/** A migration, and when it was applied (RFC 3339 UTC); undefined: not yet. */
export interface MigrationState {
  readonly name: string;
  readonly appliedAt: string | undefined;
}

const table = 'schema_migrations';
/** Any number that nothing else here locks. */
const advisoryLock = 8_004_002;
/** How long a start waits for another replica that migrates. */
const turnTimeout = '120s';
/** How long one step waits for a table: behind a waiting `alter table` every other statement queues. */
const stepTimeout = '5s';

const folderOf = (root: string): string => path.join(root, 'persistence', 'migrations');

const filesOf = async (root: string): Promise<readonly string[]> =>
  (await readdir(folderOf(root))).filter((name) => name.endsWith('.sql')).sort();

const withClient = async <T>(dsn: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: dsn, application_name: 'order-service migrate' });
  // A connection that breaks fails the statement in hand too; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** What `migrate up` says of a database that holds the former service's tables. */
const besideOldTables = (schema: string): string =>
  `the former service's tables stay as they are; this service's are in the schema ${schema}. ` +
  '`npm run import -- --from DSN` takes the orders over (docs/migration.md).';

/** Made by hand it needs no right to make one; `create schema if not exists` would ask for it all the same. */
const demandSchema = async (client: Client, schema: string): Promise<void> => {
  const { rows } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  if (rows.length === 0) await client.query(`create schema ${schema}`);
};

/** The migrations that are missing, for a role that does not own the tables; undefined for one that may migrate. */
const missingForReader = async (client: Client, root: string): Promise<readonly string[] | undefined> => {
  const found = await client.query<{ owns: boolean }>(
    "select pg_has_role(relowner, 'usage') as owns from pg_class where oid = to_regclass($1)",
    [table],
  );
  if (found.rows[0]?.owns !== false) return undefined;
  const { rows } = await client.query<{ name: string }>(`select name from ${table}`);
  const applied = new Set(rows.map(({ name }) => name));
  return (await filesOf(root)).map((file) => path.basename(file, '.sql')).filter((name) => !applied.has(name));
};

const roleOf = async (dsn: string): Promise<string> =>
  withClient(await asLibpqReads(dsn), async (client) => {
    const { rows } = await client.query<{ role: string }>('select current_user as role');
    return rows[0]?.role ?? '';
  });

/**
 * Applies all migrations that are missing, or takes the newest one back; all or nothing. Replicas that start together
 * take turns. In a database that holds the former service's tables, ours have a schema of their own.
 *
 * @returns the names of the migrations that were run
 * @throws when a file of the folder stands before one that was applied already, or a statement fails
 */
export const migrate = async ({ dsn, serviceDsn, root, direction, log }: MigrationRun): Promise<readonly string[]> => {
  const place = await findSchemaPlace(dsn);
  return withClient(place.dsn, async (client) => {
    await client.query(`set lock_timeout = '${turnTimeout}'`);
    // The runner notes the time without a zone.
    await client.query("set timezone = 'UTC'");
    const missing = direction === 'up' ? await missingForReader(client, root) : undefined;
    if (missing?.length === 0) return [];
    if (missing !== undefined)
      throw new Error(
        `migrations are missing, and this role does not own the tables: ${missing.join(', ')}. ` +
          'Run `npm run migrate -- up` as the owner, or set ORDER_MIGRATION_DSN.',
      );
    // Held until the connection ends, so that a killed process does not keep it.
    await client.query('select pg_advisory_lock($1)', [advisoryLock]);
    await client.query(`set lock_timeout = '${stepTimeout}'`);
    if (place.schema !== undefined) await demandSchema(client, place.schema);
    const run = await runner({
      dbClient: client,
      ...(place.schema === undefined ? {} : { schema: place.schema }),
      dir: folderOf(root),
      ignorePattern: '(?!.*\\.sql$).*',
      migrationsTable: table,
      direction,
      ...(direction === 'down' ? { count: 1 } : {}),
      checkOrder: true,
      singleTransaction: true,
      noLock: true,
      logger: { debug: () => undefined, info: () => undefined, warn: log, error: log },
    });
    for (const { name } of run) log(`${name}: ${direction === 'up' ? 'applied' : 'taken back'}`);
    if (direction === 'up' && serviceDsn !== undefined) await grantToService(client, await roleOf(serviceDsn));
    if (place.besideOld && place.schema !== undefined && direction === 'up') log(besideOldTables(place.schema));
    return run.map(({ name }) => name);
  });
};

/** Every migration that the folder or the database knows, oldest first. */
export const migrationStatus = async ({ dsn, root }: MigrationPlace): Promise<readonly MigrationState[]> =>
  withClient((await findSchemaPlace(dsn)).dsn, async (client) => {
    const known = await client.query<{ known: boolean }>('select to_regclass($1) is not null as known', [table]);
    const { rows } =
      known.rows[0]?.known === true
        ? await client.query<{ name: string; run_on: Date }>(
            `select name, run_on at time zone 'UTC' as run_on from ${table} order by id`,
          )
        : { rows: [] };
    const applied = new Map(rows.map(({ name, run_on }) => [name, run_on.toISOString()]));
    const names = new Set([...applied.keys(), ...(await filesOf(root)).map((file) => path.basename(file, '.sql'))]);
    return [...names].sort().map((name) => ({ name, appliedAt: applied.get(name) }));
  });

/**
 * Makes an empty migration with the next number.
 *
 * @param name words, which become part of the file's name
 * @returns the path of the new file
 */
export const createMigration = async (root: string, name: string): Promise<string> => {
  const last = (await filesOf(root)).at(-1)?.split('_')[0] ?? '0';
  const number = String(Number(last) + 1).padStart(6, '0');
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  if (words === '') throw new Error('a migration needs a name, such as add_gift_notes');
  const file = path.join(folderOf(root), `${number}_${words}.sql`);
  await writeFile(file, '-- Up Migration\n\n-- Down Migration\n', { flag: 'wx' });
  return file;
};
