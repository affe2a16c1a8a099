import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { buildDapr, findGo } from './dapr-build.js';
import { downloadDapr } from './dapr-download.js';
import { builtRevision, daprCacheDir, isAtLeast, oldestCli, oldestRuntime, releaseVersion } from './dapr-versions.js';
import { Failure } from './failure.js';
import { findOnPath, isExecutable } from './system-package.js';

/** Where the programs of Dapr are. */
export interface DaprRuntime {
  readonly daprd: string;
  readonly placement: string;
  /** Its certificate authority, for mTLS; not every installation has it. */
  readonly sentry: string | undefined;
  /** The CLI, for `dapr run`. */
  readonly cli: string;
  readonly version: string;
  /** For people: "in the user's cache", "on the PATH". */
  readonly foundIn: string;
}

/**
 * Finds Dapr on this machine, or gets it: built from tools/ with Go, else from the official release archives.
 * @param progress called with the name of each slow step
 * @throws Failure when there is no way to get it, or DAPR_RUNTIME_PATH leads nowhere
 */
export async function findOrGetDapr(progress: (line: string) => void): Promise<DaprRuntime> {
  const found = findDapr();
  if (found) return found;
  const go = findGo();
  const folder = go ? await buildDapr(go, progress) : await downloadDapr(progress);
  const runtime = inFolder(folder, "in this user's cache");
  if (!runtime)
    throw new Failure(`The Dapr programs in ${folder} do not run on this machine. Delete that folder and start again.`);
  return runtime;
}

function findDapr(): DaprRuntime | undefined {
  const configured = process.env['DAPR_RUNTIME_PATH'];
  if (configured) {
    const folder = join(resolve(configured), '.dapr', 'bin');
    const runtime = inFolder(folder, 'by DAPR_RUNTIME_PATH');
    if (runtime) return runtime;
    throw new Failure(
      `DAPR_RUNTIME_PATH points to ${folder}, but there is no daprd and placement ${oldestRuntime} or newer in it, ` +
        `or no dapr CLI ${oldestCli} or newer in it or on the PATH. Correct the variable, or unset it to have Dapr found or built.`,
    );
  }
  const home = inFolder(join(homedir(), '.dapr', 'bin'), 'in ~/.dapr/bin');
  if (home) return home;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const runtime = inFolder(folder, 'on the PATH');
    if (runtime) return runtime;
  }
  for (const version of [builtRevision, releaseVersion]) {
    const runtime = inFolder(daprCacheDir(version), "in this user's cache");
    if (runtime) return runtime;
  }
  return undefined;
}

function inFolder(folder: string, foundIn: string): DaprRuntime | undefined {
  const [daprd, placement] = [join(folder, 'daprd'), join(folder, 'placement')];
  if (!isExecutable(daprd) || !isExecutable(placement)) return undefined;
  const version = versionOf(daprd, oldestRuntime);
  if (version === undefined) return undefined;
  const cli = [join(folder, 'dapr'), findOnPath('dapr')].find((path) => path && versionOf(path, oldestCli));
  const sentry = [join(folder, 'sentry')].find(isExecutable);
  return cli === undefined ? undefined : { daprd, placement, sentry, cli, version, foundIn };
}

/** The version a program tells, when it is no older than the one wanted. */
function versionOf(program: string, oldest: string): string | undefined {
  if (!isExecutable(program)) return undefined;
  try {
    const output = execFileSync(program, ['--version'], { encoding: 'utf8', timeout: 10_000, stdio: 'pipe' });
    const version = /\d+\.\d+\.\d+\S*/.exec(output)?.[0];
    return version !== undefined && isAtLeast(version, oldest) ? version : undefined;
  } catch {
    // Broken or made for another machine: as good as not there.
    return undefined;
  }
}
