import { describe, expect, it } from '@jest/globals';
import { faultKinds, planMisbehaviours, planSteps } from '../../chaos/plan.js';
import { createRandom } from '../../chaos/random.js';

const take = <T>(count: number, from: Iterator<T>): readonly T[] =>
  Array.from({ length: count }, () => from.next().value as T);

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(take(40, planSteps(7, 3))).toStrictEqual(take(40, planSteps(7, 3)));
    expect(take(40, planSteps(7, 3))).not.toStrictEqual(take(40, planSteps(8, 3)));
    expect(take(40, planMisbehaviours(7))).toStrictEqual(take(40, planMisbehaviours(7)));
    expect(take(40, planMisbehaviours(7))).not.toStrictEqual(take(40, planMisbehaviours(8)));
  });

  it('has every kind once a round, and hits every replica in time', () => {
    const steps = take(faultKinds.length * 8, planSteps(1, 3));
    for (let round = 0; round < 8; round += 1) {
      const kinds = steps.slice(round * faultKinds.length, (round + 1) * faultKinds.length).map(({ kind }) => kind);
      expect([...kinds].sort()).toStrictEqual([...faultKinds].sort());
    }
    const replicas = new Set(steps.map(({ replica }) => replica));
    expect([...replicas].sort()).toStrictEqual([1, 2, 3, undefined]);
  });

  it('takes only the kinds it is asked for', () => {
    const kinds = take(10, planSteps(1, 2, ['app_frozen', 'redis_killed'])).map(({ kind }) => kind);
    expect(new Set(kinds)).toStrictEqual(new Set(['app_frozen', 'redis_killed']));
  });
});

describe('a plan of misbehaviours', () => {
  it('has every service once a round, and payments rejected for good', () => {
    const all = take(400, planMisbehaviours(1));
    expect(new Set(all.slice(0, 4).map(({ service }) => service)).size).toBe(4);
    const rejecting = new Set(all.filter(({ mode }) => mode === 'reject').map(({ service }) => service));
    expect([...rejecting]).toStrictEqual(['payment']);
  });
});

describe('random numbers of a seed', () => {
  it('do not depend on what other parts draw', () => {
    const [one, other] = [createRandom(5), createRandom(5)];
    other.next();
    expect(one.fork('a').next()).toBe(other.fork('a').next());
    expect(one.fork('a').next()).not.toBe(one.fork('b').next());
  });

  it('stay within their limits and reach them', () => {
    const random = createRandom(3);
    const drawn = new Set(Array.from({ length: 500 }, () => random.between(2, 5)));
    expect([...drawn].sort()).toStrictEqual([2, 3, 4, 5]);
    expect([...random.shuffled([1, 2, 3, 4])].sort()).toStrictEqual([1, 2, 3, 4]);
  });
});
