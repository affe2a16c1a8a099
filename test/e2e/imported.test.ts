import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import { createRestStaffDriver } from '../support/drivers/staff.js';
import { newId, orderBody, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { makeOldDatabase } from '../support/old-database.js';
import { openShop, type Shop, until, untilEffect, untilStatus } from '../support/shop.js';

const execute = promisify(execFile);
const script = path.resolve(__dirname, '../../scripts/import.js');
const orders = 60;

describe('imported orders', () => {
  let shop: Shop;
  const today = new Date();

  beforeAll(async () => {
    shop = await openShop();
    await shop.query('create database former');
    const { databaseDsn: to, secrets } = shop.stack;
    const url = new URL(to);
    url.pathname = '/former';
    await makeOldDatabase(url.href, orders, today.toISOString(), true);
    const env = { ...process.env, ORDER_DATABASE_DSN: to, ORDER_SECRET: secrets.orderSecret };
    const { stdout } = await execute(process.execPath, [script, '--from', url.href], { env });
    expect(stdout).toMatch(/imported: 60 orders/);
    expect(stdout).toMatch(/days and statuses that differ: 0/);
  });
  afterAll(() => shop.stop());

  const where = async (condition: string): Promise<Order> => {
    const [row] = await shop.query<{ document: Order }>(`select document from orders where ${condition} order by id`);
    if (row === undefined) throw new Error(`no imported order with ${condition}`);
    return row.document;
  };
  const refundOf = (id: string) => untilEffect(shop, id, 'payment.refund', 'is done', ({ state }) => state === 'done');

  it('are cancelled, and their money and goods are returned', async () => {
    const { id, total_amount, items } = await where(`status = 'confirmed' and payment_status = 'completed'`);
    const cancelled = done(await shop.on(1).cancelOrder(id, { reason: 'not wanted' }, { caller: staff }));
    expect(cancelled.status).toBe('cancelled');
    expect((await refundOf(id)).payload).toMatchObject({ amount: total_amount });
    await until('the stock is released', async () => {
      const released = (await shop.ledger(id)).filter(({ service }) => service === 'warehouse');
      return released.length > 0;
    });
    expect(items.length).toBeGreaterThan(0);
    await until('the money is back', async () => (await shop.order(id)).payment_status === 'refunded');
  });

  it('are refunded in part', async () => {
    const { id } = await where(`status = 'processing' and payment_status = 'completed'`);
    const part = { items: [{ item_id: (await shop.order(id)).items[0]!.id, quantity: 1 }], reason: 'one less' };
    done(await shop.on(2).cancelOrderItems(id, part, { caller: staff }));
    expect(Number((await refundOf(id)).payload['amount'])).toBeGreaterThan(0);
  });

  it('move on, and are returned within the return window', async () => {
    const shipped = await where(`status = 'shipped' and payment_status = 'completed'`);
    await shop.publish('shipping.delivered', { order_id: shipped.id });
    await untilStatus(shop, shipped.id, 'delivered');
    const { id, items } = await where(
      `status = 'delivered' and payment_status = 'completed' and id <> '${shipped.id}'`,
    );
    const returned = {
      ...{ order_id: id, return_id: newId('return') },
      items: items.map((item) => ({ item_id: item.id, quantity: item.quantity })),
    };
    await shop.publish('return.requested', returned);
    await shop.publish('return.completed', returned);
    await untilStatus(shop, id, 'returned');
    expect((await shop.events(id)).length).toBeGreaterThan(0);
  });

  it('are found by words, and by their numbers', async () => {
    const { id, order_number, items } = await where(`status = 'returned'`);
    expect(done(await shop.on(1).getOrder(order_number, { caller: staff })).id).toBe(id);
    await until('the search finds them', async () => {
      const { entries } = await shop.on(2).listOrders({ q: items[0]!.product_sku, page_size: 100 }, { caller: staff });
      return entries.some((entry) => entry.id === id);
    });
  });

  it('are all verified, changed ones too', async () => {
    const desk = createRestStaffDriver(shop.stack.describe());
    const ids = await shop.query<{ id: string }>('select id from orders');
    expect(ids).toHaveLength(orders);
    for (const { id } of ids) expect((await desk.verifyOrder(id)).found).toMatchObject({ verified: true });
  });

  it('let new ones have the numbers after theirs', async () => {
    const [last] = await shop.query<{ order_number: string }>('select max(order_number) as order_number from orders');
    expect(last?.order_number.slice(-6)).toBe('000060');
    const { order_number } = done(await shop.checkout.createOrder(orderBody()));
    // Unless midnight has passed since the import.
    if (order_number.slice(0, 12) === last?.order_number.slice(0, 12)) expect(order_number.slice(-6)).toBe('000061');
    else expect(order_number.slice(-6)).toBe('000001');
  });

  it('are missing while an import has not ended, which the service logs at its start', async () => {
    const { app, ready } = shop.stack.replicas[0]!;
    const warnings = (): number =>
      readFileSync(app.logFile, 'utf8').split('an import from the former service has not ended').length - 1;
    await shop.query('create table unfinished_import ()');
    await app.restart();
    await ready();
    expect(warnings()).toBe(1);
    await shop.query('drop table unfinished_import');
    await app.restart();
    await ready();
    expect(warnings()).toBe(1);
  });
});
