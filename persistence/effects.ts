import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { type Effect, type Operation, type Target, targets } from '../actors/rules/effects.js';
import { fromStored } from '../actors/rules/stored-entry.js';
import { claimEffects, giveBackEffects, settleEffects, unsettledEffects } from './sql/effects.js';

/** A journal entry as an event publishes it. */
export interface PublishedEntry {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: string;
  /** Who made the entry. */
  readonly changedBy: { readonly type: string; readonly id: string };
  readonly orderNumber: string;
  /** Absent where the entry is of an earlier release and not sealed. */
  readonly hash?: string | undefined;
}

/** An effect in this worker's hands until its lease ends. */
export interface ClaimedEffect {
  /** The idempotency key that the receiver sees. */
  readonly key: string;
  /** Proves at settling that the row is still ours. */
  readonly claim: string;
  readonly orderId: string;
  readonly version: number;
  readonly target: Target;
  readonly operation: Operation;
  readonly payload: Effect['payload'];
  /** This one included. */
  readonly attempts: number;
  readonly createdAt: string;
  /** When it was queued last: at first with its order, later by staff who asked again. Names the round of tries. */
  readonly queuedAt: string;
  readonly traceparent: string | undefined;
  /** The entry to publish; only with `event.publish`. */
  readonly entry: PublishedEntry | undefined;
}

/** What went wrong. */
export interface Trouble {
  /** In our own words or by the receiver's code: logged, and published where a refund is refused. No personal data. */
  readonly error: string;
  /** In the receiver's words, whatever they hold: for staff, in the ledger alone. */
  readonly detail?: string | undefined;
}

/** How a try ended: done, refused by the receiver for good, to be tried again, or not to be tried any more. */
export type Outcome =
  | { readonly kind: 'done' }
  | ({ readonly kind: 'rejected' } & Trouble)
  | ({ readonly kind: 'retry' } & Trouble)
  | ({ readonly kind: 'given_up' } & Trouble);

/** An effect and how its try ended. */
export interface Settlement {
  readonly effect: ClaimedEffect;
  readonly outcome: Outcome;
}

/** What became of settled rows. */
export interface Settled {
  /** State of each row that was ours, by key. */
  readonly states: ReadonlyMap<string, 'done' | 'rejected' | 'dead' | 'pending'>;
  /** Rows that a lost lease kept us from settling: another worker has or had them. */
  readonly lost: number;
  /** Whether a later effect of one of their lanes waits, which no one could claim before. */
  readonly followed: boolean;
}

/** Effects of one target that are not done. */
export interface UnsettledEffects {
  readonly target: Target;
  readonly state: 'pending' | 'rejected' | 'dead';
  readonly count: number;
  /** Since the oldest of them was queued. */
  readonly oldestSeconds: number;
}

/** The effects ledger as a queue (docs/architecture.md). Every method is one statement; all throw only for infrastructure. */
export interface EffectQueue {
  /** Takes due rows, at most `free` of each target, for `leaseMs` milliseconds: the earliest pending row of its lane only. */
  claim(free: ReadonlyMap<Target, number>, leaseMs: number): Promise<readonly ClaimedEffect[]>;
  settle(settlements: readonly Settlement[]): Promise<Settled>;
  /** Gives rows back that nobody has tried: due at once, as if they had not been claimed. */
  giveBack(effects: readonly ClaimedEffect[]): Promise<void>;
  /** For metrics: what is not done; 50,000 of a kind stand for all beyond. */
  unsettled(): Promise<readonly UnsettledEffects[]>;
}

/** What the queue needs of the world; tests bring their own. */
export interface EffectQueueOptions {
  /** From 0 up to 1. */
  readonly random?: () => number;
}

const firstDelayMs = 500;
const longestDelayMs = 60_000;
const longestError = 500;
const mostCounted = 50_000;

/** Pause before the next try: 0.5 s doubling to 60 s, a quarter more or less so that rows do not stay in step. */
const delayAfter = (attempts: number, random: number): number =>
  Math.round(Math.min(firstDelayMs * 2 ** Math.min(attempts - 1, 10), longestDelayMs) * (0.75 + random / 2));

/** A claimed row with its journal entry, as the queue answers it. */
export interface ClaimedRow {
  readonly key: string;
  readonly claim: string;
  readonly order_id: string;
  readonly version: number;
  readonly target: Target;
  readonly operation: Operation;
  readonly payload: Effect['payload'];
  readonly attempts: number;
  readonly created_at: string;
  readonly queued_at: string;
  readonly traceparent: string | null;
  readonly type: string | null;
  readonly data: PublishedEntry['data'] | null;
  readonly personal: unknown;
  readonly at: string | null;
  readonly by_type: string | null;
  readonly by_id: string | null;
  readonly order_number: string | null;
  readonly hash: string | null;
}

const entryOf = ({
  type,
  data,
  personal,
  at,
  by_type,
  by_id,
  order_number,
  hash,
}: ClaimedRow): PublishedEntry | undefined =>
  type === null || data === null || at === null || by_type === null || by_id === null || order_number === null
    ? undefined
    : {
        type,
        data: { ...fromStored({ type, data, personal }).data },
        at,
        changedBy: { type: by_type, id: by_id },
        orderNumber: order_number,
        hash: hash ?? undefined,
      };

/** The effect of a claimed row. */
export const toEffect = (row: ClaimedRow): ClaimedEffect => ({
  key: row.key,
  claim: row.claim,
  orderId: row.order_id,
  version: row.version,
  target: row.target,
  operation: row.operation,
  payload: row.payload,
  attempts: row.attempts,
  createdAt: row.created_at,
  queuedAt: row.queued_at,
  traceparent: row.traceparent ?? undefined,
  entry: entryOf(row),
});

/** What another service says is cut, and freed of what no text of Postgres can hold: one such row would fail its whole batch. */
const wordsOf = ({ error, detail }: Trouble): string =>
  (detail === undefined ? error : `${error}: ${detail}`).slice(0, longestError).replaceAll('\0', '').toWellFormed();

/** The queue in Postgres; its statements stand in sql/effects.ts. */
export const createEffectQueue = (pool: Pool, options: EffectQueueOptions = {}): EffectQueue => {
  const { random = Math.random } = options;

  /** Events are never given up or refused: an order's sequence has no gaps (docs/events.md). */
  const stateAfter = ({ effect, outcome }: Settlement): 'done' | 'rejected' | 'dead' | 'pending' => {
    if (outcome.kind === 'done') return 'done';
    if (effect.target === 'events') return 'pending';
    if (outcome.kind === 'rejected') return 'rejected';
    return outcome.kind === 'given_up' ? 'dead' : 'pending';
  };

  return {
    claim: async (free, leaseMs) => {
      const { rows } = await pool.query<ClaimedRow>({
        name: 'claim-effects',
        text: claimEffects,
        values: [[...free.keys()], [...free.values()], randomUUID(), leaseMs],
      });
      return rows.map(toEffect);
    },

    settle: async (settlements) => {
      const rows = settlements.map((settlement) => ({
        key: settlement.effect.key,
        claim: settlement.effect.claim,
        state: stateAfter(settlement),
        delay_ms: delayAfter(settlement.effect.attempts, random()),
        error: settlement.outcome.kind === 'done' ? null : wordsOf(settlement.outcome),
      }));
      const { rows: ours } = await pool.query<{ key: string; followed: boolean }>({
        name: 'settle-effects',
        text: settleEffects,
        values: [JSON.stringify(rows), rows.map(({ key }) => key)],
      });
      const kept = new Set(ours.map(({ key }) => key));
      return {
        states: new Map(rows.filter(({ key }) => kept.has(key)).map(({ key, state }) => [key, state])),
        lost: rows.length - kept.size,
        followed: ours.some(({ followed }) => followed),
      };
    },

    giveBack: async (effects) => {
      await pool.query({
        name: 'give-back-effects',
        text: giveBackEffects,
        values: [effects.map(({ key }) => key), effects.map(({ claim }) => claim)],
      });
    },

    unsettled: async () => {
      const { rows } = await pool.query<{
        target: Target;
        state: UnsettledEffects['state'];
        count: number;
        oldest_seconds: number;
      }>(unsettledEffects, [[...targets], mostCounted]);
      return rows.map(({ oldest_seconds, ...row }) => ({ ...row, oldestSeconds: oldest_seconds }));
    },
  };
};
