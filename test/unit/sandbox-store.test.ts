import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../scripts/paths.js';
import { openStore } from '../../sandbox/store.js';

describe('store of the sandbox', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-store-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('keeps records in order of first arrival, and replaces those of the same key', async () => {
    const store = openStore(join(folder, 'a'));
    const table = store.table<string>('things');
    table.put('one', { key: 'a', orderId: 'o-1' });
    table.put('two', { orderId: 'o-2' });
    table.put('three', { orderId: 'o-1' });
    table.put('four', { key: 'a', orderId: 'o-1', open: true });
    expect([table.get('a'), table.get('b')]).toStrictEqual(['four', undefined]);
    expect(table.list()).toStrictEqual(['four', 'two', 'three']);
    expect(table.list('o-1')).toStrictEqual(['four', 'three']);
    expect(table.listOpen()).toStrictEqual(['four']);
    await store.close();
  });

  it('forgets the oldest of what is not open', async () => {
    const store = openStore(join(folder, 'b'), 2);
    const table = store.table<number>('things');
    table.put(1, { key: '1', open: true });
    for (const n of [2, 3, 4, 5]) table.put(n, { key: String(n) });
    expect(table.list()).toStrictEqual([1, 4, 5]);
    table.put(1, { key: '1' });
    table.put(6, { key: '6' });
    expect(table.list()).toStrictEqual([5, 6]);
    await store.close();
  });

  it('has what was written when its process is killed', async () => {
    const path = join(folder, 'd');
    const module = join(projectRoot, 'dist', 'sandbox', 'store.js');
    const program = `
      const { openStore } = require(${JSON.stringify(module)});
      const store = openStore(${JSON.stringify(path)});
      const table = store.table('things');
      void (async () => {
        for (let n = 1; ; n += 1) {
          table.put(n, { key: String(n) });
          await store.written();
          require('node:fs').writeSync(1, n + '\\n');
        }
      })();`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.split('\n').length > 2000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const last = Number(said.trimEnd().split('\n').at(-1));
    assert.ok(last >= 2000);
    const store = openStore(path);
    const kept = store.table<number>('things');
    expect(kept.get(String(last))).toBe(last);
    expect(kept.list()).toHaveLength(Math.min(kept.list().at(-1) ?? 0, 10_000));
    await store.close();
  });

  it('does not open a file that is no database', () => {
    const path = join(folder, 'e');
    mkdirSync(path);
    writeFileSync(join(path, 'sandbox.sqlite'), 'nonsense\n'.repeat(200));
    expect(() => openStore(path)).toThrow('not a database');
  });
});
