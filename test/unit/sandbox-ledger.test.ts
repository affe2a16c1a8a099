import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestJson } from '../../sandbox/requests.js';
import { createLedger, type KeyedRequest } from '../../sandbox/ledger.js';
import { openStore } from '../../sandbox/store.js';

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
    const store = openStore(join(folder, 'a'));
    const ledger = createLedger(store, () => new Date(0));
    expect(ledger.note(request('k1'))).toBe('first');
    expect(ledger.note(request('k1'))).toBe('repeat');
    expect(ledger.note({ ...request('k1'), service: 'warehouse' })).toBe('first');
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
    await store.close();
  });

  it('turns down a key that comes again with another body, and does not count it', async () => {
    const store = openStore(join(folder, 'b'));
    const ledger = createLedger(store);
    ledger.note(request('k1'));
    expect(ledger.note(request('k1', 'o-1', 'other'))).toBe('conflict');
    expect(ledger.list('o-1')[0]?.deliveries).toBe(1);
    await store.close();
  });

  it('knows its keys and the order of their arrival after a restart', async () => {
    for (const deliveries of [1, 2, 3]) {
      const store = openStore(join(folder, 'c'));
      const ledger = createLedger(store);
      expect(ledger.note(request('k1'))).toBe(deliveries === 1 ? 'first' : 'repeat');
      expect(ledger.note(request('k2', 'o-2'))).toBe(deliveries === 1 ? 'first' : 'repeat');
      expect(ledger.list('o-1')[0]?.deliveries).toBe(deliveries);
      expect(ledger.list().map(({ key }) => key)).toStrictEqual(['k1', 'k2']);
      await store.close();
    }
  });

  it('forgets the oldest entries beyond the limit of its store', async () => {
    const store = openStore(join(folder, 'd'), 2);
    const ledger = createLedger(store);
    for (const key of ['k1', 'k2', 'k1', 'k3']) ledger.note(request(key));
    expect(ledger.list('o-1').map(({ key }) => key)).toStrictEqual(['k2', 'k3']);
    expect([ledger.knows('payment', 'k1'), ledger.knows('payment', 'k2')]).toStrictEqual([false, true]);
    await store.close();
  });
});

describe('digestJson', () => {
  it('does not depend on the order of keys, but on everything else', () => {
    expect(digestJson({ a: 1, b: { c: [1, 2], d: null } })).toBe(digestJson({ b: { d: null, c: [1, 2] }, a: 1 }));
    expect(digestJson({ a: [1, 2] })).not.toBe(digestJson({ a: [2, 1] }));
    expect(digestJson({ a: 1 })).not.toBe(digestJson({ a: '1' }));
  });
});
