import type { Pool, PoolClient } from 'pg';

/** A connection that breaks fails the statement in hand too; without a listener it would end the process. */
const ignore = (): void => undefined;

/** Runs work in one transaction, on a connection of its own. */
export const inTransaction = async <T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  client.on('error', ignore);
  // Until the commit, the connection goes with its transaction, whatever state that is in.
  let broken = true;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    broken = false;
    return result;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
};
