import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { sweepProcesses } from './run-records.js';
import { projectRoot } from './paths.js';

/** The end of the line between a stack's owner and its guard. */
export interface Guard {
  /** Reports to the guard that all is well and waits until it has gone. */
  dismiss(): Promise<void>;
}

/**
 * Starts a small process that does nothing but wait for its owner to die: then it ends every process recorded in the
 * data folder, so that a killed test run or start leaves nothing behind.
 * @param removeData whether the data folder goes too (temporary ones)
 */
export function startGuard(dataDir: string, removeData: boolean): Guard {
  const args = [join(projectRoot, 'dist', 'scripts', 'guard.js'), dataDir, removeData ? 'remove' : 'keep'];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = once(child, 'exit');
  child.stdin.on('error', () => undefined); // A guard that died earlier cannot be told anything.
  child.unref();
  return {
    async dismiss() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      child.stdin.end('done');
      await exited;
    },
  };
}

async function watch(dataDir: string, removeData: boolean): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  let message = '';
  for await (const chunk of process.stdin) message += String(chunk);
  if (message === 'done') return;
  await sweepProcesses(dataDir);
  rmSync(join(dataDir, 'run'), { recursive: true, force: true });
  if (removeData) rmSync(dataDir, { recursive: true, force: true });
}

if (require.main === module) {
  const [dataDir, removal] = process.argv.slice(2);
  if (!dataDir) throw new Error('usage: guard DATA_DIR remove|keep');
  void watch(dataDir, removal === 'remove');
}
