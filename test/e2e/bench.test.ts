import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../scripts/paths.js';
import type { Figure } from '../bench/report.js';

describe('The bench, in a hurry', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'order-service-bench-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs every section and writes its figures', async () => {
    const file = join(folder, 'bench.json');
    const program = join(projectRoot, 'dist', 'test', 'bench', 'main.js');
    const env = { ...process.env, ORDER_BENCH_FILE: file };
    const child = spawn(process.execPath, [program, '--scale=0.02'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0, said);
    const { figures } = JSON.parse(readFileSync(file, 'utf8')) as { readonly figures: readonly Figure[] };
    const sections = new Set(figures.map(({ section }) => section));
    expect([...sections].sort()).toStrictEqual(
      ['create', 'flow', 'flow to delivered', 'get', 'list', 'mixed', 'mixed with the walk', 'steady walk'].sort(),
    );
    for (const { section, what, value } of figures)
      assert.ok(Number.isFinite(value) && value >= 0, `${section}, ${what}: ${value}`);
    const lost = figures.filter(({ what }) => what === 'events that did not arrive');
    expect(lost.length).toBeGreaterThan(0);
    for (const { section, what, value } of lost) assert.equal(value, 0, `${section}: ${what}`);
  });
});
