import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { address, newEmail, newId, staff, unpaid } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { goodClaims, signed, tokenFor } from '../support/tokens.js';
import { until } from '../support/shop.js';
import { checkAccessibility, complaintsOf } from '../support/browser.js';
import { type Desk, openDesk } from './desk.js';

describe('console, keyboard, search, filters and layout', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk({ replicas: 1 });
  });
  afterEach(async () => {
    await desk.page.unrouteAll({ behavior: 'ignoreErrors' });
    expect(desk.complaints).toStrictEqual([]);
  });
  afterAll(() => desk.close());

  const dialog = (name: string): Locator => desk.page.getByRole('dialog', { name, exact: true });
  const row = (number: string): Locator => desk.page.getByRole('row').filter({ hasText: number });

  /** Presses a key until the focus is there. */
  const pressUntil = async (key: string, place: Locator): Promise<void> => {
    await place.waitFor();
    for (let presses = 0; presses < 150; presses++) {
      if ((await place.and(desk.page.locator(':focus')).count()) === 1) return;
      await desk.page.keyboard.press(key);
    }
    assert.fail(`${key} does not lead to ${place.toString()}`);
  };

  it('finds an order, cancels a unit of it, holds another with the list, by keyboard alone', async () => {
    const { page } = desk;
    const order = await desk.place(unpaid);
    await desk.visit('/');
    await page.keyboard.press('/');
    await page.keyboard.type(order.order_number);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Edit notes…' }).waitFor();
    await page.keyboard.press('i');
    const cancel = dialog('Cancel items');
    await pressUntil('Tab', cancel.getByRole('spinbutton', { name: 'Teapot' }));
    await page.keyboard.press('ArrowUp');
    await pressUntil('Tab', cancel.getByLabel('Reason'));
    await page.keyboard.type('One too many');
    await page.keyboard.press('Enter');
    await cancel.getByRole('region', { name: 'Preview' }).waitFor();
    await pressUntil('Tab', cancel.getByRole('button', { name: 'Cancel items' }));
    await page.keyboard.press('Enter');
    await cancel.waitFor({ state: 'detached' });
    await until('one unit is cancelled', async () => (await desk.orderOf(order)).items[0]?.cancelled_quantity === 1);
    // To the list, and the first row of it.
    await pressUntil('Shift+Tab', page.getByRole('link', { name: 'Orders', exact: true }));
    await page.keyboard.press('Enter');
    await page.locator('a[data-row]').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    const number = await page.locator('a[data-row]:focus').innerText();
    expect(number).toBe(order.order_number);
    await pressUntil('Shift+Tab', page.getByRole('button', { name: 'Hold…' }));
    await page.keyboard.press('Enter');
    const hold = dialog('Hold: 1 order');
    await pressUntil('Tab', hold.getByLabel('Reason'));
    await page.keyboard.type('A question');
    await page.keyboard.press('Enter');
    await hold.getByText('1 will, 0 cannot').waitFor();
    await page.keyboard.press('Enter');
    await hold.getByText('1 of 1 done').waitFor();
    await page.keyboard.press('Escape');
    await hold.waitFor({ state: 'detached' });
    expect((await desk.orderOf(order)).hold?.reason).toBe('A question');
    // The keys can be turned off, for who speaks to the computer.
    await page.keyboard.press('?');
    const keys = dialog('Keyboard').getByRole('checkbox', { name: 'Keys work outside of fields' });
    await pressUntil('Tab', keys);
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.evaluate(`localStorage.clear()`);
    await desk.visit('/orders');
    await page.keyboard.press('?');
    await dialog('Keyboard').waitFor();
    await page.keyboard.press('Escape');
  });

  it('finds by number, id, customer, email, recipient, SKU, tracking and payment, and keeps personal data out of the URL', async () => {
    const { page, shop } = desk;
    const seen = new Set<string>();
    page.on('framenavigated', (frame) => seen.add(frame.url()));
    const [email, payment_id, tracking_number, sku] = [newEmail(), ...['payment', 'track', 'sku'].map(newId)] as [
      ...[string, string, string, string],
    ];
    const order = await desk.place({
      guest_email: email,
      customer_id: undefined,
      payment_id,
      shipping_address: { ...address, recipient: 'Grace Brewster Hopper' },
      items: [
        {
          ...{ product_id: 'p', product_sku: sku, product_name: 'Bell', quantity: 1, unit_price: '30.29' },
          ...{ total_price: '30.29', warehouse_id: 'w' },
        },
      ],
      ...{ subtotal: '30.29', tax_amount: '0', shipping_amount: '0', discount_amount: '0' },
    });
    done(await shop.on(1).updateOrderStatus(order.id, { status: 'processing' }, { caller: staff }));
    const shipped_at = new Date().toISOString();
    await shop.publish('shipping.shipped', { order_id: order.id, carrier: 'Post', tracking_number, shipped_at });
    await until('the search knows the parcel', async () => {
      const found = await shop.on(1).listOrders({ q: tracking_number }, { caller: staff });
      return found.entries.length === 1;
    });
    for (const text of [order.order_number.toLowerCase(), order.id]) {
      await desk.visit('/orders');
      await page.keyboard.press('/');
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: order.order_number }).waitFor();
    }
    for (const text of [email, 'grace brewster hop', sku, tracking_number, payment_id]) {
      await page.keyboard.press('/');
      await page.locator('#find').fill(text);
      await page.keyboard.press('Enter');
      await page.getByText(`Orders that match “${text}”`).waitFor();
      await row(order.order_number).waitFor();
      expect(await page.locator('a[data-row]').count()).toBe(1);
      seen.add(`${page.url()} ${await page.title()}`);
    }
    await row(order.order_number).getByRole('link').click();
    await page.getByText('Grace Brewster Hopper', { exact: true }).waitFor();
    seen.add(`${page.url()} ${await page.title()}`);
    await page.goBack();
    await page.getByText(`Orders that match “${payment_id}”`).waitFor();
    expect(await page.locator('#find').inputValue()).toBe(payment_id);
    await page.locator('#find').fill('nobody has this');
    await page.keyboard.press('Enter');
    await page.getByText('Take a filter away or clear the search.').waitFor();
    await page.getByRole('button', { name: 'Clear the search' }).click();
    await row(order.order_number).waitFor();
    for (const place of seen) assert.ok(!/@|%40|grace|hopper|nobody/i.test(place), place);
    expect(seen.size).toBeGreaterThan(3);
  });

  it('has filters in the address, and keeps views under a name', async () => {
    const { page } = desk;
    const [held, free] = [await desk.place(unpaid), await desk.place(unpaid)];
    await desk.send('POST', `/${held.id}/hold`, { reason: 'a question' });
    await desk.visit('/orders');
    await row(free.order_number).waitFor();
    await page.locator('.filters select').nth(0).selectOption('confirmed');
    await page.locator('.filters select').nth(2).selectOption('true');
    await row(free.order_number).waitFor({ state: 'detached' });
    await row(held.order_number).waitFor();
    const search = new URL(page.url()).searchParams;
    expect([search.get('status'), search.get('held')]).toStrictEqual(['confirmed', 'true']);
    await page.getByRole('button', { name: 'Save this view…' }).click();
    await dialog('Save this view').getByLabel('Name').fill('Questions');
    await checkAccessibility(page, 'orders-save-view');
    await page.keyboard.press('Enter');
    await desk.visit('/orders');
    await row(free.order_number).waitFor();
    await page.getByRole('button', { name: 'Questions' }).click();
    await row(free.order_number).waitFor({ state: 'detached' });
    await row(held.order_number).waitFor();
    expect(new URL(page.url()).searchParams.get('held')).toBe('true');
    await page.getByRole('button', { name: 'Remove this view' }).click();
    expect(await page.getByRole('button', { name: 'Questions' }).count()).toBe(0);
    // The browser's own buttons follow the filters.
    await page.goBack();
    await row(free.order_number).waitFor();
  });

  it('has no accessibility violation in any dialog about many orders', async () => {
    const { page } = desk;
    await desk.place(unpaid);
    await desk.visit('/orders');
    for (const [button, name, preview] of [
      ['Hold…', 'Hold: 1 order', undefined],
      ['Release…', 'Release: 1 order', '0 will, 1 cannot'],
      ['Cancel…', 'Cancel: 1 order', '1 will, 0 cannot'],
      ['Change status…', 'Change status: 1 order', '1 will, 0 cannot'],
    ] as const) {
      if ((await page.getByText('1 selected').count()) === 0)
        await page.getByRole('row').nth(1).getByRole('checkbox').click();
      await page.getByRole('button', { name: button, exact: true }).click();
      await dialog(name).waitFor();
      await checkAccessibility(page, `bulk-${name.split(':')[0]!.toLowerCase().replace(' ', '-')}`);
      if (preview !== undefined) {
        if (button === 'Change status…') await dialog(name).getByLabel('New status').selectOption('processing');
        if (button === 'Cancel…') await dialog(name).getByLabel('Reason').fill('not wanted');
        await dialog(name).getByRole('button', { name: 'Preview', exact: true }).click();
        await dialog(name).getByText(preview).waitFor();
        await checkAccessibility(page, `bulk-${name.split(':')[0]!.toLowerCase().replace(' ', '-')}-preview`);
      }
      await page.keyboard.press('Escape');
      await dialog(name).waitFor({ state: 'detached' });
    }
    // What was typed for many orders survives a reload too, with the selection.
    await page.getByRole('button', { name: 'Hold…' }).click();
    await dialog('Hold: 1 order').getByLabel('Reason').fill('half a thought');
    await page.reload();
    expect(await dialog('Hold: 1 order').getByLabel('Reason').inputValue()).toBe('half a thought');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
  });

  it('has charts with their units, how fresh they are, and the figures as files', async () => {
    const { page, shop } = desk;
    const order = await desk.place();
    done(await shop.on(1).cancelOrder(order.id, { reason: 'ordered twice' }, { caller: staff }));
    await until('the figures know the cancellation', async () => {
      const rows = await shop.query<{ n: number }>(
        `select 1 as n from order_events where order_id = $1 and version = 2`,
        order.id,
      );
      return rows.length === 1;
    });
    await page.addInitScript(`{
      const own = CanvasRenderingContext2D.prototype.fillText;
      window.drawn = [];
      CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        window.drawn.push(text);
        return own.call(this, text, ...place);
      };
    }`);
    await until('the figures show it', async () => {
      await desk.visit('/figures');
      await page.getByText('As of').waitFor();
      await page.getByRole('region', { name: 'Cancellations, USD' }).waitFor();
      return (await page.getByText('ordered twice').count()) > 0;
    });
    for (const name of ['Sales in USD', 'Funnel, USD', 'Top products, USD', 'Cancellations, USD', 'Returns, USD'])
      await page.getByRole('region', { name, exact: true }).waitFor();
    for (const label of ['Orders in USD over time', 'Net revenue in USD over time'])
      await page.getByRole('img', { name: label }).locator('canvas').waitFor();
    const drawn = await page.evaluate<readonly string[]>('window.drawn');
    for (const unit of ['orders', 'USD', 'day (UTC)', '0']) expect(drawn).toContain(unit);
    expect(await page.locator('meter').count()).toBeGreaterThan(3);
    await checkAccessibility(page, 'figures-with-charts');
    await page.getByText('As a table').first().click();
    await page.getByRole('group', { name: 'Sales in USD by day' }).getByRole('row').nth(1).waitFor();
    // The service gives files to admins alone.
    await page.getByRole('button', { name: 'CSV of orders' }).first().click();
    await page.getByRole('alert').getByText('Files of figures are for admins.').waitFor();
    const tokenKey = `'order-desk.token'`;
    const own = await page.evaluate<string>(`sessionStorage.getItem(${tokenKey})`);
    const keep = (token: string): Promise<unknown> =>
      page.evaluate(`sessionStorage.setItem(${tokenKey}, ${JSON.stringify(token)})`);
    await keep(await tokenFor({ type: 'admin', id: 'admin' }, shop.stack.describe()));
    await page.reload();
    for (const [button, header] of [
      ['CSV of orders', 'currency'],
      ['CSV of products', 'product_sku'],
      ['CSV of cancellations', 'reason'],
    ] as const) {
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: button }).first().click();
      const file = await saved;
      const lines = readFileSync(await file.path(), 'utf8').split(/\r?\n/);
      expect([file.suggestedFilename(), lines[0]]).toStrictEqual([
        `${button.replace('CSV of ', '')}.csv`,
        expect.stringContaining(header),
      ]);
      expect(lines.length).toBeGreaterThan(2);
    }
    await keep(own);
  });

  it('fits 320 pixels with each screen and dialog', async () => {
    const order = await desk.place({
      ...unpaid,
      notes: 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenfabrik'.repeat(3),
      shipping_address: { ...address, recipient: 'W'.repeat(120) },
    });
    const page = await desk.another({ viewport: { width: 320, height: 800 } });
    const complaints = complaintsOf(page);
    const fits = async (what: string): Promise<void> => {
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      assert.ok(wide <= 320, `${what} is ${wide} wide`);
      const inner = await page.evaluate<number>(
        `Math.max(0, ...[...document.querySelectorAll('dialog')].map((one) => one.scrollWidth - one.clientWidth))`,
      );
      assert.ok(inner <= 0, `${what}: its dialog is ${inner} too wide`);
    };
    for (const [path, shown] of [
      ['', 'Held orders'],
      ['/orders', order.order_number],
      ['/attention', 'Held orders'],
      ['/dead-letters', 'every event was applied'],
      ['/figures', 'As of'],
      ['/health', 'postgres'],
    ] as const) {
      await page.goto(`${desk.base}/console${path}`);
      await page.getByText(shown).filter({ visible: true }).first().waitFor();
      await fits(path || '/');
      await checkAccessibility(page, `narrow${path.replace('/', '-')}`);
    }
    await page.goto(`${desk.base}/console/orders/${order.id}`);
    await page.getByRole('button', { name: 'Edit notes…' }).waitFor();
    await fits('an order');
    for (const key of ['c', 'i', 'e', 'n', 'h', '?']) {
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
      await fits(`the dialog of ${key}`);
      await checkAccessibility(page, `narrow-dialog-${key === '?' ? 'keys' : key}`);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    expect(complaints).toStrictEqual([]);
    await page.context().close();
  });

  it('animates nothing if reduced motion is requested', async () => {
    for (const [reducedMotion, animation] of [
      ['reduce', 'none'],
      ['no-preference', 'appear'],
    ] as const) {
      const page = await desk.another({ reducedMotion });
      await page.route('**/api/v1/orders?**', () => undefined);
      await page.goto(`${desk.base}/console/orders`);
      await page.getByText('Loading orders').waitFor({ state: 'attached' });
      const waiting = `getComputedStyle(document.querySelector('.waiting')).animationName`;
      expect(await page.evaluate(waiting)).toBe(animation);
      const moving = `document.getAnimations().length + [...document.querySelectorAll('*')]
        .filter((node) => parseFloat(getComputedStyle(node).transitionDuration) > 0).length`;
      if (reducedMotion === 'reduce') expect(await page.evaluate(moving)).toBe(0);
      await page.context().close();
    }
  });

  it('takes a pasted token, says when it has expired, and what one without rights lacks', async () => {
    const stack = desk.shop.stack.describe();
    const page: Page = await (await desk.browser.newContext()).newPage();
    page.setDefaultTimeout(30_000);
    const complaints = complaintsOf(page);
    const paste = async (token: string): Promise<void> => {
      await page.getByLabel('Access token').fill(token);
      await page.getByRole('button', { name: 'Use this token' }).click();
    };
    await page.goto(`${desk.base}/console/orders#sign-in=made-up`);
    await page.getByText('This link has been used or has expired.').waitFor();
    await checkAccessibility(page, 'sign-in');
    await paste(await tokenFor(staff, stack));
    await page.locator('a[data-row]').first().waitFor();
    await page.reload();
    await page.locator('a[data-row]').first().waitFor();
    await page.evaluate('sessionStorage.clear()');
    await page.reload();
    const now = Math.floor(Date.now() / 1_000);
    await paste(await signed({ ...goodClaims(staff, stack), iat: now - 7_200, exp: now - 3_600 }, stack));
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.getByText('Your token has expired. Sign in to go on.').waitFor();
    await checkAccessibility(page, 'sign-in-expired');
    await paste(await tokenFor(staff, stack));
    await again.waitFor({ state: 'detached' });
    await page.locator('a[data-row]').first().waitFor();
    await page.evaluate('sessionStorage.clear()');
    await page.goto(`${desk.base}/console/health`);
    await paste(await tokenFor({ type: 'customer', id: newId('customer') }, stack));
    for (const path of ['/attention', '/dead-letters', '/figures']) {
      await page.goto(`${desk.base}/console${path}`);
      await page.getByText('You may not see this').first().waitFor();
      await checkAccessibility(page, `no-rights-${path.slice(1)}`);
    }
    expect(complaints).toStrictEqual([]);
    await page.context().close();
  });
});
