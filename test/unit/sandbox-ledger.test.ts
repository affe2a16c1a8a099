import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestJson } from '../../sandbox/requests.js';
import { createLedger, type KeyedRequest } from '../../sandbox/ledger.js';

const request = (key: string, order_id = 'o-1', body: unknown = 'body'): KeyedRequest => ({
  service: 'payment',
  operation: 'payment.refund',
  key,
  order_id,
  amount: '10.00',
  bodyDigest: digestJson(body),
});

describe('sandbox ledger', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-ledger-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('keeps one entry per key and counts its deliveries', async () => {
    const ledger = await createLedger({ file: join(folder, 'a.jsonl'), now: () => new Date(0) });
    expect(await ledger.note(request('k1'))).toBe('first');
    expect(await ledger.note(request('k1'))).toBe('repeat');
    expect(await ledger.note({ ...request('k1'), service: 'warehouse' })).toBe('first');
    expect(ledger.list('o-1')[0]).toStrictEqual({
      service: 'payment',
      operation: 'payment.refund',
      key: 'k1',
      order_id: 'o-1',
      amount: '10.00',
      at: '1970-01-01T00:00:00.000Z',
      deliveries: 2,
    });
    expect(ledger.list('o-1')).toHaveLength(2);
    expect(ledger.list('o-2')).toStrictEqual([]);
    await ledger.close();
  });

  it('turns down a key that comes again with another body, and does not count it', async () => {
    const ledger = await createLedger({ file: join(folder, 'b.jsonl') });
    await ledger.note(request('k1'));
    expect(await ledger.note(request('k1', 'o-1', 'other'))).toBe('conflict');
    expect(ledger.list('o-1')[0]?.deliveries).toBe(1);
    await ledger.close();
  });

  it('knows its keys after a restart, also when the last line was torn', async () => {
    const file = join(folder, 'c.jsonl');
    const first = await createLedger({ file });
    await Promise.all([first.note(request('k1')), first.note(request('k1')), first.note(request('k2', 'o-2'))]);
    await first.close();
    await appendFile(file, '{"service":"pay');
    for (const deliveries of [3, 4]) {
      const again = await createLedger({ file });
      expect(await again.note(request('k1'))).toBe('repeat');
      expect(again.list('o-1')[0]?.deliveries).toBe(deliveries);
      expect(again.list()).toHaveLength(2);
      await again.close();
    }
  });

  it('refuses to start over a file that is damaged in the middle', async () => {
    const file = join(folder, 'd.jsonl');
    await writeFile(file, 'nonsense\n');
    await expect(createLedger({ file })).rejects.toThrow(/d\.jsonl, line 1 is not readable/);
  });

  it('forgets the oldest entries beyond its limit', async () => {
    const ledger = await createLedger({ file: join(folder, 'e.jsonl'), limit: 2 });
    for (const key of ['k1', 'k2', 'k3']) await ledger.note(request(key));
    expect(ledger.list('o-1').map(({ key }) => key)).toStrictEqual(['k2', 'k3']);
    await ledger.close();
  });

  it('shortens its file at a restart without losing the counts', async () => {
    const file = join(folder, 'f.jsonl');
    const ledger = await createLedger({ file });
    await Promise.all(Array.from({ length: 2000 }, () => ledger.note(request('k1'))));
    await ledger.close();
    const again = await createLedger({ file });
    expect(again.list('o-1')[0]?.deliveries).toBe(2000);
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(1);
    await again.close();
  });
});

describe('digestJson', () => {
  it('does not depend on the order of keys, but on everything else', () => {
    expect(digestJson({ a: 1, b: { c: [1, 2], d: null } })).toBe(digestJson({ b: { d: null, c: [1, 2] }, a: 1 }));
    expect(digestJson({ a: [1, 2] })).not.toBe(digestJson({ a: [2, 1] }));
    expect(digestJson({ a: 1 })).not.toBe(digestJson({ a: '1' }));
  });
});
