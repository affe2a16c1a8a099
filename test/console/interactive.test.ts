import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderBody } from '../support/orders.js';
import { type Desk, openDesk } from './desk.js';

const loads = 10;

/** Notes when the first action can be chosen: its button is there, and not disabled. */
const observe = `new MutationObserver((_, observer) => {
  const button = document.querySelector('section[aria-label="Actions"] li button:not(:disabled)');
  if (button === null) return;
  observer.disconnect();
  window.interactiveAt = performance.now();
}).observe(document, { childList: true, subtree: true, attributes: true })`;

describe('console, how soon the page of an order can be used', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk.close());

  // How long that took is told, and not judged: it is as much about the machine (docs/performance.md).
  it('opens an order ten times in a browser that has nothing of the console yet', async () => {
    const order = await desk.place(orderBody());
    const token = await desk.page.evaluate<string>(`sessionStorage.getItem('order-desk.token')`);
    const times: number[] = [];
    const bytes: number[] = [];
    for (let load = 0; load < loads; load++) {
      const context = await desk.browser.newContext({ viewport: { width: 1360, height: 900 } });
      const page = await context.newPage();
      await page.addInitScript(`sessionStorage.setItem('order-desk.token', ${JSON.stringify(token)}); ${observe}`);
      await page.goto(`${desk.base}/console/orders/${order.id}`);
      await page.locator('section[aria-label="Actions"] li button:not(:disabled)').first().waitFor();
      times.push(await page.evaluate<number>('window.interactiveAt'));
      const sizes = `performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
        .filter(({ name }) => name.includes('/console/')).reduce((sum, { transferSize }) => sum + transferSize, 0)`;
      bytes.push(await page.evaluate<number>(sizes));
      await page.getByRole('button', { name: 'Edit notes…' }).click();
      await page.getByRole('dialog', { name: 'Edit notes' }).waitFor();
      await context.close();
    }
    const sorted = times.toSorted((a, b) => a - b).map(Math.round);
    console.log(
      `· an order can be acted on after ${sorted[loads / 2] ?? 0} ms (median), ${sorted.at(-1) ?? 0} ms (longest); ` +
        `${Math.max(...bytes)} bytes of the console were sent`,
    );
    // Compressed on the way: what the files are with their headers.
    expect(Math.max(...bytes)).toBeGreaterThan(1_000);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(100_000);
  });
});
