import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { createOrderReads } from '../../persistence/order-reads.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const everything = {
  customerIds: [],
  statuses: undefined,
  paymentStatus: undefined,
  createdAfter: undefined,
  createdBefore: undefined,
  numberPrefix: undefined,
  guestEmail: undefined,
  after: undefined,
  limit: 20,
} as const;

const position = { created_at: '2026-01-01T00:00:00.000000Z', id: '01a20000-0000-7000-8000-000000000000' };

const cases = {
  'the first page': everything,
  'a page further on': { ...everything, after: position },
  "a customer's orders": { ...everything, customerIds: ['customer-1'] },
  "a guest's orders": { ...everything, guestEmail: 'guest@example.com' },
  'an order number': { ...everything, numberPrefix: 'ORD-20260101-0001' },
};

describe('a page of the order list', () => {
  let databases: TestDatabases;
  let pool: Pool;
  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = new Pool({ connectionString: await databases.create(), max: 1 });
    await pool.query(`insert into orders (id, order_number, customer_id, guest_email, status, currency, subtotal, tax_amount,
        shipping_amount, discount_amount, total_amount, captured_amount, refunded_amount, requested_amount, payment_status,
        created_by_service, created_at, updated_at, version, document)
      select gen_random_uuid(), 'ORD-20260101-' || lpad(n::text, 6, '0'), 'customer-' || n % 2000, 'guest-' || n || '@example.com',
        'confirmed', 'USD', 1, 0, 0, 0, 1, 1, 0, 0, 'completed', 'test', t, t, 1, '{}'
      from generate_series(1, 20000) n, lateral (select timestamptz '2026-01-01' + n * interval '1 second' as t) at`);
    await pool.query('analyze orders');
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });

  it.each(Object.entries(cases))('is read from an index: %s', async (_name, filter) => {
    const plans: string[] = [];
    const explaining = {
      query: async ({ text, values }: { text: string; values: unknown[] }) => {
        const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return { rows: [] };
      },
    };
    await createOrderReads(explaining as unknown as Pool).list(filter);
    expect(plans).toHaveLength(1);
    assert.doesNotMatch(plans[0] ?? '', /Seq Scan/, plans[0]);
  });
});
