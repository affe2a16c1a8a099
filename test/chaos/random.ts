/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 up to 1. */
  next(): number;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): readonly T[];
  chance(probability: number): boolean;
  /** A stream of its own for each name: what one part draws does not change what another gets. */
  fork(name: string): Random;
}

const hash = (text: string, seed: number): number => {
  let value = seed ^ 0x9e37_79b9;
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0)!, 0x0100_0193);
  return value >>> 0;
};

/** @param seed a whole number from 0 below 2³² */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;

  // Mulberry32: 32 bits of state are enough to choose faults.
  const next = (): number => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));

  return {
    next,
    between,
    pick: (items) => items[between(0, items.length - 1)]!,
    shuffled: (items) => {
      const result = [...items];
      for (let last = result.length - 1; last > 0; last -= 1) {
        const other = between(0, last);
        [result[last], result[other]] = [result[other]!, result[last]!];
      }
      return result;
    },
    chance: (probability) => next() < probability,
    fork: (name) => createRandom(hash(name, seed)),
  };
};
