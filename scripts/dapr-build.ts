import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { correctDaprSource } from './dapr-source.js';
import { builtRevision, builtVersion, cliVersion, daprCacheDir, isAtLeast, oldestGo } from './dapr-versions.js';
import { withFileLock } from './file-lock.js';
import { findOnPath, isExecutable } from './system-package.js';
import { minutesSince, runGo } from './go-build.js';
import { projectRoot } from './paths.js';

interface BuildStep {
  readonly what: string;
  /** The folder in tools/ with the module file that pins everything. */
  readonly module: string;
  /** Its source is corrected before it is built. */
  readonly corrected: boolean;
  arguments(out: string): string[];
}

const steps: readonly BuildStep[] = [
  {
    what: 'daprd, placement and sentry (1 of 2)',
    module: 'dapr',
    corrected: true,
    arguments: (out) => [
      ...['-tags', 'stablecomponents'],
      ...['-ldflags', `-X github.com/dapr/dapr/pkg/buildinfo.version=${builtVersion}`],
      ...['-o', `${out}/`, './daprd', 'github.com/dapr/dapr/cmd/placement', 'github.com/dapr/dapr/cmd/sentry'],
    ],
  },
  {
    what: 'the dapr CLI (2 of 2)',
    module: 'dapr-cli',
    corrected: false,
    arguments: (out) => ['-ldflags', `-X main.version=${cliVersion}`, '-o', join(out, 'dapr'), 'github.com/dapr/cli'],
  },
];

/** A Go that is new enough to build Dapr; undefined when there is none. */
export function findGo(): string | undefined {
  const go = findOnPath('go');
  if (!go) return undefined;
  const output = spawnSync(go, ['version'], { encoding: 'utf8', cwd: projectRoot }).stdout;
  const version = /go(\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1];
  return version !== undefined && isAtLeast(version, oldestGo) ? go : undefined;
}

/**
 * Builds daprd, placement, sentry and the CLI from the module files in tools/ into the user's cache, once: of several starters
 * one builds and the others wait. An interrupted build leaves nothing that would be taken for a finished one.
 * @returns the folder with the four programs
 * @throws Failure with the end of Go's output
 */
export async function buildDapr(go: string, progress: (line: string) => void): Promise<string> {
  const target = daprCacheDir(builtRevision);
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  const onWait = (pid: number): void => progress(`waiting for process ${pid}, which is building Dapr`);
  await withFileLock(join(parent, 'build.lock'), onWait, async () => {
    if (['daprd', 'placement', 'sentry', 'dapr'].every((name) => isExecutable(join(target, name)))) return;
    progress(
      `building Dapr ${builtVersion} with Go, which is done once for each user (about eight minutes on two cores)`,
    );
    const started = Date.now();
    // What a killed build has left.
    for (const name of readdirSync(parent)) {
      if (name.startsWith('building-')) rmSync(join(parent, name), { recursive: true, force: true });
    }
    const out = mkdtempSync(join(parent, 'building-'));
    const sources = mkdtempSync(join(parent, 'building-'));
    try {
      for (const step of steps) await runStep(go, step, out, sources, join(parent, 'build.log'), progress);
      rmSync(target, { recursive: true, force: true });
      renameSync(out, target);
    } finally {
      for (const folder of [out, sources]) rmSync(folder, { recursive: true, force: true });
    }
    progress(`built Dapr in ${minutesSince(started)}; it is kept in ${target}`);
  });
  return target;
}

async function runStep(
  go: string,
  step: BuildStep,
  out: string,
  sources: string,
  logFile: string,
  progress: (line: string) => void,
): Promise<void> {
  const cwd = join(projectRoot, 'tools', step.module);
  // No C compiler is needed this way.
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
  const moduleFile = step.corrected ? [`-modfile=${correctDaprSource(go, cwd, join(sources, step.module), env)}`] : [];
  const args = ['build', '-mod=readonly', ...moduleFile, ...step.arguments(out)];
  const advice = 'Check that Go can download modules (GOPROXY), or install Dapr 1.18 or newer, and start again.';
  await runGo({ go, args, cwd, env, logFile, what: step.what, advice, progress });
}
