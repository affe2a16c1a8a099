import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { pino } from 'pino';
import { createLookedUp, type Figure } from '../../../observability/gauges.js';

const single = (name: string): Figure<number> => ({
  ...{ name, help: 'x', labels: [] },
  set: (gauge, found) => {
    gauge.set(found);
  },
});

/** A page with one source that a test plays, on a clock that it moves. */
const given = (look: () => Promise<number>) => {
  const world = { looks: 0, now: 0, lines: [] as string[] };
  const registry = new Registry();
  const log = pino({ level: 'warn' }, { write: (line: string) => void world.lines.push(line) });
  const lookedUp = createLookedUp(registry, log, { freshMs: 2_000, patienceMs: 20, now: () => world.now });
  lookedUp.inMemory(() => world.looks, [single('looks_before')]);
  lookedUp.from({
    name: 'rows',
    look: () => {
      world.looks += 1;
      return look();
    },
    figures: [
      single('rows'),
      {
        ...{ name: 'rows_of', help: 'x', labels: ['kind'] },
        set: (gauge, found) => {
          gauge.set({ kind: 'a' }, found);
        },
      },
    ],
  });
  const page = async (): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { world, page };
};

describe('figures that are looked up', () => {
  it('are looked up once for all of a page, and for all pages of two seconds', async () => {
    const { world, page } = given(async () => 7);
    const expected = ['looks_before 0', 'order_scrape_source_up{source="rows"} 1', 'rows 7', 'rows_of{kind="a"} 7'];
    expect([...(await page())].sort()).toStrictEqual(expected);
    world.now = 1_999;
    await Promise.all([page(), page()]);
    expect(world.looks).toBe(1);
    world.now = 2_000;
    await page();
    expect(world.looks).toBe(2);
  });

  it('are left out, not 0, where their source fails; it is said once', async () => {
    let fails = false;
    const { world, page } = given(() => (fails ? Promise.reject(new Error('away')) : Promise.resolve(7)));
    await page();
    fails = true;
    for (world.now = 2_000; world.now < 8_000; world.now += 2_000)
      expect([...(await page())].sort()).toStrictEqual([
        `looks_before ${world.now / 2_000}`,
        'order_scrape_source_up{source="rows"} 0',
      ]);
    expect(world.lines).toHaveLength(1);
    fails = false;
    expect(await page()).toContain('rows 7');
  });

  it('are left out where their source does not answer in time, which is then not asked again', async () => {
    let answer: (rows: number) => void = () => undefined;
    const { world, page } = given(() => new Promise((resolve) => (answer = resolve)));
    for (world.now = 0; world.now < 10_000; world.now += 2_000)
      expect(await page()).toContain('order_scrape_source_up{source="rows"} 0');
    expect(world.looks).toBe(1);
    answer(3);
    expect(await page()).toContain('rows 3');
  });
});
