import { expect, it } from '@jest/globals';
import type { Body } from '../support/driver.js';
import { address, firstLine, newId, oneLineBody, orderBody, unpaid } from '../support/orders.js';
import { done, refused, taken } from '../support/outcomes.js';
import { needsJson, onEachSurface } from './surfaces.js';
import { itUnless } from '../support/skip.js';

const mebibyte = 1_048_576;

const many = (count: number): Body => {
  const items = Array.from({ length: count }, (_, n) => ({ ...firstLine, product_sku: `SKU-${n}` }));
  const cents = (each: number): string => (each * count).toFixed(2);
  const sums = { subtotal: cents(20), discount_amount: cents(1), tax_amount: cents(1.9), shipping_amount: '0' };
  return orderBody({ ...unpaid, ...sums, total_amount: cents(20.9), items });
};

const deep = (levels: number): Body => {
  let metadata: Body = { leaf: true };
  for (let level = 1; level < levels; level += 1) metadata = { deeper: metadata };
  return metadata;
};

const inTheBody =
  (field: string) =>
  (text: string): Body =>
    orderBody({ ...unpaid, [field]: text });
const inTheLine =
  (field: string) =>
  (text: string): Body =>
    oneLineBody({ [field]: text }, unpaid);
const emailOf = (length: number): string =>
  `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(length - 247)}.com`;

/** Characters, at the most. */
const texts = [
  { path: 'items[0].product_sku', most: 255, body: inTheLine('product_sku') },
  { path: 'items[0].product_name', most: 500, body: inTheLine('product_name') },
  { path: 'items[0].product_id', most: 255, body: inTheLine('product_id') },
  { path: 'items[0].warehouse_id', most: 255, body: inTheLine('warehouse_id') },
  { path: 'items[0].reservation_id', most: 255, body: inTheLine('reservation_id') },
  { path: 'customer_id', most: 255, body: inTheBody('customer_id') },
  { path: 'payment_id', most: 255, body: inTheBody('payment_id') },
  { path: 'payment_method', most: 50, body: inTheBody('payment_method') },
  { path: 'notes', most: 10_000, body: inTheBody('notes') },
];

/** A body of exactly so many bytes. */
const sized = (bytes: number): Body => {
  const body = (padding: string): Body => ({ ...oneLineBody({}, unpaid), customer_id: 'c', metadata: { padding } });
  return body('x'.repeat(bytes - JSON.stringify(body('')).length));
};

onEachSurface('Limits of a new order', (driver) => {
  it.each(texts)('$path: $most characters', async ({ path, most, body }) => {
    const widest = 'ä'.repeat(most - 36) + newId('').slice(1);
    done(await driver.createOrder(body(widest)));
    refused(driver, await driver.createOrder(body(`${widest}x`)), 'validation_failed', [path]);
  });

  it('guest_email: 320 characters', async () => {
    const guest = (guest_email: string): Body => ({ ...orderBody(unpaid), guest_email });
    refused(driver, await driver.createOrder(guest(emailOf(321))), 'validation_failed', ['guest_email']);
  });

  it('500 items', async () => {
    const order = done(await driver.createOrder(many(500)));
    expect(order.items).toHaveLength(500);
    expect(order.items[499]?.product_sku).toBe('SKU-499');
    expect(new Set(order.items.map(({ id }) => id)).size).toBe(500);
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
    refused(driver, await driver.createOrder(many(501)), 'validation_failed', ['items']);
  });

  it('metadata, however deep, is stored or refused', async () => {
    const metadata = deep(30);
    expect(done(await driver.createOrder(orderBody({ metadata }))).metadata).toStrictEqual(metadata);
    // A message nested so deep may already be undecodable for gRPC, which then cannot name the field.
    const paths = driver.protocol === 'grpc' ? undefined : ['metadata'];
    refused(driver, await driver.createOrder(orderBody({ metadata: deep(60) })), 'validation_failed', paths);
  });

  it('an address line of many characters is stored or refused, and nothing breaks', async () => {
    const shipping_address = { ...address, line1: 'x'.repeat(100_000) };
    const answer = await driver.createOrder(orderBody({ shipping_address }));
    refused(driver, answer, 'validation_failed', ['shipping_address.line1']);
  });

  itUnless(needsJson(driver))('a body of 1 MiB', async () => {
    done(await driver.createOrder(sized(mebibyte)));
    refused(driver, await driver.createOrder(sized(mebibyte + 1)), 'payload_too_large');
  });

  it('a message well beyond 1 MiB', async () => {
    refused(driver, await driver.createOrder(sized(2 * mebibyte)), 'payload_too_large');
  });
});
