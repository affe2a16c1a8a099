import type { Order } from './order.js';

/** How far the clock of another service may be ahead of ours. */
export const clockSkewMs = 3_600_000;

/** A time as an entry keeps it. */
export interface ReportedTime {
  readonly at: string;
  /** What was reported, where it is impossible: `at` is the time of arrival then. */
  readonly reported_at?: string | undefined;
}

/**
 * Whether something can have happened to an order at this time: after the order was created, and not later than the time
 * at which the report arrived, but for the difference of two clocks.
 */
export const isPossible = (order: Order, time: string, arrival: string): boolean =>
  Date.parse(time) >= Date.parse(order.created_at) && Date.parse(time) <= Date.parse(arrival) + clockSkewMs;

/** The reported time if it is possible, else the time of arrival. */
export const reportedTime = (order: Order, reported: string | undefined, arrival: string): ReportedTime => {
  if (reported === undefined) return { at: arrival };
  return isPossible(order, reported, arrival) ? { at: reported } : { at: arrival, reported_at: reported };
};
