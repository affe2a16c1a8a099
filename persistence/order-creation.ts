import type { Pool } from 'pg';
import { type Creation, dataText, personalText } from '../actors/order-store.js';
import type { NumberDay, OrderNumbers } from './order-numbers.js';
import { earliest } from './order-rows.js';
import { createOrder } from './sql/create-order.js';
import { createOrders } from './sql/create-orders.js';
import type { SharedStatement } from './statement-spans.js';
import { createTogether, type Send, type TogetherLimits } from './together.js';

/** What the statement answers for a new order. */
export interface CreatedRow {
  readonly order_number: string;
  /** When its effects were queued. */
  readonly queued_at: string;
}

/** A new order with its effects, as the statement takes it. */
export interface Insertion {
  readonly creation: Creation;
  /** Rows of its effects as JSON. */
  readonly effects: string;
}

/** A new order's row, or that its creation key was taken before. */
export type Inserted = CreatedRow | 'taken';

const insertOne = async (pool: Pool, { creation, effects }: Insertion, day: NumberDay, leaseMs: number) => {
  const { order, entry, caller, channel, commandId, requestHash, traceparent, at } = creation;
  const deadline = earliest(order.deadlines);
  const { rows } = await pool.query<CreatedRow>({
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
  });
  return rows[0] ?? 'taken';
};

/** One order as a row of the statement for several: texts of the journal stay as they are, since hashes cover them. */
const rowOf = ({ creation, effects }: Insertion, { sequence, prefix }: NumberDay): string => {
  const { order, entry, caller, channel, commandId, requestHash, traceparent, at } = creation;
  const deadline = earliest(order.deadlines);
  const columns = JSON.stringify({
    ...{ command_id: commandId, order_id: order.id, request_hash: requestHash, at, sequence, prefix },
    ...{ placeholder: order.order_number, by_type: caller.type, by_id: caller.id, channel, traceparent },
    ...{ deadline_what: deadline?.what, deadline_at: deadline?.at, ...entry.link, ...entry.seal },
  });
  const [data, personal] = [dataText(entry.entry), personalText(entry.entry) ?? 'null'];
  return `${columns.slice(0, -1)},"document":${JSON.stringify(order)},"data":${data},"personal":${personal},"effects":${effects}}`;
};

interface CreatedOrder extends CreatedRow {
  readonly order_id: string;
  readonly command_id: string;
}

const insertSeveral = async (pool: Pool, statement: SharedStatement, items: readonly Insertion[]) => {
  const { rows } = await pool.query<CreatedOrder>(statement);
  return items.map(
    ({ creation }): Inserted =>
      rows.find((row) => row.order_id === creation.order.id && row.command_id === creation.commandId) ?? 'taken',
  );
};

/**
 * Stores new orders: each by a statement of its own, or several that wait by one.
 *
 * @param leaseMs for how many milliseconds effects with a claim are their worker's
 */
export const createInsertion = (
  pool: Pool,
  numbers: OrderNumbers,
  leaseMs: number,
  limits: TogetherLimits,
): Send<Insertion, Inserted> =>
  createTogether<Insertion, Inserted>({
    ...limits,
    row: (item) => rowOf(item, numbers.dayOf(item.creation.at)),
    alone: (item) => numbers.onDay(item.creation.at, (day) => insertOne(pool, item, day, leaseMs)),
    several: (items, rows, traces) =>
      insertSeveral(pool, { name: 'create-orders', text: createOrders, values: [rows, leaseMs], traces }, items),
  });
