import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/paths.js';
import { textOf } from './report.js';
import { runChaos } from './run.js';

/**
 * `npm run test:chaos [-- SECONDS]`: breaks a stack of its own for so long (`ORDER_CHAOS_SECONDS`, 300), as the seed has it
 * (`ORDER_CHAOS_SEED`, by default another one each time), prints what it found and writes chaos.json.
 */
const main = async (): Promise<void> => {
  const seed = Number(process.env['ORDER_CHAOS_SEED'] ?? Date.now() % 2 ** 31);
  const seconds = Number(process.argv[2] ?? process.env['ORDER_CHAOS_SECONDS'] ?? 300);
  if (!Number.isInteger(seed) || !(seconds > 0))
    throw new Error('a seed is a whole number, seconds are more than none');
  const began = performance.now();
  const log = (text: string): void => {
    console.log(`· ${text}`);
  };
  log(`seed ${seed}: ORDER_CHAOS_SEED=${seed} does the same again`);
  const kept = join(projectRoot, '.data', 'chaos-logs');
  rmSync(kept, { recursive: true, force: true });
  const keep = (logs: string): void => {
    cpSync(logs, kept, { recursive: true });
    log('the logs of the stack are kept in .data/chaos-logs');
  };
  const report = await runChaos({
    ...{ seed, seconds, replicas: 3, sessions: 24, actors: true, log },
    onBroken: ({ stack }) => {
      keep(stack.logsDir);
    },
    onReport: ({ ok }, { stack }, { attempts, operations }, faults) => {
      if (ok) return;
      keep(stack.logsDir);
      writeFileSync(join(kept, 'clients.json'), JSON.stringify({ faults, attempts, operations }));
      log('and so is what the clients saw');
    },
  });
  process.stdout.write(textOf(report));
  writeFileSync('chaos.json', `${JSON.stringify(report, null, 2)}\n`);
  log(`written to chaos.json, after ${Math.round((performance.now() - began) / 1_000)} s`);
  if (!report.ok) process.exitCode = 1;
};

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
