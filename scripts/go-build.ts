import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Failure } from './failure.js';
import { signalProcess } from './process-table.js';

/** One run of Go. */
export interface GoRun {
  readonly go: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** All output. */
  readonly logFile: string;
  /** For people: "the dapr CLI". */
  readonly what: string;
  /** What to do when it fails, a sentence. */
  readonly advice: string;
  /** Called every half a minute. */
  progress(line: string): void;
}

/** Builds something with Go; its compilers end with this process. @throws Failure with the end of Go's output */
export async function runGo({ go, args, cwd, env, logFile, what, advice, progress }: GoRun): Promise<void> {
  const started = Date.now();
  const log = openSync(logFile, 'w');
  // In a process group of its own, since Go does not end its compilers when it is ended.
  const child = spawn(go, args, { cwd, env, stdio: ['ignore', log, log], detached: true });
  const ticker = setInterval(() => progress(`building ${what}: ${minutesSince(started)}`), 30_000);
  const stopChild = (): void => {
    if (child.pid !== undefined) signalProcess(child.pid, 'SIGKILL', true);
  };
  process.once('exit', stopChild);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    if (code === 0) return;
    const output = readFileSync(logFile, 'utf8').trim().split('\n').slice(-15).join('\n');
    throw new Failure(`Building ${what} with Go failed (all output: ${logFile}):\n${output}\n${advice}`);
  } finally {
    clearInterval(ticker);
    process.removeListener('exit', stopChild);
    closeSync(log);
  }
}

/** The time since then, such as "3 min 20 s". */
export function minutesSince(started: number): string {
  const seconds = Math.round((Date.now() - started) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
