import { join } from 'node:path';
import { setting, dataFolder } from '../configs/data-folder.js';
import { describeError, Failure } from './failure.js';
import { readIfThere } from './files.js';
import { connectionString } from './postgres.js';
import { loadSecrets } from './secrets.js';

/** The line of postmaster.pid that holds the port. */
const portLine = 3;

/**
 * The connection string of the database: ORDER_DATABASE_DSN, or that of the Postgres that `npm start` runs on a data folder.
 * @throws Failure when no Postgres runs there
 */
export function findConnectionString(env: NodeJS.ProcessEnv, dataDir: string): string {
  const given = setting(env, 'ORDER_DATABASE_DSN');
  if (given !== undefined) return given;
  const port = Number(readIfThere(join(dataDir, 'postgres', 'postmaster.pid'))?.split('\n')[portLine]);
  if (!Number.isInteger(port) || port <= 0) {
    throw new Failure(`No Postgres is running on ${dataDir}. Run \`npm start\` first, or set ORDER_DATABASE_DSN.`);
  }
  return connectionString(port, loadSecrets(dataDir).databasePassword);
}

if (require.main === module) {
  try {
    console.log(findConnectionString(process.env, dataFolder(process.env)));
  } catch (error) {
    console.error(describeError(error));
    process.exitCode = 1;
  }
}
