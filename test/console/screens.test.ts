import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { consoleLink } from '../../scripts/console-link.js';
import { checkAccessibility } from '../support/browser.js';
import { done } from '../support/outcomes.js';
import { type Shop, until } from '../support/shop.js';
import { type Desk, openDesk } from './desk.js';

describe('console, its screens', () => {
  let desk: Desk;
  let shop: Shop;
  let page: Page;
  let base: string;
  let place: Desk['place'];
  let visit: Desk['visit'];
  let openOrder: Desk['openOrder'];

  beforeAll(async () => {
    // What people cancel can be undone as long as these tests run; services' cancellations act at once.
    desk = await openDesk({ replicas: 2, env: { ORDER_CANCEL_GRACE_SECONDS: '900' } });
    ({ shop, page, base, place, visit, openOrder } = desk);
  });
  afterEach(async () => {
    // What a failed test left behind must not fail the next.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await shop.heal();
    expect(desk.complaints).toStrictEqual([]);
  });
  afterAll(() => desk.close());

  it('redeems each sign-in link once, and none that was never issued', async () => {
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

  it('shows each screen without accessibility violations, in light and dark', async () => {
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
});
