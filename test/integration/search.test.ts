import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { ListFilter } from '../../actors/order-reads.js';
import type { JournalReader } from '../../persistence/journal-reader.js';
import { createOrderReads } from '../../persistence/order-reads.js';
import { createSearchIndex } from '../../persistence/search.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const nothing: ListFilter = {
  ...{
    customerIds: [],
    statuses: undefined,
    paymentStatus: undefined,
    createdAfter: undefined,
    createdBefore: undefined,
  },
  ...{ updatedAfter: undefined, numberPrefix: undefined, guestEmail: undefined, paymentId: undefined, held: undefined },
  ...{ trackingNumber: undefined, productSku: undefined, warehouseId: undefined, deadlineBefore: undefined },
  ...{ q: undefined, after: undefined, limit: 20 },
};

describe('the search index', () => {
  let databases: TestDatabases;
  let pool: Pool;
  let index: JournalReader;
  beforeAll(async () => {
    databases = await startTestDatabases();
  });
  afterEach(() => pool.end());
  afterAll(() => databases.stop());

  const fresh = async (): Promise<void> => {
    pool = new Pool({ connectionString: await databases.create(), max: 4 });
    index = createSearchIndex(pool, { transactions: 1_000, entries: 5, orders: 3 });
  };
  const catchUp = async (): Promise<void> => {
    for (let step = await index.advance(); step !== 'current'; step = await index.advance())
      assert.notEqual(step, 'elsewhere');
  };

  /** An order of a minute after the epoch of the test, with a document and an entry of its journal. */
  const insert = async (minute: number, document: object, client: Pick<Pool, 'query'> = pool): Promise<string> => {
    const id = randomUUID();
    const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
    await client.query(
      `insert into orders (id, order_number, status, currency, subtotal, tax_amount, shipping_amount, discount_amount,
         total_amount, captured_amount, refunded_amount, requested_amount, payment_status, created_by_service, created_at,
         updated_at, version, document)
       values ($1::uuid, 'ORD-' || $1::text, 'confirmed', 'USD', 1, 0, 0, 0, 1, 1, 0, 0, 'completed', 'test', $2, $2, 1, $3)`,
      [id, at, JSON.stringify({ payments: [], shipments: [], ...document })],
    );
    await entry(id, 1, client);
    return id;
  };
  const entry = (id: string, version: number, client: Pick<Pool, 'query'> = pool) =>
    client.query(
      `insert into order_events (order_id, version, type, data, by_type, by_id, channel, command_id, at)
       values ($1, $2, 'order.updated', '{}', 'service', 'test', 'rest', 'c', now())`,
      [id, version],
    );
  const product = (product_name: string) => ({ items: [{ product_sku: 'S', product_name }] });
  const found = async (q: string, more: Partial<ListFilter> = {}): Promise<readonly string[]> =>
    (await createOrderReads(pool).list({ ...nothing, ...more, q })).map(({ id }) => id);

  it('goes on past a word that ends in the middle of a character', async () => {
    await fresh();
    const long = `a${'𠀀'.repeat(60)}`;
    const id = await insert(0, product(long));
    const next = await insert(1, product('Cup'));
    await catchUp();
    expect(await found(long)).toStrictEqual([id]);
    expect(await found('cup')).toStrictEqual([next]);
  });

  it('finds what is there already, what comes later, and what changes', async () => {
    await fresh();
    const ids = [];
    for (let n = 0; n < 8; n += 1) ids.unshift(await insert(n, product(`Cup ${n}`)));
    expect(await createOrderReads(pool).searchedUntil()).toBeUndefined();
    await catchUp();
    expect(await found('cup')).toStrictEqual(ids);
    expect(await found('cup 3')).toStrictEqual([ids[4]]);
    expect(await found('saucer')).toStrictEqual([]);

    const later = await insert(9, product('Saucer'));
    await pool.query(`update orders set document = $2 where id = $1`, [
      ids[0],
      { payments: [], shipments: [], ...product('Saucer') },
    ]);
    await entry(ids[0]!, 2);
    await catchUp();
    expect(await found('sauc')).toStrictEqual([later, ids[0]]);
    expect(await found('cup')).toStrictEqual(ids.slice(1));
    const asOf = await createOrderReads(pool).searchedUntil();
    expect(Date.now() - Date.parse(asOf!)).toBeLessThan(60_000);
  });

  it('misses no order whose transaction ends after later ones, nor one that writes much', async () => {
    await fresh();
    await catchUp();
    const slow = await pool.connect();
    await slow.query('begin');
    const late = await insert(1, product('Late'), slow);
    const early = await insert(2, product('Early'));
    await catchUp();
    expect(await found('early')).toStrictEqual([early]);
    await slow.query('commit');
    await slow.query('begin');
    const many = [];
    for (let n = 0; n < 12; n += 1) many.unshift(await insert(10 + n, product('Many'), slow));
    await slow.query('commit');
    slow.release();
    await catchUp();
    expect(await found('late')).toStrictEqual([late]);
    expect(await found('many')).toStrictEqual(many);
  });

  it('pages newest first through many and through few, with other filters', async () => {
    await fresh();
    const ids: string[] = [];
    for (let n = 0; n < 60; n += 1) ids.unshift(await insert(n, product(n % 2 === 0 ? 'Even' : 'Odd')));
    await catchUp();
    const even = ids.filter((_, index) => index % 2 === 1);
    const pages: string[] = [];
    let after: ListFilter['after'];
    for (;;) {
      const page = await createOrderReads(pool).list({ ...nothing, q: 'even', after, limit: 7 });
      pages.push(...page.map(({ id }) => id));
      after = page.at(-1);
      if (page.length < 7) break;
    }
    expect(pages).toStrictEqual(even);
    const createdBefore = new Date(Date.UTC(2026, 0, 1, 0, 10)).toISOString();
    expect(await found('even', { createdBefore })).toHaveLength(5);
    expect(await found('even', { statuses: ['shipped'] })).toStrictEqual([]);
  });

  it('is read from the index of words, and from the newest orders in order', async () => {
    await fresh();
    await pool.query(`insert into order_search (order_id, created_at, words)
      select gen_random_uuid(), timestamptz '2026-01-01' + n * interval '1 second',
        array_to_tsvector(array['common', 'word' || n]) from generate_series(1, 20000) n`);
    await pool.query('analyze order_search');
    const plans: string[] = [];
    const explaining = {
      query: async ({ text, values }: { text: string; values: unknown[] }) => {
        const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return { rows: [] };
      },
    };
    await createOrderReads(explaining as unknown as Pool).list({ ...nothing, q: 'word77' });
    const [newest = '', all = ''] = plans;
    assert.match(newest, /order_search_by_time/, newest);
    assert.match(all, /order_search_words/, all);
    assert.doesNotMatch(plans.join('\n'), /Seq Scan on order_search/, plans.join('\n'));
  });
});
