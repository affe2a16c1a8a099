import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { createDice, inventedOrder } from '../../../importing/invented-orders.js';
import { journalOf } from '../../../importing/journal-of.js';
import { context } from '../../support/given.js';

describe('Invented orders', () => {
  const now = Date.parse(context.now);
  const dice = createDice(7);
  const orders = Array.from({ length: 400 }, (_, n) =>
    inventedOrder({
      ...{ id: `0197a000-0000-7000-8000-${String(n).padStart(12, '0')}`, order_number: `ORD-20260301-${String(n)}` },
      ...{ createdAt: now - dice() * 90 * 86_400_000, now, dice },
    }),
  );

  it('fit, and are in every status', () => {
    const statuses = new Set(
      orders.map((order) => {
        const result = journalOf(order, context);
        assert.ok('state' in result, JSON.stringify(result));
        assert.equal(result.state.order.status, order.status);
        return order.status;
      }),
    );
    expect([...statuses].sort()).toStrictEqual([
      'cancelled',
      'confirmed',
      'delivered',
      'partially_returned',
      'processing',
      'returned',
      'shipped',
    ]);
  });

  it('have sums that agree, and nothing happens in the future', () => {
    for (const { items, subtotal, updated_at } of orders) {
      const sum = items.reduce((all, { total_price }) => all + Math.round(Number(total_price) * 100), 0);
      assert.equal(Math.round(Number(subtotal) * 100), sum);
      assert.ok(Date.parse(updated_at ?? '') <= now);
    }
  });
});
