import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertSoundFigures, countLateness, runBench, sectionsOf } from '../support/bench-run.js';

describe('The bench, in a hurry', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'order-service-bench-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const bench = (flags: readonly string[]) => runBench(folder, flags);

  it('runs every section and writes its figures', async () => {
    const { code, said, figures } = await bench(['--scale=0.02']);
    assert.equal(code, 0, said);
    expect(sectionsOf(figures)).toStrictEqual(
      ['create', 'flow', 'flow to delivered', 'get', 'list', 'mixed', 'mixed with the walk', 'steady walk'].sort(),
    );
    assertSoundFigures(figures);
    const lost = figures.filter(({ what }) => what === 'events that did not arrive');
    expect(lost.length).toBeGreaterThan(0);
    for (const { section, what, value } of lost) assert.equal(value, 0, `${section}: ${what}`);
    // Of every open load: how late the load generator was itself.
    expect([countLateness(figures, 'mixed'), countLateness(figures, 'steady walk')]).toStrictEqual([8, 2]);
  });

  it('attacks as one hostile customer', async () => {
    const { code, said, figures } = await bench(['--only=hostile', '--scale=0.02']);
    assert.equal(code, 0, said);
    expect(sectionsOf(figures)).toStrictEqual(['hostile']);
    assertSoundFigures(figures);
    const ratios = figures.filter(({ unit }) => unit === '×');
    expect(ratios.length).toBeGreaterThan(12);
    for (const { what, target } of ratios) assert.equal(target, '≤ 1.5', what);
    expect(countLateness(figures, 'hostile')).toBe(2);
  });
});
