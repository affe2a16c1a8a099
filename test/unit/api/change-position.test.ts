import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readChangePosition, writeChangePosition } from '../../../api/change-position.js';

const position = fc
  .record({
    cluster: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
    xmax: fc.bigInt({ min: 1_000n, max: 2n ** 63n - 1n }),
    back: fc.uniqueArray(fc.bigInt({ min: 2n, max: 900n }), { maxLength: 200 }),
    last: fc.option(
      fc.record({
        // Before all that are running, or after them.
        ago: fc.oneof(fc.constant(1n), fc.bigInt({ min: 901n, max: 1_000n })),
        order_id: fc.uuid(),
        version: fc.integer({ min: 1, max: 100_000 }),
      }),
      { nil: undefined },
    ),
  })
  .map(({ cluster, xmax, back, last }) => ({
    cluster: String(cluster),
    cursor: { xmax, running: back.map((one) => xmax - one).sort((a, b) => (a < b ? -1 : 1)) },
    last:
      last === undefined ? undefined : { transaction: xmax - last.ago, order_id: last.order_id, version: last.version },
  }));

describe('Positions in the stream of all changes', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(position, (one) => {
        // Made by fast-check, without prototypes.
        expect(readChangePosition(writeChangePosition(one))).toEqual(one);
      }),
    );
  });

  it('stay small with hundreds of running transactions', () => {
    const running = Array.from({ length: 400 }, (_, n) => 9_000_000_000n + BigInt(n) * 3n);
    const id = writeChangePosition({ cluster: '7423456789012345678', cursor: { xmax: 9_000_002_000n, running } });
    expect(id.length).toBeLessThan(2_500);
  });

  it('are nothing else', () => {
    const good = writeChangePosition({ cluster: '7', cursor: { xmax: 12n, running: [3n, 5n] } });
    expect(readChangePosition(good)).toBeDefined();
    const of = (text: string): string => Buffer.from(text).toString('base64url');
    const order = '00000000-0000-0000-0000-000000000000';
    expect(readChangePosition(of(`1.7.c.7.6.${order}.1`))).toBeDefined();
    const broken = [
      ...['', 'x', '1', '12', `${good}=`, `${good} `, good.slice(1), good.slice(0, -1)],
      ...['2.7.c.9,7', '1.7.c.7,9', '1.7.c.7,7', '1.7.c.0', '1.7.c.z', '1.7.0c.', '1.7.c', '1.7.c.,', '1.7.C.'].map(of),
      // The cursor must see the transaction whose entries are told apart.
      ...[`1.7.c..c.${order}.1`, `1.7.c.7.5.${order}.1`].map(of),
      ...['1.7.c..a', '1.7.c..a.b.1', `1.7.c..a.${order}.0`, '1.7.zzzzzzzzzzzzzz.'].map(of),
    ];
    for (const id of broken)
      expect({ id, position: readChangePosition(id) }).toStrictEqual({ id, position: undefined });
  });
});
