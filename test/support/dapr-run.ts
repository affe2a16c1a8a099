import { openLog } from '../../scripts/infrastructure.js';
import { type ProcessContext, type ProcessHandle, startProcess } from '../../scripts/managed-process.js';
import {
  commandLine,
  descendants,
  identify,
  type ProcessIdentity,
  signalProcess,
  waitUntilGone,
} from '../../scripts/process-table.js';

/** `dapr run -f`, with the apps and sidecars below it. */
export interface DaprRun {
  readonly handle: ProcessHandle;
  /** Ends apps, then sidecars, then the CLI, each forced after a few seconds. */
  stop(): Promise<void>;
}

/** Runs `dapr run -f`. On its own it kills sidecars and apps without asking them, hence {@link DaprRun.stop}. */
export async function startDaprRun(options: {
  readonly cli: string;
  readonly runFile: string;
  /** The folder for DAPR_RUNTIME_PATH. */
  readonly runtimePath: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly context: ProcessContext;
}): Promise<DaprRun> {
  const { cli, runFile, runtimePath, dataDir, context } = options;
  const env = { ...options.env, DAPR_RUNTIME_PATH: runtimePath };
  const place = { env, cwd: runtimePath, logFile: openLog(dataDir, 'dapr-run') };
  const handle = await startProcess(
    { name: 'dapr run', command: cli, args: ['run', '-f', runFile], ...place },
    context,
  );
  return {
    handle,
    async stop() {
      const all = handle.pid === undefined ? [] : descendants(handle.pid).flatMap((pid) => identify(pid) ?? []);
      const isSidecar = ({ pid }: ProcessIdentity): boolean => commandLine(pid).includes('--dapr-http-port');
      await ask(
        all.filter((entry) => !isSidecar(entry)),
        5_000,
      );
      await ask(all.filter(isSidecar), 2_000);
      await handle.stop(2_000);
      for (const { pid } of await waitUntilGone(all, 0)) signalProcess(pid, 'SIGKILL');
    },
  };
}

async function ask(processes: ProcessIdentity[], graceMs: number): Promise<void> {
  for (const { pid } of processes) signalProcess(pid, 'SIGTERM');
  for (const { pid } of await waitUntilGone(processes, graceMs)) signalProcess(pid, 'SIGKILL');
}
