import { describe, expect, it } from '@jest/globals';
import { createReadiness, type DependencyHealth } from '../../../observability/readiness.js';

const seen = (...states: readonly DependencyHealth['state'][]): readonly DependencyHealth[] =>
  states.map((state, index) => ({ name: `part ${index}`, required: true, state, latency_ms: 1 }));

/** Readiness over a dependency that a test switches, on a clock that it moves. */
const given = () => {
  const world = { found: seen('up', 'up'), now: 0, looks: 0 };
  const look = async (): Promise<readonly DependencyHealth[]> => {
    world.looks += 1;
    return world.found;
  };
  return { world, readiness: createReadiness(look, () => world.now) };
};

describe('readiness', () => {
  it('holds only while everything needed is up', async () => {
    const { world, readiness } = given();
    expect(await readiness.state()).toBe('ok');
    world.found = seen('up', 'down');
    world.now = 1_000;
    expect(await readiness.state()).toBe('unavailable');
    world.found = seen('up', 'up');
    world.now = 2_000;
    expect(await readiness.state()).toBe('ok');
  });

  it('looks once a second however often it is asked, also at once', async () => {
    const { world, readiness } = given();
    await Promise.all(Array.from({ length: 50 }, () => readiness.state()));
    world.now = 999;
    await readiness.state();
    expect(world.looks).toBe(1);
    world.now = 1_000;
    await readiness.state();
    expect(world.looks).toBe(2);
  });

  it('falls the moment a stop begins, for those who wait too', async () => {
    const { world, readiness } = given();
    const waiting = readiness.state();
    readiness.stop();
    expect(await waiting).toBe('stopping');
    expect(await readiness.state()).toBe('stopping');
    expect(world.looks).toBe(1);
  });
});
