import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { Order } from '../../actors/rules/order.js';
import { consoleLink } from '../../scripts/console-link.js';
import { orderBody, staff } from '../contract/orders.js';
import { done } from '../contract/outcomes.js';
import { openShop, type Shop, until } from '../e2e/shop.js';
import { checkAccessibility, complaintsOf, openBrowser } from './browser.js';

const patience = 20_000;

describe('console', () => {
  let shop: Shop;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[];
  let base: string;

  beforeAll(async () => {
    shop = await openShop({ replicas: 2, env: { ORDER_SANDBOX_STEP_MS: '3600000' } });
    browser = await openBrowser();
    base = shop.stack.replicas[0]!.rest;
  });
  beforeAll(async () => {
    page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
    page.setDefaultTimeout(patience);
    complaints = complaintsOf(page);
    const { dataDir, env } = shop.stack.describe();
    await page.goto(await consoleLink(dataDir, base, env));
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
  });
  afterEach(async () => {
    await shop.heal();
    expect(complaints).toStrictEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await shop.stop();
  });

  const place = async (changes: object = {}): Promise<Order> =>
    done(await shop.checkout.createOrder({ ...orderBody(), ...changes }));

  const visit = async (path: string): Promise<void> => {
    await page.goto(`${base}/console${path}`);
    await page.locator('main').waitFor();
  };

  const openOrder = async ({ id, order_number }: Order): Promise<void> => {
    await visit(`/orders/${id}`);
    await page.getByRole('heading', { name: order_number }).waitFor();
  };

  const orderOf = async ({ id }: Order): Promise<Order> => done(await shop.on(1).getOrder(id, { caller: staff }));

  it('answers no link twice, and none that was made up', async () => {
    const { dataDir, env } = shop.stack.describe();
    const code = (await consoleLink(dataDir, base, env)).split('=')[1];
    const redeem = (given: string | undefined, replica: number): Promise<Response> =>
      fetch(`${shop.stack.replicas[replica]!.rest}/console/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code: given }),
      });
    const answers = await Promise.all([redeem(code, 0), redeem(code, 1), redeem(code, 0)]);
    expect(answers.map(({ status }) => status).sort()).toStrictEqual([200, 404, 404]);
    expect((await redeem(randomUUID(), 0)).status).toBe(404);
    for (const answer of answers) await answer.body?.cancel();
  });

  it('shows each screen without a fault of accessibility, in light and dark', async () => {
    await place();
    for (const [path, heading, shown] of [
      ['', 'Needs attention', 'Every event was applied.'],
      ['/orders', 'Orders', 'ORD-'],
      ['/attention', 'Needs attention', 'Every event was applied.'],
      ['/dead-letters', 'Dead letters', 'every event was applied'],
      ['/figures', 'Figures', 'As of'],
      ['/health', 'Health', 'postgres'],
      ['/nowhere', 'There is no such page', ''],
    ] as const) {
      await visit(path);
      await page.getByRole('heading', { name: heading, exact: true }).first().waitFor();
      await page.getByText(shown).first().waitFor();
      await checkAccessibility(page, `screen${path.replaceAll('/', '-')}`);
    }
  });

  it('finds an order by its number, shows it, cancels it after a look, and the refund settles before the eyes', async () => {
    const order = await place();
    await visit('/orders');
    await page.keyboard.press('/');
    await page.keyboard.type(order.order_number);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: order.order_number }).waitFor();
    await page.getByText('Order created').first().waitFor();
    await checkAccessibility(page, 'order');
    await page.keyboard.press('c');
    const dialog = page.getByRole('dialog');
    await checkAccessibility(page, 'order-cancel');
    // The letter of the shortcut must not be in the field.
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('');
    await dialog.getByLabel('Reason').fill('Ordered twice');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    const confirm = dialog.getByRole('button', { name: 'Cancel the order' });
    await confirm.waitFor();
    await checkAccessibility(page, 'order-cancel-preview');
    // a preview changes nothing
    expect((await orderOf(order)).version).toBe(order.version);
    await confirm.dblclick();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Refund the customer: done', { exact: true }).waitFor();
    await page.getByText('Ordered twice').filter({ visible: true }).first().waitFor();
    const cancelled = await orderOf(order);
    expect(cancelled.status).toBe('cancelled');
    const refunds = (await shop.ledger(order.id)).filter(({ operation }) => operation === 'payment.refund');
    expect(refunds).toHaveLength(1);
    await checkAccessibility(page, 'order-cancelled');
  });

  it('cancels items by keyboard alone', async () => {
    const order = await place();
    await openOrder(order);
    await page.getByRole('button', { name: 'Cancel items' }).first().waitFor();
    await page.keyboard.press('i');
    const dialog = page.getByRole('dialog');
    const quantity = dialog.getByRole('spinbutton').first();
    await quantity.focus();
    await page.keyboard.press('ArrowUp');
    await dialog.getByLabel('Reason').focus();
    await page.keyboard.type('One too many');
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Cancel items' }).waitFor();
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await until('one unit is cancelled', async () => (await orderOf(order)).items[0]?.cancelled_quantity === 1);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('does not act on what somebody else has changed, and says so', async () => {
    const order = await place();
    await openOrder(order);
    await page.keyboard.press('c');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Customer called');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    const confirm = dialog.getByRole('button', { name: 'Cancel the order' });
    await confirm.waitFor();
    done(await shop.on(2).updateOrder(order.id, { notes: 'leave at the door' }, { caller: staff }));
    await confirm.click();
    await dialog.getByText('Somebody changed this order meanwhile').waitFor();
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('Customer called');
    expect((await orderOf(order)).status).toBe(order.status);
    await checkAccessibility(page, 'order-conflict');
    await page.keyboard.press('Escape');
  });

  it('sends a command again after a reload, with the same key', async () => {
    const order = await place();
    await openOrder(order);
    await page.keyboard.press('c');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('No answer came');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    const confirm = dialog.getByRole('button', { name: 'Cancel the order' });
    await confirm.waitFor();
    const keys: (string | undefined)[] = [];
    await page.route('**/cancel', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      // The command arrives; its answer is lost.
      if (keys.length === 1) await route.fetch();
      await (keys.length === 1 ? route.abort() : route.continue());
    });
    await confirm.click();
    await until('the command was sent', async () => keys.length > 0);
    await page.reload();
    await page.getByText('Done: Cancel the order').waitFor();
    await page.unroute('**/cancel');
    expect(new Set(keys).size).toBe(1);
    const now = await orderOf(order);
    expect(now.status).toBe('cancelled');
    const refunds = (await shop.ledger(order.id)).filter(({ operation }) => operation === 'payment.refund');
    expect(refunds.length).toBeLessThanOrEqual(1);
  });

  it('retries a request that another service refused', async () => {
    await shop.fault('warehouse', 'reject');
    const order = await place();
    done(await shop.on(1).cancelOrder(order.id, { reason: 'not wanted' }, { caller: staff }));
    await openOrder(order);
    await page.getByText('another service refused').waitFor();
    await checkAccessibility(page, 'order-stuck');
    await visit('/attention');
    await page.getByText('Release the stock').first().waitFor();
    await shop.heal();
    await page.getByRole('listitem').filter({ hasText: 'Release the stock' }).getByRole('button').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('The warehouse works again');
    await dialog.getByRole('button', { name: 'Retry now' }).click();
    await until('the stock is released', async () =>
      (await shop.effects(order.id)).some(
        ({ operation, state }) => operation === 'warehouse.release' && state === 'done',
      ),
    );
  });

  it('discards a dead letter', async () => {
    const order = await place();
    done(await shop.on(1).cancelOrder(order.id, { reason: 'not wanted' }, { caller: staff }));
    const at = new Date().toISOString();
    await shop.publish('shipping.shipped', {
      order_id: order.id,
      carrier: 'DHL',
      tracking_number: 'T-1',
      shipped_at: at,
    });
    await until('a dead letter', async () => (await shop.query('select 1 from dead_letters')).length > 0);
    await visit('/dead-letters');
    await page.getByRole('button', { name: 'Discard…' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('The parcel was called back');
    await checkAccessibility(page, 'dead-letter-discard');
    await dialog.getByRole('button', { name: 'Discard the event' }).click();
    await page.getByText('Done: Discard the event').waitFor();
    await page.getByText('every event was applied').waitFor();
  });

  it('shows markup, right-to-left text, emoji and a currency without decimals as they are', async () => {
    const name = '<img src=x onerror=alert(1)> كوب 🫖';
    const body = orderBody();
    const [item] = body['items'] as [object];
    const order = await place({
      ...{ currency: 'JPY', subtotal: '2000', tax_amount: '0', shipping_amount: '0', discount_amount: '0' },
      total_amount: '2000',
      items: [
        {
          ...item,
          ...{ product_name: name, quantity: 2, unit_price: '1000', total_price: '2000' },
          ...{ tax_amount: '0', discount_amount: '0' },
        },
      ],
    });
    await openOrder(order);
    await page.getByText(name).first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
    await page.getByText('JPY 2,000').first().waitFor();
  });

  it('fits 320 pixels', async () => {
    const order = await place();
    await page.setViewportSize({ width: 320, height: 800 });
    for (const path of ['', '/orders', `/orders/${order.id}`, '/figures', '/health', '/dead-letters']) {
      await visit(path);
      await page.locator('h1').first().waitFor();
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      assert.ok(wide <= 320, `${path || '/'} is ${wide} wide`);
    }
    await checkAccessibility(page, 'narrow');
    await page.setViewportSize({ width: 1360, height: 900 });
  });

  it('keeps what is open when the token ends, and when the replica goes', async () => {
    const order = await place();
    await openOrder(order);
    await page.route('**/api/v1/orders/**', (route) =>
      route.fulfill({
        status: 401,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'unauthenticated', status: 401, title: 'Unauthenticated', detail: 'expired' }),
      }),
    );
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    done(await shop.on(2).updateOrder(order.id, { notes: 'ring twice' }, { caller: staff }));
    await page.keyboard.press('e');
    await page.getByRole('dialog').getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('button', { name: 'Edit addresses' }).last().click();
    await again.waitFor();
    await checkAccessibility(page, 'sign-in-again');
    await page.unroute('**/api/v1/orders/**');
    const { dataDir, env } = shop.stack.describe();
    await page.goto(`${base}/console/health`);
    await page.goto(await consoleLink(dataDir, base, env));
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
    await openOrder(order);
    await shop.stack.replicas[0]!.app.kill();
    await page.getByText('not up to date').first().waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: order.order_number }).waitFor();
  });
});
