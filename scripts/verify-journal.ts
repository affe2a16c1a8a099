import { dataFolder } from '../configs/data-folder.js';
import type { Pool } from 'pg';
import { type Audited, verifyJournal } from '../actors/journal-audit.js';
import { auditedOrders, orderIds } from '../persistence/journal.js';
import { createPool } from '../persistence/pool.js';
import { findSchemaPlace } from '../persistence/schema-place.js';
import { whyUnusable } from '../persistence/unusable-database.js';
import { pino } from 'pino';
import { describeError } from './failure.js';
import { findJournalAccess } from './journal-access.js';

const batch = 200;
const progressEvery = 10_000;

/** Batches of what is stored, the next one read while one is worked on: Postgres and this process work side by side. */
async function* batches(pool: Pool): AsyncGenerator<readonly Audited[]> {
  const ids = orderIds(pool, batch);
  const read = async (): Promise<readonly Audited[] | undefined> => {
    const page = await ids.next();
    return page.done === true ? undefined : auditedOrders(pool, page.value);
  };
  let next = read();
  for (;;) {
    const found = await next;
    if (found === undefined) return;
    next = read();
    // Its error is thrown when its turn comes.
    next.catch(() => undefined);
    yield found;
  }
}

/** Verifies every order, in batches, and prints one line for each that fails. Answers how many failed. */
const main = async (): Promise<number> => {
  const { dsn, chain } = findJournalAccess(process.env, dataFolder(process.env));
  const log = pino({ level: 'silent' });
  const pool = createPool(
    { dsn: (await findSchemaPlace(dsn)).dsn, connections: 2, lifetimeSeconds: 300, name: 'verify-journal' },
    log,
  );
  let [checked, failed] = [0, 0];
  try {
    for await (const page of batches(pool)) {
      for (const audited of page) {
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
    console.error(whyUnusable(error) ?? describeError(error));
    process.exitCode = 2;
  },
);
