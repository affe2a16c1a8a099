import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { consoleLink } from '../../scripts/console-link.js';
import { checkAccessibility } from '../support/browser.js';
import { staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { type Shop, until } from '../support/shop.js';
import { type Desk, openDesk } from './desk.js';

describe('console, changes and failures while it is open', () => {
  let desk: Desk;
  let shop: Shop;
  let page: Page;
  let base: string;
  let place: Desk['place'];
  let visit: Desk['visit'];
  let openOrder: Desk['openOrder'];
  let orderOf: Desk['orderOf'];

  beforeAll(async () => {
    // What people cancel can be undone as long as these tests run; services' cancellations act at once.
    desk = await openDesk({ replicas: 2, env: { ORDER_CANCEL_GRACE_SECONDS: '900' } });
    ({ shop, page, base, place, visit, openOrder, orderOf } = desk);
  });
  afterEach(async () => {
    // What a failed test left behind must not fail the next.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await shop.heal();
    expect(desk.complaints).toStrictEqual([]);
  });
  afterAll(() => desk.close());

  it('does not act on what another tab has changed, and says what that was', async () => {
    const order = await place();
    // Without the watch this page learns of the change by the refusal alone.
    await page.route('**/watch', (route) => route.abort());
    await openOrder(order);
    await page.getByText('not up to date').first().waitFor();
    await page.keyboard.press('c');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Customer called');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    const confirm = dialog.getByRole('button', { name: 'Cancel the order' });
    await confirm.waitFor();
    const { dataDir, env } = shop.stack.describe();
    const second = await page.context().newPage();
    await second.goto(await consoleLink(dataDir, base, env));
    await second.getByRole('heading', { name: 'Needs attention' }).waitFor();
    await second.goto(`${base}/console/orders/${order.id}`);
    await second.getByRole('button', { name: 'Edit notes…' }).click();
    await second.getByRole('textbox', { name: 'Notes' }).fill('leave at the door');
    await second.getByRole('button', { name: 'Preview' }).click();
    await second.getByRole('dialog').getByRole('button', { name: 'Edit notes' }).click();
    await second.getByRole('dialog').waitFor({ state: 'detached' });
    await second.close();
    await page.bringToFront();
    await confirm.click();
    await dialog.getByText('The order has changed meanwhile').waitFor();
    await dialog.getByRole('row', { name: 'Notes — leave at the door' }).waitFor();
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('Customer called');
    expect((await orderOf(order)).status).toBe(order.status);
    await checkAccessibility(page, 'order-conflict');
    await page.keyboard.press('Escape');
    await page.unroute('**/watch');
  });

  it('follows an order live, and keeps the text that is being typed', async () => {
    const order = await place();
    await openOrder(order);
    await page.getByRole('status').filter({ hasText: 'live' }).first().waitFor();
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'Edit notes' });
    const notes = dialog.getByLabel('Notes');
    await notes.fill('half a sent');
    const city = { ...order.shipping_address, city: 'Bath' };
    done(await shop.on(2).updateOrder(order.id, { shipping_address: city }, { caller: staff }));
    await page.getByText('Bath').first().waitFor({ state: 'attached' });
    await page.keyboard.type('ence');
    expect(await notes.inputValue()).toBe('half a sentence');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByRole('button', { name: 'Edit notes' }).waitFor();
    const away = { ...order.shipping_address, city: 'York' };
    done(await shop.on(2).updateOrder(order.id, { shipping_address: away }, { caller: staff }));
    // The preview ends before it is confirmed and refused.
    await dialog.getByText('The order has changed meanwhile').waitFor();
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByRole('button', { name: 'Edit notes' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect((await orderOf(order)).notes).toBe('half a sentence');
  });

  it('follows the list of orders live, and moves no row under the reader', async () => {
    const [older, newer] = [await place(), await place()];
    await visit('/orders');
    await page.getByRole('status').filter({ hasText: 'live' }).first().waitFor();
    await page.getByRole('link', { name: newer.order_number }).waitFor();
    const numbers = (): Promise<readonly string[]> => page.locator('a[data-row]').allTextContents();
    const before = await numbers();
    expect(before.slice(0, 2)).toStrictEqual([newer.order_number, older.order_number]);
    done(await shop.on(2).cancelOrder(older.id, { reason: 'fraud' }, { caller: staff }));
    const row = page.getByRole('row').filter({ hasText: older.order_number });
    await row.getByText('cancelled').waitFor();
    const third = await place();
    const hint = page.getByRole('button', { name: '1 new order: show' });
    await hint.waitFor();
    expect(await numbers()).toStrictEqual(before);
    await checkAccessibility(page, 'orders-live');
    await hint.click();
    await page.getByRole('link', { name: third.order_number }).waitFor();
    expect((await numbers()).slice(0, 3)).toStrictEqual([third, newer, older].map((order) => order.order_number));
    await hint.waitFor({ state: 'detached' });
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
    let hasArrived = false;
    let isBack = false;
    await page.route('**/cancel', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      if (isBack) {
        await route.continue();
        return;
      }
      // The command arrives once; its answer is lost, and so is whatever this page tries again before it is loaded anew.
      if (keys.length === 1) {
        await route.fetch();
        hasArrived = true;
      }
      await route.abort().catch(() => undefined);
    });
    await confirm.click();
    await until('the command has arrived', () => Promise.resolve(hasArrived));
    await page.goto('about:blank');
    isBack = true;
    await page.goto(`${base}/console/orders/${order.id}`);
    await page.getByText('Done: Cancel the order').waitFor();
    await page.unroute('**/cancel');
    expect(new Set(keys).size).toBe(1);
    const now = await orderOf(order);
    expect(now.status).toBe('cancelled');
    const refunds = (await shop.ledger(order.id)).filter(({ operation }) => operation === 'payment.refund');
    expect(refunds.length).toBeLessThanOrEqual(1);
  });

  it('keeps what is open when the token ends, and when the replica goes', async () => {
    const order = await place();
    await openOrder(order);
    const edit = page.getByRole('dialog', { name: 'Edit addresses', includeHidden: true });
    const reason = edit.getByLabel('Reason');
    await page.keyboard.press('e');
    await reason.fill('moved house');
    await page.route('**/api/v1/orders/**', (route) =>
      route.fulfill({
        status: 401,
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'unauthenticated', status: 401, title: 'Unauthenticated', detail: 'expired' }),
      }),
    );
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await edit.getByRole('button', { name: 'Preview' }).click();
    await again.waitFor();
    expect(await reason.inputValue()).toBe('moved house');
    await checkAccessibility(page, 'sign-in-again');
    await page.unroute('**/api/v1/orders/**');
    const { dataDir, env } = shop.stack.describe();
    await page.goto(`${base}/console/health`);
    await page.goto(await consoleLink(dataDir, base, env));
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
    // Signed in anew on another page, and back: it is still there.
    await page.goto(`${base}/console/orders/${order.id}`);
    await reason.waitFor();
    expect(await reason.inputValue()).toBe('moved house');
    await page.keyboard.press('Escape');
    await edit.waitFor({ state: 'detached' });
    const resumed: string[] = [];
    page.on('request', (request) => {
      const last = request.headers()['last-event-id'];
      if (request.url().endsWith('/watch') && last !== undefined) resumed.push(last);
    });
    await openOrder(order);
    await page.getByRole('status').filter({ hasText: 'live' }).first().waitFor();
    await shop.stack.replicas[0]!.app.kill();
    await page.getByText('not up to date').first().waitFor({ timeout: 60_000 });
    await page.getByRole('heading', { name: order.order_number }).waitFor();
    done(await shop.on(2).updateOrder(order.id, { notes: 'said meanwhile' }, { caller: staff }));
    await shop.stack.replicas[0]!.app.restart();
    await page.getByText('said meanwhile').first().waitFor({ timeout: 120_000 });
    await page.getByRole('status').filter({ hasText: 'live' }).first().waitFor();
    expect(resumed.length).toBeGreaterThan(0);
  });
});
