import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuard } from './guard.js';
import { freePort } from './ports.js';
import { startPostgres } from './postgres.js';
import { takeDataFolder } from './run-records.js';

/** A Postgres for one errand. */
export interface ThrowawayPostgres {
  /** Of an empty database, whose role may create others. */
  readonly dsn: string;
  /** The same as a role that owns nothing. */
  readonly serviceDsn: string;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Starts a Postgres in a temporary folder, on a free port. It goes when this process dies. */
export async function startThrowawayPostgres(): Promise<ThrowawayPostgres> {
  const dataDir = mkdtempSync(join(tmpdir(), 'order-service-postgres-'));
  // Postgres may run as another user, who must be able to enter.
  chmodSync(dataDir, 0o711);
  const guard = startGuard(dataDir, true);
  const records = await takeDataFolder(dataDir, () => undefined);
  const postgres = await startPostgres({
    dataDir,
    logFile: join(dataDir, 'postgres.log'),
    port: await freePort(),
    passwords: { admin: 'throwaway', owner: 'throwaway', service: 'throwaway' },
    context: { records, onUnexpectedEnd: ({ name }) => console.error(`${name} ended unasked`) },
  });
  return {
    dsn: postgres.dsn,
    serviceDsn: postgres.serviceDsn,
    async stop() {
      await postgres.handle.stop();
      records.release();
      await guard.dismiss();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
