import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError } from './failure.js';
import { projectRoot } from './paths.js';
import { readIfThere } from './files.js';
import { startStack } from './stack.js';
import type { Stack } from './stack-types.js';

/** What count-reporter.mjs writes. */
interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

/** Tests that stand alone, and those that need a running stack. */
const groups = [
  { folders: ['unit'], needsStack: false, concurrency: 2 },
  { folders: ['integration', 'contract', 'fuzz'], needsStack: true, concurrency: 2 },
  // These kill and freeze processes of stacks of their own: one at a time.
  { folders: ['e2e'], needsStack: true, concurrency: 1 },
  // Only when asked for by name.
  { folders: ['chaos', 'bench'], needsStack: true, concurrency: 1, onlyByName: true },
] as const;

/** The stack the tests share: fulfilment walks no order by itself, so that every test moves its own. */
const sharedStackEnv = { ORDER_SANDBOX_STEP_MS: '3600000' };

/**
 * npm test: unit tests first, then the others on one stack they share. Arguments choose (`unit`, `test/e2e/cancel`);
 * those that begin with `-` go on to node --test.
 */
async function main(): Promise<void> {
  const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
  const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  const counts: TestCounts[] = [];
  let stack: Stack | undefined;
  const interruption = new AbortController();
  const interrupted = (): boolean => interruption.signal.aborted;
  const interrupt = (): void => interruption.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  process.on('disconnect', interrupt);

  try {
    for (const group of groups) {
      const files = testFiles(group.folders, filters, 'onlyByName' in group);
      if (files.length === 0 || interrupted()) continue;
      const env = { ...process.env };
      if (group.needsStack) {
        const log = (line: string): void => console.log(`· ${line}`);
        if (!stack) log('starting the stack for tests');
        stack ??= await startStack({ env: sharedStackEnv, log });
        env['ORDER_TEST_STACK'] = JSON.stringify(stack.describe());
      }
      if (interrupted()) continue;
      counts.push(
        await runTests(files, [`--test-concurrency=${group.concurrency}`, ...flags], env, interruption.signal),
      );
    }
  } catch (error) {
    console.error(describeError(error));
    counts.push({ passed: 0, failed: 1 });
  }
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  if (stack) {
    if (failed > 0) keepLogs(stack);
    await stack.stop();
  }
  if (counts.length === 0 && !interrupted()) console.error(`No test matches ${filters.join(' ') || 'test/**'}.`);
  if (interrupted()) console.error('Interrupted.');
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 || counts.length === 0 || interrupted() ? 1 : 0);
}

/** The compiled test files of these folders that match the filters, which name a folder, a file or the start of either. */
function testFiles(folders: readonly string[], filters: readonly string[], onlyByName: boolean): string[] {
  const dist = join(projectRoot, 'dist', 'test');
  const wanted = filters.map((filter) => filter.replace(/^(\.\/)?(dist\/)?(test\/)?/, '').replace(/\.(ts|js)$/, ''));
  if (wanted.length === 0 && onlyByName) return [];
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js') && folders.some((folder) => name.startsWith(`${folder}/`)))
    .filter((name) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)))
    .sort()
    .map((name) => join(dist, name));
}

async function runTests(
  files: string[],
  flags: string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<TestCounts> {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-counts-'));
  const countsFile = join(folder, 'counts.json');
  const args = [
    ...['--enable-source-maps', '--test', '--test-timeout=300000', ...flags],
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${join(projectRoot, 'scripts', 'count-reporter.mjs')}`],
    ...[`--test-reporter-destination=${countsFile}`, ...files],
  ];
  try {
    const child = spawn(process.execPath, args, { cwd: projectRoot, env, stdio: 'inherit' });
    const stop = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    signal.removeEventListener('abort', stop);
    const text = readIfThere(countsFile);
    const counts = text ? (JSON.parse(text) as TestCounts) : { passed: 0, failed: 0 };
    // A run that fails without a failed test (a crash) must not pass for a good one.
    return code === 0 ? counts : { ...counts, failed: Math.max(1, counts.failed) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function keepLogs(stack: Stack): void {
  const target = join(projectRoot, '.data', 'test-logs');
  rmSync(target, { recursive: true, force: true });
  cpSync(stack.logsDir, target, { recursive: true });
  console.log('· the logs of the stack are kept in .data/test-logs');
}

void main();
