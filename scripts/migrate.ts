import { dataFolder } from '../configs/data-folder.js';
import { pino } from 'pino';
import { createJournalSeal } from '../persistence/journal-seal.js';
import { createMigration, migrate, migrationStatus } from '../persistence/migrate.js';
import { createPool } from '../persistence/pool.js';
import { findSchemaPlace } from '../persistence/schema-place.js';
import { whyUnusable } from '../persistence/unusable-database.js';
import { findJournalAccess } from './journal-access.js';
import { Failure } from './failure.js';
import { projectRoot } from './paths.js';

const usage = `usage: migrate up | status | seal | down | create NAME

  up           applies all migrations that are missing
  status       shows which are applied
  seal         gives journal entries of release 2.0 their hashes, after up and before the first start of this release;
               for a service that runs without ORDER_MIGRATION_DSN and does not own the tables. Needs ORDER_SECRET.
  down         takes the newest one back (development only: its data goes too)
  create NAME  makes an empty one, persistence/migrations/NNNNNN_NAME.sql

up, status and down need ORDER_MIGRATION_DSN or ORDER_DATABASE_DSN; where both are set, up gives the role of the
latter the rights that the service needs.`;

class UsageError extends Error {}

const set = (name: string): string | undefined => {
  const value = process.env[name];
  return value === '' ? undefined : value;
};

const database = (): string => {
  const dsn = set('ORDER_MIGRATION_DSN') ?? set('ORDER_DATABASE_DSN');
  if (dsn === undefined)
    throw new UsageError('ORDER_DATABASE_DSN is not set: postgres://user:password@host:5432/orders');
  return dsn;
};

/** Seals what there is, batch by batch. The replicas of the earlier release have stopped, so nothing comes after it. */
const seal = async (): Promise<void> => {
  const { dsn, chain } = findJournalAccess(process.env, dataFolder(process.env));
  const place = await findSchemaPlace(dsn);
  const log = pino({ level: 'silent' });
  const pool = createPool({ dsn: place.dsn, connections: 1, lifetimeSeconds: 300, name: 'order-service seal' }, log);
  try {
    const sealing = createJournalSeal(pool, chain, () => new Date(), 0);
    let step = await sealing.begin();
    while (step === 'more' || step === 'current') step = await sealing.advance();
    if (step === 'elsewhere') throw new Failure('The service seals these journals already.');
    if (step === 'forbidden') throw new Failure('This role does not own the tables. Set ORDER_MIGRATION_DSN.');
    if (step === 'refused')
      throw new Failure(
        'Nothing may be sealed any more: this release has written entries, or the mark of sealing is not ours.',
      );
    console.log('all journal entries have their hashes');
  } finally {
    await pool.end();
  }
};

const main = async ([command, ...names]: readonly string[]): Promise<void> => {
  const root = projectRoot;
  switch (command) {
    case 'up':
    case 'down': {
      const run = await migrate({
        dsn: database(),
        serviceDsn: set('ORDER_DATABASE_DSN'),
        root,
        direction: command,
        log: (line) => console.log(line),
      });
      if (run.length === 0) console.log('nothing to do');
      return;
    }
    case 'status':
      for (const { name, appliedAt } of await migrationStatus({ dsn: database(), root }))
        console.log(`${name}  ${appliedAt ?? 'missing'}`);
      return;
    case 'seal':
      await seal();
      return;
    case 'create':
      console.log(await createMigration(root, names.join(' ')));
      return;
    default:
      throw new UsageError(usage);
  }
};

main(process.argv.slice(2)).catch((error: unknown) => {
  const known = error instanceof UsageError || error instanceof Failure ? error.message : whyUnusable(error);
  console.error(known ?? error);
  process.exitCode = 1;
});
