import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import {
  type Authorship,
  type Change,
  type Creation,
  type Memory,
  type NumberedEntry,
  type OrderStore,
  personalText,
} from '../actors/order-store.js';
import type { JournalEntry } from '../actors/rules/entries.js';
import { replay } from '../actors/rules/evolve.js';
import { requestedIn } from '../actors/rules/funds.js';
import { format } from '../actors/rules/money.js';
import type { Caller, Deadline, Order, WaitingEvent } from '../actors/rules/order.js';
import type { OrderNumbers } from './order-numbers.js';
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
import { createOrder, findCreation } from './sql/create-order.js';

interface JournalRow {
  readonly version: number;
  readonly at: string;
  readonly type: string;
  readonly data: unknown;
  readonly personal: unknown;
  readonly by_type: Caller['type'];
  readonly hash: string | null;
}

const toEntry = (orderId: string, { version, at, type, data, personal, by_type }: JournalRow): JournalEntry => ({
  order_id: orderId,
  version,
  at: new Date(at).toISOString(),
  by: by_type,
  // Only this service writes the journal, from these very types.
  entry: { type, data, ...(personal === null ? {} : { personal }) } as JournalEntry['entry'],
});

const toWaiting = (event: WaitingEvent): WaitingEvent => ({
  ...event,
  received_at: new Date(event.received_at).toISOString(),
});

const effectRows = (entries: readonly NumberedEntry[]): string =>
  JSON.stringify(
    entries.flatMap(({ version, effects }) => effects.map((effect, position) => ({ ...effect, version, position }))),
  );

const journalRows = (entries: readonly NumberedEntry[]): string =>
  JSON.stringify(
    entries.map(({ version, entry, link, seal }) => ({
      ...link,
      ...seal,
      version,
      type: entry.type,
      data: entry.data,
      personal: 'personal' in entry ? entry.personal : null,
    })),
  );

const lineRows = ({ state, itemsChanged }: Change): string =>
  itemsChanged
    ? JSON.stringify(
        state.order.items.map(({ id, cancelled_quantity, returned_quantity, metadata }) => ({
          id,
          cancelled_quantity,
          returned_quantity,
          metadata,
        })),
      )
    : '[]';

/** The deadline that comes first: the one that the sweeper looks for. */
const earliest = (deadlines: readonly Deadline[]): Deadline | undefined =>
  deadlines.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))[0];

const creationOf = async (pool: Pool, commandId: string) => {
  const { rows } = await pool.query<{ order_id: string; request_hash: string }>({
    name: 'find-creation',
    text: findCreation,
    values: [commandId],
  });
  return rows[0] === undefined ? undefined : { takenBy: rows[0].order_id, requestHash: rows[0].request_hash };
};

/** Orders in Postgres. The statements stand in sql/, one round trip each. */
export const createOrderStore = (pool: Pool, numbers: OrderNumbers): OrderStore => ({
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
    const { order, entry, caller, channel, commandId, requestHash, traceparent, at } = creation;
    const placeholder = order.order_number;
    const deadline = earliest(order.deadlines);
    const { rows } = await numbers.onDay(at, (day) =>
      pool.query<{ order_number: string }>({
        name: 'create-order',
        text: createOrder,
        values: [
          commandId,
          order.id,
          requestHash,
          at,
          day.sequence,
          placeholder,
          day.prefix,
          JSON.stringify(order),
          JSON.stringify(entry.entry.data),
          personalText(entry.entry),
          caller.type,
          caller.id,
          channel,
          traceparent ?? null,
          deadline?.what ?? null,
          deadline?.at ?? null,
          effectRows([entry]),
          entry.link?.hash ?? null,
          entry.link?.hash_key ?? null,
          entry.seal.personal_salt,
          entry.seal.personal_digest,
        ],
      }),
    );
    const number = rows[0]?.order_number;
    if (number !== undefined) return { ...order, order_number: number } satisfies Order;
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
    try {
      const withdraws = change.withdrawnFrom !== undefined;
      const { rows } = await pool.query<{ id: string | null; free?: boolean }>({
        name: withdraws ? 'commit-withdrawal' : 'commit-change',
        text: withdraws ? commitWithdrawal : commitChange,
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
          effectRows(entries),
          change.requeued,
          lineRows(change),
          JSON.stringify(change.released.map(({ source, event_id }) => ({ source, event_id }))),
          JSON.stringify(givenUp),
          change.isCallerKey,
          state.order.hold !== undefined,
          ...(withdraws ? [change.withdrawnFrom] : []),
        ],
      });
      const [row] = rows;
      if (typeof row?.id === 'string') return 'stored';
      return row?.free === false ? 'claimed' : 'overtaken';
    } catch (error) {
      const violated = uniqueViolation(error);
      if (violated === 'order_receipts_pkey' || violated === 'order_creations_pkey') return 'repeated';
      if (violated === 'order_events_pkey') return 'overtaken';
      throw error;
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
