import { type Grain, grains } from './rollups.js';

/** Steps of time that figures are asked by. Weeks begin on Monday (ISO 8601); all UTC. */
export const granularities = ['hour', 'day', 'week', 'month'] as const;
export type Granularity = (typeof granularities)[number];

/** From a moment up to, and without, another. */
export interface Range {
  readonly from: Date;
  readonly to: Date;
}

/** Rollup rows of one grain. */
export interface Piece extends Range {
  readonly grain: Grain;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** 1 January 1970 was a Thursday. */
const firstMondayMs = 4 * dayMs;

const firstOfMonth = (at: Date, monthsLater: number): Date => {
  const start = new Date(0);
  // Not Date.UTC: it takes the first hundred years for those of the last century.
  start.setUTCFullYear(at.getUTCFullYear(), at.getUTCMonth() + monthsLater, 1);
  return start;
};

const cutTo = (ms: number, step: number, offset = 0): number => Math.floor((ms - offset) / step) * step + offset;

/** The beginning of the step of time that a moment falls into. */
export const startOf = (granularity: Granularity, at: Date): Date => {
  switch (granularity) {
    case 'hour':
      return new Date(cutTo(at.getTime(), hourMs));
    case 'day':
      return new Date(cutTo(at.getTime(), dayMs));
    case 'week':
      return new Date(cutTo(at.getTime(), 7 * dayMs, firstMondayMs));
    case 'month':
      return firstOfMonth(at, 0);
  }
};

/** The beginning of the next step after the one that a moment falls into. */
export const nextAfter = (granularity: Granularity, at: Date): Date => {
  const start = startOf(granularity, at).getTime();
  switch (granularity) {
    case 'hour':
      return new Date(start + hourMs);
    case 'day':
      return new Date(start + dayMs);
    case 'week':
      return new Date(start + 7 * dayMs);
    case 'month':
      return firstOfMonth(at, 1);
  }
};

/** The end of the last step that a range reaches into: the moment itself where a step begins there. */
const endOf = (granularity: Granularity, at: Date): Date => {
  const start = startOf(granularity, at);
  return start.getTime() === at.getTime() ? start : nextAfter(granularity, at);
};

/** The range in whole steps: what it reaches into belongs to it, so that today's orders are seen today. */
export const wholeSteps = (granularity: Granularity, { from, to }: Range): Range => ({
  from: startOf(granularity, from),
  to: endOf(granularity, to),
});

/**
 * The beginnings of all steps of a range.
 *
 * @param most how many at most; the rest is left out
 */
export const stepsOf = (granularity: Granularity, { from, to }: Range, most: number): readonly Date[] => {
  const steps: Date[] = [];
  for (let at = from; at < to && steps.length < most; at = nextAfter(granularity, at)) steps.push(at);
  return steps;
};

/**
 * The fewest rollup rows that make up a range: months in the middle, days and hours at the edges.
 *
 * @param range in whole steps of the finest grain
 * @param among the grains there are, coarsest first
 */
export const piecesOf = ({ from, to }: Range, among: readonly Grain[] = grains): readonly Piece[] => {
  const [grain, ...finer] = among;
  if (grain === undefined || from >= to) return [];
  if (finer.length === 0) return [{ grain, from, to }];
  const [first, last] = [endOf(grain, from), startOf(grain, to)];
  if (first >= last) return piecesOf({ from, to }, finer);
  return [
    ...piecesOf({ from, to: first }, finer),
    { grain, from: first, to: last },
    ...piecesOf({ from: last, to }, finer),
  ];
};
