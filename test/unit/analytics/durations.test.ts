import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binOf, middleOf, percentile } from '../../../analytics/durations.js';

const tenYearsMs = 10 * 365 * 86_400_000;
const duration = fc.oneof(fc.nat(300), fc.nat(100_000), fc.nat(tenYearsMs));

describe('bins of durations', () => {
  it('are at most one per cent off, and exact below 128 ms', () => {
    fc.assert(
      fc.property(duration, (ms) => {
        const off = Math.abs(middleOf(binOf(ms)) - ms);
        assert.ok(off <= (ms < 128 ? 0 : ms * 0.008), `${ms} ms: ${off} off`);
      }),
      { numRuns: 2_000 },
    );
  });

  it('follow each other without a gap', () => {
    let bin = 0;
    for (let ms = 0; ms < 200_000; ms += 1) {
      const next = binOf(ms);
      assert.ok(next === bin || next === bin + 1, `${ms} ms: bin ${next} after ${bin}`);
      bin = next;
    }
    expect(bin).toBe(binOf(199_999));
  });

  it('take a clock that goes back for no time at all', () => {
    expect(binOf(-5)).toBe(0);
    expect(binOf(0.9)).toBe(0);
  });
});

describe('a percentile', () => {
  it('is that of the durations themselves, to within one per cent', () => {
    const share = fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1);
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), share, (durations, of) => {
        const bins = durations.map((ms) => ({ bin: binOf(ms), count: 1 }));
        const exact = durations.toSorted((a, b) => a - b)[Math.ceil(durations.length * of) - 1]!;
        const told = percentile(bins, of)!;
        assert.ok(Math.abs(told - exact) <= exact * 0.008, `${told} for ${exact}`);
      }),
    );
  });

  it('is none of nothing', () => {
    expect(percentile([], 0.5)).toBeUndefined();
    expect(percentile([{ bin: 7, count: 0 }], 0.5)).toBeUndefined();
  });

  it('counts how often, in whatever order the bins come', () => {
    const bins = [
      { bin: 100, count: 1 },
      { bin: 3, count: 98 },
      { bin: 50, count: 1 },
    ];
    expect([0.5, 0.98, 0.99, 1].map((share) => percentile(bins, share))).toStrictEqual([3, 3, 50, 100]);
  });
});
