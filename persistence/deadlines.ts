import type { Pool } from 'pg';
import type { OrderCommand } from '../actors/rules/commands.js';

/** A deadline that has passed. */
export interface DueDeadline {
  readonly orderId: string;
  readonly what: Extract<OrderCommand, { type: 'meet_deadline' }>['what'];
  /** RFC 3339 UTC, exactly as the order states it. */
  readonly at: string;
  /** The trace of the order's latest change. */
  readonly traceparent?: string | undefined;
}

/** Finds orders that time has something to do with (docs/architecture.md). By database time. */
export interface Deadlines {
  /**
   * Orders whose deadline has passed: at most `limit`, drawn from the longest overdue, so that replicas which look at the
   * same moment mostly find different ones and a few that cannot be met do not stand in the way of the rest.
   */
  due(limit: number): Promise<readonly DueDeadline[]>;
  /**
   * Orders with events that wait though they should be looked at: for longer than `hours`, or judged at a version that the
   * order left more than ten seconds ago.
   */
  toReconsider(hours: number, limit: number): Promise<readonly string[]>;
  /** Notes that an order's waiting events were judged at this version. */
  reconsidered(orderId: string, version: number): Promise<void>;
}

const dueDeadlines = `
select id, deadline_what, deadline_at,
  (select e.traceparent from order_events e where e.order_id = longest.id order by e.version desc limit 1) as traceparent
from (
  select id, deadline_what, deadline_at from orders where deadline_at <= now() order by deadline_at limit $1::integer * 4
) longest
order by random()
limit $1`;

const ordersToReconsider = `
select distinct w.order_id
from waiting_events w
join orders o on o.id = w.order_id
where w.received_at <= now() - $1::float8 * interval '1 hour'
   or (w.decided_at_version < o.version and o.updated_at <= now() - interval '10 seconds')
limit $2`;

const noteReconsidered = `
update waiting_events set decided_at_version = $2 where order_id = $1::uuid and decided_at_version < $2`;

interface DueRow {
  readonly id: string;
  readonly deadline_what: DueDeadline['what'];
  readonly deadline_at: string;
  readonly traceparent: string | null;
}

/** Deadlines in Postgres. */
export const createDeadlines = (pool: Pool): Deadlines => ({
  due: async (limit) => {
    const { rows } = await pool.query<DueRow>({
      name: 'due-deadlines',
      text: dueDeadlines,
      values: [limit],
    });
    return rows.map(({ id, deadline_what: what, deadline_at: at, traceparent }) => ({
      ...{ orderId: id, what, at },
      ...(traceparent === null ? {} : { traceparent }),
    }));
  },

  toReconsider: async (hours, limit) => {
    const { rows } = await pool.query<{ order_id: string }>({
      name: 'orders-to-reconsider',
      text: ordersToReconsider,
      values: [hours, limit],
    });
    return rows.map(({ order_id }) => order_id);
  },

  reconsidered: async (orderId, version) => {
    await pool.query({ name: 'note-reconsidered', text: noteReconsidered, values: [orderId, version] });
  },
});
