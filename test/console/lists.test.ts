import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { fillOrders } from '../support/fill-orders.js';
import { unpaid } from '../support/orders.js';
import { checkAccessibility } from '../support/browser.js';
import { type Desk, openDesk } from './desk.js';

const total = 10_000;

describe('console, with ten thousand orders', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk({ replicas: 1 });
    await desk.place(unpaid);
    const pool = new Pool({ connectionString: desk.shop.stack.databaseDsn, max: 1 });
    await fillOrders(pool, total, () => undefined);
    await pool.end();
  });
  afterEach(async () => {
    await desk.page.unrouteAll({ behavior: 'ignoreErrors' });
    expect(desk.complaints).toStrictEqual([]);
  });
  afterAll(() => desk.close());

  const place = () => desk.page.locator('.page-head').getByRole('status').nth(1);
  const untilPlace = (text: string): Promise<void> => place().filter({ hasText: text }).waitFor();
  const numbers = (): Promise<readonly string[]> => desk.page.locator('a[data-row]').allTextContents();
  const turn = (name: string): Promise<void> => desk.page.getByRole('button', { name, exact: true }).click();
  const scrolled = (): Promise<number> => desk.page.evaluate<number>('window.scrollY');

  it('turns pages forwards and backwards, says that there are more, and keeps the place in the URL', async () => {
    const { page } = desk;
    await desk.visit('/orders');
    await untilPlace('1 to 50, and there are more');
    const first = await numbers();
    await turn('Older ]');
    await untilPlace('51 to 100, and there are more');
    const second = await numbers();
    expect(second.filter((number) => first.includes(number))).toStrictEqual([]);
    await page.keyboard.press(']');
    await untilPlace('101 to 150, and there are more');
    await checkAccessibility(page, 'orders-third-page');
    const third = new URL(page.url());
    expect(third.searchParams.get('page_token')).toMatch(/^[\w-]+$/);
    await turn('Newer [');
    await untilPlace('51 to 100, and there are more');
    expect(await numbers()).toStrictEqual(second);
    await page.goBack();
    await untilPlace('101 to 150, and there are more');
    // Passed on, the address opens the same page; what is before it is not known.
    const there = await numbers();
    const other = await page.context().newPage();
    try {
      await other.goto(`${desk.base}/console`);
      await other.evaluate(`sessionStorage.setItem('order-desk.token', ${JSON.stringify(await token())})`);
      await other.goto(third.href);
      await other.getByText('50 orders of an older page, and there are more').first().waitFor();
      expect(await other.locator('a[data-row]').allTextContents()).toStrictEqual(there);
      await other.getByRole('button', { name: 'Newest', exact: true }).click();
      await other.getByText('1 to 50, and there are more').first().waitFor();
      expect(await other.locator('a[data-row]').allTextContents()).toStrictEqual(first);
    } finally {
      await other.close();
    }
  });

  const token = (): Promise<string> => desk.page.evaluate<string>(`sessionStorage.getItem('order-desk.token')`);

  it('comes back from an order to the same page, row and height, with what was selected', async () => {
    const { page } = desk;
    await desk.visit('/orders?status=confirmed');
    await untilPlace('1 to 50');
    await turn('Older ]');
    await untilPlace('51 to 100');
    const row = page.locator('a[data-row]').nth(40);
    const number = await row.innerText();
    await row.focus();
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    const address = page.url();
    const before = await scrolled();
    assert.ok(before > 0, 'the row is so far down that the page is scrolled');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: number }).waitFor();
    expect(await scrolled()).toBe(0);
    await page.goBack();
    await untilPlace('51 to 100');
    expect(page.url()).toBe(address);
    await page.locator('a[data-row]:focus').filter({ hasText: number }).waitFor();
    expect(await scrolled()).toBe(before);
    expect(await page.getByRole('checkbox', { name: `Select ${number}` }).isChecked()).toBe(true);
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^ORD-LOAD-/ }).waitFor();
    await page.goBack();
    await page.reload();
    await untilPlace('51 to 100');
    await page.getByText('1 selected').waitFor();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
  });

  it('says where the list ends, and what is shown for an unknown URL', async () => {
    const { page } = desk;
    await desk.visit('/orders?created_before=2020-01-01T00:00:00Z');
    await page.getByText('No order matches.').waitFor();
    await checkAccessibility(page, 'orders-none');
    const [last] = await desk.shop.query<{ at: string }>(
      `select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from orders
       order by created_at offset 60 limit 1`,
    );
    await desk.visit(`/orders?created_before=${last?.at ?? ''}`);
    await untilPlace('1 to 50, and there are more');
    await turn('Older ]');
    await untilPlace('51 to 60 of 60');
    expect(await page.getByRole('button', { name: 'Older' }).count()).toBe(0);
    await desk.visit('/orders?page_token=nonsense');
    await page.getByRole('alert').getByText('page_token').first().waitFor();
    await checkAccessibility(page, 'orders-no-such-page');
    await turn('Newest');
    await untilPlace('1 to 50');
  });

  it('selects up to 500 over pages, and says so at the next one', async () => {
    const { page } = desk;
    await desk.visit('/orders');
    await page.getByRole('button', { name: 'Select all 50 of this page' }).click();
    await page.getByText('50 selected').waitFor();
    await page.getByRole('button', { name: 'Select the newest 500 that match' }).click();
    await page.getByText('500 selected').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    for (let from = 51; from <= 501; from += 50) {
      await page.keyboard.press(']');
      await untilPlace(`${from} to ${from + 49}`);
    }
    const box = page.getByRole('row').nth(1).getByRole('checkbox');
    await box.click();
    await page.getByRole('alert').getByText('At most 500 orders can be changed at once: 1 more was not').waitFor();
    expect(await box.isChecked()).toBe(false);
    await page.getByRole('button', { name: 'Select all 50 of this page' }).click();
    await page.getByRole('alert').getByText('50 more were not selected').waitFor();
    await checkAccessibility(page, 'orders-too-many');
    await page.getByText('500 selected').waitFor();
    // One out, one in.
    await page.keyboard.press('[');
    await untilPlace('451 to 500');
    await page.getByRole('row').nth(1).getByRole('checkbox').click();
    await page.getByText('499 selected').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.getByRole('button', { name: 'Hold…' }).click();
    await page.getByRole('dialog', { name: 'Hold: 499 orders' }).waitFor();
    await page.keyboard.press('Escape');
    // Another list, another selection.
    await page.getByRole('button', { name: 'Held', exact: true }).click();
    await page.getByText('499 selected').waitFor({ state: 'detached' });
  });
});
