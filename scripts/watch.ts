import { setInterval } from 'node:timers';
import type { AppStart } from './app-process.js';
import { startApp, startSidecar } from './app-process.js';
import type { DaprRun } from './dapr-run.js';
import { logName, logPath } from './infrastructure.js';
import type { ProcessEnd, ProcessHandle } from './managed-process.js';
import type { ProcessIdentity } from './process-table.js';
import { isRunning } from './process-table.js';
import type { RunFileApp } from './run-file.js';

export interface WatchOptions {
  readonly run: DaprRun;
  readonly apps: readonly RunFileApp[];
  nameOf(app: RunFileApp, index: number): string;
  readonly start: AppStart;
  say(line: string): void;
  /** Called when something keeps dying. */
  onHopeless(sentence: string): void;
}

const mostQuickEnds = 5;
const quickMs = 5_000;

/** Starts one app or one sidecar, told what surrounds it. */
type Launch = (context: AppStart['context']) => Promise<ProcessHandle>;

/**
 * Starts apps and sidecars again that end unasked, which `dapr run` does not do: with two replicas the service goes on
 * meanwhile. What ends five times in a row within five seconds of its start is hopeless.
 */
export function keepAppsAlive(options: WatchOptions): { stop(): Promise<void> } {
  const { run, apps, nameOf, start, say, onHopeless } = options;
  const { records } = start.context;
  const watched = new Map<ProcessIdentity, () => Promise<void>>();
  const revived = new Map<string, ProcessHandle>();
  let stopped = false;

  const revive = async (name: string, launch: Launch, quickEnds = 0): Promise<void> => {
    if (stopped) return;
    if (quickEnds >= mostQuickEnds) {
      onHopeless(
        `${name} ended five times in a row within five seconds of its start. Its log says why; correct that and start again.`,
      );
      return;
    }
    const startedAt = Date.now();
    const onUnexpectedEnd = (_: ProcessHandle, end: ProcessEnd): void => {
      if (stopped) return;
      say(`${name} ended (${end.signal ?? `exit code ${end.code ?? 0}`}); restarting it`);
      void revive(name, launch, Date.now() - startedAt < quickMs ? quickEnds + 1 : 0);
    };
    revived.set(name, await launch({ records, onUnexpectedEnd }));
  };

  for (const [index, app] of apps.entries()) {
    const name = nameOf(app, index);
    const found = run.find(app);
    const appLog = logPath(start.dataDir, app.appID);
    const sidecarLog = logPath(start.dataDir, `${logName(name)}.daprd`);
    const launchers: [string, ProcessIdentity | undefined, Launch][] = [
      [name, found.app, (context) => startApp(name, app, { ...start, context }, appLog)],
      [
        `${name}'s sidecar`,
        found.sidecar,
        (context) => startSidecar(`${name}'s sidecar`, app, { ...start, context }, sidecarLog),
      ],
    ];
    for (const [what, identity, launch] of launchers) {
      if (!identity) continue;
      records.add({ ...identity, name: what, stopSignal: 'SIGTERM', leadsGroup: false });
      watched.set(identity, async () => {
        say(`${what} ended; restarting it`);
        records.remove(identity.pid);
        await revive(what, launch);
      });
    }
  }

  const timer = setInterval(() => {
    for (const [identity, again] of watched) {
      if (isRunning(identity)) continue;
      watched.delete(identity);
      void again();
    }
  }, 500);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await Promise.all([...revived.values()].map((handle) => handle.stop(5_000)));
    },
  };
}
