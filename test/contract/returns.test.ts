import { expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import { newId, placedIn } from '../support/orders.js';
import { eventually, taken } from '../support/outcomes.js';
import { publish } from './publish.js';
import { onEachSurface } from './surfaces.js';

onEachSurface('The returns of an order', (driver) => {
  const until = async (id: string, holds: (order: Order) => boolean): Promise<Order> =>
    taken(
      await eventually(
        () => driver.getOrder(id),
        ({ order }) => order !== undefined && holds(order),
      ),
    );

  it('come back in parts, each once', async () => {
    const { id, items } = await placedIn('delivered');
    const return_id = newId('return');
    const [one, all] = [1, 2].map((quantity) => [{ item_id: items[0]!.id, quantity }]);
    await publish('return.requested', { order_id: id, return_id, items: all, reason: 'too small' });
    const requested = await until(id, ({ returns }) => returns.length === 1);
    const announced = { return_id, reason: 'too small', requested_at: requested.updated_at };
    expect(requested.returns).toStrictEqual([{ ...announced, status: 'requested', items: all, parts: [] }]);
    const part = { order_id: id, return_id, items: one };
    await publish('return.completed', { ...part, part_id: 'part-1' });
    const { updated_at } = await until(id, ({ status }) => status === 'partially_returned');
    const first = { part_id: 'part-1', items: one, completed_at: updated_at };
    await publish('return.completed', { ...part, part_id: 'part-1' });
    await publish('return.completed', { ...part, part_id: 'part-2' });
    const completed = await until(id, ({ returns }) => returns[0]?.status === 'completed');
    // the repeat changed nothing
    expect(completed.version).toBe(requested.version + 2);
    expect(completed.returns).toStrictEqual([
      {
        ...announced,
        status: 'completed',
        items: all,
        parts: [first, { part_id: 'part-2', items: one, completed_at: completed.updated_at }],
        completed_at: completed.updated_at,
      },
    ]);
    expect(completed.items[0]?.returned_quantity).toBe(2);
  });
});
