import { type Chain, createChain } from '../actors/chain.js';
import { setting } from '../configs/data-folder.js';
import { findConnectionString } from './dsn.js';
import { Failure } from './failure.js';
import { findOrderSecret } from './secrets.js';

/** What a command needs to read or write journals: the database, and the chain that the service links its entries with. */
export interface JournalAccess {
  readonly dsn: string;
  readonly chain: Chain;
}

/**
 * The database and secrets of the environment, as the owner of the tables where ORDER_MIGRATION_DSN names it; without a
 * database there, those of the service that `npm start` runs.
 * @throws Failure when no Postgres runs there, or a given database has no ORDER_SECRET beside it
 */
export function findJournalAccess(env: NodeJS.ProcessEnv, dataDir: string): JournalAccess {
  const given = setting(env, 'ORDER_MIGRATION_DSN') ?? setting(env, 'ORDER_DATABASE_DSN');
  const dsn = given ?? findConnectionString(env, dataDir);
  const secret = given !== undefined ? setting(env, 'ORDER_SECRET') : findOrderSecret(dataDir, env);
  if (secret === undefined)
    throw new Failure(
      'ORDER_SECRET is not set. The entries of the journals are signed with it: set that of the service on this database.',
    );
  const old = (setting(env, 'ORDER_OLD_SECRETS') ?? '').split(',').map((one) => one.trim());
  return {
    dsn,
    chain: createChain(
      secret,
      old.filter((one) => one !== ''),
    ),
  };
}
