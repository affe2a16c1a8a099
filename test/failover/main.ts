import { types } from 'node:util';
import { Failure } from '../../scripts/failure.js';
import { textOf } from '../chaos/report.js';
import { runFailover } from './run.js';

/**
 * `npm run test:failover [-- KILLS]`: kills the primary of a Postgres cluster under load so often (3), then has it switch
 * over; then once more through PgBouncer. Ends with 1 where a promise was not kept.
 */
const main = async (): Promise<void> => {
  const kills = Number(process.argv[2] ?? 3);
  if (!Number.isInteger(kills) || kills < 1) throw new Failure('usage: npm run test:failover [-- KILLS]');
  const seed = Number(process.env['ORDER_CHAOS_SEED'] ?? Date.now() % 2 ** 31);
  const log = (text: string): void => {
    console.log(`· ${text}`);
  };
  const runs = [
    { name: 'the service connects to HAProxy', kills, switchOver: true, pooled: false },
    { name: 'the service connects to PgBouncer', kills: 1, switchOver: true, pooled: true },
  ];
  for (const { name, ...run } of runs) {
    log(`${name}; seed ${seed}`);
    const report = await runFailover({ ...run, seed, log });
    process.stdout.write(textOf(report));
    if (!report.ok) process.exitCode = 1;
  }
};

main().catch((error: unknown) => {
  console.error(types.isNativeError(error) && error.name === 'Failure' ? error.message : error);
  process.exitCode = 1;
});
