import { expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import { newId, placedIn } from '../support/orders.js';
import { eventually, taken } from '../support/outcomes.js';
import { publish } from './publish.js';
import { onEachSurface } from './surfaces.js';

const hourMs = 3_600_000;
const days = (count: number): number => count * 24 * hourMs;

onEachSurface('The parcels of an order', (driver) => {
  const until = async (id: string, holds: (order: Order) => boolean): Promise<Order> =>
    taken(
      await eventually(
        () => driver.getOrder(id),
        ({ order }) => order !== undefined && holds(order),
      ),
    );

  it('come one by one, with what is in them, and are told in the edit history', async () => {
    const { id, items, created_at } = await placedIn('processing');
    const [first, second] = [newId('parcel'), newId('parcel')];
    const inFirst = [{ item_id: items[0]!.id, quantity: 2 }];
    const inSecond = [{ item_id: items[1]!.id, quantity: 1 }];
    const parcel = { order_id: id, carrier: 'Post', shipped_at: created_at };
    await publish('shipping.shipped', { ...parcel, tracking_number: first, items: inFirst });
    const shipped = await until(id, ({ status }) => status === 'shipped');
    expect(shipped.shipments).toStrictEqual([
      { carrier: 'Post', tracking_number: first, shipped_at: created_at, items: inFirst },
    ]);
    await publish('shipping.delivered', { order_id: id, tracking_number: first, delivered_at: created_at });
    const part = await until(id, ({ shipment }) => shipment?.delivered_at !== undefined);
    // the other line was not in it
    expect([part.status, part.version]).toStrictEqual(['shipped', 4]);
    const tracking_url = `https://post.example/${second}`;
    await publish('shipping.shipped', { ...parcel, tracking_number: second, tracking_url, items: inSecond });
    await until(id, ({ shipments }) => shipments.length === 2);
    await publish('shipping.delivered', { order_id: id, tracking_number: second, delivered_at: created_at });
    const delivered = await until(id, ({ status }) => status === 'delivered');
    expect(delivered.shipment).toStrictEqual(delivered.shipments[0]);
    expect(delivered.shipments[1]).toStrictEqual({
      carrier: 'Post',
      tracking_number: second,
      tracking_url,
      shipped_at: created_at,
      delivered_at: created_at,
      items: inSecond,
    });
    const { entries } = await driver.editHistory(id, { page_size: 100 });
    expect(
      entries
        .filter(({ version }) => version > 3)
        .map(({ version, field, old_value, new_value, changed_by }) => [
          version,
          field,
          old_value,
          new_value,
          changed_by.id,
        ]),
    ).toStrictEqual([
      [4, 'shipments.0.delivered_at', null, created_at, 'shipping-service'],
      [5, 'shipments.1.carrier', null, 'Post', 'shipping-service'],
      [5, 'shipments.1.tracking_number', null, second, 'shipping-service'],
      [5, 'shipments.1.tracking_url', null, tracking_url, 'shipping-service'],
      [5, 'shipments.1.shipped_at', null, created_at, 'shipping-service'],
      [5, 'shipments.1.items', null, inSecond, 'shipping-service'],
      [6, 'shipments.1.delivered_at', null, created_at, 'shipping-service'],
    ]);
  });

  it.each(['1970-01-01T00:00:00Z', '2206-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])(
    'have no impossible time: not %s, which a possible one corrects',
    async (impossible) => {
      const { id, created_at } = await placedIn('shipped');
      await publish('shipping.delivered', { order_id: id, delivered_at: impossible });
      const delivered = await until(id, ({ status }) => status === 'delivered');
      const { updated_at } = delivered;
      const windowFrom = (at: string) => [
        { what: 'return_window', at: new Date(Date.parse(at) + days(30)).toISOString() },
      ];
      expect([delivered.shipment?.delivered_at, delivered.deadlines]).toStrictEqual([
        updated_at,
        windowFrom(updated_at),
      ]);
      await publish('shipping.delivered', { order_id: id, delivered_at: created_at });
      const corrected = await until(id, ({ version }) => version > delivered.version);
      expect([corrected.status, corrected.shipment?.delivered_at, corrected.deadlines]).toStrictEqual([
        'delivered',
        created_at,
        windowFrom(created_at),
      ]);
    },
  );
});
