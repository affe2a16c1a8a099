import { verifyJournal } from '../actors/journal-audit.js';
import { auditedOrders, orderIds } from '../persistence/journal.js';
import { createPool } from '../persistence/pool.js';
import { findSchemaPlace } from '../persistence/schema-place.js';
import { pino } from 'pino';
import { describeError } from './failure.js';
import { findJournalAccess } from './journal-access.js';
import { defaultDataDir } from './paths.js';

const batch = 200;
const progressEvery = 10_000;

/** Verifies every order, in batches, and prints one line for each that fails. Answers how many failed. */
const main = async (): Promise<number> => {
  const { dsn, chain } = findJournalAccess(process.env, defaultDataDir());
  const log = pino({ level: 'silent' });
  const pool = createPool(
    { dsn: (await findSchemaPlace(dsn)).dsn, connections: 2, lifetimeSeconds: 300, name: 'verify-journal' },
    log,
  );
  let [checked, failed] = [0, 0];
  try {
    for await (const ids of orderIds(pool, batch)) {
      for (const audited of await auditedOrders(pool, ids)) {
        const { verified, ...found } = verifyJournal(chain, audited);
        if (!verified) console.log(JSON.stringify({ order_id: audited.order_id, ...found }));
        if (!verified) failed += 1;
        checked += 1;
        if (checked % progressEvery === 0) console.error(`${checked} orders checked, ${failed} failed`);
      }
    }
  } finally {
    await pool.end();
  }
  console.error(`${checked} orders checked, ${failed} failed`);
  return failed;
};

main().then(
  (failed) => {
    process.exitCode = failed === 0 ? 0 : 1;
  },
  (error: unknown) => {
    console.error(describeError(error));
    process.exitCode = 2;
  },
);
