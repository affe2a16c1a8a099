import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasPassed } from '../../scripts/count-reporter.js';
import { projectRoot } from '../../scripts/paths.js';
import { startedStack } from './global-setup.js';

/** Stops the stack of {@link startedStack}, and keeps its logs where a test has failed. */
export default async function stopSharedStack(): Promise<void> {
  const stack = startedStack();
  if (stack === undefined) return;
  if (!hasPassed()) {
    const target = join(projectRoot, '.data', 'test-logs');
    rmSync(target, { recursive: true, force: true });
    cpSync(stack.logsDir, target, { recursive: true });
    console.log('· the logs of the stack are kept in .data/test-logs');
  }
  await stack.stop();
}
