import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { openApiDocument } from '../../api/openapi/document.js';
import { bearer } from '../support/drivers/bearer.js';
import { orderBody, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { openShop, type Shop } from '../support/shop.js';
import { complaintsOf, openBrowser } from '../support/browser.js';

describe('the API reference', () => {
  let shop: Shop;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[];
  const elsewhere: string[] = [];

  beforeAll(async () => {
    shop = await openShop({ replicas: 1, env: { ORDER_SANDBOX_STEP_MS: '3600000' } });
    browser = await openBrowser();
    const base = shop.stack.replicas[0]!.rest;
    page = await (await browser.newContext({ viewport: { width: 1360, height: 900 } })).newPage();
    page.setDefaultTimeout(30_000);
    complaints = complaintsOf(page);
    page.on('request', (request) => {
      if (!request.url().startsWith(base) && !request.url().startsWith('data:')) elsewhere.push(request.url());
    });
    await page.goto(`${base}/api/v1/orders/docs`);
  });
  afterAll(async () => {
    await browser.close();
    await shop.stop();
  });

  const operation = (id: string): Locator => page.locator(`[id$="-${id}"]`);

  /** Opens an operation, fills in its parameters and sends it; answers the status that is shown. */
  const send = async (id: string, values: Readonly<Record<string, string>> = {}): Promise<Locator> => {
    const block = operation(id);
    await block.locator('.opblock-summary-control').click();
    await block.getByRole('button', { name: 'Try it out' }).click();
    for (const [name, value] of Object.entries(values))
      await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
    await block.getByRole('button', { name: 'Execute' }).click();
    const answer = block.locator('.live-responses-table');
    await answer.waitFor();
    return answer;
  };

  it('shows every operation of the document', async () => {
    const ids = Object.values(openApiDocument('US').paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(ids.length).toBeGreaterThan(20);
    await operation('getHealth').waitFor();
    for (const id of ids) assert.equal(await operation(id).count(), 1, id);
  });

  it('sends calls: a public one, and one with the token that was entered', async () => {
    const health = await send('getHealth');
    await health.locator('.response-col_status').getByText('200').first().waitFor();

    const order = done(await shop.checkout.createOrder(orderBody()));
    const refused = await send('getOrder', { id: order.id });
    await refused.locator('.response-col_status').getByText('401').first().waitFor();

    const authorization = await bearer(shop.stack.describe(), { caller: staff });
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    const dialog = page.locator('.dialog-ux');
    await dialog.getByRole('textbox').fill((authorization ?? '').replace(/^Bearer /, ''));
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await operation('getOrder').getByRole('button', { name: 'Execute' }).click();
    const answer = operation('getOrder').locator('.live-responses-table');
    await answer.locator('.response-col_status').getByText('200').first().waitFor();
    await answer.getByText(order.order_number).first().waitFor();
  });

  it('asks no other server, and breaks no rule of its content security policy', () => {
    expect(elsewhere).toStrictEqual([]);
    expect(complaints).toStrictEqual([]);
  });
});
