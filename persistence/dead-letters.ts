import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { DeadLetters } from '../actors/dead-letters.js';

/** Dead letters in Postgres. The payload is kept as text, so that even what jsonb cannot hold can be looked at. */
export const createDeadLetters = (pool: Pool): DeadLetters => ({
  add: async ({ topic, source, eventId, orderId, payload, reason }) => {
    await pool.query({
      name: 'add-dead-letter',
      text: `insert into dead_letters (id, topic, source, event_id, order_id, payload, reason, received_at)
        values ($1, $2, $3, $4, $5::uuid, $6::json, $7, now()) on conflict do nothing`,
      values: [uuidv7(), topic, source, eventId, orderId ?? null, JSON.stringify(payload), reason],
    });
  },
});
