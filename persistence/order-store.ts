import type { Pool } from 'pg';
import { type Authorship, type Creation, type Memory, type OrderStore } from '../actors/order-store.js';
import { replay } from '../actors/rules/evolve.js';
import type { Order, WaitingEvent } from '../actors/rules/order.js';
import { beginBirth, type EffectClaims, noClaims } from './born-effects.js';
import { createCommit } from './order-change.js';
import { createInsertion } from './order-creation.js';
import type { OrderNumbers } from './order-numbers.js';
import { type JournalRow, toEntry, toWaiting } from './order-rows.js';
import { uniqueViolation } from './pool.js';
import { keepEvent, loadOrder, recallCommand, rememberCommand, waitingAreFree } from './sql/commit-change.js';
import { findCreation } from './sql/create-order.js';
import type { TogetherLimits } from './together.js';

const creationOf = async (pool: Pool, commandId: string) => {
  const { rows } = await pool.query<{ order_id: string; request_hash: string }>({
    name: 'find-creation',
    text: findCreation,
    values: [commandId],
  });
  return rows[0] === undefined ? undefined : { takenBy: rows[0].order_id, requestHash: rows[0].request_hash };
};

/**
 * What waits while a statement is under way goes together. A statement of 32 takes some milliseconds; longer texts are those
 * of orders with many lines.
 */
const usual: TogetherLimits = { atOnce: 1, most: 32, mostText: 262_144, patienceMs: 100 };

/**
 * Orders in Postgres. The statements stand in sql/, one round trip each; new orders and changes of different orders may share
 * one.
 *
 * @param claims takes effects that are born claimed; without it all of them wait in the queue
 * @param limits how many orders share a statement, and when
 */
export const createOrderStore = (
  pool: Pool,
  numbers: OrderNumbers,
  claims: EffectClaims = noClaims,
  limits: TogetherLimits = usual,
): OrderStore => {
  const insert = createInsertion(pool, numbers, claims.leaseMs, limits);
  const commit = createCommit(pool, claims.leaseMs, limits);
  return {
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
        const row = await insert({ creation, effects: birth.rows });
        if (row !== 'taken') {
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
      const { orderId, state, entries, caller, traceparent, at } = change;
      // What is requeued, withdrawn or erased changes lanes in this very statement.
      const mayClaim = change.withdrawnFrom === undefined && !change.erases && change.requeued.length === 0;
      const birth = beginBirth(claims, entries, mayClaim);
      try {
        const row = await commit({ change, effects: birth.rows });
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
  };
};
