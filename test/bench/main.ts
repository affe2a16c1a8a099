import { join } from 'node:path';
import { describeError, Failure } from '../../scripts/failure.js';
import { projectRoot } from '../../scripts/paths.js';
import { type Bench, type BenchStack, createBench, pausedWorkers } from './bench.js';
import { createReport } from './report.js';
import { againstSection } from './sections/against.js';
import { createSection, creates } from './sections/create.js';
import { flowSection } from './sections/flow.js';
import { getSection } from './sections/get.js';
import { growthSection } from './sections/growth.js';
import { hostileSection } from './sections/hostile.js';
import { memorySection, overloadSection, scaleOutSection, startSection } from './sections/life.js';
import { listSection } from './sections/list.js';
import { mixedSection } from './sections/mixed.js';
import { steadySection } from './sections/steady.js';
import { watchesSection } from './sections/watches.js';
import { closedLoad } from './load.js';

/**
 * `npm run bench`: floors, create, get, list, whole flow and mixed load, on stacks of its own; docs/performance.md says what
 * each figure means. The load generator shares the machine. `-- --all` adds growth, memory, watches, start, scale-out and overload,
 * `--only=create,get` picks sections, `--scale=0.02` makes
 * everything shorter (so short that no figure means anything, for the tests), `--no-tracing` turns tracing off.
 * `-- --against URL` loads a service that runs somewhere instead, with the token in ORDER_BENCH_TOKEN.
 */
const log = (line: string): void => {
  console.log(`· ${line}`);
};

const program = (name: string): string => join(projectRoot, 'dist', 'test', 'bench', 'programs', `${name}.js`);

/** Floors and the plain calls: nothing but these works, so that ratios are ratios. */
const withoutWorkers = async (bench: Bench, wanted: (name: string) => boolean): Promise<void> => {
  const config = pausedWorkers();
  try {
    const paused = await bench.startStack({ env: { ORDER_CONFIG_FILE: config.path } });
    try {
      if (wanted('create')) await againstEcho(bench, paused);
      else await closedLoad({ connections: 16, seconds: bench.seconds(8), request: await creates(paused) });
      if (wanted('get')) await getSection(bench, paused);
      if (wanted('list')) await listSection(bench, paused);
    } finally {
      await paused.stop();
    }
  } finally {
    config.remove();
  }
};

const againstEcho = async (bench: Bench, paused: BenchStack): Promise<void> => {
  const echo = await bench.startStack({ program: program('echo'), sandbox: false });
  try {
    await createSection(bench, echo, paused);
  } finally {
    await echo.stop();
  }
};

const withWorkers = async (bench: Bench, wanted: (name: string) => boolean): Promise<void> => {
  const running = await bench.startStack();
  try {
    if (wanted('create')) {
      const { perSecond } = await closedLoad({
        connections: 64,
        seconds: bench.seconds(15),
        request: await creates(running),
      });
      bench.report.add('create', 'create, workers running, 64 connections', perSecond, '/s');
    }
    const flow = { name: 'flow', until: 'confirmed', onTheirWay: 200, target: 150 } as const;
    if (wanted('flow')) await flowSection(bench, running, flow);
    if (wanted('mixed')) await mixedSection(bench, running, { name: 'mixed', better: 10 });
  } finally {
    await running.stop();
  }
};

const withWalk = async (bench: Bench, wanted: (name: string) => boolean): Promise<void> => {
  const walking = await bench.startStack({ env: { ORDER_SANDBOX_STEP_MS: '1000' } });
  try {
    const flow = { name: 'flow to delivered', until: 'delivered', onTheirWay: 400, target: 50 } as const;
    if (wanted('walk')) await flowSection(bench, walking, flow);
    if (wanted('steady-walk')) await steadySection(bench, walking, bench.rate);
    if (wanted('mixed-walk')) await mixedSection(bench, walking, { name: 'mixed with the walk', better: 3 });
  } finally {
    await walking.stop();
  }
};

/** What takes longer: growth, memory, watches, start, scale-out, overload. */
const theRest = async (bench: Bench, wanted: (name: string) => boolean): Promise<void> => {
  const config = pausedWorkers();
  const options = { env: { ORDER_CONFIG_FILE: config.path } };
  const onStackOfItsOwn = async (
    section: (bench: Bench, stack: BenchStack) => Promise<void>,
    replicas?: number,
  ): Promise<void> => {
    const stack = await bench.startStack(replicas === undefined ? options : { ...options, replicas });
    try {
      await section(bench, stack);
    } finally {
      await stack.stop();
    }
  };
  try {
    if (wanted('start')) await startSection(bench);
    if (wanted('scale-out')) await scaleOutSection(bench, options);
    if (wanted('overload')) await onStackOfItsOwn(overloadSection);
    if (wanted('memory')) await onStackOfItsOwn(memorySection);
    if (wanted('watches')) await onStackOfItsOwn(watchesSection, 1);
    if (wanted('hostile')) await onStackOfItsOwn(hostileSection, 1);
    if (wanted('growth')) await onStackOfItsOwn(growthSection);
  } finally {
    config.remove();
  }
};

const number = (name: string, text: string | undefined, otherwise: number): number => {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isFinite(value) || value < 0 || text === '')
    throw new Failure(`${name} needs a number, not "${text ?? ''}"`);
  return value;
};

const main = async (): Promise<void> => {
  const flags = process.argv.slice(2);
  const valueOf = (name: string): string | undefined => {
    const at = flags.findIndex((flag) => flag === name || flag.startsWith(`${name}=`));
    const flag = flags[at];
    return flag === name ? flags[at + 1] : flag?.slice(name.length + 1);
  };
  const only = valueOf('--only')?.split(',');
  const wanted = (name: string): boolean => only?.includes(name) ?? true;
  const report = createReport(log);
  const scale = Number(valueOf('--scale') ?? 1);
  const file = process.env['ORDER_BENCH_FILE'] ?? 'bench.json';
  const against = valueOf('--against');
  if (against !== undefined || flags.includes('--against')) {
    await againstSection(report, log, {
      ...{ url: against ?? '', token: process.env['ORDER_BENCH_TOKEN'], bodyFile: valueOf('--body') },
      ...{ rate: number('--rate', valueOf('--rate'), 50), warmUp: number('--warm-up', valueOf('--warm-up'), 10_000) },
      seconds: 60 * scale,
    });
    report.finish(file);
    return;
  }
  const rate = number('--rate', valueOf('--rate'), 100);
  const options = { scale, rate, tracing: !flags.includes('--no-tracing') };
  const bench = await createBench(report, log, options);
  if (wanted('create') || wanted('get') || wanted('list')) await withoutWorkers(bench, wanted);
  if (wanted('create') || wanted('flow') || wanted('mixed')) await withWorkers(bench, wanted);
  if (wanted('walk') || wanted('steady-walk') || wanted('mixed-walk')) await withWalk(bench, wanted);
  const long = (name: string): boolean => (only === undefined ? flags.includes('--all') : only.includes(name));
  if (['start', 'scale-out', 'overload', 'memory', 'watches', 'hostile', 'growth'].some(long))
    await theRest(bench, long);
  report.finish(file);
};

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
