import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { readJsonIfWhole } from './files.js';
import type { ProcessIdentity } from './process-table.js';
import { identify, isErrnoException, isRunning } from './process-table.js';

/**
 * Does something while no other process of this machine does it under the same lock file. A lock whose holder has died
 * is taken over.
 * @param onWait called once, with the holder's process id, when another process holds the lock
 */
export async function withFileLock<T>(file: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  let told = false;
  while (!take(file)) {
    const holder = readJsonIfWhole(file) as ProcessIdentity | undefined;
    if (!holder || !isRunning(holder)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) onWait(holder.pid);
    told = true;
    await delay(500);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify(identify(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if (isErrnoException(error) && error.code === 'EEXIST') return false;
    throw error;
  }
}
