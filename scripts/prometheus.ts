import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './failure.js';
import { withFileLock } from './file-lock.js';
import { findOnPath, isExecutable, unpackPackage } from './system-package.js';
import { userCacheDir } from './paths.js';

/** Where Prometheus and its tool are. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/**
 * Finds Prometheus on the PATH or in the user's cache, else gets Debian's package into that cache: only tests need it.
 * @throws Failure that says what to install where it cannot be had
 */
export async function findOrGetPrometheus(): Promise<PrometheusPrograms> {
  const folder = join(userCacheDir(), 'order-service', 'prometheus');
  const find = (): PrometheusPrograms | undefined => onPath() ?? inFolder(join(folder, 'usr', 'bin'));
  const found = find();
  if (found) return found;
  mkdirSync(dirname(folder), { recursive: true });
  const got = await withFileLock(
    `${folder}.lock`,
    () => undefined,
    () => {
      if (!find()) unpackPackage('prometheus', folder);
      return Promise.resolve(find());
    },
  );
  if (got) return got;
  throw new Failure(
    'Prometheus is not here: there is no `prometheus` and `promtool` on the PATH, and the Debian package could not be ' +
      'fetched. Install it (Debian, Ubuntu: `sudo apt-get install prometheus`; macOS: `brew install prometheus`).',
  );
}

function onPath(): PrometheusPrograms | undefined {
  const [prometheus, promtool] = [findOnPath('prometheus'), findOnPath('promtool')];
  return prometheus && promtool ? whereTheyRun({ prometheus, promtool }) : undefined;
}

function inFolder(folder: string): PrometheusPrograms | undefined {
  const programs = { prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool') };
  return Object.values(programs).every(isExecutable) ? whereTheyRun(programs) : undefined;
}

/** For tests, which must know while they are being defined and so cannot wait for a promise: the outcome as JSON. */
if (require.main === module) {
  findOrGetPrometheus().then(
    (programs) => console.log(JSON.stringify(programs)),
    (error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      console.log(JSON.stringify({ missing: error.message }));
    },
  );
}

/** What was made for another machine is as good as not there. */
function whereTheyRun(programs: PrometheusPrograms): PrometheusPrograms | undefined {
  const run = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  return Object.values(programs).every(run) ? programs : undefined;
}
