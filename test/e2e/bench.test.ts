import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../scripts/paths.js';
import type { Figure } from '../bench/report.js';
import { createRestDriver } from '../contract/drivers/rest.js';
import { orderBody } from '../contract/orders.js';
import { tokenFor } from '../contract/tokens.js';
import { sharedStack } from '../support/stack.js';

describe('The bench, in a hurry', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'order-service-bench-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the bench, as `npm run bench` does. */
  const bench = async (
    flags: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly code: number | null; readonly said: string; readonly figures: readonly Figure[] }> => {
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

  const sectionsOf = (figures: readonly Figure[]): readonly string[] =>
    [...new Set(figures.map(({ section }) => section))].sort();

  const sound = (figures: readonly Figure[]): void => {
    for (const { section, what, value } of figures)
      assert.ok(Number.isFinite(value) && value >= 0, `${section}, ${what}: ${value}`);
  };

  const lateness = (figures: readonly Figure[], section: string): number =>
    figures.filter((figure) => figure.section === section && figure.what.includes('sent late')).length;

  it('runs every section and writes its figures', async () => {
    const { code, said, figures } = await bench(['--scale=0.02']);
    assert.equal(code, 0, said);
    expect(sectionsOf(figures)).toStrictEqual(
      ['create', 'flow', 'flow to delivered', 'get', 'list', 'mixed', 'mixed with the walk', 'steady walk'].sort(),
    );
    sound(figures);
    const lost = figures.filter(({ what }) => what === 'events that did not arrive');
    expect(lost.length).toBeGreaterThan(0);
    for (const { section, what, value } of lost) assert.equal(value, 0, `${section}: ${what}`);
    // Of every open load: how late the load generator was itself.
    expect([lateness(figures, 'mixed'), lateness(figures, 'steady walk')]).toStrictEqual([8, 2]);
  });

  it('attacks as one hostile customer', async () => {
    const { code, said, figures } = await bench(['--only=hostile', '--scale=0.02']);
    assert.equal(code, 0, said);
    expect(sectionsOf(figures)).toStrictEqual(['hostile']);
    sound(figures);
    const ratios = figures.filter(({ unit }) => unit === '×');
    expect(ratios.length).toBeGreaterThan(12);
    for (const { what, target } of ratios) assert.equal(target, '≤ 1.5', what);
    expect(lateness(figures, 'hostile')).toBe(2);
  });

  describe('against a service that runs', () => {
    const stack = sharedStack();
    const url = stack.replicas[0]!.rest;
    const flags = ['--against', url, '--rate=5', '--warm-up=20', '--scale=0.02'];
    const tokenOf = (type: 'service' | 'staff' | 'customer') => tokenFor({ type, id: 'bench' }, stack);

    it('creates and reads at the given rate, after warming up', async () => {
      const body = join(folder, 'order.json');
      const customer = `bench-${randomUUID()}`;
      writeFileSync(body, JSON.stringify({ ...orderBody({ customer_id: customer }), payment_id: 'payment-{n}' }));
      const { code, said, figures } = await bench([...flags, `--body=${body}`], {
        ORDER_BENCH_TOKEN: await tokenOf('service'),
      });
      assert.equal(code, 0, said);
      expect(sectionsOf(figures)).toStrictEqual(['against']);
      sound(figures);
      const failed = figures.filter(({ what }) => what.endsWith('failed'));
      expect(failed.map(({ what, value }) => [what, value])).toStrictEqual([
        ['create, failed', 0],
        ['read, failed', 0],
      ]);
      expect(lateness(figures, 'against')).toBe(4);
      const made = await createRestDriver(stack).listOrders({ customer_id: customer, page_size: 100 });
      const ids = made.entries.map(({ payment_id }) => payment_id);
      // 20 to warm up, and 5 a second for 1.2 seconds.
      expect(ids).toHaveLength(26);
      expect(new Set(ids).size).toBe(26);
    });

    it('says what the token lacks, and what is wrong with the address or the body', async () => {
      const missing = await bench(flags, { ORDER_BENCH_TOKEN: '' });
      expect([missing.code, missing.said]).toStrictEqual([1, expect.stringContaining('ORDER_BENCH_TOKEN must be set')]);
      const bad = await bench(flags, { ORDER_BENCH_TOKEN: 'x' });
      expect([bad.code, bad.said]).toStrictEqual([1, expect.stringContaining('does not accept ORDER_BENCH_TOKEN')]);
      for (const type of ['staff', 'customer'] as const) {
        const lacking = await bench(flags, { ORDER_BENCH_TOKEN: await tokenOf(type) });
        expect([lacking.code, lacking.said]).toStrictEqual([
          1,
          expect.stringContaining('ORDER_BENCH_TOKEN may not create orders'),
        ]);
      }
      const ORDER_BENCH_TOKEN = await tokenOf('service');
      const body = join(folder, 'faulty.json');
      writeFileSync(body, '{"items":[]}');
      const faulty = await bench([...flags, '--body', body], { ORDER_BENCH_TOKEN });
      expect([faulty.code, faulty.said]).toStrictEqual([1, expect.stringContaining('400 validation_failed: ')]);
      const nowhere = await bench(['--against', 'http://127.0.0.1:1'], { ORDER_BENCH_TOKEN });
      expect([nowhere.code, nowhere.said]).toStrictEqual([1, expect.stringContaining('cannot be reached')]);
      const none = await bench(['--against'], { ORDER_BENCH_TOKEN });
      expect([none.code, none.said]).toStrictEqual([1, expect.stringContaining('needs the URL')]);
      const rate = await bench(['--against', url, '--rate=fast'], { ORDER_BENCH_TOKEN });
      expect([rate.code, rate.said]).toStrictEqual([1, expect.stringContaining('--rate needs a number')]);
    });
  });
});
