import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Order } from '../../actors/rules/order.js';
import { projectRoot } from '../../scripts/paths.js';
import { freePort } from '../../scripts/ports.js';
import { orderBody } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { openShop, type Shop, until } from '../support/shop.js';
import { checkAccessibility, complaintsOf, openBrowser } from '../support/browser.js';

const audience = 'https://orders.example';

describe('console, signing in with an OpenID provider', () => {
  let shop: Shop;
  let base: string;
  let order: Order;
  let host: string;
  let provider: ChildProcess;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: readonly string[];

  beforeAll(async () => {
    const port = await freePort();
    host = `127.0.0.1:${port}`;
    shop = await openShop({
      replicas: 1,
      env: {
        ORDER_SANDBOX_STEP_MS: '3600000',
        ORDER_JWKS_URL: `http://${host}/jwks`,
        ORDER_JWT_ISSUER: `http://${host}`,
        ORDER_JWT_AUDIENCE: audience,
        ORDER_CONSOLE_CLIENT_ID: 'console',
      },
    });
    base = shop.stack.replicas[0]!.rest;
    order = done(await shop.checkout.createOrder(orderBody()));
    const program = join(projectRoot, 'test', 'console', 'open-id-provider.mjs');
    provider = fork(program, [String(port), base, audience], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    await once(provider, 'message');
    browser = await openBrowser();
  });
  beforeAll(async () => {
    context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    complaints = complaintsOf(page);
  });
  afterEach(() => expect(complaints).toStrictEqual([]));
  afterAll(async () => {
    await browser.close();
    provider.kill('SIGKILL');
    await shop.stop();
  });

  const issuerButton = () => page.getByRole('button', { name: `Sign in with ${host}` });

  /** Signs in on the provider's own pages: it asks who it is, and whether the console may know. */
  const signIn = async (name: string): Promise<void> => {
    await issuerButton().click();
    await page.getByPlaceholder('Enter any login').fill(name);
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
  };

  const signOut = async (name: string): Promise<void> => {
    await page.getByText(name, { exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await issuerButton().waitFor();
  };

  const seesOrder = (): Promise<void> => page.getByRole('link', { name: order.order_number }).waitFor();

  it('signs in, and comes back to the page that was asked for, with the token in memory alone', async () => {
    await page.goto(`${base}/console/orders?status=confirmed`);
    await issuerButton().waitFor();
    await checkAccessibility(page, 'sign-in-issuer');
    await signIn('staff-ada');
    await seesOrder();
    expect(page.url()).toBe(`${base}/console/orders?status=confirmed`);
    const stored = await page.evaluate<string>(
      'JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie])',
    );
    expect(stored).not.toMatch(/eyJ/);
  });

  it('is signed in again after a reload, without a question', async () => {
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().startsWith(`http://${host}/auth`))
        asked.push(new URL(request.url()).searchParams.get('prompt') ?? '');
    });
    await page.reload();
    await seesOrder();
    expect(asked).toStrictEqual(['none']);
    expect(page.url()).toBe(`${base}/console/orders?status=confirmed`);
  });

  it('keeps what was searched for and typed when a reload leads over the issuer', async () => {
    const { customer_id = '' } = order;
    await page.keyboard.press('/');
    await page.keyboard.type(customer_id);
    await page.keyboard.press('Enter');
    await page.getByText(`Orders that match “${customer_id}”`).waitFor();
    await until('the search finds the order', async () => {
      await page.reload();
      await page.getByText(`Orders that match “${customer_id}”`).waitFor();
      await page.getByText('As of').waitFor();
      expect(await page.locator('#find').inputValue()).toBe(customer_id);
      return (await page.locator('a[data-row]').count()) === 1;
    });
    await page.getByRole('link', { name: order.order_number }).click();
    await page.getByRole('button', { name: 'Edit notes…' }).waitFor();
    await page.keyboard.press('n');
    const notes = page.getByRole('dialog', { name: 'Edit notes' }).getByLabel('Notes');
    await notes.fill('half a thought');
    await page.reload();
    await notes.waitFor();
    expect(await notes.inputValue()).toBe('half a thought');
    await page.keyboard.press('Escape');
    await page.goto(`${base}/console/orders`);
    await seesOrder();
  });

  it('stays signed out after a sign-out, and lets somebody else sign in', async () => {
    await signOut('staff-ada');
    await page.reload();
    await issuerButton().waitFor();
    await signIn('staff-grace');
    await page.getByText('staff-grace', { exact: true }).waitFor();
    await seesOrder();
  });

  it('says what a customer lacks', async () => {
    await signOut('staff-grace');
    await page.goto(`${base}/console`);
    await signIn('customer-mary');
    await page.getByText('You may not see this').first().waitFor();
    await page.getByText('Sign in as staff to go on.').first().waitFor();
    await signOut('customer-mary');
  });

  it('says so where the token gives no role or is for another service, and asks who else it is', async () => {
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await signIn('nobody');
    await again.getByText('The service does not accept your token').waitFor();
    await checkAccessibility(page, 'sign-in-refused');
    provider.send('https://other.example');
    await once(provider, 'message');
    await signIn('staff-barbara');
    await again.getByText('The service does not accept your token').waitFor();
    provider.send(audience);
    await once(provider, 'message');
    await page.goto(`${base}/console/orders`);
    await signIn('staff-katherine');
    await seesOrder();
  });

  it('asks again when the session at the issuer has ended', async () => {
    await context.clearCookies();
    await page.reload();
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/orders');
    await signIn('staff-mary');
    await seesOrder();
  });

  it('says when the issuer does not answer', async () => {
    const ended = once(provider, 'exit');
    provider.kill('SIGKILL');
    await ended;
    await page.reload();
    await page.getByText(`${host} does not answer. Try again in a moment.`).waitFor();
    await issuerButton().click();
    await page.getByText(`${host} does not answer.`).waitFor();
  });
});
