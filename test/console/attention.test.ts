import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import { staff, unpaid } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { until, untilEffect } from '../support/shop.js';
import { checkAccessibility } from '../support/browser.js';
import { type Desk, openDesk } from './desk.js';

describe('console, what needs attention', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await openDesk({ replicas: 1 });
  });
  afterEach(async () => {
    await desk.shop.heal();
    expect(desk.complaints).toStrictEqual([]);
  });
  afterAll(() => desk.close());

  const card = (name: string) => desk.page.getByRole('region', { name, exact: true });

  const cancelled = async (): Promise<Order> => {
    const { id } = await desk.place();
    return done(await desk.shop.on(1).cancelOrder(id, { reason: 'not wanted' }, { caller: staff }));
  };

  it('is first on the start page: refused refunds before all else, each with its amount and age', async () => {
    const { shop, page } = desk;
    await shop.fault('payment', 'reject');
    await shop.fault('warehouse', 'reject');
    const { id } = await cancelled();
    for (const operation of ['payment.refund', 'warehouse.release'])
      await untilEffect(shop, id, operation, 'is rejected', ({ state }) => state === 'rejected');
    await shop.query(
      `update order_effects set created_at = now() - interval '2 hours' where operation = 'payment.refund'`,
    );
    await desk.visit('/');
    const refund = card('Refused refunds').getByRole('listitem');
    await refund.getByText('Refund the customer').waitFor();
    await refund.locator('.pill').filter({ hasText: 'rejected' }).waitFor();
    for (const text of ['USD 30.29', '1 try', '2 hours ago']) await refund.getByText(text).waitFor();
    await card('Requests to other services').getByRole('listitem').getByText('Release the stock').waitFor();
    const titles = await page.locator('main h2').allInnerTexts();
    expect(titles).toStrictEqual([
      'Needs attention',
      ...['Refused refunds', 'Requests to other services', 'Dead letters', 'Held orders', 'Overdue deadlines'],
    ]);
    await checkAccessibility(page, 'start-with-refused-refund');
    await page.getByRole('link', { name: /Needs attention 2 waiting/ }).waitFor();
    await shop.heal();
    await refund.getByRole('button', { name: 'Retry…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Retry now' });
    await dialog.getByLabel('Reason').fill('The bank works again');
    await checkAccessibility(page, 'attention-retry');
    await dialog.getByRole('button', { name: 'Retry now' }).dblclick();
    await dialog.waitFor({ state: 'detached' });
    await untilEffect(shop, id, 'payment.refund', 'is done', ({ state }) => state === 'done');
    await desk.visit('/');
    await card('Refused refunds').getByText('No refund was refused.').waitFor();
    const refunds = (await shop.ledger(id)).filter(({ operation }) => operation === 'payment.refund');
    expect(refunds.map(({ amount, deliveries }) => [amount, deliveries])).toStrictEqual([['30.29', 1]]);
  });

  it('has the requests that were given up, and one is resolved by hand', async () => {
    const { shop, page } = desk;
    await shop.fault('warehouse', 'refuse');
    const { id } = await cancelled();
    await untilEffect(shop, id, 'warehouse.release', 'was tried', ({ attempts }) => attempts > 0);
    // Asked for more than three days ago.
    await shop.query(
      `update order_effects set queued_at = queued_at - interval '4 days', created_at = created_at - interval '4 days',
         next_at = now() where order_id = $1 and operation = 'warehouse.release' and state = 'pending'`,
      id,
    );
    await untilEffect(shop, id, 'warehouse.release', 'is dead', ({ state }) => state === 'dead');
    await desk.visit('/attention');
    const row = card('Requests to other services').getByRole('listitem').filter({ hasText: 'dead' });
    await row.getByText('4 days ago').waitFor();
    await row.getByRole('link', { name: 'Release the stock' }).click();
    await page.getByText('1 request needs you').waitFor();
    await page.getByRole('row', { name: 'Release the stock' }).getByRole('button', { name: 'Resolve…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Mark as resolved' });
    await dialog.getByLabel('Reason').fill('Put back by hand');
    await checkAccessibility(page, 'effect-resolve');
    await dialog.getByRole('button', { name: 'Mark as resolved' }).click();
    await page.getByText('Done: Mark as resolved').waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'marked as resolved' })
      .getByText('Put back by hand', { exact: true })
      .waitFor();
    await page.getByText('1 request needs you').waitFor({ state: 'detached' });
    await shop.heal();
  });

  it('has dead letters with the order they are about', async () => {
    const { shop, page } = desk;
    const order = await cancelled();
    const parcel = { carrier: 'DHL', tracking_number: 'T-1', shipped_at: new Date().toISOString() };
    await shop.publish('shipping.shipped', { order_id: order.id, ...parcel });
    await until('a dead letter', async () => (await shop.query('select 1 from dead_letters')).length > 0);
    await shop.query(`update dead_letters set received_at = received_at - interval '3 days'`);
    await desk.visit('/');
    const letter = card('Dead letters').getByRole('listitem');
    await letter.getByText('3 days ago').waitFor();
    await letter.getByRole('link', { name: 'Order' }).click();
    await page.getByRole('heading', { name: order.order_number }).waitFor();
  });

  it('has held orders, and the deadlines that nobody has handled', async () => {
    const { shop } = desk;
    const { id, order_number } = await desk.place(unpaid);
    const hour = 3_600_000;
    const [soon, past] = [24 * hour, -2 * hour].map((ms) => new Date(Date.now() + ms).toISOString());
    await desk.send('POST', `/${id}/hold`, { reason: 'The address is doubtful', until: soon });
    await desk.visit('/');
    const held = card('Held orders').getByRole('listitem').filter({ hasText: order_number });
    await held.getByText('The address is doubtful').waitFor();
    await held.getByText('ago').waitFor();
    await card('Overdue deadlines').getByText('No deadline has passed.').waitFor();
    // While its sidecar does not answer, the replica reaches no order to end the hold.
    const { sidecar } = shop.stack.replicas[0]!;
    await sidecar.kill('SIGSTOP');
    try {
      await shop.query(
        `update orders set deadline_at = $2::timestamptz, document = replace(document::text, $3::text, $4::text)::json
         where id = $1`,
        ...[id, past, soon, past],
      );
      await desk.visit('/');
      const overdue = card('Overdue deadlines').getByRole('listitem').filter({ hasText: order_number });
      await overdue.getByText('Hold').waitFor();
      await overdue.getByText('2 hours ago').waitFor();
      await checkAccessibility(desk.page, 'start-with-overdue-deadline');
    } finally {
      await sidecar.kill('SIGCONT');
    }
  });
});
