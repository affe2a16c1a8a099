import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { advanced, readSnapshot, sees, type Snapshot, writeSnapshot } from '../../../actors/journal-snapshot.js';

const all = Array.from({ length: 40 }, (_, id) => BigInt(id));

const ascending = (ids: readonly bigint[]): bigint[] => ids.toSorted((a, b) => Number(a - b));

/** Two moments of a database: what the first sees, the second sees too. */
const moments = fc
  .record({
    first: fc.integer({ min: 1, max: 38 }),
    more: fc.nat(20),
    running: fc.uniqueArray(fc.nat(39)),
    began: fc.uniqueArray(fc.nat(39)),
  })
  .map(({ first, more, running, began }): readonly [Snapshot, Snapshot] => {
    const early = { xmax: BigInt(first), running: ascending(running.filter((id) => id < first).map(BigInt)) };
    const xmax = BigInt(Math.min(40, first + more));
    const still = began.map(BigInt).filter((id) => id < xmax && !sees(early, id));
    return [early, { xmax, running: ascending(still) }];
  });

describe('a cursor', () => {
  it('is written as it was read', () => {
    for (const text of ['7:7:', '3:9:3,5,8', '12345678901234567:12345678901234569:12345678901234567'])
      expect(writeSnapshot(readSnapshot(text))).toBe(text);
  });

  it('continues to what a later moment sees, up to an end, and forgets nothing', () => {
    fc.assert(
      fc.property(moments, fc.nat(45), ([cursor, present], end) => {
        const next = advanced(cursor, present, BigInt(end));
        for (const id of all) {
          const expected = sees(cursor, id) || (sees(present, id) && id < BigInt(end));
          assert.equal(sees(next, id), expected, `transaction ${String(id)}`);
        }
        expect(next.running).toStrictEqual(ascending(next.running));
        expect(next.running.every((id) => id < next.xmax)).toBe(true);
        expect(readSnapshot(writeSnapshot(next))).toStrictEqual(next);
      }),
      { numRuns: 1_000 },
    );
  });
});
