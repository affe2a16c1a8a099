import type { Pool } from 'pg';
import type { EffectAction, EffectView, Ledger, LedgerPosition } from '../actors/ledger.js';
import type { Claim } from '../actors/bulk-requests.js';
import type { Caller } from '../actors/rules/order-parts.js';
import { claimOf, claimValues } from './bulk-requests.js';

const columns = `key, order_id, version, target, operation, state, attempts, next_at, last_error, payload, actions, created_at, settled_at`;

interface Row extends Omit<EffectView, 'next_at' | 'last_error' | 'settled_at'> {
  readonly next_at: string;
  readonly last_error: string | null;
  readonly settled_at: string | null;
}

const toView = ({ next_at, last_error, settled_at, ...row }: Row): EffectView => ({
  ...row,
  ...(row.state === 'pending' ? { next_at } : {}),
  ...(last_error === null ? {} : { last_error }),
  ...(settled_at === null ? {} : { settled_at }),
});

const rankSql = `case when target = 'payment' then 0 else 1 end`;

const actionSql = `jsonb_build_array(jsonb_build_object('action', $2::text, 'reason', $3::text,
  'by', jsonb_build_object('type', $4::text, 'id', $5::text), 'at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))`;

const { kept, isOurs } = claimOf('target', 6);

/** Changes an effect that fulfils a condition, for the one call that its key stands for. */
const acting = (condition: string, change: string, more = ''): string => `
  with target as (
    select key from order_effects where key = $1 and ${condition} for update
  ), ${kept}, acted as (
    update order_effects e set ${change} from target where e.key = target.key and ${isOurs}
    returning e.key, e.order_id, e.target
  )${more}
  select key from acted`;

const retry = acting(
  `(state in ('rejected', 'dead') or (state = 'pending' and claim is null))`,
  `state = 'pending', claim = null, next_at = greatest(now(), e.not_before),
    queued_at = case when e.state = 'pending' then e.queued_at else now() end,
    attempts = case when e.state = 'pending' then e.attempts else 0 end, settled_at = null, actions = e.actions || ${actionSql}`,
);

const resolve = acting(
  `state in ('pending', 'rejected', 'dead') and target <> 'events'`,
  `state = 'resolved', settled_at = now(), claim = null, actions = e.actions || ${actionSql}`,
  // What comes after it in its lane need not wait any longer.
  `, followers as (
    update order_effects f
    set next_at = greatest(now(), f.not_before)
    from acted r
    where f.order_id = r.order_id and f.target = r.target and f.key <> r.key and f.state = 'pending' and f.claim is null
  )`,
);

const note = acting('true', `actions = e.actions || ${actionSql}`);

/** The ledger in Postgres: one statement each. */
export const createLedger = (pool: Pool): Ledger => {
  const act = async (
    statement: { readonly name: string; readonly text: string },
    action: EffectAction['action'],
    [key, by, reason, claim]: readonly [key: string, by: Caller, reason: string, claim: Claim | undefined],
  ): Promise<boolean> => {
    const values = [key, action, reason, by.type, by.id, ...claimValues(claim)];
    const { rowCount } = await pool.query({ ...statement, values });
    return rowCount === 1;
  };

  return {
    ofOrder: async (orderId) => {
      const { rows } = await pool.query<Row>({
        name: 'effects-of-order',
        text: `select ${columns} from order_effects where order_id = $1::uuid order by version, position`,
        values: [orderId],
      });
      return rows.map(toView);
    },

    get: async (key) => {
      const { rows } = await pool.query<Row>({
        name: 'effect-by-key',
        text: `select ${columns} from order_effects where key = $1`,
        values: [key],
      });
      return rows[0] === undefined ? undefined : toView(rows[0]);
    },

    list: async (states, after, limit) => {
      const { rows } = await pool.query<Row & LedgerPosition>({
        name: 'effects-by-state',
        text: `select ${columns}, ${rankSql} as rank,
            to_char(queued_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as queued_at
          from order_effects
          where state = any($1::text[]) and state in ('pending', 'rejected', 'dead', 'resolved')
            and ($2::integer is null or (${rankSql}, extract(epoch from queued_at) * -1, key) >
              ($2::integer, extract(epoch from $3::timestamptz) * -1, $4::text))
          order by rank, order_effects.queued_at desc, key limit $5`,
        values: [states, after?.rank ?? null, after?.queued_at ?? null, after?.key ?? null, limit],
      });
      return rows.map(({ rank, queued_at, ...row }) => ({
        at: { rank, queued_at, key: row.key },
        effect: toView(row),
      }));
    },

    retry: (key, by, reason, claim) => act({ name: 'retry-effect', text: retry }, 'retry', [key, by, reason, claim]),
    resolve: (key, by, reason, claim) =>
      act({ name: 'resolve-effect', text: resolve }, 'resolve', [key, by, reason, claim]),
    note: (key, action, by, reason, claim) =>
      act({ name: 'note-effect', text: note }, action, [key, by, reason, claim]),
  };
};
