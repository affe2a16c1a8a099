import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assertSoundFigures, countLateness, runBench, sectionsOf } from '../support/bench-run.js';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { orderBody } from '../support/orders.js';
import { tokenFor } from '../support/tokens.js';

describe('The bench against a service that runs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'order-service-bench-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const bench = (flags: readonly string[], more: Readonly<Record<string, string>>) => runBench(folder, flags, more);

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
    assertSoundFigures(figures);
    const failed = figures.filter(({ what }) => what.endsWith('failed'));
    expect(failed.map(({ what, value }) => [what, value])).toStrictEqual([
      ['create, failed', 0],
      ['read, failed', 0],
    ]);
    expect(countLateness(figures, 'against')).toBe(4);
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
