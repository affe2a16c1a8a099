import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createCoverageMap, type CoverageMap, type CoverageMapData } from 'istanbul-lib-coverage';
import { createContext } from 'istanbul-lib-report';
import { create } from 'istanbul-reports';
import { describeError, Failure } from './failure.js';
import { runJest } from './jest-run.js';
import { projectRoot } from './paths.js';

const folder = join(projectRoot, 'coverage');

const suites = [
  { name: 'unit', args: ['--selectProjects', 'unit'] },
  { name: 'real', args: ['--selectProjects', 'real'] },
  { name: 'e2e', args: ['--selectProjects', 'e2e', '--runInBand'] },
] as const;

/**
 * `npm run test:coverage`: what each suite executes of the service, and all together. What runs inside Jest is measured
 * by Jest; the processes of the stacks write what they executed when they end.
 */
async function main(): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());
  process.on('disconnect', () => interruption.abort());
  rmSync(folder, { recursive: true, force: true });
  const all = createCoverageMap();
  let failed = 0;
  for (const { name, args } of suites) {
    const own = join(folder, name);
    const processes = join(own, 'processes');
    mkdirSync(processes, { recursive: true });
    const flags = ['--coverage', '--coverageReporters', 'json', '--coverageDirectory', own];
    const env = { ORDER_TEST_COVERAGE: processes };
    failed += (await runJest([...args, ...flags], env, interruption.signal)).failed;
    if (interruption.signal.aborted) throw new Failure('Interrupted.');
    const together = createCoverageMap();
    together.merge(read(join(own, 'coverage-final.json')));
    together.merge(ofProcesses(processes, join(own, 'stack')));
    all.merge(together);
    summarize(name, together);
  }
  summarize('unit, real and e2e together', all);
  create('html').execute(createContext({ dir: folder, coverageMap: all }));
  process.exit(failed > 0 ? 1 : 0);
}

/** What the processes executed, by source. */
function ofProcesses(written: string, target: string): CoverageMapData {
  const c8 = join(projectRoot, 'node_modules', 'c8', 'bin', 'c8.js');
  const outside = ['dist/test/**', 'dist/scripts/**', 'dist/proto/gen/**', '**/node_modules/**'];
  const args = [
    ...[c8, 'report', '--temp-directory', written, '--reporter', 'json', '--reports-dir', target],
    ...['--include', 'dist/**', ...outside.flatMap((pattern) => ['--exclude', pattern])],
  ];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8' });
  if (status !== 0) throw new Failure(`The coverage of the stack's processes cannot be read: ${stderr.trim()}`);
  return read(join(target, 'coverage-final.json'));
}

const read = (file: string): CoverageMapData =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CoverageMapData) : {};

function summarize(name: string, map: CoverageMap): void {
  const { lines, branches, functions } = map.getCoverageSummary();
  console.log(`${name}: ${lines.pct} % of lines, ${branches.pct} % of branches, ${functions.pct} % of functions`);
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exit(1);
});
