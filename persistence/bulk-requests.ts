import type { Pool } from 'pg';
import type { BulkRequests } from '../actors/bulk-requests.js';

/** In place of an order: the keys of a caller are in one table, whatever they stand for. */
const manyOrders = '00000000-0000-0000-0000-000000000000';

// Of two replicas that begin the same request at once, the second sees no row in its own snapshot: it asks again.
const keepRequest = `
with kept as (
  insert into order_creations (command_id, order_id, request_hash, created_at) values ($1, $3::uuid, $2, now())
  on conflict do nothing
  returning request_hash
)
select request_hash from kept
union all
select request_hash from order_creations where command_id = $1
limit 1`;

const findRequest = `select request_hash from order_creations where command_id = $1`;

interface Row {
  readonly request_hash: string;
}

/** Bulk requests in Postgres. */
export const createBulkRequests = (pool: Pool): BulkRequests => {
  const find = async (commandId: string): Promise<string | undefined> => {
    const { rows } = await pool.query<Row>({ name: 'find-bulk-request', text: findRequest, values: [commandId] });
    return rows[0]?.request_hash;
  };
  return {
    find,
    keep: async (commandId, requestHash) => {
      const { rows } = await pool.query<Row>({
        name: 'keep-bulk-request',
        text: keepRequest,
        values: [commandId, requestHash, manyOrders],
      });
      const kept = rows[0]?.request_hash ?? (await find(commandId));
      if (kept === undefined) throw new Error(`bulk request ${commandId} is neither new nor known`);
      return kept;
    },
  };
};
