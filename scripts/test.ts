import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './checks.js';
import type { TestCounts } from './count-reporter.js';
import { describeError } from './failure.js';
import { runJest } from './jest-run.js';
import { projectRoot } from './paths.js';
import { jestRuns, matching, selectionOf } from './test-selection.js';

/**
 * `npm test`: the checks of the sources, then every test. Arguments choose tests (`unit`, `test/e2e/walk`), without the
 * checks; those that begin with `-` go on to Jest. `--checks` alone (`npm run verify`) runs the checks alone.
 */
async function main(): Promise<void> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  process.on('disconnect', interrupt);

  const counts: TestCounts[] = [];
  try {
    await runAll(process.argv.slice(2), interruption.signal, counts);
  } catch (error) {
    console.error(describeError(error));
    counts.push({ passed: 0, failed: 1, skipped: 0 });
  }
  const interrupted = interruption.signal.aborted;
  if (interrupted) console.error('Interrupted.');
  const sum = (of: keyof TestCounts): number => counts.reduce((total, count) => total + count[of], 0);
  const skipped = sum('skipped');
  console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(sum('failed') > 0 || counts.length === 0 || interrupted ? 1 : 0);
}

async function runAll(args: readonly string[], signal: AbortSignal, counts: TestCounts[]): Promise<void> {
  const onlyChecks = args.length === 1 && args[0] === '--checks';
  if (args.length === 0 || onlyChecks) counts.push(await runChecks(signal));
  if (onlyChecks) return;
  const { filters, flags } = selectionOf(args);
  const files = readdirSync(join(projectRoot, 'dist', 'test'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.test.js'),
  );
  const chosen = jestRuns.filter((run) => matching(run, filters, files).length > 0);
  if (chosen.length === 0) console.error(`No test matches ${filters.join(' ')}.`);
  for (const run of chosen) {
    if (signal.aborted) return;
    const patterns = filters.length === 0 ? [] : matching(run, filters, files).map((file) => `dist/test/${file}`);
    // The paths come first: --selectProjects takes every word behind it for a project.
    // Names of tests and other projects may leave nothing to do in one of the runs.
    const leaving = flags.length === 0 ? [] : ['--passWithNoTests'];
    counts.push(await runJest([...patterns, ...run.args, ...leaving, ...flags], {}, signal));
  }
}

void main();
