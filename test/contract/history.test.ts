import assert from 'node:assert/strict';
import { expect, it } from '@jest/globals';
import { sharedStack } from '../support/stack.js';
import type { PageAnswer, Query } from '../support/driver.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { address, newId, orderBody, placed, placedIn, staff } from '../support/orders.js';
import { done, eventually, refused, taken } from '../support/outcomes.js';
import { publish } from './publish.js';
import { onEachSurface } from './surfaces.js';
import { service } from '../support/tokens.js';

const everyPage = async <T>(load: (query: Query) => Promise<PageAnswer<T>>, page_size: number): Promise<T[][]> => {
  const pages: T[][] = [];
  for (let token: string | undefined; token !== '';) {
    const answer = await load({ page_size, ...(token === undefined ? {} : { page_token: token }) });
    assert.ok(answer.ok && answer.nextPageToken !== undefined, JSON.stringify(answer));
    pages.push([...answer.entries]);
    token = answer.nextPageToken;
  }
  return pages;
};

interface Published {
  readonly sequence: number;
  readonly data: { readonly changed_by: unknown };
}

/** The events of an order that have arrived at the sandbox. */
const eventsOf = async (orderId: string): Promise<readonly Published[]> => {
  const response = await fetch(`${sharedStack().sandbox!.url}/events?order_id=${orderId}`);
  return (await response.json()) as readonly Published[];
};

onEachSurface('The histories of an order', (driver) => {
  const caller = driver.fixedCaller ?? service;
  const rest = createRestDriver(sharedStack());

  it('tell of its status from the first moment', async () => {
    const order = await placed(driver);
    const moves = [
      { status: 'processing', reason: 'picked', notes: 'by hand' },
      { status: 'shipped', notes: 'late' },
      { status: 'delivered' },
      { status: 'returned', reason: 'broken' },
    ];
    const times = [order.updated_at];
    for (const move of moves) times.push(done(await driver.updateOrderStatus(order.id, move)).updated_at);
    const { entries, nextPageToken } = await driver.statusHistory(order.id);
    expect(nextPageToken).toBe('');
    expect(entries).toStrictEqual([
      { version: 1, to_status: 'confirmed', changed_by: caller, changed_at: times[0] },
      {
        version: 2,
        from_status: 'confirmed',
        to_status: 'processing',
        reason: 'picked',
        notes: 'by hand',
        changed_by: caller,
        changed_at: times[1],
      },
      {
        version: 3,
        from_status: 'processing',
        to_status: 'shipped',
        notes: 'late',
        changed_by: caller,
        changed_at: times[2],
      },
      { version: 4, from_status: 'shipped', to_status: 'delivered', changed_by: caller, changed_at: times[3] },
      {
        version: 5,
        from_status: 'delivered',
        to_status: 'returned',
        reason: 'broken',
        changed_by: caller,
        changed_at: times[4],
      },
    ]);
  });

  it('tell of a requested return, which moves nothing', async () => {
    const order = await placedIn('delivered');
    const items = [{ item_id: order.items[0]!.id, quantity: 1 }];
    const asked = { order_id: order.id, return_id: newId('return'), items, reason: 'too small' };
    await publish('return.requested', asked);
    const { updated_at } = taken(
      await eventually(
        () => driver.getOrder(order.id),
        (answer) => answer.order?.returns.length === 1,
      ),
    );
    done(await driver.updateOrderStatus(order.id, { status: 'partially_returned' }));
    const { entries } = await driver.statusHistory(order.id);
    expect(entries.slice(-3).map(({ from_status, to_status }) => [from_status, to_status])).toStrictEqual([
      ['shipped', 'delivered'],
      ['delivered', 'delivered'],
      ['delivered', 'partially_returned'],
    ]);
    expect(entries.at(-2)).toStrictEqual({
      version: order.version + 1,
      from_status: 'delivered',
      to_status: 'delivered',
      reason: 'too small',
      changed_by: { type: 'service', id: 'return-service' },
      changed_at: updated_at,
    });
  });

  it('tell who cancelled, and why', async () => {
    const order = await placed(driver);
    done(await rest.cancelOrder(order.id, { reason: 'fraud' }, { caller: staff }));
    const { entries } = await driver.statusHistory(order.id);
    const { changed_at: _, ...last } = entries.at(-1)!;
    expect(last).toStrictEqual({
      version: 2,
      from_status: 'confirmed',
      to_status: 'cancelled',
      reason: 'fraud',
      changed_by: staff,
    });
  });

  it('name the same author as the events', async () => {
    const order = await placed(driver);
    done(
      await rest.cancelOrderItems(order.id, { items: [{ item_id: '2', quantity: 1 }], reason: 'x' }, { caller: staff }),
    );
    done(await rest.cancelOrder(order.id, { reason: 'fraud' }, { caller: staff }));
    const events = await eventually(
      () => eventsOf(order.id),
      (found) => found.length === 3,
    );
    const authors = events.map(({ sequence, data }) => [sequence, data.changed_by]);
    expect([...authors].sort()).toStrictEqual([
      [1, caller],
      [2, staff],
      [3, staff],
    ]);
  });

  it('tell of quantities, captures, refunds and holds, with their author', async () => {
    const payment_id = newId('payment');
    const order = done(await driver.createOrder(orderBody({ payment_status: 'authorized', payment_id })));
    done(
      await rest.cancelOrderItems(order.id, { items: [{ item_id: '2', quantity: 1 }], reason: 'x' }, { caller: staff }),
    );
    await publish('payment.failed', { order_id: order.id, payment_id });
    await eventually(
      () => driver.getOrder(order.id),
      (answer) => answer.order?.hold !== undefined,
    );
    await publish('payment.completed', {
      order_id: order.id,
      payment_id: newId('payment'),
      amount: order.total_amount,
    });
    const refunded = await eventually(
      () => driver.getOrder(order.id),
      (answer) => answer.order?.payment_status === 'partially_refunded',
    );
    const { refunded_amount } = taken(refunded);
    const { entries } = await driver.editHistory(order.id, { page_size: 100 });
    const told = entries.map(({ field, new_value, changed_by }) => [field, new_value, changed_by.type]);
    for (const line of [
      ['items.2.cancelled_quantity', 1, 'staff'],
      ['payment_status', 'failed', 'service'],
      ['hold.reason', 'not paid for', 'service'],
      ['captured_amount', order.total_amount, 'service'],
      ['hold.reason', null, 'service'],
      ['refunded_amount', refunded_amount, 'system'],
    ])
      expect(told).toContainEqual(line);
  });

  it('come page by page, oldest first, and by order number too', async () => {
    const order = await placedIn('returned');
    const pages = await everyPage((query) => driver.statusHistory(order.order_number, query), 2);
    expect(pages.map((page) => page.map(({ version }) => version))).toStrictEqual([[1, 2], [3, 4], [5]]);
  });

  it('tell of edits page by page, and cut an edit of many fields nowhere', async () => {
    const order = await placed(driver);
    const edits = [{ billing_address: address, notes: 'a' }, { notes: 'b' }, { metadata: { x: { y: 1 }, z: [2] } }];
    for (const edit of edits) done(await rest.updateOrder(order.id, edit, { caller: staff }));
    const whole = await driver.editHistory(order.id, { page_size: 100 });
    expect(whole.entries.map(({ version }) => version)).toStrictEqual([2, 2, 2, 2, 2, 3, 4, 4]);
    for (const size of [1, 3, 8])
      expect((await everyPage((query) => driver.editHistory(order.id, query), size)).flat()).toStrictEqual(
        whole.entries,
      );
  });

  it('are empty of edits before the first one', async () => {
    const order = await placedIn('processing');
    const { ok, entries, nextPageToken } = await driver.editHistory(order.id);
    expect({ ok, entries, nextPageToken }).toStrictEqual({ ok: true, entries: [], nextPageToken: '' });
  });

  it('know bad pages and tokens', async () => {
    const order = await placed(driver);
    await placed(driver);
    const list = await driver.listOrders({ page_size: 1 });
    for (const history of [driver.statusHistory, driver.editHistory]) {
      for (const page_size of [0, -1, 101])
        refused(driver, await history(order.id, { page_size }), 'validation_failed', ['page_size']);
      for (const page_token of ['garbage', list.nextPageToken!])
        refused(driver, await history(order.id, { page_token }), 'validation_failed', ['page_token']);
    }
  });
});
