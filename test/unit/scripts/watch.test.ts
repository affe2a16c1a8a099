import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type ProcessContext, startProcess } from '../../../scripts/managed-process.js';
import { takeDataFolder } from '../../../scripts/run-records.js';
import { createReviver } from '../../../scripts/watch.js';
import { until } from '../../support/shop.js';

describe('npm start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'order-service-watch-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const setUp = async (program: string) => {
    const records = await takeDataFolder(folder, () => undefined);
    const said: string[] = [];
    const hopeless: string[] = [];
    const revive = createReviver({
      say: (line) => void said.push(line),
      onHopeless: (sentence) => void hopeless.push(sentence),
    });
    const context: ProcessContext = { records, onUnexpectedEnd: (handle, end) => void revive(handle, end) };
    const place = { env: process.env, cwd: folder, logFile: join(folder, 'log') };
    const handle = await startProcess(
      { name: 'app', command: process.execPath, args: ['-e', program], ...place },
      context,
    );
    return { records, said, hopeless, handle };
  };

  it('starts again what was killed', async () => {
    const { records, said, hopeless, handle } = await setUp('setInterval(() => {}, 1e6)');
    const first = handle.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await until('it runs again', () => Promise.resolve(handle.pid !== undefined && handle.pid !== first));
    expect(said).toStrictEqual(['app ended (SIGKILL); restarting it']);
    expect(records.list().map(({ pid }) => pid)).toStrictEqual([handle.pid]);
    await handle.stop();
    expect([said.length, hopeless]).toStrictEqual([1, []]);
    records.release();
  });

  it('gives up what ends five times in a row as soon as it is started', async () => {
    const { records, said, hopeless, handle } = await setUp('process.exit(3)');
    await until('it is given up', () => Promise.resolve(hopeless.length > 0));
    expect(said).toStrictEqual(Array.from({ length: 5 }, () => 'app ended (exit code 3); restarting it'));
    expect(hopeless).toStrictEqual([expect.stringMatching(/^app ended five times in a row/)]);
    expect(handle.pid).toBeUndefined();
    records.release();
  });
});
