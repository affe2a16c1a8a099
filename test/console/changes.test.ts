import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { checkAccessibility } from '../support/browser.js';
import { staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { type Shop, until } from '../support/shop.js';
import { type Desk, openDesk } from './desk.js';

describe('console, changes of orders', () => {
  let desk: Desk;
  let shop: Shop;
  let page: Page;
  let place: Desk['place'];
  let visit: Desk['visit'];
  let openOrder: Desk['openOrder'];
  let send: Desk['send'];
  let orderOf: Desk['orderOf'];

  beforeAll(async () => {
    // What people cancel can be undone as long as these tests run; services' cancellations act at once.
    desk = await openDesk({ replicas: 2, env: { ORDER_CANCEL_GRACE_SECONDS: '900' } });
    ({ shop, page, place, visit, openOrder, send, orderOf } = desk);
  });
  afterEach(async () => {
    // What a failed test left behind must not fail the next.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await shop.heal();
    expect(desk.complaints).toStrictEqual([]);
  });
  afterAll(() => desk.close());

  it('finds an order, shows its history, previews and cancels two units, and shows the settled refund', async () => {
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

  it('searches by words, holds many orders, and shows the result for each', async () => {
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
});
