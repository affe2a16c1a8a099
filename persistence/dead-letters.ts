import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { DeadLetterPosition, DeadLetters, DeadLetterView } from '../actors/dead-letters.js';
import { claimOf, claimValues } from './bulk-requests.js';

const columns =
  'id, topic, source, event_id, event_time, order_id, payload, reason, state, received_at, settled_at, settled_by, note';

type Row = { readonly [K in keyof DeadLetterView]-?: Exclude<DeadLetterView[K], undefined> | null };

/** A column that is null is a field that is absent, except the payload: that is any JSON value, null included. */
const toView = (row: Row): DeadLetterView =>
  Object.fromEntries(
    Object.entries(row).filter(([name, value]) => name === 'payload' || value !== null),
  ) as unknown as DeadLetterView;

const { kept, isOurs } = claimOf('target', 5);

const closeLetter = `
with target as (
  select id from dead_letters where id = $1::uuid and state = 'open' for update
), ${kept}
update dead_letters d set state = $2, settled_at = now(), settled_by = $3, note = $4
from target
where d.id = target.id and ${isOurs}`;

/**
 * Dead letters in Postgres. The payload is kept as text, so that even what jsonb cannot hold can be looked at; that of
 * an event without data is null.
 */
export const createDeadLetters = (pool: Pool): DeadLetters => ({
  add: async ({ topic, source, eventId, eventTime, orderId, payload, reason }) => {
    await pool.query({
      name: 'add-dead-letter',
      text: `insert into dead_letters (id, topic, source, event_id, order_id, payload, reason, received_at, event_time)
        values ($1, $2, $3, $4, $5::uuid, $6::json, $7, now(), $8::timestamptz) on conflict do nothing`,
      values: [
        uuidv7(),
        topic,
        source,
        eventId,
        orderId ?? null,
        JSON.stringify(payload ?? null),
        reason,
        eventTime ?? null,
      ],
    });
  },

  get: async (id) => {
    const { rows } = await pool.query<Row>({
      name: 'dead-letter',
      text: `select ${columns} from dead_letters where id = $1::uuid`,
      values: [id],
    });
    return rows[0] === undefined ? undefined : toView(rows[0]);
  },

  list: async (state, after, limit) => {
    const { rows } = await pool.query<Row & { readonly place: string }>({
      name: 'dead-letters',
      text: `select ${columns}, to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as place
        from dead_letters
        where state = $1 and ($2::timestamptz is null or (received_at, id) < ($2::timestamptz, $3::uuid))
        order by received_at desc, id desc limit $4`,
      values: [state, after?.received_at ?? null, after?.id ?? null, limit],
    });
    return rows.map(({ place, ...row }) => {
      const letter = toView(row);
      return { at: { received_at: place, id: letter.id } satisfies DeadLetterPosition, letter };
    });
  },

  close: async (id, state, by, note, claim) => {
    const { rowCount } = await pool.query({
      name: 'close-dead-letter',
      text: closeLetter,
      values: [id, state, `${by.type}:${by.id}`, note ?? null, ...claimValues(claim)],
    });
    return rowCount === 1;
  },

  open: async () => {
    const { rows } = await pool.query<{ count: number }>({
      name: 'open-dead-letters',
      text: `select count(*)::integer as count from dead_letters where state = 'open'`,
    });
    return rows[0]?.count ?? 0;
  },
});
