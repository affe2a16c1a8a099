import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type Authorship, type Creation, type Memory, type OrderStore } from '../actors/order-store.js';
import { replay } from '../actors/rules/evolve.js';
import { requestedIn } from '../actors/rules/funds.js';
import { format } from '../actors/rules/money.js';
import type { Order, WaitingEvent } from '../actors/rules/order.js';
import { beginBirth, type EffectClaims, noClaims } from './born-effects.js';
import { insertCreation } from './order-creation.js';
import type { OrderNumbers } from './order-numbers.js';
import { earliest, type JournalRow, journalRows, lineRows, toEntry, toWaiting } from './order-rows.js';
import { uniqueViolation } from './pool.js';
import {
  commitChange,
  commitWithdrawal,
  keepEvent,
  loadOrder,
  recallCommand,
  rememberCommand,
  waitingAreFree,
} from './sql/commit-change.js';
import { commitErasure } from './sql/erase-order.js';
import { findCreation } from './sql/create-order.js';

const creationOf = async (pool: Pool, commandId: string) => {
  const { rows } = await pool.query<{ order_id: string; request_hash: string }>({
    name: 'find-creation',
    text: findCreation,
    values: [commandId],
  });
  return rows[0] === undefined ? undefined : { takenBy: rows[0].order_id, requestHash: rows[0].request_hash };
};

interface CommittedRow {
  readonly id: string | null;
  /** Of a withdrawal or an erasure: whether what it needs was free. */
  readonly free?: boolean;
  readonly queued_at?: string;
  /** Keys of the effects that were born claimed; null: none. */
  readonly claimed?: readonly string[] | null;
}

/**
 * Orders in Postgres. The statements stand in sql/, one round trip each.
 *
 * @param claims takes effects that are born claimed; without it all of them wait in the queue
 */
export const createOrderStore = (pool: Pool, numbers: OrderNumbers, claims: EffectClaims = noClaims): OrderStore => ({
  load: async (orderId) => {
    const { rows } = await pool.query<{ journal: JournalRow[] | null; waiting: WaitingEvent[] | null }>({
      name: 'load-order',
      text: loadOrder,
      values: [orderId],
    });
    const [row] = rows;
    const journal = row?.journal ?? [];
    const state = replay(journal.map((entry) => toEntry(orderId, entry)));
    if (state === undefined) return undefined;
    const head = journal.at(-1)?.hash ?? undefined;
    return { ...state, head, waiting: (row?.waiting ?? []).map(toWaiting) };
  },

  recall: async (orderId, commandId): Promise<Memory> => {
    const { rows } = await pool.query<{ version: number | null; request_hash: string | null }>({
      name: 'recall-command',
      text: recallCommand,
      values: [orderId, commandId],
    });
    return { version: rows[0]?.version ?? undefined, requestHash: rows[0]?.request_hash ?? undefined };
  },

  verifiedCustomer: async (email) => {
    const { rows } = await pool.query<{ customer_id: string }>({
      name: 'verified-customer',
      text: `select customer_id from verified_emails where email = $1`,
      values: [email.toLowerCase()],
    });
    return rows[0]?.customer_id;
  },

  create: async (creation: Creation) => {
    const { order, entry, commandId } = creation;
    const birth = beginBirth(claims, [entry], true);
    try {
      const [row] = await insertCreation(pool, numbers, creation, [birth.rows, claims.leaseMs]);
      if (row !== undefined) {
        const { order_number: orderNumber, queued_at: queuedAt } = row;
        const complete = <T>(value: T): T =>
          JSON.parse(JSON.stringify(value).replaceAll(order.order_number, orderNumber)) as T;
        birth.born(undefined, { ...creation, orderId: order.id, orderNumber, queuedAt, complete });
        return { ...order, order_number: orderNumber } satisfies Order;
      }
    } finally {
      birth.end();
    }
    const taken = await creationOf(pool, commandId);
    if (taken === undefined) throw new Error(`creation ${commandId} is neither new nor known`);
    return taken;
  },

  findCreation: (commandId) => creationOf(pool, commandId),

  commit: async (change) => {
    const { orderId, state, entries, caller, channel, commandId, requestHash, traceparent, at } = change;
    const deadline = earliest(state.order.deadlines);
    const givenUp = change.givenUp.map(({ event, reason }) => ({
      id: uuidv7(),
      topic: event.topic,
      source: event.source,
      event_id: event.event_id,
      payload: event.data,
      reason,
    }));
    const withdraws = change.withdrawnFrom !== undefined;
    // What is requeued, withdrawn or erased changes lanes in this very statement.
    const birth = beginBirth(claims, entries, !withdraws && !change.erases && change.requeued.length === 0);
    try {
      const [name, text] = change.erases
        ? ['commit-erasure', commitErasure]
        : withdraws
          ? ['commit-withdrawal', commitWithdrawal]
          : ['commit-change', commitChange];
      const { rows } = await pool.query<CommittedRow>({
        name,
        text,
        values: [
          orderId,
          change.expectedVersion,
          state.order.version,
          JSON.stringify(state.order),
          format(requestedIn(state), state.decimals),
          deadline?.what ?? null,
          deadline?.at ?? null,
          caller.type,
          caller.id,
          channel,
          commandId,
          traceparent ?? null,
          at,
          journalRows(entries),
          requestHash,
          birth.rows,
          change.requeued,
          lineRows(change),
          JSON.stringify(change.released.map(({ source, event_id }) => ({ source, event_id }))),
          JSON.stringify(givenUp),
          change.isCallerKey,
          state.order.hold !== undefined,
          claims.leaseMs,
          ...(withdraws ? [change.withdrawnFrom] : []),
        ],
      });
      const [row] = rows;
      if (typeof row?.id === 'string') {
        const about = { orderId, caller, at, traceparent, orderNumber: state.order.order_number };
        birth.born(row.claimed ?? [], { ...about, queuedAt: row.queued_at ?? at, complete: (value) => value });
        if (change.requeued.length > 0) claims.wake();
        return 'stored';
      }
      return row?.free === false ? 'claimed' : 'overtaken';
    } catch (error) {
      const violated = uniqueViolation(error);
      if (violated === 'order_receipts_pkey' || violated === 'order_creations_pkey') return 'repeated';
      if (violated === 'order_events_pkey') return 'overtaken';
      throw error;
    } finally {
      birth.end();
    }
  },

  isWithdrawable: async (orderId, fromVersion) => {
    const { rows } = await pool.query<{ free: boolean }>({
      name: 'waiting-are-free',
      text: waitingAreFree,
      values: [orderId, fromVersion],
    });
    return rows[0]?.free === true;
  },

  remember: async (orderId: string, version: number, { commandId, requestHash, at, isCallerKey }: Authorship) => {
    try {
      await pool.query({
        name: 'remember-command',
        text: rememberCommand,
        values: [orderId, commandId, requestHash, version, at, isCallerKey],
      });
      return 'stored';
    } catch (error) {
      const violated = uniqueViolation(error);
      if (violated === 'order_receipts_pkey' || violated === 'order_creations_pkey') return 'repeated';
      throw error;
    }
  },

  keep: async (orderId: string, version: number, event: WaitingEvent) => {
    const { rows } = await pool.query({
      name: 'keep-event',
      text: keepEvent,
      values: [
        orderId,
        version,
        event.source,
        event.event_id,
        event.topic,
        JSON.stringify(event.data),
        event.received_at,
      ],
    });
    return rows.length === 1 ? 'stored' : 'overtaken';
  },
});
