import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { createKeeper } from '../../../persistence/journal-keeper.js';
import type { JournalReader, Step } from '../../../persistence/journal-reader.js';

const log = pino({ level: 'silent' });

const storeThat = (steps: readonly Step[], fresh = false): JournalReader & { readonly taken: Step[] } => {
  const taken: Step[] = [];
  return {
    taken,
    advance: () => {
      const step = steps[taken.length] ?? 'current';
      taken.push(step);
      return Promise.resolve(step);
    },
    isFresh: () => Promise.resolve(fresh),
    lagSeconds: () => Promise.resolve(0),
  };
};

describe('the keeper of order insights', () => {
  it('steps until all is counted, or another replica is at it', async () => {
    for (const steps of [['begun', 'behind', 'behind', 'current'], ['elsewhere'], ['current']] as const) {
      const store = storeThat(steps);
      await createKeeper({ what: 'order insights', store, intervalMs: 1_000, log }).catchUp();
      expect(store.taken).toStrictEqual(steps);
    }
  });

  it.each([
    ['does nothing while another replica has just done it', true, 1],
    ['leaves it to others where that is asked for', false, 0],
  ] as const)('%s', async (_when, fresh, intervalMs) => {
    const store = storeThat([], fresh);
    const keeper = createKeeper({ what: 'order insights', store, intervalMs, log });
    keeper.start();
    await sleep(30);
    await keeper.stop();
    expect(store.taken).toStrictEqual([]);
  });

  it('stops between two steps', async () => {
    const store = storeThat(Array.from({ length: 1_000_000 }, () => 'behind' as const));
    const keeper = createKeeper({ what: 'order insights', store, intervalMs: 1, log });
    keeper.start();
    while (store.taken.length < 5) await sleep(1);
    await keeper.stop();
    const { length } = store.taken;
    await sleep(20);
    expect(store.taken).toHaveLength(length);
  });
});
