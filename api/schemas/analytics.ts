import { z } from 'zod';
import type { Fault } from '../../actors/rules/refusal.js';
import { granularities, type Granularity, type Range, stepsOf, wholeSteps } from '../../analytics/ranges.js';
import { goodsOrders } from '../../analytics/reads.js';
import type { Problem, Result } from '../errors.js';
import { wasCurrency } from '../../actors/iso-codes.js';
import { invalid, read, withFaults } from './faults.js';
import { earliestTime, timestamp, wholeNumber } from './text.js';

const oneOf = <T extends string>(...names: readonly [T, ...T[]]) => z.enum(names, `must be one of ${names.join(', ')}`);

const common = {
  from: timestamp
    .optional()
    .describe(
      'Orders created from then on, the whole step that it falls into; by default thirty days before `to`. RFC 3339.',
    ),
  to: timestamp
    .optional()
    .describe('Orders created before then, or in the step that it falls into; by default now. RFC 3339.'),
  currency: z.string().refine(wasCurrency, 'must be ISO 4217').optional().describe('Only this one. ISO 4217.'),
  format: oneOf('json', 'csv').default('json').describe('`csv`: a table for export, for admin alone.'),
};

const steps = 'Steps of time, UTC; weeks begin on Monday. A range is made of whole steps, at most 1000.';

/** What is kept by the hour can be asked by it; all else by the day at the finest. */
const byHour = {
  granularity: oneOf(...granularities)
    .default('day')
    .describe(steps),
};
const byDay = { granularity: oneOf('day', 'week', 'month').default('day').describe(steps) };

const limit = { limit: wholeNumber(1, 100).default(10).describe('How many of each currency, 1 to 100.') };

/** Sales in steps of time. */
export const salesAnalyticsQuery = z.strictObject({ ...common, ...byHour });
/** Sales by payment method. */
export const paymentMethodAnalyticsQuery = z.strictObject({ ...common, ...byHour, ...limit });
/** Payments. */
export const paymentAnalyticsQuery = z.strictObject({ ...common, ...byDay });
/** Statuses. */
export const funnelAnalyticsQuery = z.strictObject({ ...common, ...byDay });
/** Cancellations, returns, warehouses. */
export const rankedAnalyticsQuery = z.strictObject({ ...common, ...byDay, ...limit });
/** Products. */
export const productAnalyticsQuery = z.strictObject({
  ...common,
  ...byDay,
  ...limit,
  sort: oneOf(...goodsOrders)
    .default('revenue')
    .describe('By which the first are found.'),
});

/** A query as it was read, its range in whole steps. */
export type AnalyticsQuery<T extends AnalyticsOptions> = Omit<T, 'from' | 'to'> & { readonly range: Range };

/** How many steps of time a range has at most. */
const mostSteps = 1_000;
const usualDays = 30;

interface Times {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly granularity: Granularity;
}

/** What all queries have. */
export interface AnalyticsOptions extends Times {
  readonly currency?: string | undefined;
  readonly format: 'json' | 'csv';
}

/** As it was asked for: by default the last thirty days. */
const askedFor = ({ from, to }: Omit<Times, 'granularity'>, now: Date): Range => {
  const end = to === undefined ? now : new Date(to);
  const usual = Math.max(end.getTime() - usualDays * 86_400_000, earliestTime);
  return { from: from === undefined ? new Date(usual) : new Date(from), to: end };
};

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isGranularity = (value: unknown): value is Granularity => granularities.some((name) => name === value);

/** What is wrong with the range alone, where its ends and its steps can be read. */
const rangeFaults = (times: Times, now: Date): readonly Fault[] => {
  const { granularity } = times;
  if (!isGranularity(granularity)) return [];
  const range = askedFor(times, now);
  if (range.from >= range.to) return [{ path: 'from', message: 'must be before to' }];
  const tooMany = stepsOf(granularity, wholeSteps(granularity, range), mostSteps + 1).length > mostSteps;
  return tooMany ? [{ path: 'granularity', message: `the range has more than ${mostSteps} steps of this` }] : [];
};

/** What is wrong with the range of an input that is refused for something else, so that all faults are told at once. */
const rangeFaultsBeside = ({ errors = [] }: Problem, input: unknown, now: Date): readonly Fault[] => {
  if (errors.some(({ path }) => path === 'from' || path === 'to') || !isObject(input)) return [];
  const { granularity = 'day', ...ends }: Partial<Times> = input;
  return rangeFaults({ ...ends, granularity }, now);
};

/** Reads a query of order analytics with every fault of it. */
export const readAnalyticsQuery = <T extends AnalyticsOptions>(
  schema: z.ZodType<T>,
  input: unknown,
  now: Date,
): Result<AnalyticsQuery<T>> => {
  const query = read(schema, input);
  if (!query.ok) return withFaults(query, rangeFaultsBeside(query.problem, input, now));
  const faults = rangeFaults(query.value, now);
  if (faults.length > 0) return invalid(faults);
  const { from, to, ...rest } = query.value;
  return { ok: true, value: { ...rest, range: wholeSteps(rest.granularity, askedFor({ from, to }, now)) } };
};
