import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import { openStream, type Stream } from '../support/sse.js';
import { sharedStack } from '../support/stack.js';
import type { Driver, PageAnswer, Query } from '../support/driver.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newCustomer, newId, placed, staff } from '../support/orders.js';
import { done, refused, repeated, taken } from '../support/outcomes.js';
import { surfaces } from './surfaces.js';
import { tokenFor } from '../support/tokens.js';

const stack = sharedStack();
const rest = createRestDriver(stack);
const mostBytes = 384 * 1_024;

/** All pages, each of them no longer than one of a customer may be. */
const everyPage = async <T>(ask: (query: Query) => Promise<PageAnswer<T>>): Promise<readonly (readonly T[])[]> => {
  const pages: (readonly T[])[] = [];
  let token: string | undefined = '';
  while (token !== undefined) {
    const page = await ask({ page_size: 100, ...(token === '' ? {} : { page_token: token }) });
    assert.ok(page.ok, page.code);
    pages.push(page.entries);
    token = page.nextPageToken === '' ? undefined : page.nextPageToken;
  }
  return pages;
};

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const ownSurfaces = surfaces().filter(({ fixedCaller }) => fixedCaller === undefined);

describe.each(ownSurfaces)('What a customer costs others is bounded, over $name', (driver: Driver) => {
  // What compresses well is read as a whole, what does not is left in the database.
  const texts = {
    'long and repetitive': () => 'x'.repeat(60_000),
    'long and random': () => randomBytes(30_000).toString('hex'),
  };

  it.each(Object.entries(texts))('by the length of a page of orders: %s', async (_kind, text) => {
    const caller = newCustomer();
    const orders: Order[] = [];
    for (let n = 0; n < 14; n += 1)
      orders.unshift(await placed(rest, { customer_id: caller.id, metadata: { text: text(), n: String(n) } }));
    const pages = await everyPage((query) => driver.listOrders(query, { caller }));
    expect(pages.flat().map(({ id }) => id)).toStrictEqual(orders.map(({ id }) => id));
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages) expect(bytesOf(page)).toBeLessThanOrEqual(mostBytes);
    // One order that is longer than a page is a page.
    const { entries } = await driver.listOrders({ page_size: 1 }, { caller });
    expect(entries.map(({ id }) => id)).toStrictEqual([orders[0]?.id]);
    const { entries: all } = await driver.listOrders({ customer_id: caller.id, page_size: 100 });
    expect(all).toHaveLength(14);
  });

  it('by the length of a page of the edit history', async () => {
    const caller = newCustomer();
    const { id } = await placed(rest, { customer_id: caller.id });
    for (let n = 0; n < 45; n += 1)
      done(await rest.updateOrder(id, { notes: String(n).padEnd(10_000, 'y') }, { caller: staff }));
    const pages = await everyPage((query) => driver.editHistory(id, query, { caller }));
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(bytesOf(page)).toBeLessThanOrEqual(mostBytes);
    const whole = await driver.editHistory(id, { page_size: 100 });
    expect(whole.entries).toHaveLength(45);
    expect(pages.flat()).toStrictEqual(whole.entries);
  });

  it('by the characters that they set in an order on a day', async () => {
    const caller = newCustomer();
    const { id } = await placed(rest, { customer_id: caller.id });
    for (let n = 0; n < 10; n += 1)
      done(await driver.updateOrder(id, { notes: String(n).padEnd(10_000, 'z') }, { caller }));
    const more = await driver.updateOrder(id, { notes: 'more' }, { caller });
    refused(driver, more, 'rate_limited');
    expect(more.retryAfter).toBeGreaterThan(0);
    expect(taken(await driver.getOrder(id, { caller })).version).toBe(11);
  });

  it('by a dry run that is known: the order as it is now', async () => {
    const caller = newCustomer();
    const { id } = await placed(rest, { customer_id: caller.id });
    const options = { caller, key: newId('key') };
    done(await driver.updateOrder(id, { notes: 'ring twice' }, options));
    done(await driver.updateOrder(id, { notes: 'ring once' }, { caller }));
    const again = repeated(await driver.updateOrder(id, { notes: 'ring twice' }, { ...options, dryRun: 'true' }));
    expect([again.version, again.notes]).toStrictEqual([3, 'ring once']);
    const other = await driver.updateOrder(id, { notes: 'other' }, { ...options, dryRun: 'true' });
    refused(driver, other, 'idempotency_key_reused');
    const foreign = await placed(rest, { customer_id: newCustomer().id });
    const elsewhere = await driver.updateOrder(foreign.id, { notes: 'ring twice' }, { ...options, dryRun: 'true' });
    refused(driver, elsewhere, 'order_not_found');
  });
});

describe('Watches of a customer', () => {
  const open = async (id: string, caller: Caller): Promise<readonly [Response, Stream | undefined]> => {
    const url = `${stack.replicas[0]!.rest}/api/v1/orders/${id}/watch`;
    const { response, stream } = await openStream(url, await tokenFor(caller, stack));
    return [response, stream];
  };

  it('are twenty at once, whatever the orders, and those that are closed count no more', async () => {
    const caller = newCustomer();
    const orders = [await placed(rest, { customer_id: caller.id }), await placed(rest, { customer_id: caller.id })];
    const streams: Stream[] = [];
    const twenty = async (): Promise<void> => {
      // Below the rate limit, which is as many a second.
      while (streams.length < 20) {
        const [response, stream] = await open(orders[streams.length % 2]!.id, caller);
        if (stream !== undefined) streams.push(stream);
        else {
          assert.equal(response.status, 429);
          await new Promise((resolve) => setTimeout(resolve, 1_000));
        }
      }
    };
    await twenty();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const [refusal] = await open(orders[0]!.id, caller);
    const problem = (await refusal.json()) as { code: string; detail: string };
    expect([refusal.status, problem.code, problem.detail]).toStrictEqual([
      429,
      'rate_limited',
      'At most 20 watches of one caller at once.',
    ]);
    const [other, theirs] = await open(orders[0]!.id, staff);
    expect(other.status).toBe(200);
    theirs?.cut();
    streams.pop()?.cut();
    await twenty();
    for (const stream of streams) stream.cut();
  });
});
