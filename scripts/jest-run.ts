import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCounts } from './count-reporter.js';
import { readIfThere } from './files.js';
import { projectRoot } from './paths.js';

/** What one run of a program came to. */
export interface Ended {
  readonly code: number | null;
  /** What it wrote, where it was not shown. */
  readonly output: string;
}

/**
 * Runs a program in a process group of its own, which is ended as a whole by the signal.
 * @param show whether its output goes straight to the terminal; else it is kept
 */
export function runInGroup(
  command: readonly [program: string, ...args: string[]],
  env: NodeJS.ProcessEnv,
  show: boolean,
  signal: AbortSignal,
): Promise<Ended> {
  const [program, ...args] = command;
  const output = show ? 'inherit' : 'pipe';
  const child = spawn(program, args, {
    cwd: projectRoot,
    env,
    detached: true,
    stdio: ['ignore', output, output, ...(show ? (['ipc'] as const) : [])],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const stop = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGTERM');
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString() }));
  }).finally(() => signal.removeEventListener('abort', stop));
}

/** Runs Jest, its report shown, and counts. A run that ends badly without a failed test (a crash) counts as one failed. */
export async function runJest(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<TestCounts> {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-counts-'));
  const file = join(folder, 'counts.json');
  const jest = join(projectRoot, 'node_modules', 'jest', 'bin', 'jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  try {
    const { code } = await runInGroup(
      [process.execPath, ...flags, jest, ...args],
      { ...process.env, ...env, ORDER_TEST_COUNTS: file },
      true,
      signal,
    );
    const text = readIfThere(file);
    const counts = text ? (JSON.parse(text) as TestCounts) : { passed: 0, failed: 0, skipped: 0 };
    return code === 0 ? counts : { ...counts, failed: Math.max(1, counts.failed) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
