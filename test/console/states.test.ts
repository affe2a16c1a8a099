import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { Order } from '../../actors/rules/order.js';
import { consoleLink } from '../../scripts/console-link.js';
import { createRestDeskDriver } from '../support/drivers/desk.js';
import { orderBody, staff, unpaid } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { openShop, type Shop, until } from '../support/shop.js';
import { checkAccessibility, complaintsOf, openBrowser } from '../support/browser.js';

describe('console, in rare states', () => {
  let shop: Shop;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[];
  let base: string;

  beforeAll(async () => {
    shop = await openShop({ replicas: 1, env: { ORDER_SANDBOX_STEP_MS: '3600000' } });
    browser = await openBrowser();
    base = shop.stack.replicas[0]!.rest;
    page = await (await browser.newContext({ viewport: { width: 1360, height: 900 } })).newPage();
    page.setDefaultTimeout(20_000);
    complaints = complaintsOf(page);
    const { dataDir, env } = shop.stack.describe();
    await page.goto(await consoleLink(dataDir, base, env));
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
  });
  afterEach(async () => {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    expect(complaints).toStrictEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await shop.stop();
  });

  const place = async (changes: object = {}): Promise<Order> =>
    done(await shop.checkout.createOrder({ ...orderBody(), ...changes }));

  const openOrder = async ({ id, order_number }: Order): Promise<void> => {
    await page.goto(`${base}/console/orders/${id}`);
    await page.getByRole('heading', { name: order_number }).waitFor();
  };

  it('replays a dead letter whose event applies by now', async () => {
    const order = await place(unpaid);
    const payment_id = `payment-${randomUUID()}`;
    const news = { order_id: order.id, payment_id, currency: 'USD' };
    await shop.publish('payment.completed', { ...news, amount: '10.00', capture_id: 'first' });
    await until('the first capture', async () => (await shop.order(order.id)).captured_amount === '10.00');
    await shop.publish('payment.completed', { ...news, amount: '30.29' });
    await until('a dead letter', async () => (await shop.query('select 1 from dead_letters')).length > 0);
    await shop.publish('payment.completed', { ...news, amount: '20.29', capture_id: 'second' });
    await until('the second capture', async () => (await shop.order(order.id)).captured_amount === '30.29');

    await page.goto(`${base}/console/dead-letters`);
    await page.getByRole('button', { name: 'Replay…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay the event' });
    await dialog.getByLabel('Reason').fill('Both captures are known now');
    await checkAccessibility(page, 'dead-letter-replay');
    await dialog.getByRole('button', { name: 'Replay the event' }).click();
    await page.getByText('Done: Replay the event').waitFor();
    await page.getByText('every event was applied').waitFor();
    const letters = await shop.query<{ state: string; note: string }>('select state, note from dead_letters');
    expect(letters).toStrictEqual([{ state: 'replayed', note: 'Both captures are known now' }]);
  });

  it('shows an order of 500 lines', async () => {
    const [item] = orderBody()['items'] as [object];
    const line = {
      ...item,
      quantity: 1,
      unit_price: '1.00',
      total_price: '1.00',
      tax_amount: '0',
      discount_amount: '0',
    };
    const items = Array.from({ length: 500 }, (_, index) => ({ ...line, product_name: `Product ${index + 1}` }));
    const sums = { subtotal: '500.00', tax_amount: '0.00', shipping_amount: '0.00', discount_amount: '0.00' };
    const order = await place({ ...unpaid, ...sums, total_amount: '500.00', items });
    await openOrder(order);
    const card = page.getByRole('region', { name: 'Items' });
    await card.getByText('Product 500', { exact: true }).waitFor();
    expect(await card.getByRole('row').count()).toBe(501);
  });

  it('says that the personal data of an order was erased', async () => {
    const customer_id = `customer-${randomUUID()}`;
    const order = await place({ ...unpaid, customer_id, notes: 'Ring twice.' });
    done(await shop.on(1).cancelOrder(order.id, { reason: 'moved house' }, { caller: staff }));
    const desk = createRestDeskDriver(shop.stack.describe());
    const erase = () => desk.erase({ customer_id, reason: 'by mail' }, { caller: { type: 'admin', id: 'admin' } });
    await until('the order is erased', async () => (await erase()).kept.length === 0);
    await openOrder(order);
    await page.getByText('The personal data of this order was erased').waitFor();
    await page.getByText('Personal data erased').first().waitFor();
    expect(await page.getByText('Ring twice.').count()).toBe(0);
    await checkAccessibility(page, 'order-erased');
  });

  it('shows that it waits for a slow API, and the error of an API that is down', async () => {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/v1/orders?**', async (route) => {
      await answered;
      await route.continue();
    });
    await page.goto(`${base}/console/orders`);
    await page.getByRole('status').filter({ hasText: 'Loading' }).waitFor();
    answer();
    await page.getByRole('row').nth(1).waitFor();
    await page.unrouteAll();

    const problem = { code: 'unavailable', status: 503, title: 'Service unavailable', detail: 'Please try again.' };
    const body = JSON.stringify(problem);
    await page.route('**/api/v1/orders?**', (route) =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', body }),
    );
    await page.goto(`${base}/console/orders`);
    const alert = page.getByRole('alert');
    await alert.getByText('Please try again.').waitFor();
    await checkAccessibility(page, 'orders-unavailable');
    await page.unrouteAll();
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('row').nth(1).waitFor();
  });

  it('continues with a bulk change of many orders after a reload, and holds none twice', async () => {
    const customer_id = `customer-${randomUUID()}`;
    const orders = await Promise.all(Array.from({ length: 45 }, () => place({ ...unpaid, customer_id })));
    await until('the search knows all of them', async () => {
      const found = await shop.on(1).listOrders({ q: customer_id, page_size: 50 }, { caller: staff });
      return found.entries.length === 45;
    });
    await page.goto(`${base}/console/orders`);
    await page.getByRole('row').nth(1).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(customer_id);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Select all 45 of this page' }).click();
    await page.getByRole('button', { name: 'Hold…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Hold: 45 orders' });
    await dialog.getByLabel('Reason').fill('The batch is checked');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText('45 will').waitFor();
    let sent = 0;
    let hasArrived = false;
    let isBack = false;
    await page.route('**/bulk', async (route) => {
      sent += 1;
      if (sent === 1 || isBack) {
        await route.continue();
        return;
      }
      // The second request arrives; its answer is lost, and the page with it.
      if (sent === 2) {
        await route.fetch();
        hasArrived = true;
      }
      await route.abort().catch(() => undefined);
    });
    await dialog.getByRole('button', { name: 'Hold: 45 of 45' }).click();
    await until('the second request has arrived', () => Promise.resolve(hasArrived));
    await dialog.getByText('Working: 20 of 45').waitFor();
    await page.goto('about:blank');
    isBack = true;
    await page.goto(`${base}/console/orders`);
    const versions = async (): Promise<readonly number[]> => {
      const rows = await shop.query<{ version: number }>(
        'select version from orders where customer_id = $1',
        customer_id,
      );
      return rows.map(({ version }) => version);
    };
    await until('all are held', async () => (await versions()).every((version) => version === 2));
    await page.getByText(/Done: Hold/).waitFor();
    expect(await versions()).toStrictEqual(orders.map(() => 2));
    assert.ok(sent >= 4, `${sent} requests`);
  });
});
