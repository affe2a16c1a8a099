import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';
import { tailOfLog } from './app-process.js';
import { openLog } from './infrastructure.js';
import type { ProcessContext, ProcessHandle } from './managed-process.js';
import { startProcess } from './managed-process.js';
import type { ProcessIdentity } from './process-table.js';
import { commandLine, descendants, identify, signalProcess, waitUntilGone } from './process-table.js';
import type { RunFileApp } from './run-file.js';
import { processMark } from './run-file.js';

/** `dapr run -f`, with the apps and sidecars below it. */
export interface DaprRun {
  readonly handle: ProcessHandle;
  /** What it said about an app or sidecar that ended, and the end of the log last written; undefined when none did. */
  ended(): string | undefined;
  /** The app and the sidecar it started for an entry of the run file, as far as they can be told. */
  find(app: RunFileApp): { app?: ProcessIdentity; sidecar?: ProcessIdentity };
  /** Ends apps, then sidecars, then the CLI, each forced after a few seconds: 9 s in all at the most. */
  stop(): Promise<void>;
}

export interface DaprRunOptions {
  readonly cli: string;
  readonly runFile: string;
  /** The folder for DAPR_RUNTIME_PATH, see sidecar.ts. */
  readonly runtimePath: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly context: ProcessContext;
}

/**
 * Runs `dapr run -f`. What the apps print goes to one log per app id, the rest to dapr-run.log. On its own it kills
 * sidecars and apps without asking them, hence {@link DaprRun.stop}.
 */
export async function startDaprRun(options: DaprRunOptions): Promise<DaprRun> {
  const { cli, runFile, runtimePath, dataDir, env, context } = options;
  const logFile = openLog(dataDir, 'dapr-run');
  const appLogs = new Map<string, string>();
  let ending: string | undefined;
  let lastLog = logFile;
  const onLine = (line: string): void => {
    const match = /^== APP - (\S+) == (.*)$/.exec(line);
    if (!match) {
      appendFileSync(logFile, `${line}\n`);
      if (/The (App|daprd) process exited/.test(line)) ending ??= line.replace(/^\W+/, '');
      return;
    }
    const [, appId = '', text = ''] = match;
    const file = appLogs.get(appId) ?? openLog(dataDir, appId);
    appLogs.set(appId, file);
    appendFileSync(file, `${text}\n`);
    lastLog = file;
  };
  const handle = await startProcess(
    {
      name: 'dapr run',
      command: cli,
      args: ['run', '-f', runFile],
      env: { ...env, DAPR_RUNTIME_PATH: runtimePath },
      cwd: runtimePath,
      logFile,
      onLine,
    },
    context,
  );

  return {
    handle,
    ended: () => ending && `${ending}; ${basename(lastLog)} ends with:\n${tailOfLog(lastLog)}`,
    find(app) {
      const { apps, sidecars } = children(handle.pid);
      const sidecar = sidecars.find(({ pid }) => commandLine(pid).includes(`--dapr-http-port ${app.daprHTTPPort}`));
      const appIdentity = apps.find(({ pid }) => commandLine(pid).endsWith(` ${processMark(app)}`));
      return { ...(appIdentity ? { app: appIdentity } : {}), ...(sidecar ? { sidecar } : {}) };
    },
    async stop() {
      const { apps, sidecars } = children(handle.pid);
      await ask(apps, 5_000);
      await ask(sidecars, 2_000);
      await handle.stop(2_000);
      for (const { pid } of await waitUntilGone([...apps, ...sidecars], 0)) signalProcess(pid, 'SIGKILL');
    },
  };
}

function children(cli: number | undefined): { apps: ProcessIdentity[]; sidecars: ProcessIdentity[] } {
  const all = cli === undefined ? [] : descendants(cli).flatMap((pid) => identify(pid) ?? []);
  const isSidecar = ({ pid }: ProcessIdentity): boolean => commandLine(pid).includes('--dapr-http-port');
  return { apps: all.filter((entry) => !isSidecar(entry)), sidecars: all.filter(isSidecar) };
}

async function ask(processes: ProcessIdentity[], graceMs: number): Promise<void> {
  for (const { pid } of processes) signalProcess(pid, 'SIGTERM');
  for (const { pid } of await waitUntilGone(processes, graceMs)) signalProcess(pid, 'SIGKILL');
}
