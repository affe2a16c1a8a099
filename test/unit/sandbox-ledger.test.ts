import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { digestJson } from '../../sandbox/digest.js';
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
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-ledger-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('keeps one entry per key and counts its deliveries', async () => {
    const ledger = await createLedger({ file: join(folder, 'a.jsonl'), now: () => new Date(0) });
    assert.equal(await ledger.note(request('k1')), 'first');
    assert.equal(await ledger.note(request('k1')), 'repeat');
    assert.equal(await ledger.note({ ...request('k1'), service: 'warehouse' }), 'first');
    assert.deepEqual(ledger.list('o-1')[0], {
      service: 'payment',
      operation: 'payment.refund',
      key: 'k1',
      order_id: 'o-1',
      amount: '10.00',
      at: '1970-01-01T00:00:00.000Z',
      deliveries: 2,
    });
    assert.equal(ledger.list('o-1').length, 2);
    assert.deepEqual(ledger.list('o-2'), []);
    await ledger.close();
  });

  it('turns down a key that comes again with another body, and does not count it', async () => {
    const ledger = await createLedger({ file: join(folder, 'b.jsonl') });
    await ledger.note(request('k1'));
    assert.equal(await ledger.note(request('k1', 'o-1', 'other')), 'conflict');
    assert.equal(ledger.list('o-1')[0]?.deliveries, 1);
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
      assert.equal(await again.note(request('k1')), 'repeat');
      assert.equal(again.list('o-1')[0]?.deliveries, deliveries);
      assert.equal(again.list().length, 2);
      await again.close();
    }
  });

  it('refuses to start over a file that is damaged in the middle', async () => {
    const file = join(folder, 'd.jsonl');
    await writeFile(file, 'nonsense\n');
    await assert.rejects(createLedger({ file }), /d\.jsonl, line 1 is not readable/);
  });

  it('forgets the oldest entries beyond its limit', async () => {
    const ledger = await createLedger({ file: join(folder, 'e.jsonl'), limit: 2 });
    for (const key of ['k1', 'k2', 'k3']) await ledger.note(request(key));
    assert.deepEqual(
      ledger.list('o-1').map(({ key }) => key),
      ['k2', 'k3'],
    );
    await ledger.close();
  });

  it('shortens its file at a restart without losing the counts', async () => {
    const file = join(folder, 'f.jsonl');
    const ledger = await createLedger({ file });
    await Promise.all(Array.from({ length: 2000 }, () => ledger.note(request('k1'))));
    await ledger.close();
    const again = await createLedger({ file });
    assert.equal(again.list('o-1')[0]?.deliveries, 2000);
    assert.equal((await readFile(file, 'utf8')).trimEnd().split('\n').length, 1);
    await again.close();
  });
});

describe('digestJson', () => {
  it('does not depend on the order of keys, but on everything else', () => {
    assert.equal(digestJson({ a: 1, b: { c: [1, 2], d: null } }), digestJson({ b: { d: null, c: [1, 2] }, a: 1 }));
    assert.notEqual(digestJson({ a: [1, 2] }), digestJson({ a: [2, 1] }));
    assert.notEqual(digestJson({ a: 1 }), digestJson({ a: '1' }));
  });
});
