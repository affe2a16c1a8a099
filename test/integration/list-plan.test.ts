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
  updatedAfter: undefined,
  paymentId: undefined,
  trackingNumber: undefined,
  productSku: undefined,
  warehouseId: undefined,
  held: undefined,
  deadlineBefore: undefined,
  q: undefined,
  after: undefined,
  limit: 20,
} as const;

const position = { created_at: '2026-01-01T00:00:00.000000Z', id: '01a20000-0000-7000-8000-000000000000' };

const cases = {
  'the first page': everything,
  'a page further on': { ...everything, after: position },
  "a customer's orders": { ...everything, customerIds: ['customer-1'] },
  "as many of a customer's orders as fit": { ...everything, customerIds: ['customer-1'], enoughBytes: 393_216 },
  "a guest's orders": { ...everything, guestEmail: 'guest@example.com' },
  'the orders of a payment': { ...everything, paymentId: 'payment-7' },
  'the orders of a parcel': { ...everything, trackingNumber: 'parcel-7' },
  'the orders with a rare SKU': { ...everything, productSku: 'SKU-7' },
  'the orders with a common SKU': { ...everything, productSku: 'SKU-0' },
  'the orders from a warehouse': { ...everything, warehouseId: 'warehouse-1' },
  'orders changed since': { ...everything, updatedAfter: '2026-01-01T05:30:00.000Z' },
  'orders on hold': { ...everything, held: true },
  'orders with a deadline': { ...everything, deadlineBefore: '2026-01-01T00:00:10.000Z' },
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
        created_by_service, created_at, updated_at, version, document, payments, deadline_at, held)
      select gen_random_uuid(), 'ORD-20260101-' || lpad(n::text, 6, '0'), 'customer-' || n % 2000, 'guest-' || n || '@example.com',
        case when n % 2 = 0 then 'shipped' else 'confirmed' end, 'USD', 1, 0, 0, 0, 1, 1, 0, 0, 'completed', 'test', t, t, 1,
        json_build_object('shipment', json_build_object('tracking_number', 'parcel-' || n)),
        jsonb_build_array(jsonb_build_object('payment_id', 'payment-' || n)), t, n % 500 = 0
      from generate_series(1, 20000) n, lateral (select timestamptz '2026-01-01' + n * interval '1 second' as t) at`);
    await pool.query(`insert into order_items (order_id, id, product_id, product_sku, product_name, quantity, unit_price, total_price,
        discount_amount, tax_amount, warehouse_id, metadata)
      select o.id, 1, 'p', 'SKU-' || case when n % 2 = 0 then 0 else n end, 'Cup', 1, 1, 1, 0, 0, 'warehouse-' || n % 3, '{}'
      from (select id, row_number() over () as n from orders) o`);
    await pool.query('analyze orders, order_items');
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
