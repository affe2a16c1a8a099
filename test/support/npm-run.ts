import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startGuard } from '../../scripts/guard.js';
import type { ProcessEnd } from '../../scripts/managed-process.js';
import { projectRoot } from '../../scripts/paths.js';
import { identify, signalProcess } from '../../scripts/process-table.js';
import { sweepProcesses, takeDataFolder } from '../../scripts/run-records.js';

/** An npm script that a test runs as a person would, with folders of its own for data and temporary files. */
export interface NpmRun {
  /** ORDER_DATA_DIR of the script. */
  readonly dataDir: string;
  /** TMPDIR of the script. */
  readonly tempDir: string;
  /** Everything that it has printed so far. */
  output(): string;
  /** How npm itself ended; undefined while it runs. */
  end(): ProcessEnd | undefined;
  /** Resolves when npm has ended and its output is complete. */
  readonly closed: Promise<ProcessEnd>;
  /** Sends a signal to npm itself and to no other process. */
  kill(signal: NodeJS.Signals): void;
  /** The command lines of all processes that came from this run and still run. */
  leftovers(): readonly string[];
  /** Ends whatever still runs and removes the folders. */
  remove(): Promise<void>;
}

/**
 * Runs `npm ARGS` in the project's folder. When the test dies, a guard ends the run.
 * @param env more environment; what this process has of ours and of npm's is left out
 */
export async function runNpm(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<NpmRun> {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-npm-'));
  const [dataDir, tempDir] = [join(folder, 'data'), join(folder, 'tmp')];
  for (const path of [dataDir, tempDir]) mkdirSync(path);
  // Postgres may run as another user, who must be able to enter.
  for (const path of [folder, dataDir, tempDir]) chmodSync(path, 0o711);
  const guard = startGuard(folder, true);
  const records = await takeDataFolder(folder, () => undefined);

  const child = spawn('npm', args, {
    cwd: projectRoot,
    env: { ...foreignEnvironment(), ORDER_DATA_DIR: dataDir, TMPDIR: tempDir, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let end: ProcessEnd | undefined;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  child.once('exit', (code, signal) => (end = { code, signal }));
  const closed = new Promise<ProcessEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const identity = identify(child.pid ?? 0);
  if (identity) records.add({ ...identity, name: 'npm', stopSignal: 'SIGTERM', leadsGroup: true });
  return {
    dataDir,
    tempDir,
    output: () => output,
    end: () => end,
    closed,
    kill: (signal) => void signalProcess(child.pid ?? 0, signal),
    leftovers: () => processesOf(folder),
    async remove() {
      await sweepProcesses(folder, 15_000);
      // The guards of what was forced to end are still at work, and remove files here themselves.
      for (let round = 0; round < 150 && processesOf(folder).length > 0; round++) await delay(100);
      records.release();
      await guard.dismiss();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The environment without what belongs to the test run: its variables and those of the npm that runs it. */
export function foreignEnvironment(): NodeJS.ProcessEnv {
  const own = /^(ORDER|DAPR|APP|OTEL|NODE_TEST|JEST|npm)_|^(NODE_OPTIONS|NODE_V8_COVERAGE|INIT_CWD)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/** The processes that have the folder in their arguments, environment or working directory, except its own guard. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && identify(Number(name)) !== undefined)
    .flatMap((pid) => {
      const command = readOrNothing(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      const environment = readOrNothing(() => readFileSync(`/proc/${pid}/environ`, 'utf8'));
      const workingDirectory = readOrNothing(() => readlinkSync(`/proc/${pid}/cwd`));
      const isOurs = [command, environment, workingDirectory].some((text) => text.includes(folder));
      return isOurs && !command.includes(`guard.js ${folder} `) ? [`${pid} ${command}`] : [];
    });
}

function readOrNothing(read: () => string): string {
  try {
    return read();
  } catch {
    // It has ended in the meantime, or belongs to another user.
    return '';
  }
}
