import type { Pool } from 'pg';
import { type Creation, dataText, personalText } from '../actors/order-store.js';
import type { OrderNumbers } from './order-numbers.js';
import { earliest } from './order-rows.js';
import { createOrder } from './sql/create-order.js';

/** What the statement answers for a new order. */
export interface CreatedRow {
  readonly order_number: string;
  /** When its effects were queued. */
  readonly queued_at: string;
}

/**
 * Sends the statement that stores a new order; no row: its creation key was taken before.
 *
 * @param born rows of its effects as JSON, and for how many milliseconds those with a claim are their worker's
 */
export const insertCreation = async (
  pool: Pool,
  numbers: OrderNumbers,
  { order, entry, caller, channel, commandId, requestHash, traceparent, at }: Creation,
  [effects, leaseMs]: readonly [string, number],
): Promise<readonly CreatedRow[]> => {
  const deadline = earliest(order.deadlines);
  const { rows } = await numbers.onDay(at, (day) =>
    pool.query<CreatedRow>({
      name: 'create-order',
      text: createOrder,
      values: [
        commandId,
        order.id,
        requestHash,
        at,
        day.sequence,
        order.order_number,
        day.prefix,
        JSON.stringify(order),
        dataText(entry.entry),
        personalText(entry.entry),
        caller.type,
        caller.id,
        channel,
        traceparent ?? null,
        deadline?.what ?? null,
        deadline?.at ?? null,
        effects,
        entry.link?.hash ?? null,
        entry.link?.hash_key ?? null,
        entry.seal.personal_salt,
        entry.seal.personal_digest,
        leaseMs,
      ],
    }),
  );
  return rows;
};
