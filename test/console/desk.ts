import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Order } from '../../actors/rules/order.js';
import { consoleLink } from '../../scripts/console-link.js';
import type { StackOptions } from '../../scripts/stack-types.js';
import { bearer } from '../support/drivers/bearer.js';
import { orderBody, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { openShop, type Shop } from '../support/shop.js';
import { complaintsOf, openBrowser } from '../support/browser.js';

/** How long a test waits for what must show, on a machine that is busy. */
const patience = 30_000;

/** The console over a stack of the test's own, with a page that staff is signed in on. */
export interface Desk {
  readonly shop: Shop;
  readonly browser: Browser;
  readonly page: Page;
  /** Where the first replica serves. */
  readonly base: string;
  /** What the browser complained of. */
  readonly complaints: readonly string[];
  /** Has the checkout place an order. */
  place(changes?: object): Promise<Order>;
  /** The order as it is now. */
  orderOf(order: Pick<Order, 'id'>): Promise<Order>;
  /** Loads a page of the console. */
  visit(path: string): Promise<void>;
  /** Loads the page of an order, and waits until it is known what may be done with it. */
  openOrder(order: Order): Promise<void>;
  /** A call that the drivers do not have, as staff. */
  send(method: string, path: string, body: object): Promise<void>;
  /** A page of its own in a browser that differs, signed in too. */
  another(options: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/** Starts everything. The test must `close()` it. */
export const openDesk = async (options: StackOptions = {}): Promise<Desk> => {
  const shop = await openShop({ ...options, env: { ORDER_SANDBOX_STEP_MS: '3600000', ...options.env } });
  const browser = await openBrowser();
  const base = shop.stack.replicas[0]!.rest;
  const another = async (given: BrowserContextOptions): Promise<Page> => {
    const page = await (await browser.newContext({ viewport: { width: 1360, height: 900 }, ...given })).newPage();
    page.setDefaultTimeout(patience);
    const { dataDir, env } = shop.stack.describe();
    await page.goto(await consoleLink(dataDir, base, env));
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
    return page;
  };
  const page = await another({});
  return {
    shop,
    browser,
    page,
    base,
    complaints: complaintsOf(page),
    place: async (changes = {}) => done(await shop.checkout.createOrder({ ...orderBody(), ...changes })),
    orderOf: async ({ id }) => done(await shop.on(1).getOrder(id, { caller: staff })),
    visit: async (path) => {
      await page.goto(`${base}/console${path}`);
      await page.locator('main').waitFor();
    },
    openOrder: async ({ id, order_number }) => {
      await page.goto(`${base}/console/orders/${id}`);
      await page.getByRole('heading', { name: order_number }).waitFor();
      await page.getByRole('button', { name: 'Edit notes…' }).waitFor();
    },
    send: async (method, path, body) => {
      const authorization = await bearer(shop.stack.describe(), { caller: staff });
      const response = await fetch(`${base}/api/v1/orders${path}`, {
        method,
        headers: { authorization: authorization ?? '', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${await response.text()}`);
    },
    another,
    close: async () => {
      await browser.close();
      await shop.stop();
    },
  };
};
