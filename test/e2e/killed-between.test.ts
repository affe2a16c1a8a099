import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Body } from '../support/driver.js';
import { type BulkAnswer, createRestDeskDriver, type DeskDriver } from '../support/drivers/desk.js';
import { createRestStaffDriver } from '../support/drivers/staff.js';
import { newId, orderBody, staff } from '../support/orders.js';
import { taken } from '../support/outcomes.js';
import { assertSound } from '../support/invariants.js';
import { openShop, type Shop, until } from '../support/shop.js';

const admin: Caller = { type: 'admin', id: 'admin-of-the-suite' };
const orderCount = 120;
/** So many are changed when the replica is killed: some, not all. */
const changedWhenKilled = 5;
const marker = 'Marjolaine-Planted';

describe('a change of many orders whose replica is killed in between', () => {
  const customer_id = newId('customer');
  let shop: Shop;
  let ids: readonly string[];

  beforeAll(async () => {
    // No order walks by itself, so that cancelling is never refused.
    shop = await openShop({ env: { ORDER_SANDBOX_STEP_MS: '3600000' } });
    const create = async (): Promise<string> => {
      const body = orderBody({ customer_id, notes: marker });
      const shipping_address = { ...(body['shipping_address'] as object), recipient: marker };
      // Checkout may have tried twice.
      return taken(await shop.checkout.createOrder({ ...body, shipping_address })).id;
    };
    ids = await Promise.all(Array.from({ length: orderCount }, create));
  });
  afterAll(() => shop.stop());

  const changed = async (type: string): Promise<number> => {
    const [row] = await shop.query<{ count: number }>(
      'select count(*)::integer from order_events where type = $1 and order_id = any($2::uuid[])',
      type,
      ids,
    );
    return row?.count ?? 0;
  };

  /** Sends a request to replica 1, kills it when some entries of this type are written, and starts it again. */
  const killIn = async (type: string, send: (driver: DeskDriver) => Promise<unknown>): Promise<void> => {
    const [replica] = shop.stack.replicas;
    const lost = Promise.resolve(send(createRestDeskDriver(shop.stack.describe(), 1))).catch((error: unknown) => error);
    const isUnderWay = async (): Promise<boolean> => (await changed(type)) >= changedWhenKilled;
    await until(`${type} is under way`, isUnderWay, undefined, 2);
    await replica!.app.kill('SIGKILL');
    const answer = await lost;
    // fetch failed
    expect(answer).toHaveProperty('message');
    const before = await changed(type);
    expect(before).toBeGreaterThanOrEqual(changedWhenKilled);
    expect(before).toBeLessThan(orderCount);
    await replica!.app.restart();
    await replica!.ready();
  };

  it('bulk: a repeat with the key cancels the others, and no order twice', async () => {
    const options = { caller: staff, key: randomUUID() };
    const body: Body = { action: 'cancel', order_ids: ids, reason: 'recall' };
    const send = (driver: DeskDriver): Promise<BulkAnswer> => driver.bulk(body, options);
    await killIn('order.cancelled', send);
    const { results } = await send(createRestDeskDriver(shop.stack.describe(), 2));
    expect(results.map(({ order_id, outcome }) => [order_id, outcome])).toStrictEqual(ids.map((id) => [id, 'done']));
    expect(await changed('order.cancelled')).toBe(orderCount);
    // Before anything is erased: published events keep reasons that the journal no longer has.
    await assertSound(shop);
  });

  it('erase: a repeat with the key erases the others, leaves nothing personal, and publishes each once', async () => {
    const settled = async (): Promise<boolean> => {
      const rows = await shop.query(`select from order_effects where state not in ('done', 'withdrawn')`);
      return rows.length === 0;
    };
    await until('all effects are settled', settled);
    const body = { customer_id, reason: 'asked for by mail' };
    const options = { caller: admin, key: randomUUID() };
    await killIn('order.erased', (driver) => driver.erase(body, options));
    const { erased, kept } = await createRestDeskDriver(shop.stack.describe(), 2).erase(body, options);
    expect([erased, kept]).toStrictEqual([orderCount, []]);
    expect(await changed('order.erased')).toBe(orderCount);

    const tables = await shop.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = current_schema()`,
    );
    for (const { name } of tables) {
      const rows = await shop.query(`select from "${name}" t where t::text like $1`, `%${marker}%`);
      expect([name, rows.length]).toStrictEqual([name, 0]);
    }

    await until('all events are published', settled);
    for (const id of ids.slice(0, 10)) {
      const events = (await shop.events(id)).filter(({ type }) => type === 'order.erased');
      expect(new Set(events.map((event) => event.id)).size).toBe(1);
      const { found } = await createRestStaffDriver(shop.stack.describe(), 2).verifyOrder(id);
      expect(found).toMatchObject({ verified: true });
    }
  });
});
