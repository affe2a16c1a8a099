import { expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import type { Answer } from '../support/driver.js';
import { firstLine, oneLineBody, orderBody, placed, placedIn, secondLine } from '../support/orders.js';
import { done, eventually, refused, taken } from '../support/outcomes.js';
import { needsJson, onEachSurface } from './surfaces.js';
import { itUnless } from '../support/skip.js';

const tooLate = ['shipped', 'delivered', 'partially_returned', 'returned', 'cancelled'] as const;
const inTime = ['confirmed', 'processing'] as const;
const quantities = ({ items }: Order): readonly number[] => items.map(({ cancelled_quantity }) => cancelled_quantity);

onEachSurface('CancelOrder', (driver) => {
  it.each(inTime)('cancels an order that is %s', async (status) => {
    const order = await placedIn(status);
    const cancelled = done(await driver.cancelOrder(order.id, { reason: 'changed their mind' }));
    expect([cancelled.status, cancelled.version]).toStrictEqual(['cancelled', order.version + 1]);
    expect(cancelled.cancellation_reason).toBe('changed their mind');
    expect(cancelled.cancelled_at).toBe(cancelled.updated_at);
    expect(quantities(cancelled)).toStrictEqual([2, 1]);
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(cancelled);
  });

  it.each(tooLate)('refuses an order that is %s', async (status) => {
    const order = await placedIn(status);
    refused(driver, await driver.cancelOrder(order.id, { reason: 'x' }), 'order_not_cancellable');
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
  });

  it('needs a reason', async () => {
    const order = await placed(driver);
    for (const body of [{}, { reason: '' }, { reason: 'x\u0000' }])
      refused(driver, await driver.cancelOrder(order.id, body), 'validation_failed', ['reason']);
    expect(taken(await driver.getOrder(order.id)).status).toBe('confirmed');
  });

  itUnless(needsJson(driver))('knows no other fields', async () => {
    const order = await placed(driver);
    const body = { reason: 'x', refund: false };
    refused(driver, await driver.cancelOrder(order.id, body), 'validation_failed', ['refund']);
  });

  it('gives the money back, once', async () => {
    const { id } = done(await driver.createOrder(orderBody()));
    done(await driver.cancelOrder(id, { reason: 'x' }));
    const order = await eventually(
      async () => taken(await driver.getOrder(id)),
      ({ payment_status }) => payment_status === 'refunded',
    );
    expect([order.payment_status, order.captured_amount, order.refunded_amount]).toStrictEqual([
      'refunded',
      '30.29',
      '30.29',
    ]);
  });
});

onEachSurface('CancelOrderItems', (driver) => {
  const cancel = (order: Order, ...units: readonly number[]): Promise<Answer> => {
    const items = units.flatMap((quantity, n) => (quantity > 0 ? [{ item_id: order.items[n]!.id, quantity }] : []));
    return driver.cancelOrderItems(order.id, { items, reason: 'too many' });
  };

  it.each(inTime)('cancels units of an order that is %s; with the last one, the order', async (status) => {
    const order = await placedIn(status);
    const some = done(await cancel(order, 1));
    expect([some.status, some.version, quantities(some)]).toStrictEqual([status, order.version + 1, [1, 0]]);
    expect(some.cancelled_at).toBeUndefined();
    const more = done(await cancel(order, 0, 1));
    expect([more.status, quantities(more)]).toStrictEqual([status, [1, 1]]);
    const all = done(await cancel(order, 1));
    expect([all.status, all.version, quantities(all)]).toStrictEqual(['cancelled', order.version + 3, [2, 1]]);
    expect(all.cancellation_reason).toBe('too many');
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(all);
    refused(driver, await cancel(order, 1), 'order_not_cancellable');
  });

  it('cancels all units of all lines at once', async () => {
    const all = done(await cancel(await placed(driver), 2, 1));
    expect([all.status, all.version, quantities(all)]).toStrictEqual(['cancelled', 2, [2, 1]]);
  });

  it.each(tooLate)('refuses an order that is %s', async (status) => {
    const order = await placedIn(status);
    refused(driver, await cancel(order, 1), 'order_not_cancellable');
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
  });

  it('does not cancel more than is left, and then nothing of it', async () => {
    const order = await placed(driver);
    refused(driver, await cancel(order, 1, 2), 'quantity_not_available', ['items[1].quantity']);
    refused(driver, await cancel(order, 3, 2), 'quantity_not_available', ['items[0].quantity', 'items[1].quantity']);
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
    done(await cancel(order, 2));
    refused(driver, await cancel(order, 1), 'quantity_not_available', ['items[0].quantity']);
    refused(driver, await cancel(order, 2_147_483_647), 'quantity_not_available', ['items[0].quantity']);
  });

  it('refuses faulty lines, every one at once', async () => {
    const order = await placed(driver);
    const item_id = order.items[0]!.id;
    const cases = [
      [[], ['items']],
      [
        [
          { item_id: '999999999', quantity: 1 },
          { item_id, quantity: 1 },
        ],
        ['items[0].item_id'],
      ],
      [
        [
          { item_id: 'x', quantity: 0 },
          { item_id: '', quantity: -1 },
        ],
        ['items[0].item_id', 'items[0].quantity', 'items[1].item_id', 'items[1].quantity'],
      ],
      [
        [
          { item_id, quantity: 1 },
          { item_id, quantity: 1 },
        ],
        ['items[1].item_id'],
      ],
      [Array.from({ length: 501 }, (_, n) => ({ item_id: String(n + 1), quantity: 1 })), ['items']],
    ] as const;
    for (const [items, paths] of cases)
      refused(driver, await driver.cancelOrderItems(order.id, { items, reason: 'x' }), 'validation_failed', paths);
    const items = [{ item_id, quantity: 1 }];
    refused(driver, await driver.cancelOrderItems(order.id, { items }), 'validation_failed', ['reason']);
    expect(taken(await driver.getOrder(order.id))).toStrictEqual(order);
  });

  itUnless(needsJson(driver))('refuses faulty shapes', async () => {
    const order = await placed(driver);
    const items = [{ item_id: 1, quantity: 1.5, sku: 'x' }, null];
    const paths = ['items[0].item_id', 'items[0].quantity', 'items[0].sku', 'items[1]', 'note'];
    const answer = await driver.cancelOrderItems(order.id, { items, reason: 'x', note: 1 });
    refused(driver, answer, 'validation_failed', paths);
  });

  const awkward = [
    {
      currency: 'USD',
      unit_price: '3.33',
      total_price: '9.99',
      discount_amount: '1.00',
      tax_amount: '0.79',
      order: ['9.99', '1.01', '0.80', '4.99', '14.77'],
    },
    {
      currency: 'JPY',
      unit_price: '333',
      total_price: '999',
      discount_amount: '100',
      tax_amount: '79',
      order: ['999', '101', '80', '500', '1478'],
    },
    {
      currency: 'KWD',
      unit_price: '0.333',
      total_price: '0.999',
      discount_amount: '0.100',
      tax_amount: '0.079',
      order: ['0.999', '0.101', '0.080', '0.500', '1.478'],
    },
  ];
  for (const { currency, order: sums, ...line } of awkward)
    it(`gives back exactly the total of ${sums[4]} ${currency}, unit by unit`, async () => {
      const [subtotal, discount_amount, tax_amount, shipping_amount, total_amount] = sums;
      const all = { currency, subtotal, discount_amount, tax_amount, shipping_amount, total_amount };
      const order = done(await driver.createOrder(oneLineBody({ ...secondLine, ...line, quantity: 3 }, all)));
      for (let unit = 0; unit < 3; unit += 1) done(await cancel(order, 1));
      const settled = await eventually(
        async () => taken(await driver.getOrder(order.id)),
        ({ payment_status }) => payment_status === 'refunded',
      );
      expect([settled.status, settled.refunded_amount]).toStrictEqual(['cancelled', total_amount]);
    });

  it('gives back the price of what is gone, and nothing else', async () => {
    const sums = { subtotal: '20.00', discount_amount: '1.00', tax_amount: '1.90', total_amount: '25.89' };
    const order = done(await driver.createOrder(orderBody({ ...sums, items: [firstLine] })));
    done(await cancel(order, 1));
    const settled = await eventually(
      async () => taken(await driver.getOrder(order.id)),
      ({ refunded_amount }) => refunded_amount !== '0.00',
    );
    expect([settled.payment_status, settled.refunded_amount]).toStrictEqual(['partially_refunded', '10.45']);
  });
});
