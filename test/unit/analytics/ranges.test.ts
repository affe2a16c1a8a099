import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { granularities, nextAfter, piecesOf, startOf, stepsOf, wholeSteps } from '../../../analytics/ranges.js';

const at = (text: string): Date => new Date(text);
const hourMs = 3_600_000;

const moment = fc.integer({ min: Date.parse('2023-11-01'), max: Date.parse('2026-04-01') }).map((ms) => new Date(ms));
const range = fc.tuple(moment, moment).map(([a, b]) => (a < b ? { from: a, to: b } : { from: b, to: a }));

describe('steps of time', () => {
  it('begin where the calendar says, UTC', () => {
    const cases = [
      ['hour', '2026-03-01T12:59:59.999Z', '2026-03-01T12:00:00.000Z', '2026-03-01T13:00:00.000Z'],
      ['day', '2026-02-28T23:59:59.999Z', '2026-02-28T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
      ['week', '2026-03-01T12:00:00.000Z', '2026-02-23T00:00:00.000Z', '2026-03-02T00:00:00.000Z'],
      ['week', '1969-12-31T12:00:00.000Z', '1969-12-29T00:00:00.000Z', '1970-01-05T00:00:00.000Z'],
      ['month', '2024-02-29T12:00:00.000Z', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
      ['month', '2025-12-31T12:00:00.000Z', '2025-12-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'],
      ['month', '0001-01-31T12:00:00.000Z', '0001-01-01T00:00:00.000Z', '0001-02-01T00:00:00.000Z'],
      ['week', '0001-01-03T12:00:00.000Z', '0001-01-01T00:00:00.000Z', '0001-01-08T00:00:00.000Z'],
    ] as const;
    for (const [granularity, moment, start, next] of cases) {
      expect(startOf(granularity, at(moment)).toISOString()).toBe(start);
      expect(nextAfter(granularity, at(moment)).toISOString()).toBe(next);
      expect(startOf(granularity, at(start)).toISOString()).toBe(start);
    }
  });

  it('make up a range that holds what was asked for, and not one step more', () => {
    fc.assert(
      fc.property(range, fc.constantFrom(...granularities), (asked, granularity) => {
        const whole = wholeSteps(granularity, asked);
        expect(whole.from <= asked.from).toBe(true);
        expect(whole.to >= asked.to).toBe(true);
        const steps = stepsOf(granularity, whole, Infinity);
        if (asked.from < asked.to) {
          expect(nextAfter(granularity, whole.from) > asked.from).toBe(true);
          expect(steps.at(-1)! < asked.to).toBe(true);
        }
        steps.forEach((step, index) =>
          expect(nextAfter(granularity, step)).toStrictEqual(steps[index + 1] ?? whole.to),
        );
        expect(stepsOf(granularity, whole, 3)).toStrictEqual(steps.slice(0, 3));
      }),
      { numRuns: 200 },
    );
  });
});

describe('the pieces of a range', () => {
  it('cover every hour once, with few of each grain', () => {
    fc.assert(
      fc.property(range, (asked) => {
        const whole = wholeSteps('hour', asked);
        const pieces = piecesOf(whole);
        let end = whole.from.getTime();
        for (const { grain, from, to } of pieces) {
          expect(from.getTime()).toBe(end);
          expect(from < to).toBe(true);
          expect([startOf(grain, from), startOf(grain, to)]).toStrictEqual([from, to]);
          end = to.getTime();
        }
        expect(end).toBe(pieces.length === 0 ? whole.from.getTime() : whole.to.getTime());
        for (const grain of ['hour', 'day'] as const) {
          const own = pieces.filter((piece) => piece.grain === grain);
          expect(own.length).toBeLessThanOrEqual(2);
          const most = { hour: 46, day: 60 }[grain];
          const length = own.reduce((sum, { from, to }) => sum + to.getTime() - from.getTime(), 0);
          assert.ok(length / (grain === 'hour' ? hourMs : 24 * hourMs) <= most, `${length} of ${grain}`);
        }
        expect(pieces.filter(({ grain }) => grain === 'month').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  it('go without a grain that is not kept', () => {
    const pieces = piecesOf({ from: at('2026-01-30T00:00:00Z'), to: at('2026-03-02T00:00:00Z') }, ['month', 'day']);
    expect(
      pieces.map(({ grain, from, to }) => [grain, from.toISOString().slice(0, 10), to.toISOString().slice(0, 10)]),
    ).toStrictEqual([
      ['day', '2026-01-30', '2026-02-01'],
      ['month', '2026-02-01', '2026-03-01'],
      ['day', '2026-03-01', '2026-03-02'],
    ]);
  });
});
