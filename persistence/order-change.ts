import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { Change } from '../actors/order-store.js';
import { requestedIn } from '../actors/rules/funds.js';
import { format } from '../actors/rules/money.js';
import { earliest, journalRows, lineRows } from './order-rows.js';
import { commitChange, commitLeanChange, commitWithdrawal } from './sql/commit-change.js';
import { commitChanges } from './sql/commit-changes.js';
import { commitErasure } from './sql/erase-order.js';
import type { SharedStatement } from './statement-spans.js';
import { createTogether, type Send, type TogetherLimits } from './together.js';

/** What a statement answers for a change. */
export interface CommittedRow {
  /** Null: nothing was written. */
  readonly id: string | null;
  /** Of a withdrawal or an erasure: whether what it needs was free. */
  readonly free?: boolean;
  readonly queued_at?: string;
  /** Keys of the effects that were born claimed; null: none. */
  readonly claimed?: readonly string[] | null;
}

/** A change with its effects, as the statement takes it. */
export interface Commitment {
  readonly change: Change;
  /** Rows of its effects as JSON. */
  readonly effects: string;
}

/** Sends the statement of a change; undefined: the order has moved on. */
export type SendChange = Send<Commitment, CommittedRow | undefined>;

/** Whether a change is of the usual kind, which has a shorter statement and may be stored with others. */
const isLean = ({ erases, withdrawnFrom, requeued, itemsChanged, released, givenUp }: Change): boolean =>
  !erases &&
  withdrawnFrom === undefined &&
  !itemsChanged &&
  requeued.length === 0 &&
  released.length === 0 &&
  givenUp.length === 0;

const restOf = (change: Change): readonly unknown[] => [
  change.requeued,
  lineRows(change),
  JSON.stringify(change.released.map(({ source, event_id }) => ({ source, event_id }))),
  JSON.stringify(
    change.givenUp.map(({ event, reason }) => ({
      ...{ id: uuidv7(), topic: event.topic, source: event.source },
      ...{ event_id: event.event_id, payload: event.data, reason },
    })),
  ),
];

const statementOf = (change: Change): readonly [name: string, text: string] => {
  if (isLean(change)) return ['commit-lean-change', commitLeanChange];
  if (change.erases) return ['commit-erasure', commitErasure];
  return change.withdrawnFrom === undefined ? ['commit-change', commitChange] : ['commit-withdrawal', commitWithdrawal];
};

const commitOne = async (pool: Pool, { change, effects }: Commitment, leaseMs: number) => {
  const { orderId, state, entries, caller, channel, commandId, requestHash, traceparent, at } = change;
  const deadline = earliest(state.order.deadlines);
  const [name, text] = statementOf(change);
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
      effects,
      change.isCallerKey,
      state.order.hold !== undefined,
      leaseMs,
      ...(isLean(change) ? [] : restOf(change)),
      ...(change.withdrawnFrom === undefined ? [] : [change.withdrawnFrom]),
    ],
  });
  return rows[0];
};

/** One change as a row of the statement for several. */
const rowOf = ({ change, effects }: Commitment): string => {
  const { orderId, state, entries, caller, channel, commandId, requestHash, traceparent, at } = change;
  const deadline = earliest(state.order.deadlines);
  const columns = JSON.stringify({
    ...{ order_id: orderId, expected: change.expectedVersion, version: state.order.version },
    ...{ requested: format(requestedIn(state), state.decimals), held: state.order.hold !== undefined },
    ...{ deadline_what: deadline?.what, deadline_at: deadline?.at, by_type: caller.type, by_id: caller.id, channel },
    ...{ command_id: commandId, traceparent, at, request_hash: requestHash, is_caller_key: change.isCallerKey },
  });
  const document = JSON.stringify(state.order);
  return `${columns.slice(0, -1)},"document":${document},"entries":${journalRows(entries)},"effects":${effects}}`;
};

interface CommittedOrder extends CommittedRow {
  readonly id: string;
  readonly command_id: string;
}

const commitSeveral = async (pool: Pool, statement: SharedStatement, items: readonly Commitment[]) => {
  const { rows } = await pool.query<CommittedOrder>(statement);
  return items.map(({ change: { orderId, commandId } }) =>
    rows.find(({ id, command_id }) => id === orderId && command_id === commandId),
  );
};

/**
 * Stores changes: each by a statement of its own, or several of the usual kind that wait by one.
 *
 * @param leaseMs for how many milliseconds effects with a claim are their worker's
 */
export const createCommit = (pool: Pool, leaseMs: number, limits: TogetherLimits): SendChange => {
  const alone: SendChange = (item) => commitOne(pool, item, leaseMs);
  const together = createTogether<Commitment, CommittedRow | undefined>({
    ...limits,
    row: rowOf,
    alone,
    several: (items, rows, traces) => {
      const ids = items.map(({ change }) => change.orderId);
      const values = [rows, ids, leaseMs];
      return commitSeveral(pool, { name: 'commit-changes', text: commitChanges, values, traces }, items);
    },
  });
  return (item) => (isLean(item.change) ? together(item) : alone(item));
};
