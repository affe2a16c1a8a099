import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from '@jest/globals';
import { readJsonIfWhole } from '../../scripts/files.js';
import { claimFreeOffset, isPortFree } from '../../scripts/ports.js';
import { moveApp, portsOfApp, readRunFile } from '../../scripts/run-file.js';
import { infrastructurePortList } from '../../scripts/stack-plan.js';
import { type NpmRun, runNpm } from '../support/npm-run.js';
import { until } from '../support/shop.js';
import { describeUnless } from '../support/skip.js';

const skip = process.platform !== 'linux' && 'looks for processes in /proc';
/** The requirement: everything has ended this soon after npm was asked to end, or was killed. */
const endsWithinMs = 15_000;
/** For a start on a busy machine. */
const startsWithinMs = 240_000;

const portsAt = (offset: number): number[] =>
  [
    ...infrastructurePortList(offset),
    ...readRunFile().apps.flatMap((app) => portsOfApp(moveApp(app, offset), app.appID)),
  ].map(([port]) => port);

/** Waits until nothing of the run is left. */
const untilGone = async (run: NpmRun): Promise<void> => {
  let left: readonly string[] = [];
  const isGone = (): Promise<boolean> => {
    left = run.end() === undefined ? ['npm itself'] : run.leftovers();
    return Promise.resolve(left.length === 0);
  };
  await until('everything has ended', isGone, endsWithinMs).catch((error: unknown) => {
    throw new Error(`still running:\n${left.join('\n')}\n${run.output()}`, { cause: error });
  });
};

const started = (run: NpmRun, what: string, look: () => boolean): Promise<boolean> =>
  until(
    what,
    () => {
      assert.equal(run.end(), undefined, run.output());
      return Promise.resolve(look());
    },
    startsWithinMs,
    200,
  );

/** The stacks in the temporary folder of a run whose replicas have been started. */
const stacksOf = ({ tempDir }: NpmRun): readonly string[] =>
  readdirSync(tempDir)
    .filter((name) => name.startsWith('order-service-stack-'))
    .filter((name) => {
      const records = readJsonIfWhole(join(tempDir, name, 'run', 'processes.json')) as { name: string }[] | undefined;
      return records?.some((record) => record.name === 'order-service 1');
    });

describeUnless(skip)('npm start', () => {
  for (const [signal, what] of [
    ['SIGTERM', 'ends everything when npm is asked to end'],
    ['SIGKILL', 'ends everything when npm is killed'],
  ] as const)
    it(`${what} (${signal})`, async () => {
      const claim = await claimFreeOffset(portsAt);
      const run = await runNpm(['start'], { ORDER_PORT_OFFSET: String(claim.offset) });
      try {
        await started(run, 'npm start is ready', () => run.output().includes('Order Service is running.'));
        run.kill(signal);
        await untilGone(run);
        for (const port of portsAt(claim.offset)) assert.ok(await isPortFree(port), `port ${port} is in use`);
      } finally {
        await run.remove();
        await claim.release();
      }
    });
});

describeUnless(skip)('npm test', () => {
  it('ends everything when npm is asked to end in the middle of a test with a stack of its own', async () => {
    const run = await runNpm(['test', '--', 'e2e/graceful']);
    try {
      await started(run, 'the stack of the test is starting', () => stacksOf(run).length === 1);
      run.kill('SIGTERM');
      await untilGone(run);
    } finally {
      await run.remove();
    }
  });
});
