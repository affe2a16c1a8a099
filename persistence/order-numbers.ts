import { types } from 'node:util';
import type { Pool } from 'pg';
import type { Logger } from 'pino';

/** One day's sequence, and what its numbers begin with. */
export interface NumberDay {
  readonly sequence: string;
  readonly prefix: string;
}

/** Order numbers `ORD-YYYYMMDD-NNNNNN`: one Postgres sequence a day, so that drawing one never waits. */
export interface OrderNumbers {
  /** The day of this moment. */
  dayOf(at: string): NumberDay;
  /** Runs a statement that draws from the day of this moment; makes the sequence where it is missing. */
  onDay<T>(at: string, statement: (day: NumberDay) => Promise<T>): Promise<T>;
  /** Makes the sequences of today and tomorrow. */
  prepare(now: string): Promise<void>;
}

/** The sequence of a day, `YYYYMMDD`. */
export const sequenceOf = (key: string, day: string): string =>
  `${key.toLowerCase().replace(/[^a-z0-9_]/g, '_')}_${day}`;

const undefinedTable = '42P01';
const dayMs = 86_400_000;

/**
 * @param key ORDER_NUMBER_SEQUENCE_KEY: what the sequences' names begin with
 * @param timeZone IANA name; the day of an order is taken there
 */
export const createOrderNumbers = (pool: Pool, key: string, timeZone: string, log: Logger): OrderNumbers => {
  const calendar = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  /** The day of the last minute asked for: a calendar costs a create more than all its hashes. */
  let last: { readonly minute: string; readonly day: NumberDay } | undefined;
  const dayOf = (at: string): NumberDay => {
    const minute = at.slice(0, '2026-01-01T00:00'.length);
    if (last?.minute === minute) return last.day;
    const text = calendar.format(new Date(at)).replaceAll('-', '');
    const day = { sequence: sequenceOf(key, text), prefix: `ORD-${text}-` };
    last = { minute, day };
    return day;
  };
  const make = async ({ sequence }: NumberDay): Promise<void> => {
    await pool.query('select make_number_sequence($1)', [sequence]);
    log.info({ sequence }, 'order number sequence made');
  };
  return {
    dayOf,
    onDay: async (at, statement) => {
      const day = dayOf(at);
      try {
        return await statement(day);
      } catch (error) {
        if (!types.isNativeError(error) || (error as { code?: unknown }).code !== undefinedTable) throw error;
        await make(day);
        return await statement(day);
      }
    },
    prepare: async (now) => {
      await make(dayOf(now));
      await make(dayOf(new Date(Date.parse(now) + dayMs).toISOString()));
    },
  };
};
