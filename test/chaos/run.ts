import { openShop, type Shop } from '../support/shop.js';
import { impatientConfig } from '../support/config-file.js';
import { checkAll } from './checks.js';
import type { Occurrence } from './excuses.js';
import { misbehave, strike } from './faults.js';
import { type Load, startLoad } from './load.js';
import { type FaultKind, planMisbehaviours, planSteps } from './plan.js';
import { createRandom } from './random.js';
import { type Report, reportOf } from './report.js';
import { watchReadiness } from './rotation.js';

/** What a run is like. */
export interface ChaosOptions {
  /** All that is chosen, is chosen by it. */
  readonly seed: number;
  /** For how long faults are begun. */
  readonly seconds: number;
  readonly replicas: number;
  /** Orders that are worked on at once. */
  readonly sessions: number;
  /** Default: all of them. */
  readonly kinds?: readonly FaultKind[];
  /** Whether to wait, minutes perhaps, until replicas have let go of actors that their sidecars forgot. */
  readonly actors: boolean;
  readonly log: (line: string) => void;
  /** Called where the run itself fails, while the stack still stands. */
  readonly onBroken?: (shop: Shop) => void;
  /** Called with everything while the stack still stands. */
  readonly onReport?: (report: Report, shop: Shop, load: Load, faults: readonly Occurrence[]) => void;
}

/** Waits until every replica is ready, then hits the stack over and over. Answers what it did. */
const strikeUntil = async (
  shop: Shop,
  { seed, seconds, replicas, kinds, log }: ChaosOptions,
  zero: number,
): Promise<readonly Occurrence[]> => {
  const faults: Occurrence[] = [];
  const now = (): string => `${((performance.now() - zero) / 1_000).toFixed(1)} s`;
  for (const step of planSteps(seed, replicas, kinds)) {
    if (performance.now() - zero + step.afterMs > seconds * 1_000) break;
    await new Promise((resolve) => setTimeout(resolve, step.afterMs));
    log(`${now()}: ${step.kind}${step.replica === undefined ? '' : ` ${step.replica}`} for ${step.forMs} ms`);
    faults.push(await strike(shop, step));
    log(`${now()}: well again`);
  }
  return faults;
};

const misbehaveUntil = async (shop: Shop, seed: number, stopped: AbortSignal): Promise<number> => {
  let times = 0;
  for (const wrong of planMisbehaviours(seed)) {
    if (stopped.aborted) break;
    await misbehave(shop, wrong, stopped);
    times += 1;
  }
  return times;
};

/** Orders walk by themselves, slowly enough to be cancelled on the way; a replica that goes says so for three seconds. */
const environment = { ORDER_SANDBOX_STEP_MS: '3000', ORDER_SHUTDOWN_DELAY_MS: '3000' };

/** Runs load and faults on a stack of its own, then holds everything that was stored, sent and answered to what is promised. */
export const runChaos = async (options: ChaosOptions): Promise<Report> => {
  const { seed, seconds, replicas, sessions, actors, log } = options;
  const config = impatientConfig();
  const shop = await openShop({ replicas, env: { ...environment, ORDER_CONFIG_FILE: config.path }, log });
  const rotation = watchReadiness(shop.stack.replicas);
  try {
    const zero = performance.now();
    const load = startLoad({ shop, random: createRandom(seed).fork('load'), rotation, sessions });
    const ending = new AbortController();
    const [struck, misbehaved] = await Promise.allSettled([
      strikeUntil(shop, options, zero).finally(() => {
        ending.abort();
      }),
      misbehaveUntil(shop, seed, ending.signal),
    ]);
    if (struck.status === 'rejected' || misbehaved.status === 'rejected') {
      options.onBroken?.(shop);
      throw struck.status === 'rejected' ? struck.reason : (misbehaved as PromiseRejectedResult).reason;
    }
    const [faults, misbehaviours] = [struck.value, misbehaved.value];
    await shop.heal();
    log('all is mended; the clients finish');
    await load.stop();
    log('looking at everything');
    const checks = await checkAll(shop, load, { faults, zero, actors });
    const report = reportOf({ seed, seconds, replicas, misbehaviours }, load, faults, checks);
    options.onReport?.(report, shop, load, faults);
    return report;
  } finally {
    await rotation.stop();
    await shop.stop();
    config.remove();
  }
};
