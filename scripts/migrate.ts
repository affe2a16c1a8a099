import { createMigration, migrate, migrationStatus } from '../persistence/migrate.js';
import { projectRoot } from './paths.js';

const usage = `usage: migrate up | status | down | create NAME

  up           applies all migrations that are missing
  status       shows which are applied
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
    case 'create':
      console.log(await createMigration(root, names.join(' ')));
      return;
    default:
      throw new UsageError(usage);
  }
};

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 1;
});
