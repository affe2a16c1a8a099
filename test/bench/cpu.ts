import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Milliseconds of CPU that each kind of process of a stack has taken so far. */
export type CpuTimes = Readonly<Record<'apps' | 'sidecars' | 'Postgres' | 'Redis' | 'sandbox', number>>;

/** What Linux counts in: hundredths of a second. */
const tickMs = 10;

const kindOf = (command: string): keyof CpuTimes | undefined => {
  if (/\bdaprd\b/.test(command)) return 'sidecars';
  if (/\bpostgres\b/.test(command)) return 'Postgres';
  if (/\bredis-server\b/.test(command)) return 'Redis';
  if (/\bsandbox\b/.test(command)) return 'sandbox';
  return /\bmain\.js\b/.test(command) ? 'apps' : undefined;
};

interface Process {
  readonly parent: number;
  readonly command: string;
  readonly cwd: string;
  readonly ms: number;
}

/** Undefined: it has ended meanwhile, or is not ours to look at. */
const look = (pid: string): Process | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    const ms = (Number(fields[11]) + Number(fields[12])) * tickMs;
    return { parent: Number(fields[1]), command, cwd: readlinkSync(`/proc/${pid}/cwd`), ms };
  } catch {
    return undefined;
  }
};

/**
 * CPU of the processes that this one has started, and of those that work in its stack's folder, as Postgres does. Of what
 * others do on the machine it knows nothing, so figures per request hold where throughput does not.
 */
export const cpuTimes = (folder: string): CpuTimes => {
  const all = new Map<number, Process>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const found = look(pid);
    if (found !== undefined) all.set(Number(pid), found);
  }
  const isOurs = (pid: number): boolean => {
    for (let at = pid; at > 1; at = all.get(at)?.parent ?? 0) if (at === process.pid) return true;
    return all.get(pid)?.cwd.startsWith(folder) === true;
  };
  const sums = { apps: 0, sidecars: 0, Postgres: 0, Redis: 0, sandbox: 0 };
  for (const [pid, { command, ms }] of all) {
    const kind = kindOf(command);
    if (kind !== undefined && pid !== process.pid && isOurs(pid)) sums[kind] += ms;
  }
  return sums;
};
