import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/paths.js';
import type { Figure } from '../bench/report.js';

/** What a run of the bench came to. */
interface BenchRun {
  readonly code: number | null;
  /** What it printed. */
  readonly said: string;
  readonly figures: readonly Figure[];
}

/**
 * Runs the bench, as `npm run bench` does.
 *
 * @param folder where it writes its figures
 */
export const runBench = async (
  folder: string,
  flags: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<BenchRun> => {
  const file = join(folder, `${randomUUID()}.json`);
  const program = join(projectRoot, 'dist', 'test', 'bench', 'main.js');
  const env = { ...process.env, ORDER_BENCH_FILE: file, ...more };
  const child = spawn(process.execPath, [program, ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  const written =
    code === 0 ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly figures: readonly Figure[] }) : undefined;
  return { code, said, figures: written?.figures ?? [] };
};

/** The sections that have figures. */
export const sectionsOf = (figures: readonly Figure[]): readonly string[] =>
  [...new Set(figures.map(({ section }) => section))].sort();

/** Fails where a figure is none. */
export const assertSoundFigures = (figures: readonly Figure[]): void => {
  for (const { section, what, value } of figures)
    assert.ok(Number.isFinite(value) && value >= 0, `${section}, ${what}: ${value}`);
};

/** How many figures of a section say how late the load generator was itself. */
export const countLateness = (figures: readonly Figure[], section: string): number =>
  figures.filter((figure) => figure.section === section && figure.what.includes('sent late')).length;
