import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import type { Order } from '../../actors/rules/order.js';
import { address, firstLine, newId, staff, unpaid } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { until, untilEffect } from '../support/shop.js';
import { checkAccessibility, complaintsOf } from '../support/browser.js';
import { type Desk, openDesk } from './desk.js';

describe('console, the page of an order', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk({ replicas: 1, env: { ORDER_CANCEL_GRACE_SECONDS: '900' } });
  });
  afterEach(async () => {
    await desk.page.unrouteAll({ behavior: 'ignoreErrors' });
    await desk.shop.heal();
    expect(desk.complaints).toStrictEqual([]);
  });
  afterAll(() => desk.close());

  const card = (name: string): Locator => desk.page.getByRole('region', { name, exact: true });
  const dialog = (name: string): Locator => desk.page.getByRole('dialog', { name, exact: true });
  /** With plain spaces: amounts and times have others that do not break. */
  const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  const untilOrder = (what: string, { id }: Order, holds: (order: Order) => boolean): Promise<Order> =>
    until(what, async () => {
      const order = await desk.shop.order(id);
      return holds(order) && order;
    });

  it('shows items by what became of them, each payment and refund, parcels, returns and who did what', async () => {
    const { shop, page } = desk;
    const [card1, card2, parcel, return_id] = ['payment', 'payment', 'parcel', 'return'].map(newId) as [
      ...[string, string, string, string],
    ];
    const order = await desk.place({
      notes: 'Ring twice.',
      items: [
        { ...firstLine, quantity: 3, unit_price: '10.00', total_price: '30.00', discount_amount: '0', tax_amount: '0' },
      ],
      ...{ subtotal: '30.00', tax_amount: '0', shipping_amount: '5.00', discount_amount: '0', total_amount: '35.00' },
      billing_address: { ...address, line1: '1 Bank Street' },
      payments: [
        { payment_id: card1, method: 'card', status: 'completed', amount: '20.00' },
        { payment_id: card2, method: 'gift card', status: 'completed', amount: '15.00' },
      ],
    });
    const one = [{ item_id: order.items[0]!.id, quantity: 1 }];
    const by = { caller: staff };
    const at = new Date().toISOString();
    done(await shop.on(1).cancelOrderItems(order.id, { items: one, reason: 'one too many' }, by));
    await untilEffect(shop, order.id, 'payment.refund', 'is done', ({ state }) => state === 'done');
    await untilOrder('the refund', order, ({ refunded_amount }) => refunded_amount === '10.00');
    done(await shop.on(1).updateOrderStatus(order.id, { status: 'processing', reason: 'packed' }, by));
    const two = [{ item_id: order.items[0]!.id, quantity: 2 }];
    const tracking = { tracking_number: parcel, tracking_url: `https://post.example/${parcel}` };
    await shop.publish('shipping.shipped', {
      order_id: order.id,
      carrier: 'Post',
      shipped_at: at,
      ...tracking,
      items: two,
    });
    await untilOrder('the parcel', order, ({ status }) => status === 'shipped');
    await shop.publish('shipping.delivered', { order_id: order.id, tracking_number: parcel, delivered_at: at });
    await untilOrder('the delivery', order, ({ status }) => status === 'delivered');
    const back = { order_id: order.id, return_id, items: one };
    await shop.publish('return.requested', { ...back, reason: 'too small' });
    await untilOrder('the return', order, ({ returns }) => returns.length === 1);
    await shop.publish('return.completed', { ...back, part_id: 'part-1' });
    const now = await untilOrder('what came back', order, ({ status }) => status === 'partially_returned');

    await desk.openOrder(order);
    // Status and payment by word, and not by colour alone.
    const head = page.locator('.order-head');
    const pills = (await head.locator('.pill').allInnerTexts()).map(plain);
    for (const text of ['Status: partially returned', 'Payment: partially refunded', 'live'])
      assert.ok(
        pills.some((pill) => pill.endsWith(text)),
        `${text} among ${pills.join(', ')}`,
      );
    await head.getByText(`version ${now.version}`).waitFor();
    await head.getByText('return window ends').waitFor();
    await head.getByRole('status').filter({ hasText: 'live' }).waitFor();
    for (const pill of await page.locator('.pill').all()) expect((await pill.innerText()).trim()).toMatch(/[a-z]/i);
    // Kept, cancelled, returned, for each, in all.
    const line = card('Items').getByRole('row').filter({ hasText: 'Teapot' });
    const cells = (await line.getByRole('cell').allInnerTexts()).map(plain);
    expect(cells).toStrictEqual(['1', '1', '1', 'USD 10.00', 'USD 30.00']);
    const money = card('Money');
    for (const text of [card1, card2, 'Gift card', 'captured USD 20.00', 'captured USD 15.00'])
      await money.getByText(text).first().waitFor();
    await money.getByText('Refund of USD 10.00').getByText('done').waitFor();
    const parcels = card('Parcels and returns');
    expect(await parcels.getByRole('link', { name: parcel }).getAttribute('href')).toBe(tracking.tracking_url);
    for (const text of ['2 × Teapot', 'delivered', return_id, 'too small', 'Part part-1'])
      await parcels.getByText(text).first().waitFor();
    await card('Ship to').getByText('12 St James Square').waitFor();
    await card('Bill to').getByText('1 Bank Street').waitFor();
    await card('Notes').getByText('Ring twice.').waitFor();
    // Who, why, before and after, in one list; each as JSON.
    const lines = card('Timeline').getByRole('listitem');
    const moved = lines.filter({ hasText: 'Confirmed → processing' });
    for (const text of [`staff ${staff.id}`, 'packed']) await moved.getByText(text).first().waitFor();
    const cut = lines.filter({ hasText: 'Items cancelled' });
    const edit = cut.locator('div.small').filter({ hasText: 'Teapot: cancelled quantity' });
    expect(plain(await edit.innerText())).toBe('Teapot: cancelled quantity: 0 → 1');
    await cut.locator('summary').click();
    assert.match(await cut.locator('pre').innerText(), /"type": "order\.items_cancelled"/);
    await lines.filter({ hasText: 'Refund the customer: done' }).first().waitFor();
    await lines.filter({ hasText: 'Return requested' }).first().waitFor();
    await card('Requests to other services').getByRole('row').filter({ hasText: 'Release the stock' }).waitFor();
    // Closed with the reason and what would open it.
    const closed = card('Actions').getByRole('listitem').filter({ hasText: 'Cancel the order' });
    await closed.getByText('order_not_cancellable').first().waitFor();
    const answer = await page.evaluate<{ actions: readonly { action: string; remedy?: string }[] }>(
      `fetch('/api/v1/orders/${order.id}/actions', { headers: { authorization: 'Bearer ' + sessionStorage.getItem('order-desk.token') } }).then((r) => r.json())`,
    );
    const remedy = answer.actions.find(({ action }) => action === 'cancel')?.remedy ?? 'none';
    await closed.getByText(remedy).first().waitFor();
    await checkAccessibility(page, 'order-complete');
  });

  it('previews and commits each change, without accessibility violations in any dialog', async () => {
    const { page } = desk;
    const order = await desk.place(unpaid);
    await desk.openOrder(order);
    const preview = (): Locator => page.getByRole('dialog').getByRole('region', { name: 'Preview' });
    const look = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'Preview', exact: true }).click();
      await preview().waitFor();
      await checkAccessibility(page, `${name}-preview`);
    };
    const commit = async (name: string): Promise<void> => {
      await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };

    await page.keyboard.press('e');
    await checkAccessibility(page, 'order-edit');
    await dialog('Edit addresses').getByLabel('City').first().fill('Bath');
    await look('order-edit');
    await preview().getByRole('row').filter({ hasText: 'London' }).getByText('Bath').waitFor();
    await commit('Edit addresses');
    expect((await desk.orderOf(order)).shipping_address.city).toBe('Bath');

    await page.keyboard.press('n');
    await checkAccessibility(page, 'order-notes');
    await dialog('Edit notes').getByLabel('Notes').fill('At the back door');
    await look('order-notes');
    await commit('Edit notes');
    expect((await desk.orderOf(order)).notes).toBe('At the back door');

    await page.keyboard.press('h');
    await dialog('Hold').getByLabel('Until (optional)').fill('2099-01-01T10:00');
    await dialog('Hold').getByLabel('Reason').fill('Until the money is there');
    await checkAccessibility(page, 'order-hold');
    await look('order-hold');
    await commit('Hold');
    await page.locator('.order-head').getByText('hold ends').waitFor();
    // An end that is known is told with what is closed.
    const waits = card('Actions').getByRole('listitem').filter({ hasText: 'Mark as processing' });
    await waits.getByText('Possible from').waitFor();
    await page.keyboard.press('r');
    await dialog('Release the hold').getByRole('region', { name: 'Preview' }).waitFor();
    await checkAccessibility(page, 'order-release-preview');
    await commit('Release the hold');
    await until('no hold', async () => (await desk.orderOf(order)).hold === undefined);

    await page.getByRole('button', { name: 'Mark as processing…' }).click();
    await preview().getByRole('row', { name: 'Status confirmed processing' }).waitFor();
    await checkAccessibility(page, 'order-status-preview');
    await commit('Mark as processing');
    expect((await desk.orderOf(order)).status).toBe('processing');

    await page.getByRole('button', { name: 'Cancel the order…' }).waitFor();
    await page.keyboard.press('c');
    await checkAccessibility(page, 'order-cancel');
    await dialog('Cancel the order').getByLabel('Reason').fill('No longer wanted');
    await look('order-cancel');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await desk.orderOf(order)).status).toBe('processing');
    await page.keyboard.press('?');
    await checkAccessibility(page, 'keyboard');
    await page.keyboard.press('Escape');
  });

  it('shows names of markup, right-to-left text and emoji as text wherever they stand', async () => {
    const { page } = desk;
    const name = `<img src=x onerror=alert(1)> "'& كوب 🫖`;
    const order = await desk.place({
      ...unpaid,
      notes: `note ${name}`,
      items: [{ ...firstLine, product_name: name }],
      ...{
        subtotal: '20.00',
        tax_amount: '1.90',
        shipping_amount: '0',
        discount_amount: '1.00',
        total_amount: '20.90',
      },
      shipping_address: { ...address, recipient: name, city: 'القاهرة' },
    });
    await desk.send('POST', `/${order.id}/hold`, { reason: `why ${name}` });
    await desk.openOrder(order);
    await card('Items').getByText(name, { exact: true }).waitFor();
    await card('Ship to').getByText(name, { exact: true }).waitFor();
    await card('Notes').getByText(`note ${name}`, { exact: true }).waitFor();
    await page.locator('.hold').getByText(`why ${name}`, { exact: true }).waitFor();
    await page.keyboard.press('i');
    await dialog('Cancel items').getByRole('spinbutton').fill('1');
    await dialog('Cancel items').getByLabel('Reason').fill(name);
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await dialog('Cancel items')
      .getByRole('row', { name: `${name}: cancelled quantity 0 1` })
      .waitFor();
    await checkAccessibility(page, 'order-markup');
    await page.keyboard.press('Escape');
    for (const path of ['/orders', '/attention']) {
      await desk.visit(path);
      await page
        .getByText(path === '/orders' ? name : `why ${name}`)
        .first()
        .waitFor();
    }
    expect(await page.locator('img').count()).toBe(0);
  });

  it('calculates a refund in a currency without decimals', async () => {
    const { page } = desk;
    const line = { ...firstLine, quantity: 2, unit_price: '1000', total_price: '2000' };
    const order = await desk.place({
      ...{ currency: 'JPY', subtotal: '2000', tax_amount: '0', shipping_amount: '0', discount_amount: '0' },
      total_amount: '2000',
      items: [{ ...line, tax_amount: '0', discount_amount: '0' }],
    });
    await desk.openOrder(order);
    await page.keyboard.press('i');
    await dialog('Cancel items').getByRole('spinbutton').fill('1');
    await dialog('Cancel items').getByLabel('Reason').fill('one is enough');
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    expect(
      (await dialog('Cancel items').getByRole('heading', { name: 'Refund of' }).innerText()).replace(/\s/g, ' '),
    ).toBe('Refund of JPY 1,000');
    await page.keyboard.press('Escape');
  });

  it('says that it waits for a slow API, and offers to try again where one part failed', async () => {
    const { page } = desk;
    const order = await desk.place(unpaid);
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route(`**/api/v1/orders/${order.id}`, async (route) => {
      await answered;
      await route.continue();
    });
    const body = JSON.stringify({
      code: 'unavailable',
      status: 503,
      title: 'Service unavailable',
      detail: 'Try later.',
    });
    let isDown = true;
    await page.route(/\/(actions|journal|effects)(\?|$)/, (route) =>
      isDown ? route.fulfill({ status: 503, contentType: 'application/problem+json', body }) : route.continue(),
    );
    await page.goto(`${desk.base}/console/orders/${order.id}`);
    await page.getByRole('status').filter({ hasText: 'Loading the order' }).waitFor();
    answer();
    await page.getByRole('heading', { name: order.order_number }).waitFor();
    await card('Items').getByText('Teapot').waitFor();
    await card('Actions').getByRole('alert').getByText('Try later.').waitFor();
    await card('Timeline').getByRole('alert').getByText('Try later.').waitFor();
    await checkAccessibility(page, 'order-parts-unavailable');
    isDown = false;
    await card('Actions').getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Edit notes…' }).waitFor();
    await card('Timeline').getByRole('button', { name: 'Try again' }).click();
    await card('Timeline').getByText('Order created').first().waitFor();
    await desk.visit('/orders/ORD-20200101-999999');
    await page.getByRole('alert').waitFor();
    await page.getByRole('link', { name: 'Look among all orders' }).waitFor();
    await checkAccessibility(page, 'order-not-found');
  });

  it('loses nothing typed when the service is down, the page is loaded again, or somebody edits meanwhile', async () => {
    const { page, shop } = desk;
    const order = await desk.place(unpaid);
    await desk.openOrder(order);
    await page.keyboard.press('e');
    const city = dialog('Edit addresses').getByLabel('City').first();
    await city.fill('Bath');
    await dialog('Edit addresses').getByLabel('Reason').fill('moved house');
    await page.route('**/api/v1/orders/**', (route) => route.abort());
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await dialog('Edit addresses').getByRole('alert').getByText('The service did not answer').waitFor();
    expect(await city.inputValue()).toBe('Bath');
    await page.unrouteAll({ behavior: 'wait' });
    // Another street of somebody else, while this page is away.
    const line1 = '13 St James Square';
    const billing_address = { ...address, line1: '1 Bank Street' };
    done(await shop.on(1).updateOrder(order.id, { billing_address }, { caller: staff }));
    await page.reload();
    await city.waitFor();
    expect(await city.inputValue()).toBe('Bath');
    expect(await dialog('Edit addresses').getByLabel('Reason').inputValue()).toBe('moved house');
    await dialog('Edit addresses').getByLabel('Street', { exact: true }).first().fill(line1);
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await dialog('Edit addresses').getByRole('button', { name: 'Edit addresses' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const now = await desk.orderOf(order);
    expect([now.shipping_address.city, now.shipping_address.line1]).toStrictEqual(['Bath', line1]);
    expect(now.billing_address?.line1).toBe('1 Bank Street');
    // Done: nothing opens any more.
    await desk.openOrder(order);
    expect(await page.getByRole('dialog').count()).toBe(0);
    // Closed by hand: forgotten.
    await page.keyboard.press('n');
    await dialog('Edit notes').getByLabel('Notes').fill('half a thought');
    await page.keyboard.press('Escape');
    await desk.openOrder(order);
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('ends its watch while it is hidden, and continues after the last version when it is shown again', async () => {
    const { page, shop } = desk;
    const order = await desk.place(unpaid);
    const asked: (string | undefined)[] = [];
    const given: string[] = [];
    const isWatch = (url: string): boolean => url.endsWith(`${order.id}/watch`);
    page.on('request', (request) => {
      if (isWatch(request.url())) asked.push(request.headers()['last-event-id']);
    });
    page.on('requestfailed', (request) => {
      if (isWatch(request.url())) given.push(request.failure()?.errorText ?? '');
    });
    const mark = page.locator('.order-head').getByRole('status');
    await desk.openOrder(order);
    await mark.filter({ hasText: 'live' }).waitFor();
    const turn = (isHidden: boolean): Promise<unknown> =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} });
         document.dispatchEvent(new Event('visibilitychange'))`,
      );
    await turn(true);
    await mark.filter({ hasText: 'paused' }).waitFor();
    await until('the connection is gone', () => Promise.resolve(given.length === 1));
    const told = asked.length;
    const { version } = await desk.orderOf(order);
    done(await shop.on(1).updateOrder(order.id, { notes: 'said while hidden' }, { caller: staff }));
    done(await shop.on(1).updateOrder(order.id, { notes: 'and once more' }, { caller: staff }));
    expect(await page.getByText('and once more').count()).toBe(0);
    expect(asked.length).toBe(told);
    await turn(false);
    await card('Notes').getByText('and once more').waitFor();
    await mark.filter({ hasText: 'live' }).waitFor();
    expect(asked.slice(told)).toStrictEqual([String(version)]);
  });

  it('shows times in the zone of the reader, and in UTC on hover; prints without what only a screen needs', async () => {
    const order = await desk.place({ ...unpaid, notes: 'Ring twice.' });
    await desk.shop.query(
      `update orders set document = replace(document::text, $2, '2026-01-15T23:30:00.000Z')::json where id = $1`,
      ...[order.id, order.created_at],
    );
    for (const [timezoneId, shown] of [
      ['Asia/Tokyo', 'Jan 16, 2026, 8:30 AM'],
      ['America/New_York', 'Jan 15, 2026, 6:30 PM'],
    ] as const) {
      const page: Page = await desk.another({ timezoneId, locale: 'en-US' });
      const complaints = complaintsOf(page);
      await page.goto(`${desk.base}/console/orders/${order.id}`);
      const time = page.locator('.order-head time').first();
      await time.waitFor();
      expect((await time.innerText()).replace(/\s/g, ' ')).toBe(shown);
      expect(await time.getAttribute('title')).toMatch(/^2026-01-15 23:30:00 UTC/);
      if (timezoneId === 'Asia/Tokyo') await checkPrint(page);
      expect(complaints).toStrictEqual([]);
      await page.context().close();
    }
  });

  const checkPrint = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Edit notes…' }).waitFor();
    // The history comes after the actions.
    await page.getByText('Order created').filter({ visible: true }).first().waitFor();
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    for (const text of ['Teapot', '12 St James Square', 'USD 30.29', 'Ring twice.', 'Order created'])
      assert.ok(await page.getByText(text).filter({ visible: true }).count(), `${text} is printed`);
    for (const place of ['.top', '.side', '.acts', '[aria-label="Actions"]', '#requests', '.timeline .more'])
      assert.equal(await page.locator(place).filter({ visible: true }).count(), 0, `${place} is not printed`);
    // Dark screens print on white.
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(245, 247, 250)');
    const file = await page.pdf({ format: 'A4' });
    expect(file.subarray(0, 5).toString()).toBe('%PDF-');
  };
});
