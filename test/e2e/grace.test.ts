import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createGrpcDeskDriver, createRestDeskDriver, type DeskDriver } from '../support/drivers/desk.js';
import { orderBody, staff } from '../support/orders.js';
import { done, refused, repeated } from '../support/outcomes.js';
import { assertSound } from '../support/invariants.js';
import { openShop, type Shop, until } from '../support/shop.js';

/** What a cancellation has the other services do once its grace is over. */
const postponed = ['fulfillment.stop', 'payment.refund', 'warehouse.release'];

describe('a grace of ten seconds for cancellations', () => {
  let shop: Shop;
  let desks: readonly DeskDriver[];

  beforeAll(async () => {
    shop = await openShop({ env: { ORDER_SANDBOX_STEP_MS: '3600000', ORDER_CANCEL_GRACE_SECONDS: '10' } });
    const description = shop.stack.describe();
    desks = [createRestDeskDriver(description, 1), createGrpcDeskDriver(description, 2)];
  });
  afterAll(() => shop.stop());

  const cancelled = async () => {
    const { id } = done(await shop.checkout.createOrder(orderBody()));
    const order = done(await shop.on(1).cancelOrder(id, { reason: 'a mistake' }, { caller: staff }));
    expect(order.status).toBe('cancelled');
    expect(order.deadlines.map(({ what }) => what)).toStrictEqual(['grace']);
    return order;
  };

  const asked = async (id: string): Promise<readonly string[]> =>
    (await shop.ledger(id)).map(({ operation }) => operation).filter((operation) => postponed.includes(operation));

  const restored = async (desk: DeskDriver): Promise<string> => {
    const { id, version } = await cancelled();
    const { actions } = await desk.actions(id);
    expect(actions.find(({ action }) => action === 'restore')?.allowed).toBe(true);
    const options = { caller: staff, key: randomUUID() };
    const dry = await desk.restore(id, { reason: 'it was right' }, { ...options, dryRun: 'true' });
    expect([dry.preview?.version, dry.preview?.order.status]).toStrictEqual([version, 'confirmed']);

    const order = done(await desk.restore(id, { reason: 'it was right' }, options));
    expect([order.status, order.version, order.deadlines]).toStrictEqual(['confirmed', version + 1, []]);
    expect(order.items.map(({ cancelled_quantity }) => cancelled_quantity)).toStrictEqual(order.items.map(() => 0));
    expect(repeated(await desk.restore(id, { reason: 'it was right' }, options)).version).toBe(order.version);
    refused(desk, await desk.restore(id), 'order_not_restorable');
    return id;
  };

  it('restores orders over REST and gRPC, and has nothing done about the cancellation', async () => {
    const ids = await Promise.all(desks.map(restored));
    for (const id of ids) {
      const types = await until('the events arrived', async () => {
        const events = await shop.events(id);
        return events.length >= 3 && [...events].sort((a, b) => a.sequence - b.sequence).map(({ type }) => type);
      });
      expect(types).toStrictEqual(['order.created', 'order.cancelled', 'order.restored']);
      const { id: again } = done(await shop.on(2).getOrder(id));
      const effects = await shop.effects(again);
      const withdrawn = effects.filter(({ state }) => state === 'withdrawn').map(({ operation }) => operation);
      expect(withdrawn).toEqual(expect.arrayContaining(postponed));
    }
    // The other order's grace ends after theirs would have.
    const { id: other } = await cancelled();
    await until('its effects are done', async () => (await asked(other)).length === postponed.length);
    expect([...(await asked(other))].sort()).toStrictEqual(postponed);
    for (const id of ids) expect(await asked(id)).toStrictEqual([]);
    for (const desk of desks) refused(desk, await desk.restore(other), 'order_not_restorable');
    const refunded = await until('it is refunded', async () => {
      const order = await shop.order(other);
      return order.payment_status === 'refunded' && order;
    });
    expect(refunded.refunded_amount).toBe(refunded.total_amount);
  });

  it('leaves everything sound', () => assertSound(shop));
});
