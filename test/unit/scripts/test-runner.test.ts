import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { changes } from '../../../scripts/checks.js';
import CountReporter, { countsOf, hasPassed, type RunResults } from '../../../scripts/count-reporter.js';
import { runInGroup } from '../../../scripts/jest-run.js';
import { projectRoot } from '../../../scripts/paths.js';
import { jestRuns, matching, selectionOf } from '../../../scripts/test-selection.js';

const results: RunResults = {
  numPassedTests: 7,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  numRuntimeErrorTestSuites: 0,
};

describe('the counts of a run', () => {
  it.each([
    { what: 'a good run', over: {}, failed: 0 },
    { what: 'failed tests', over: { numFailedTests: 2 }, failed: 2 },
    { what: 'a file that cannot be loaded', over: { numFailedTests: 2, numRuntimeErrorTestSuites: 1 }, failed: 3 },
    { what: 'an interrupted run', over: { wasInterrupted: true }, failed: 1 },
    { what: 'a run that could not run', over: { runExecError: { message: 'no' } }, failed: 1 },
  ])('have $failed failed of $what', ({ over, failed }) => {
    expect(countsOf({ ...results, ...over })).toStrictEqual({ passed: 7, failed, skipped: 2 });
  });

  it('are left in the file that was asked for, and for the teardown', () => {
    const folder = mkdtempSync(join(tmpdir(), 'order-service-counts-'));
    process.env['ORDER_TEST_COUNTS'] = join(folder, 'counts.json');
    expect(hasPassed()).toBe(false);
    new CountReporter().onRunComplete(undefined, results);
    expect(hasPassed()).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'counts.json'), 'utf8'))).toStrictEqual(countsOf(results));
    delete process.env['ORDER_TEST_COUNTS'];
    rmSync(folder, { recursive: true });
  });
});

describe('the arguments of npm test', () => {
  it('are paths, however they are written, and flags of Jest', () => {
    expect(
      selectionOf(['unit', 'test/e2e/walk', './test/unit/rules/edit.test.ts', '-t', 'takes', '--verbose']),
    ).toStrictEqual({
      filters: ['unit', 'e2e/walk', 'unit/rules/edit.test'],
      flags: ['-t', 'takes', '--verbose'],
    });
  });

  it('choose files of the runs they belong to', () => {
    const files = ['unit/a.test.js', 'contract/cancel.test.js', 'e2e/walk.test.js', 'chaos/x.test.js'];
    const chosen = (...filters: string[]) => jestRuns.map((run) => matching(run, filters, files));
    expect(chosen()).toStrictEqual([['unit/a.test.js', 'contract/cancel.test.js'], ['e2e/walk.test.js']]);
    expect(chosen('contract/cancel')).toStrictEqual([['contract/cancel.test.js'], []]);
    expect(chosen('e2e', 'unit')).toStrictEqual([['unit/a.test.js'], ['e2e/walk.test.js']]);
  });
});

describe('a clean tree', () => {
  it('has nothing new, changed or deleted', () => {
    const before = new Map([
      ['a', '1'],
      ['b', '1'],
    ]);
    expect(changes(before, new Map(before))).toBeUndefined();
    expect(
      changes(
        before,
        new Map([
          ['a', '2'],
          ['c', '1'],
        ]),
      )
        ?.split('\n')
        .slice(1),
    ).toStrictEqual(['  changed: a', '  deleted: b', '  new: c']);
  });
});

describe('a run in a group of its own', () => {
  it('ends with its children when it is interrupted', async () => {
    const interruption = new AbortController();
    const script = `require('node:child_process').spawn('sleep', ['600'], { stdio: 'inherit' }); setTimeout(() => {}, 600_000)`;
    const running = runInGroup([process.execPath, '-e', script], process.env, false, interruption.signal);
    interruption.abort();
    // The pipe of its output closes when the last one that holds it is gone.
    expect((await running).code).toBeNull();
  });
});

describe('jest, started by any Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-jest-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('runs on the Node of the packages, and takes the path of a source', () => {
    const jest = join(projectRoot, 'node_modules', 'jest', 'bin', 'jest.js');
    const counts = join(folder, 'counts.json');
    const { status, stderr } = spawnSync(process.execPath, [jest, 'test/unit/rules/access.test.ts'], {
      cwd: projectRoot,
      encoding: 'utf8',
      env: { ...process.env, ORDER_TEST_COUNTS: counts },
    });
    expect(stderr).toMatch(/PASS unit dist\/test\/unit\/rules\/access\.test\.js/);
    expect(status).toBe(0);
    expect((JSON.parse(readFileSync(counts, 'utf8')) as { failed: number }).failed).toBe(0);
  });
});
