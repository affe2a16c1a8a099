import { writeFileSync } from 'node:fs';

/** What `npm test` adds up. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Of Jest's results of a run, what is counted. */
export interface RunResults {
  readonly numFailedTests: number;
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that failed outside of tests. */
  readonly numRuntimeErrorTestSuites: number;
  readonly wasInterrupted?: boolean;
  readonly runExecError?: unknown;
}

/** A file that could not run at all counts as one failed test, and so does a run that ended before its time. */
export function countsOf(results: RunResults): TestCounts {
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const broken = results.wasInterrupted === true || results.runExecError !== undefined;
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && broken ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

let latest: TestCounts | undefined;

/** Whether the run in this process has passed as far as is known; for the teardown, which Jest does not tell. */
export const hasPassed = (): boolean => latest?.failed === 0;

/** A reporter of Jest that leaves the counts in the file ORDER_TEST_COUNTS names, where it is set. */
export default class CountReporter {
  onRunComplete(_contexts: unknown, results: RunResults): void {
    latest = countsOf(results);
    const file = process.env['ORDER_TEST_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(latest));
  }
}
