import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { basename } from 'node:path';
import { types } from 'node:util';
import { Failure } from './failure.js';
import { identify, signalProcess } from './process-table.js';
import { poll } from './readiness.js';
import type { RunRecords } from './run-records.js';

/** How a process of the stack is started. */
export interface ProcessSpec {
  /** For people: "order-service 1", "postgres". */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Everything it prints is appended here. */
  readonly logFile: string;
  /** The signal that asks it to end properly; SIGTERM unless said otherwise. */
  readonly stopSignal?: NodeJS.Signals;
  readonly uid?: number;
  readonly gid?: number;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of the stack that can be hit, stopped and started again. */
export interface ProcessHandle {
  readonly name: string;
  readonly logFile: string;
  /** Its process id; undefined while it does not run. */
  readonly pid: number | undefined;
  /** Sends a signal. Resolves when the process has ended, or at once for signals that do not end it (SIGSTOP, SIGCONT). */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it properly (forced after `graceMs`), if it runs. */
  stop(graceMs?: number): Promise<void>;
  /** Starts it again as it was started before; ends it properly first when it runs. Does not wait until it is ready. */
  restart(): Promise<void>;
}

/** A process that answers on a port: after a restart it takes a moment until it does. */
export interface Server {
  readonly handle: ProcessHandle;
  /** Waits until it answers. @throws Failure when it does not in time */
  ready(): Promise<void>;
}

/** What a process needs from the stack around it. */
export interface ProcessContext {
  readonly records: RunRecords;
  /** Called when a process ends without having been asked to. */
  onUnexpectedEnd(handle: ProcessHandle, end: ProcessEnd): void;
}

const endingSignals = new Set<NodeJS.Signals>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGHUP']);

/**
 * Starts a process in a group of its own (a Ctrl-C of the terminal does not reach it), recorded in the data folder.
 * @throws Failure when it cannot be started at all
 */
export async function startProcess(spec: ProcessSpec, context: ProcessContext): Promise<ProcessHandle> {
  let running: { pid: number; ended: Promise<ProcessEnd> } | undefined;
  let endExpected = false;

  async function launch(): Promise<void> {
    if (context.records.isClosed())
      throw new Failure(`${spec.name} was not started because everything is being stopped.`);
    const log = openSync(spec.logFile, 'a');
    try {
      const child = spawn(spec.command, spec.args, {
        cwd: spec.cwd,
        env: spec.env,
        detached: true,
        stdio: ['ignore', log, log],
        ...(spec.uid === undefined ? {} : { uid: spec.uid }),
        ...(spec.gid === undefined ? {} : { gid: spec.gid }),
      });
      // Recorded before anything is awaited: if this process is killed first, the guard does not know of the new one.
      const identity = child.pid === undefined ? undefined : identify(child.pid);
      if (identity) {
        const stopSignal = spec.stopSignal ?? 'SIGTERM';
        context.records.add({ ...identity, name: spec.name, stopSignal, leadsGroup: true });
      }
      await once(child, 'spawn').catch((error: unknown) => {
        const reason = types.isNativeError(error) ? error.message : String(error);
        throw new Failure(`${spec.name} could not be started with ${spec.command}: ${reason}.`);
      });
      const { pid } = child;
      if (pid === undefined) throw new Error(`${spec.name} has no process id`);
      endExpected = false;
      const ended = new Promise<ProcessEnd>((resolve) => {
        child.once('exit', (code, signal) => {
          running = undefined;
          // What the process itself had started and left must not outlive it.
          signalProcess(pid, 'SIGKILL', true);
          context.records.remove(pid);
          resolve({ code, signal });
          if (!endExpected) context.onUnexpectedEnd(handle, { code, signal });
        });
      });
      running = { pid, ended };
      // Everything is being stopped since a moment ago, and whoever stops it may have looked already.
      if (context.records.isClosed()) await handle.kill();
    } finally {
      closeSync(log);
    }
  }

  const handle: ProcessHandle = {
    name: spec.name,
    logFile: spec.logFile,
    get pid() {
      return running?.pid;
    },
    async kill(signal = 'SIGKILL') {
      if (!running) return;
      const { pid, ended } = running;
      if (endingSignals.has(signal)) endExpected = true;
      signalProcess(pid, signal);
      if (endingSignals.has(signal)) await ended;
    },
    async stop(graceMs = 8_000) {
      if (!running) return;
      const { pid, ended } = running;
      endExpected = true;
      signalProcess(pid, spec.stopSignal ?? 'SIGTERM');
      // A stopped process takes no other signal until it goes on.
      signalProcess(pid, 'SIGCONT');
      const force = setTimeout(() => signalProcess(pid, 'SIGKILL', true), graceMs);
      await ended;
      clearTimeout(force);
    },
    async restart() {
      await handle.stop();
      await launch();
    },
  };
  await launch();
  return handle;
}

/**
 * Starts a process that answers on a port, and waits until it does.
 * @param fault what is still wrong with its answer, undefined when nothing is
 * @throws Failure when it cannot be started, ends, or does not answer within a minute
 */
export async function startServer(
  spec: ProcessSpec,
  context: ProcessContext,
  fault: () => Promise<string | undefined>,
): Promise<Server> {
  const handle = await startProcess(spec, context);
  const ready = async (): Promise<void> => {
    const found = await poll(fault, 60_000, () => handle.pid !== undefined);
    if (found) throw new Failure(`${spec.name} does not become ready (${found}). Read its log: ${spec.logFile}`);
  };
  await ready();
  return { handle, ready };
}

/** "ended with exit code 1" or "was ended by SIGKILL", and where its log is. */
export function describeEnd(handle: ProcessHandle, end: ProcessEnd): string {
  const how = end.signal ? `was ended by ${end.signal}` : `ended with exit code ${end.code ?? 0}`;
  return `${handle.name} ${how}; its log is ${basename(handle.logFile)} in the log folder`;
}
