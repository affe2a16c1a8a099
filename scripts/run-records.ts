import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { Failure } from './failure.js';
import { readJsonIfWhole, writeJson } from './files.js';
import type { ProcessIdentity } from './process-table.js';
import { identify, isErrnoException, isRunning, signalProcess, waitUntilGone } from './process-table.js';

/** One process of a stack as written down beside its data, so that whoever comes later can take it down. */
export interface ProcessRecord extends ProcessIdentity {
  readonly name: string;
  /** The signal that asks it to end properly. */
  readonly stopSignal: NodeJS.Signals;
  /** Whether it leads a process group of its own, which then ends with it. */
  readonly leadsGroup: boolean;
  /** When this was written down, in milliseconds since 1970. */
  readonly recordedAt: number;
}

/** The processes of one data folder. */
export interface RunRecords {
  add(record: Omit<ProcessRecord, 'recordedAt'>): void;
  remove(pid: number): void;
  list(): ProcessRecord[];
  /** From now on no process may be started on this data folder. */
  close(): void;
  isClosed(): boolean;
  /** Gives the data folder back. */
  release(): void;
}

/**
 * Takes a data folder for this process: at most one stack runs on one. What an earlier run left behind is ended first.
 * @param folder the data folder
 * @param onSweep called with the names of leftovers that had to be ended
 * @throws Failure when another living process has the folder
 */
export async function takeDataFolder(folder: string, onSweep: (names: string[]) => void): Promise<RunRecords> {
  const runDir = join(folder, 'run');
  mkdirSync(runDir, { recursive: true });
  const ownerFile = join(runDir, 'owner.json');
  const recordsFile = join(runDir, 'processes.json');
  claim(ownerFile, folder);
  const swept = await sweepProcesses(folder);
  if (swept.length > 0) onSweep(swept);

  let records: ProcessRecord[] = [];
  let closed = false;
  let released = false;
  const save = (): void => {
    // A process whose end is noticed late must not write into a folder that is no longer ours.
    if (!released) writeJson(recordsFile, records);
  };
  save();
  return {
    add(record) {
      records = [...records.filter((other) => other.pid !== record.pid), { ...record, recordedAt: Date.now() }];
      save();
    },
    remove(pid) {
      records = records.filter((record) => record.pid !== pid);
      save();
    },
    list: () => records,
    close() {
      closed = true;
    },
    isClosed: () => closed,
    release() {
      released = true;
      rmSync(recordsFile, { force: true });
      rmSync(ownerFile, { force: true });
    },
  };
}

/** The process that has a data folder, when it is alive. */
export function ownerOf(folder: string): ProcessIdentity | undefined {
  const owner = readJsonIfWhole(join(folder, 'run', 'owner.json')) as ProcessIdentity | undefined;
  return owner && isRunning(owner) ? owner : undefined;
}

/**
 * Ends every process recorded in a data folder, in reverse order of their start, and what they left in their process
 * groups: asked first, forced after `graceMs`.
 * @returns the names of those that were still running
 */
export async function sweepProcesses(folder: string, graceMs = 5_000): Promise<string[]> {
  const bootedAt = Date.now() - uptime() * 1000;
  const recorded = ((readJsonIfWhole(join(folder, 'run', 'processes.json')) ?? []) as ProcessRecord[])
    .filter(({ recordedAt }) => recordedAt > bootedAt)
    .reverse();
  const running = recorded.filter(isRunning);
  for (const record of running) signalProcess(record.pid, record.stopSignal);
  await waitUntilGone(running, graceMs);
  for (const record of recorded) {
    // The group of a leader that has gone keeps its number; that number is not ours once another process has it.
    if (record.leadsGroup && (isRunning(record) || !identify(record.pid))) signalProcess(record.pid, 'SIGKILL', true);
    else if (isRunning(record)) signalProcess(record.pid, 'SIGKILL');
  }
  await waitUntilGone(running, 2_000);
  return running.map((record) => record.name);
}

function claim(ownerFile: string, folder: string): void {
  const self = identify(process.pid);
  if (!self) throw new Error('this process does not find itself in the process table');
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(ownerFile, JSON.stringify(self), { flag: 'wx' });
      return;
    } catch (error) {
      if (!isErrnoException(error) || error.code !== 'EEXIST') throw error;
    }
    const owner = readJsonIfWhole(ownerFile) as ProcessIdentity | undefined;
    if (owner && owner.pid !== self.pid && isRunning(owner)) {
      throw new Failure(
        `Order Service is already running on ${folder} (process ${owner.pid}). ` +
          `Use that one, stop it with Ctrl-C or \`kill ${owner.pid}\`, or set ORDER_DATA_DIR and ORDER_PORT_OFFSET for a second one.`,
      );
    }
    rmSync(ownerFile, { force: true });
  }
  throw new Failure(`Another process is starting on ${folder} at this moment. Wait until it is running, or try again.`);
}
