import { startStack } from '../../scripts/stack.js';
import type { Stack, StackDescription, StackOptions } from '../../scripts/stack-types.js';

/**
 * The stack all tests share, started by `npm test`. Others use it at the same time: make orders of your own, and hit no
 * process of it.
 */
export function sharedStack(): StackDescription {
  const text = process.env['ORDER_TEST_STACK'];
  if (!text) throw new Error('ORDER_TEST_STACK is not set: run this test through `npm test -- <path>`.');
  return JSON.parse(text) as StackDescription;
}

/** What makes the processes of a stack write what they executed, where `npm run test:coverage` measures it. */
export const measured = (): Readonly<Record<string, string>> => {
  const folder = process.env['ORDER_TEST_COVERAGE'];
  return folder ? { NODE_V8_COVERAGE: folder } : {};
};

/** The broker of the stacks of tests: Redis Streams, or with `npm run test:kafka` Kafka. */
export const broker = process.env['ORDER_TEST_BROKER'] === 'kafka' ? 'kafka' : 'redis';

/** A stack of the test's own, for what would disturb others (killing processes). The test must `stop()` it. */
export function ownStack(options: StackOptions = {}): Promise<Stack> {
  return startStack({ broker, ...options, env: { ...measured(), ORDER_SANDBOX_STEP_MS: '200', ...options.env } });
}
