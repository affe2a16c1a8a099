import { describeError } from '../../scripts/failure.js';
import { startStack } from '../../scripts/stack.js';
import type { Stack } from '../../scripts/stack-types.js';
import { broker, measured } from './stack.js';

let running: Stack | undefined;

/** The stack that {@link startSharedStack} started, for the teardown. */
export const startedStack = (): Stack | undefined => running;

/**
 * Starts the stack that the tests of this run share; ORDER_TEST_STACK describes it to them. Fulfilment walks no order by
 * itself, so that every test moves its own.
 */
export default async function startSharedStack(): Promise<void> {
  // Several projects may ask for it in one run.
  if (running !== undefined) return;
  const log = (line: string): void => console.log(`· ${line}`);
  log('starting the stack for tests');
  try {
    running = await startStack({ broker, env: { ...measured(), ORDER_SANDBOX_STEP_MS: '3600000' }, log });
  } catch (error) {
    console.error(describeError(error));
    process.exit(1);
  }
  process.env['ORDER_TEST_STACK'] = JSON.stringify(running.describe());
  const stopAndExit = (): void => {
    void running?.stop().finally(() => process.exit(1));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stopAndExit);
}
