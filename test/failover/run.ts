import { setTimeout as sleep } from 'node:timers/promises';
import { checkAll } from '../chaos/checks.js';
import type { Occurrence } from '../chaos/excuses.js';
import { startLoad } from '../chaos/load.js';
import { createRandom } from '../chaos/random.js';
import { type Report, reportOf } from '../chaos/report.js';
import { watchReadiness } from '../chaos/rotation.js';
import { openShop, type Shop } from '../support/shop.js';
import { impatientConfig } from '../support/config-file.js';
import { keepLogs, type PostgresCluster, startPostgresCluster } from './cluster.js';

/** What a run is like. */
export interface FailoverOptions {
  readonly seed: number;
  /** How often the primary is killed. */
  readonly kills: number;
  /** Whether the standby is made the primary in an orderly way at the end. */
  readonly switchOver: boolean;
  /** Whether the service connects through PgBouncer. */
  readonly pooled: boolean;
  readonly log: (line: string) => void;
}

const calmMs = 8_000;
const replicas = 2;
const sessions = 8;

/** How long it took until a primary accepted writes, and until every replica was ready. */
const strike = async (
  blow: () => Promise<void>,
  cluster: PostgresCluster,
  shop: Shop,
): Promise<{ readonly occurrence: Occurrence; readonly writableMs: number; readonly readyMs: number }> => {
  const from = performance.now();
  await blow();
  await cluster.writable();
  const writable = performance.now();
  await shop.stack.ready();
  const until = performance.now();
  return {
    // What clients may be told is the same as when the only Postgres is killed: to try again, and when.
    occurrence: { kind: 'postgres_killed', replica: undefined, from, until },
    writableMs: Math.round(writable - from),
    readyMs: Math.round(until - from),
  };
};

const strikeAll = async (
  cluster: PostgresCluster,
  shop: Shop,
  { kills, switchOver, log }: FailoverOptions,
): Promise<readonly Occurrence[]> => {
  const faults: Occurrence[] = [];
  for (let round = 1; round <= kills; round += 1) {
    await sleep(calmMs);
    let killed = -1;
    const kill = async (): Promise<void> => {
      killed = await cluster.killPrimary();
    };
    const { occurrence, writableMs, readyMs } = await strike(kill, cluster, shop);
    faults.push(occurrence);
    log(
      `primary killed: the standby accepts writes after ${writableMs} ms, the replicas are ready after ${readyMs} ms`,
    );
    // From here on nobody may notice anything: the old primary comes back as the standby.
    await cluster.restart(killed);
    await cluster.ready();
  }
  if (switchOver) {
    await sleep(calmMs);
    const { occurrence, writableMs, readyMs } = await strike(() => cluster.switchOver(), cluster, shop);
    faults.push(occurrence);
    log(`switchover: writes after ${writableMs} ms, the replicas are ready after ${readyMs} ms`);
    await cluster.ready();
  }
  await sleep(calmMs);
  return faults;
};

/** Runs load on a stack whose Postgres fails over, then holds everything that was stored, sent and answered to what is promised. */
export const runFailover = async (options: FailoverOptions): Promise<Report> => {
  const { seed, pooled, log } = options;
  const cluster = await startPostgresCluster(log);
  const config = impatientConfig();
  try {
    // Migrations lock by session, so they go past the pooler.
    const past = pooled ? { ORDER_MIGRATION_DSN: cluster.dsn } : {};
    const env = { ORDER_SANDBOX_STEP_MS: '3000', ORDER_CONFIG_FILE: config.path, ...past };
    if (pooled) log(`PgBouncer is in ${cluster.poolMode} mode`);
    const shop = await openShop({ replicas, env, log, databaseDsn: pooled ? cluster.pooledDsn : cluster.dsn });
    const rotation = watchReadiness(shop.stack.replicas);
    const keep = (): void => {
      keepLogs(cluster.logsDir, log);
      keepLogs(shop.stack.logsDir, log);
    };
    try {
      const zero = performance.now();
      const load = startLoad({ shop, random: createRandom(seed).fork('load'), rotation, sessions });
      const faults = await strikeAll(cluster, shop, options);
      await load.stop();
      log('looking at everything');
      const checks = await checkAll(shop, load, { faults, zero, actors: false });
      const seconds = Math.round((performance.now() - zero) / 1_000);
      const report = reportOf({ seed, seconds, replicas, misbehaviours: 0 }, load, faults, checks);
      if (!report.ok) keep();
      return report;
    } catch (error) {
      keep();
      throw error;
    } finally {
      await rotation.stop();
      await shop.stop();
    }
  } finally {
    config.remove();
    await cluster.stop();
  }
};
