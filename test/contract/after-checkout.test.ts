import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import { sharedStack } from '../support/stack.js';
import type { Body } from '../support/driver.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newId, orderBody } from '../support/orders.js';
import { done, eventually, taken } from '../support/outcomes.js';

interface LedgerEntry {
  readonly operation: string;
  readonly key: string;
  readonly amount?: string;
}

interface OrderEvent {
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
}

const stack = sharedStack();
const rest = createRestDriver(stack);

const sandbox = async (path: string, init: RequestInit = {}): Promise<unknown> => {
  const response = await fetch(`${stack.sandbox!.url}${path}`, init);
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};
const post = (path: string, body: Body): Promise<unknown> =>
  sandbox(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const checkout = async (body: Body): Promise<Order> =>
  ((await post('/checkout', body)) as { readonly order: Order }).order;
const ledger = async ({ id }: Order): Promise<readonly LedgerEntry[]> =>
  (await sandbox(`/ledger?order_id=${id}`)) as LedgerEntry[];
const events = async ({ id }: Order): Promise<readonly OrderEvent[]> =>
  (await sandbox(`/events?order_id=${id}`)) as OrderEvent[];
const reach = (order: Order, holds: (order: Order) => boolean): Promise<Order> =>
  eventually(async () => taken(await rest.getOrder(order.id)), holds);
const operations = (story: readonly LedgerEntry[]): readonly string[] =>
  story.map(({ operation }) => operation).filter((operation) => operation !== 'notification.send');

describe('An order placed at the checkout', () => {
  it('and cancelled is stopped, released, refunded and told of, each once and in order', async () => {
    const order = await checkout(orderBody());
    done(await rest.cancelOrder(order.id, { reason: 'changed their mind' }));
    const refunded = await reach(order, ({ payment_status }) => payment_status === 'refunded');
    expect(refunded.refunded_amount).toBe(refunded.total_amount);
    const expected = ['fulfillment.start', 'fulfillment.stop', 'payment.refund', 'warehouse.release'];
    const story = await eventually(
      () => ledger(order),
      (found) => operations(found).length >= expected.length,
    );
    expect([...operations(story)].sort()).toStrictEqual(expected);
    expect(operations(story).indexOf('fulfillment.start')).toBeLessThan(operations(story).indexOf('fulfillment.stop'));
    expect(story.find(({ operation }) => operation === 'payment.refund')?.amount).toBe(order.total_amount);
    expect(new Set(story.map(({ key }) => key)).size).toBe(story.length);

    const heard = await eventually(
      () => events(order),
      (found) => found.length >= refunded.version,
    );
    const inOrder = [...heard].sort((a, b) => a.sequence - b.sequence);
    expect(inOrder.map(({ id, type }) => [id, type])).toStrictEqual(
      ['order.created', 'order.cancelled', 'order.payment_updated'].map((type, n) => [`${order.id}:${n + 1}`, type]),
    );
  });

  it('keeps nothing personal in its events and in what it asks of others', async () => {
    const word = newId('PERSONAL');
    const shipping_address = { recipient: word, line1: word, city: word, country: 'GB', email: `${word}@example.com` };
    const order = await checkout(orderBody({ shipping_address, billing_address: shipping_address, notes: word }));
    const caller = { type: 'staff', id: 'staff' } as const;
    done(await rest.updateOrder(order.id, { notes: `${word}!` }, { caller }));
    done(await rest.cancelOrder(order.id, { reason: 'x' }));
    const { version } = await reach(order, ({ payment_status }) => payment_status === 'refunded');
    const heard = await eventually(
      () => events(order),
      (found) => found.length >= version,
    );
    expect(heard).toHaveLength(version);
    expect(JSON.stringify([heard, await ledger(order)])).not.toContain(word);
  });

  it('may be paid later, and a refund of it counts once, whatever brings it twice', async () => {
    const order = await checkout(orderBody({ payment_status: 'pending', payment_id: newId('payment') }));
    const payment = { order_id: order.id, payment_id: order.payment_id, currency: 'USD' };
    await post('/events/payment.completed', { ...payment, amount: order.total_amount });
    const paid = await reach(order, ({ payment_status }) => payment_status === 'completed');
    expect([paid.captured_amount, paid.deadlines]).toStrictEqual([order.total_amount, []]);
    const refund = { ...payment, amount: '1.00', refund_id: newId('refund') };
    await post('/events/payment.refunded', refund);
    await post('/events/payment.refunded', refund);
    await post('/events/payment.refunded', { ...payment, amount: '2.00', refund_id: newId('refund') });
    const refunded = await reach(order, ({ refunded_amount }) => Number(refunded_amount) >= 3);
    expect([refunded.refunded_amount, refunded.payment_status]).toStrictEqual(['3.00', 'partially_refunded']);
  });
});
