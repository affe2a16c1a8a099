import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { pino } from 'pino';
import type { Price, PriceList } from '../../actors/price-list.js';
import { createPriceList } from '../../persistence/price-list.js';
import { loadSecrets } from '../../scripts/secrets.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';
import { sharedStack } from '../support/stack.js';

const hour = (n: number): string => new Date(Date.UTC(2026, 0, 1, n)).toISOString();

describe('the price list of two replicas', () => {
  const log = pino({ level: 'silent' });
  let databases: TestDatabases;
  let pool: Pool;
  let redis: Redis;
  let slow: Redis;
  let key: Omit<Price, 'price' | 'updated_at'>;

  const connection = (): Redis => {
    const { dataDir, redis: server } = sharedStack();
    const [host, port] = server.address.split(':');
    // The service's own user may neither look for keys nor wait for a list.
    const password = loadSecrets(dataDir).redisAdminPassword;
    return new Redis({ host: host ?? '', port: Number(port), username: 'admin', password, retryStrategy: () => null });
  };
  const listOn = (redisOfReplica: Redis): PriceList => createPriceList(pool, redisOfReplica, log);
  const priced = (price: string, n: number): Price => ({ ...key, price, updated_at: hour(n) });
  /** Waits until the table has the price. */
  const listed = async (): Promise<void> => {
    for (;;) {
      const { rowCount } = await pool.query('select from product_prices where product_id = $1', [key.product_id]);
      if (rowCount === 1) return;
      await sleep(10);
    }
  };
  const cachedKey = async (): Promise<string> => {
    const [found, ...more] = await redis.keys(`order:list-price:*${key.product_id}*`);
    expect(more).toStrictEqual([]);
    return found ?? assert.fail('the price is not in Redis');
  };

  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = new Pool({ connectionString: await databases.create(), max: 4 });
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });
  beforeEach(() => {
    redis = connection();
    slow = connection();
    key = { product_id: randomUUID(), product_sku: 'SKU-1', currency: 'USD' };
  });
  afterEach(() => {
    redis.disconnect();
    slow.disconnect();
  });

  it('has the newer price in Redis when the replica with the older one writes it last', async () => {
    // The server takes the commands of a connection in turn: those behind one that blocks wait.
    const gate = `gate:${key.product_id}`;
    const opened = slow.blpop(gate, 0);
    const [quick, late] = [listOn(redis), listOn(slow)];
    const older = late.put(priced('5.00', 1));
    await listed();
    expect(await quick.put(priced('7.00', 2))).toBe(true);
    await redis.lpush(gate, 'open');
    await opened;
    expect(await older).toBe(true);
    for (const list of [quick, late]) expect(await list.get([key])).toStrictEqual(['7.0000']);
  });

  it('never leaves an older price in Redis than the table has, whichever write is faster', async () => {
    const lists = [listOn(redis), listOn(slow)] as const;
    for (let round = 0; round < 15; round += 1) {
      key = { ...key, product_id: randomUUID() };
      // Each price reaches both replicas, in an order of its own; lookups fill the cache from the table meanwhile.
      const updates = Array.from({ length: 40 }, (_, n) => priced(`${n + 1}.00`, n));
      const shuffled = (): readonly Price[] =>
        updates
          .map((update) => ({ update, at: Math.random() }))
          .sort((a, b) => a.at - b.at)
          .map(({ update }) => update);
      await Promise.all(
        lists.flatMap((list) => [
          ...shuffled().map((update) => list.put(update)),
          ...Array.from({ length: 10 }, () => list.get([key])),
        ]),
      );
      const { rows } = await pool.query<{ price: string }>('select price from product_prices where product_id = $1', [
        key.product_id,
      ]);
      expect(rows).toStrictEqual([{ price: '40.0000' }]);
      expect(((await redis.get(await cachedKey())) ?? '').split(' ')[1]).toBe('40.0000');
      for (const list of lists) expect(await list.get([key])).toStrictEqual(['40.0000']);
    }
  });

  it('keeps a price in Redis for ten minutes, and looks it up there', async () => {
    const list = listOn(redis);
    await list.put(priced('5.00', 1));
    const ttl = await redis.ttl(await cachedKey());
    assert.ok(ttl > 590 && ttl <= 600, String(ttl));
    await pool.query('delete from product_prices where product_id = $1', [key.product_id]);
    expect(await list.get([key])).toStrictEqual(['5.0000']);
    await redis.del(await cachedKey());
    expect(await list.get([key])).toStrictEqual([undefined]);
  });

  it('writes to Redis what the table has already, where the try before got no further', async () => {
    const list = listOn(redis);
    await pool.query(
      'insert into product_prices (product_id, product_sku, currency, price, updated_at) values ($1, $2, $3, 7, $4)',
      [...[key.product_id, key.product_sku, key.currency, hour(2)]],
    );
    expect(await list.put(priced('7.00', 2))).toBe(false);
    await pool.query('delete from product_prices where product_id = $1', [key.product_id]);
    expect(await list.get([key])).toStrictEqual(['7.0000']);
  });

  it('fails without Redis, so that the price comes again; lookups go to the table', async () => {
    const gone = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null });
    const list = listOn(gone);
    await expect(list.put(priced('5.00', 1))).rejects.toThrow();
    expect(await list.get([key])).toStrictEqual(['5.0000']);
  });
});
