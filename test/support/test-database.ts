import { afterAll, beforeAll } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { createPool } from '../../persistence/pool.js';
import { startTestDatabases, type TestDatabases } from './postgres.js';

/**
 * A database of its own for the tests of a `describe`, made before them and removed after them.
 *
 * @param connections of the pool, at most
 */
export const useTestDatabase = (connections: number): { readonly pool: Pool } => {
  let databases: TestDatabases | undefined;
  let pool: Pool | undefined;

  beforeAll(async () => {
    databases = await startTestDatabases();
    const options = { dsn: await databases.create(), connections, lifetimeSeconds: 300, name: 'test' };
    pool = createPool(options, pino({ level: 'silent' }));
  });
  afterAll(async () => {
    await pool?.end();
    await databases?.stop();
  });

  return {
    get pool() {
      if (pool === undefined) throw new Error('the database is there only while tests run');
      return pool;
    },
  };
};
