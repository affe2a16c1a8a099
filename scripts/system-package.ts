import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, delimiter } from 'node:path';
import { Failure } from './failure.js';

/** Whether packages of Debian (and its kin) may be installed here. */
export function mayInstallPackages(): boolean {
  return process.getuid?.() === 0 && findOnPath('apt-get') !== undefined;
}

/**
 * Installs a package of the system with apt-get. Resolves to whether that worked. When this process ends meanwhile, apt-get
 * finishes by itself: one that is interrupted leaves the system's packages half installed.
 */
export async function installPackage(name: string): Promise<boolean> {
  // RUNLEVEL 1 keeps a package from starting a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const program = findOnPath('apt-get');
  if (program === undefined) return false;
  const aptGet = (...args: string[]): Promise<boolean> =>
    new Promise((resolve) => {
      const child = spawn(program, args, { env, stdio: 'ignore', detached: true });
      child.once('error', () => resolve(false));
      child.once('exit', (code) => resolve(code === 0));
    });
  const install = (): Promise<boolean> => aptGet('install', '-y', '--no-install-recommends', name);
  return (await install()) || ((await aptGet('update')) && (await install()));
}

/**
 * Finds a program on the PATH or beside the system's own, or installs its Debian package where this user may do that.
 * @param progress called before something is installed
 * @throws Failure that says what to install
 */
export async function findOrInstallProgram(
  program: string,
  debianPackage: string,
  progress: (line: string) => void,
): Promise<string> {
  const find = (): string | undefined =>
    findOnPath(program) ?? [join('/usr/sbin', program)].find((path) => isExecutable(path));
  const found = find();
  if (found !== undefined) return found;
  if (mayInstallPackages()) {
    progress(`installing ${debianPackage} with apt-get (there is no ${program})`);
    const installed = (await installPackage(debianPackage)) ? find() : undefined;
    if (installed !== undefined) return installed;
  }
  throw new Failure(
    `There is no ${program} on the PATH. Install it (Debian, Ubuntu: \`sudo apt-get install ${debianPackage}\`).`,
  );
}

/**
 * Unpacks a package of Debian (and its kin) into a folder of our own: needs no rights and leaves the system as it was.
 * For programs that need no other package. Answers whether that worked; the folder is whole or not there.
 */
export function unpackPackage(name: string, folder: string): boolean {
  if (findOnPath('apt-get') === undefined || findOnPath('dpkg-deb') === undefined) return false;
  const work = mkdtempSync(join(tmpdir(), 'order-service-package-'));
  const unfinished = `${folder}.${process.pid}`;
  try {
    const archive = download(name, work);
    mkdirSync(dirname(folder), { recursive: true });
    if (archive === undefined || !runs('dpkg-deb', ['-x', archive, unfinished])) return false;
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
    return true;
  } finally {
    for (const left of [work, unfinished]) rmSync(left, { recursive: true, force: true });
  }
}

/** Fetches the archive of a package: by the system's lists, else by fresh ones that are kept apart. */
function download(name: string, work: string): string | undefined {
  const [lists, cache] = [join(work, 'lists'), join(work, 'cache')];
  for (const folder of [lists, join(cache, 'archives')]) mkdirSync(join(folder, 'partial'), { recursive: true });
  const apart = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`];
  const fetched =
    runs('apt-get', ['download', name], { cwd: work }) ||
    (runs('apt-get', [...apart, 'update']) && runs('apt-get', [...apart, 'download', name], { cwd: work }));
  const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
  return fetched && archive !== undefined ? join(work, archive) : undefined;
}

function runs(program: string, args: readonly string[], more: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): boolean {
  return spawnSync(program, args, { ...more, stdio: 'ignore' }).status === 0;
}

/** The path of an executable file with this name on the PATH. */
export function findOnPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Whether this is a file that may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Not there, or not ours to run: either way no program to use.
    return false;
  }
}
