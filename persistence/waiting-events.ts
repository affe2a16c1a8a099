import type { Pool } from 'pg';

/** How many events wait for their time, over all orders. */
export const countWaitingEvents = async (pool: Pool): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>({
    name: 'count-waiting-events',
    text: 'select count(*)::integer as count from waiting_events',
  });
  return rows[0]?.count ?? 0;
};
