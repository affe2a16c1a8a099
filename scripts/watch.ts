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
  /** Told when something keeps dying. */
  onHopeless(sentence: string): void;
}

const mostRestartsPerMinute = 5;

/**
 * Starts apps and sidecars again that end unasked, which `dapr run` does not do: with two replicas the service goes on
 * meanwhile. Something that dies more than five times in a minute is hopeless.
 */
export async function keepAppsAlive(options: WatchOptions): Promise<{ stop(): Promise<void> }> {
  const { run, apps, nameOf, start, say, onHopeless } = options;
  const { records } = start.context;
  const restarts: number[] = [];
  const watched = new Map<ProcessIdentity, () => Promise<void>>();
  const revived = new Map<string, ProcessHandle>();
  let stopped = false;

  const allowed = (name: string): boolean => {
    const minuteAgo = Date.now() - 60_000;
    restarts.push(Date.now());
    if (restarts.filter((time) => time > minuteAgo).length <= mostRestartsPerMinute) return true;
    onHopeless(`${name} ended again and again; its log says why.`);
    return false;
  };
  const revive = async (
    name: string,
    launch: (context: AppStart['context']) => Promise<ProcessHandle>,
  ): Promise<void> => {
    if (stopped || !allowed(name)) return;
    const onUnexpectedEnd = (_: ProcessHandle, end: ProcessEnd): void => {
      if (stopped) return;
      say(`${name} ended (${end.signal ?? `exit code ${end.code ?? 0}`}); it is started again`);
      void revive(name, launch);
    };
    revived.set(name, await launch({ records, onUnexpectedEnd }));
  };

  for (const [index, app] of apps.entries()) {
    const name = nameOf(app, index);
    const log = (kind: string): string => logPath(start.dataDir, `${logName(name)}${kind}`);
    const found = await run.find(app);
    const launchers: [string, ProcessIdentity | undefined, (context: AppStart['context']) => Promise<ProcessHandle>][] =
      [
        [name, found.app, (context) => startApp(name, app, { ...start, context }, log(''))],
        [
          `${name}'s sidecar`,
          found.sidecar,
          (context) => startSidecar(`${name} sidecar`, app, { ...start, context }, log('.daprd')),
        ],
      ];
    for (const [what, identity, launch] of launchers) {
      if (!identity) continue;
      records.add({ ...identity, name: what, stopSignal: 'SIGTERM', leadsGroup: false });
      watched.set(identity, async () => {
        say(`${what} ended; it is started again`);
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
