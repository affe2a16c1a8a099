import type { Pool } from 'pg';
import type { BulkRequests, Claim } from '../actors/bulk-requests.js';

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

/** The claim of a call on something other than an order, as the last three values of its statement; nulls where it has none. */
export const claimValues = (claim: Claim | undefined): readonly (string | null)[] => [
  claim?.commandId ?? null,
  claim?.requestHash ?? null,
  manyOrders,
];

/**
 * Takes the key of a call for what it acts on, in the statement that acts. Of two statements with the same key the second
 * waits for the first and takes nothing.
 *
 * @param target a common table expression: what would be acted on
 * @param first number of the first of the claim's values
 * @returns a common table expression `kept`, and the condition that the action may go on
 */
export const claimOf = (target: string, first: number): { readonly kept: string; readonly isOurs: string } => ({
  kept: `kept as (
    insert into order_creations (command_id, order_id, request_hash, created_at)
    select $${first}::text, $${first + 2}::uuid, $${first + 1}::text, now() from ${target} where $${first}::text is not null
    on conflict do nothing
    returning command_id
  )`,
  isOurs: `($${first}::text is null or exists (select from kept))`,
});

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
