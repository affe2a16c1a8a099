import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { Order } from '../../actors/rules/order.js';
import { consoleLink } from '../../scripts/console-link.js';
import { bearer } from '../support/drivers/bearer.js';
import { orderBody, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { openShop, type Shop, until } from '../support/shop.js';
import { checkAccessibility, complaintsOf, openBrowser } from '../support/browser.js';

const patience = 20_000;

describe('console', () => {
  let shop: Shop;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[];
  let base: string;

  beforeAll(async () => {
    shop = await openShop({
      replicas: 2,
      // What people cancel can be undone as long as these tests run; services' cancellations act at once.
      env: { ORDER_SANDBOX_STEP_MS: '3600000', ORDER_CANCEL_GRACE_SECONDS: '900' },
    });
    browser = await openBrowser();
    base = shop.stack.replicas[0]!.rest;
  });
  beforeAll(async () => {
    const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(patience);
    complaints = complaintsOf(page);
    const { dataDir, env } = shop.stack.describe();
    await page.goto(await consoleLink(dataDir, base, env));
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
  });
  afterEach(async () => {
    // What a failed test left behind must not fail the next.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
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
    // Open for every order: what may be done is known.
    await page.getByRole('button', { name: 'Edit notes…' }).waitFor();
  };

  /** A call that the drivers do not have, as staff. */
  const send = async (method: string, path: string, body: object): Promise<void> => {
    const authorization = await bearer(shop.stack.describe(), { caller: staff });
    const response = await fetch(`${base}/api/v1/orders${path}`, {
      method,
      headers: { authorization: authorization ?? '', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${await response.text()}`);
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

  it('finds an order, explains it, cancels two units after a look, and the refund settles before the eyes', async () => {
    const order = await place();
    await visit('/orders');
    await page.keyboard.press('/');
    await page.keyboard.type(order.order_number);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: order.order_number }).waitFor();
    await page.getByText('Order created').first().waitFor();
    const actions = page.getByRole('region', { name: 'Actions' });
    const closed = actions.getByRole('listitem').filter({ hasText: 'Mark as delivered' });
    await closed.getByText('illegal_transition').waitFor();
    await checkAccessibility(page, 'order');
    await page.keyboard.press('i');
    const dialog = page.getByRole('dialog', { name: 'Cancel items' });
    await checkAccessibility(page, 'order-cancel-items');
    // The letter of the shortcut must not be in the field.
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('');
    await dialog.getByRole('spinbutton', { name: 'Teapot' }).fill('2');
    await dialog.getByLabel('Reason').fill('Ordered twice');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    const preview = dialog.getByRole('region', { name: 'Preview' });
    // The line's value, and what the discount of the whole order was worth with it: 20 - 1 + 1.9 and the rest.
    await preview.getByRole('list', { name: 'Refund by line' }).getByText('Teapot').waitFor();
    await preview.getByRole('list', { name: 'Refund by payment' }).getByRole('listitem').first().waitFor();
    await preview.getByText('Release the stock').waitFor();
    await preview.getByRole('row', { name: 'Teapot: cancelled quantity 0 2' }).waitFor();
    const said = await preview.getByRole('heading', { name: 'Refund of' }).innerText();
    await checkAccessibility(page, 'order-cancel-items-preview');
    // a preview changes nothing
    expect((await orderOf(order)).version).toBe(order.version);
    await dialog.getByRole('button', { name: 'Cancel items' }).dblclick();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Refund the customer: done', { exact: true }).waitFor();
    await page.getByText('Ordered twice').filter({ visible: true }).first().waitFor();
    const [refund, ...others] = (await shop.ledger(order.id)).filter(({ operation }) => operation === 'payment.refund');
    expect(others).toStrictEqual([]);
    expect(said.replace(/[^\d.]/g, '')).toBe(refund?.amount);
    await until('the refund is in the order', async () => (await orderOf(order)).refunded_amount === refund?.amount);
    expect((await orderOf(order)).items[0]?.cancelled_quantity).toBe(2);
    await checkAccessibility(page, 'order-items-cancelled');
  });

  it('cancels an order, and undoes that while it can be undone', async () => {
    const order = await place();
    await openOrder(order);
    await page.getByRole('button', { name: 'Cancel the order…' }).waitFor();
    await page.keyboard.press('c');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Mistaken for another');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText('The cancellation can be undone until').waitFor();
    await dialog.getByRole('button', { name: 'Cancel the order' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect((await orderOf(order)).status).toBe('cancelled');
    const undo = page.getByRole('button', { name: /^Undo the cancellation \(until/ });
    await undo.waitFor();
    await checkAccessibility(page, 'order-cancelled');
    await page.keyboard.press('u');
    const confirm = page.getByRole('dialog', { name: 'Undo the cancellation' });
    await confirm.getByRole('row', { name: 'Status cancelled confirmed' }).waitFor();
    await checkAccessibility(page, 'order-restore-preview');
    // The focus is where the confirmation is.
    await page.keyboard.press('Enter');
    await confirm.waitFor({ state: 'detached' });
    await page.getByText('Cancellation undone', { exact: false }).first().waitFor();
    expect((await orderOf(order)).status).toBe('confirmed');
    await undo.waitFor({ state: 'detached' });
    expect((await shop.ledger(order.id)).map(({ operation }) => operation)).not.toContain('payment.refund');
  });

  it('holds an order and releases it', async () => {
    const order = await place();
    await openOrder(order);
    await page.getByRole('button', { name: /^Hold… H/ }).waitFor();
    await page.keyboard.press('h');
    const hold = page.getByRole('dialog', { name: 'Hold' });
    await hold.getByLabel('Reason').fill('The address is doubtful');
    await page.keyboard.press('Enter');
    await hold.getByText('Pause fulfilment').waitFor();
    await checkAccessibility(page, 'order-hold-preview');
    await page.keyboard.press('Enter');
    await hold.waitFor({ state: 'detached' });
    await page.locator('.hold').getByText('The address is doubtful').waitFor();
    const actions = page.getByRole('region', { name: 'Actions' });
    await actions.getByRole('listitem').filter({ hasText: 'Mark as processing' }).getByText('order_on_hold').waitFor();
    await checkAccessibility(page, 'order-held');
    await visit('/attention');
    await page.getByRole('region', { name: 'Held orders' }).getByText('The address is doubtful').first().waitFor();
    await openOrder(order);
    await page.getByRole('button', { name: /^Release… R/ }).click();
    const release = page.getByRole('dialog', { name: 'Release the hold' });
    await release.getByText('Resume fulfilment').waitFor();
    await release.getByRole('button', { name: 'Release the hold' }).click();
    await release.waitFor({ state: 'detached' });
    await page.locator('.hold').waitFor({ state: 'detached' });
    expect((await orderOf(order)).hold).toBeUndefined();
  });

  it('searches by words, holds many orders, and tells what came of each', async () => {
    const customer_id = `customer-${randomUUID()}`;
    const [held, ...others] = [
      await place({ customer_id }),
      await place({ customer_id }),
      await place({ customer_id }),
    ] as const;
    await send('POST', `/${held.id}/hold`, { reason: 'held before' });
    // The search is up to five seconds behind, and the page asks once.
    await until('the search knows all of them', async () => {
      const found = await shop.on(1).listOrders({ q: customer_id }, { caller: staff });
      return found.entries.length === 3;
    });
    await visit('/orders');
    await page.keyboard.press('/');
    await page.keyboard.type(customer_id);
    await page.keyboard.press('Enter');
    for (const { order_number } of [held, ...others])
      await page.getByRole('checkbox', { name: `Select ${order_number}` }).waitFor();
    await page.getByText('As of').first().waitFor();
    expect(page.url()).not.toContain(customer_id);
    await page.reload();
    await page.getByText(`Orders that match “${customer_id}”`).waitFor();
    await page.getByRole('button', { name: 'Select all 3 of this page' }).click();
    await checkAccessibility(page, 'orders-selected');
    await page.getByRole('button', { name: 'Hold…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Hold: 3 orders' });
    await dialog.getByLabel('Reason').fill('The batch is checked');
    await dialog.getByRole('button', { name: 'Preview' }).click();
    await dialog.getByText('2 will, 1 cannot').waitFor();
    await dialog.getByRole('list', { name: 'Orders that cannot' }).getByText(held.order_number).waitFor();
    await checkAccessibility(page, 'bulk-preview');
    for (const other of others) expect((await orderOf(other)).version).toBe(other.version);
    await dialog.getByRole('button', { name: 'Hold: 2 of 3' }).dblclick();
    await dialog.getByText('2 of 2 done').waitFor();
    await checkAccessibility(page, 'bulk-done');
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    for (const other of others) {
      const now = await orderOf(other);
      expect(now.hold?.reason).toBe('The batch is checked');
      expect(now.version).toBe(other.version + 1);
    }
    await page.getByRole('row', { name: others[0].order_number }).getByText('held').waitFor();
  });

  it('shows an order as it was, compares versions, and verifies the journal', async () => {
    const order = await place();
    done(await shop.on(2).updateOrder(order.id, { notes: 'ring twice' }, { caller: staff }));
    done(await shop.on(2).updateOrder(order.id, { notes: 'ring once' }, { caller: staff }));
    await openOrder(order);
    await page.getByRole('button', { name: 'As it was at 1', exact: true }).click();
    const then = page.getByRole('dialog', { name: 'As it was at version 1' });
    await then.getByRole('region', { name: 'Items at version 1' }).getByText('Teapot').waitFor();
    await then.getByRole('row', { name: 'Notes — ring once' }).waitFor();
    await checkAccessibility(page, 'order-as-it-was');
    await page.keyboard.press('Escape');
    await then.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Compare versions…' }).click();
    const compare = page.getByRole('dialog', { name: 'Compare two versions' });
    await compare.getByLabel('Version', { exact: true }).fill('2');
    await compare.getByLabel('and version').focus();
    await compare.getByRole('row', { name: 'Notes ring twice ring once' }).waitFor();
    await checkAccessibility(page, 'order-compare');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Verify the journal' }).click();
    await page.getByText('All 3 entries are as written').waitFor();
    await checkAccessibility(page, 'order-verified');
  });

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

  it('follows an order live, and never moves what somebody is typing', async () => {
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

  it('retries a request that another service refused', async () => {
    await shop.fault('warehouse', 'reject');
    const order = await place();
    done(await shop.on(1).cancelOrder(order.id, { reason: 'not wanted' }));
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
    done(await shop.on(1).cancelOrder(order.id, { reason: 'not wanted' }));
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
