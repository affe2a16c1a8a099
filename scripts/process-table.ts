import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { types } from 'node:util';

/** A process that cannot be mistaken for a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the platform's own notation; only ever compared for equality. */
  readonly startedAt: string;
}

const isLinux = process.platform === 'linux';
const bootId = isLinux ? readTextIfThere('/proc/sys/kernel/random/boot_id').trim() : '';

/** The identity of a running process; undefined when there is none with this id, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const startedAt = isLinux ? linuxStart(pid) : portableStart(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether this very process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** The ids of all processes that came from this one, nearest first. */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const [child, parent] of parentTable()) children.set(parent, [...(children.get(parent) ?? []), child]);
  const found: number[] = [];
  for (let queue = [pid]; queue.length > 0;) {
    queue = queue.flatMap((parent) => children.get(parent) ?? []);
    found.push(...queue);
  }
  return found;
}

/** The command line of a process, arguments separated by blanks; empty when it is gone. */
export function commandLine(pid: number): string {
  if (isLinux) return readTextIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return ps(['-o', 'command=', '-p', String(pid)]).trim();
}

/** Sends a signal to a process, or with `group` to its process group; false when there is no such process. */
export function signalProcess(pid: number, signal: NodeJS.Signals, group = false): boolean {
  try {
    process.kill(group ? -pid : pid, signal);
    return true;
  } catch (error) {
    if (isErrnoException(error) && error.code === 'ESRCH') return false;
    // Some systems answer so for a group of which only zombies are left.
    if (group && isErrnoException(error) && error.code === 'EPERM') return false;
    throw error;
  }
}

/** Waits until none of these runs any more, at most `timeoutMs`; answers those that still do. */
export async function waitUntilGone(identities: ProcessIdentity[], timeoutMs: number): Promise<ProcessIdentity[]> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const left = identities.filter(isRunning);
    if (left.length === 0 || Date.now() >= deadline) return left;
    await delay(50);
  }
}

/** Narrows a caught value to an error of the operating system. */
export function isErrnoException(error: unknown): error is NodeJS.ErrnoException {
  return types.isNativeError(error) && 'code' in error;
}

function linuxStart(pid: number): string | undefined {
  // The command name in field 2 may hold blanks and brackets, so fields are counted from its closing bracket.
  const stat = readTextIfThere(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (!startTicks || state === 'Z' || state === 'X') return undefined;
  return `${bootId}/${startTicks}`;
}

function portableStart(pid: number): string | undefined {
  const line = ps(['-o', 'stat=,lstart=', '-p', String(pid)]).trim();
  return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
}

function parentTable(): [number, number][] {
  if (!isLinux) {
    return ps(['-A', '-o', 'pid=,ppid='])
      .trim()
      .split('\n')
      .map((line) => {
        const [pid = '0', parent = '0'] = line.trim().split(/\s+/);
        return [Number(pid), Number(parent)];
      });
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const stat = readTextIfThere(`/proc/${name}/stat`);
      return [Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)];
    });
}

function ps(args: string[]): string {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // ps exits with 1 when no process matches, which here is an answer.
    return '';
  }
}

function readTextIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrnoException(error) && (error.code === 'ENOENT' || error.code === 'ESRCH' || error.code === 'EACCES'))
      return '';
    throw error;
  }
}
