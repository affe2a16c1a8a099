import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { Answer, Body } from '../support/driver.js';
import { firstLine, newId, oneLineBody, orderBody, secondLine } from '../support/orders.js';
import { done, refused } from '../support/outcomes.js';
import { type ConfigFile, configWith } from '../support/config-file.js';
import { openShop, type Shop, until } from '../support/shop.js';

/** Every switch the other way. */
const strict = {
  ORDER_VERIFY_PRICES: 'true',
  ORDER_ENABLE_GUEST_CHECKOUT: 'false',
  ORDER_ENABLE_MULTIPLE_WAREHOUSES: 'false',
  ORDER_ENABLE_PROMOTIONS: 'false',
};

const staff = { type: 'staff', id: 'staff-1' } as const;

const hour = (n: number): string => new Date(Date.UTC(2026, 0, 1, n)).toISOString();

describe('With prices verified and the other switches off', () => {
  let shop: Shop;
  let config: ConfigFile;
  beforeAll(async () => {
    config = configWith({ enable_partial_cancellations: 'false', enable_returns: 'false' });
    shop = await openShop({ replicas: 1, env: { ...strict, ORDER_CONFIG_FILE: config.path } });
  });
  afterAll(async () => {
    await shop.stop();
    config.remove();
  });

  const create = (body: Body): Promise<Answer> => shop.on(1).createOrder(body);
  const no = (answer: Answer, ...paths: readonly string[]): void => {
    refused(shop.on(1), answer, 'validation_failed', paths);
  };
  const costs = (product_id: string, price: string): Body =>
    oneLineBody({ product_id, unit_price: price, total_price: price });

  /** Other events are taken meanwhile: only those of the price list count. */
  const pricesTaken = (): Promise<number> =>
    shop.counter(1, 'order_events_taken_total', 'topic="pricing.price.updated"');

  /** Publishes a price, and waits until the service has taken the event, whatever it made of it. */
  const publish = async (product_id: string, price: string, updated_at: string): Promise<void> => {
    const taken = await pricesTaken();
    const { product_sku } = secondLine;
    await shop.publish('pricing.price.updated', { product_id, product_sku, currency: 'USD', price, updated_at });
    await until('the price event is taken', async () => (await pricesTaken()) > taken);
  };

  const listed = async (price: string): Promise<string> => {
    const product = newId('product');
    await publish(product, price, hour(1));
    return product;
  };

  it('takes a line at its list price, however it is written', async () => {
    const product = await listed('5.5');
    done(await create(costs(product, '5.50')));
    done(await create(costs(product, '5.5')));
  });

  it('refuses another price, each line by its path', async () => {
    const product = await listed('5.50');
    no(await create(costs(product, '5.49')), 'items[0].unit_price');
    const line = { ...secondLine, product_id: product };
    const items = [line, { ...line, unit_price: '0.01', total_price: '0.01' }];
    no(await create({ ...costs(product, '5.51'), items, subtotal: '5.51' }), 'items[1].unit_price');
  });

  it('refuses a product that is not listed, also in another currency or by another number', async () => {
    no(await create(costs(newId('product'), '5.50')), 'items[0].unit_price');
    const product = await listed('5.50');
    no(await create({ ...costs(product, '5.50'), currency: 'EUR' }), 'items[0].unit_price');
    const line = { product_id: product, product_sku: 'SKU-OTHER' };
    no(await create(oneLineBody(line)), 'items[0].unit_price');
  });

  it('goes by the newest price, in whatever order they come', async () => {
    const product = await listed('5.50');
    await publish(product, '7.00', hour(3));
    await publish(product, '6.00', hour(2));
    done(await create(costs(product, '7.00')));
    for (const old of ['5.50', '6.00']) no(await create(costs(product, old)), 'items[0].unit_price');
    await publish(product, '6.50', hour(4));
    done(await create(costs(product, '6.50')));
    no(await create(costs(product, '7.00')), 'items[0].unit_price');
  });

  it('reports wrong prices beside every other fault, each path once', async () => {
    const product = await listed('5.50');
    const body = oneLineBody({ product_id: product, product_name: ' ', unit_price: '5.51', total_price: '5.51' });
    no(
      await create({ ...body, guest_email: 'no email' }),
      ...['guest_email', 'items[0].product_name', 'items[0].unit_price'],
    );
  });

  it('cancels no part of an order, and takes none back', async () => {
    const { id, items } = done(await create(costs(await listed('5.50'), '5.50')));
    const part = { items: [{ item_id: items[0]!.id, quantity: 1 }], reason: 'too many' };
    refused(shop.on(1), await shop.on(1).cancelOrderItems(id, part, { caller: staff }), 'order_not_cancellable');
    for (const status of ['processing', 'shipped', 'delivered'])
      done(await shop.on(1).updateOrderStatus(id, { status }, { caller: staff }));
    const back = await shop.on(1).updateOrderStatus(id, { status: 'returned' }, { caller: staff });
    refused(shop.on(1), back, 'return_not_allowed');
  });

  it('wants a customer', async () => {
    const body = costs(await listed('5.50'), '5.50');
    no(await create({ ...body, customer_id: undefined, guest_email: 'a@example.com' }), 'customer_id');
    done(await create({ ...body, guest_email: 'a@example.com' }));
  });

  it('sends from one warehouse', async () => {
    const product = await listed('5.50');
    const line = { ...secondLine, product_id: product };
    const sums = { subtotal: '11.00', total_amount: '11.00' };
    no(await create({ ...costs(product, '5.50'), ...sums, items: [line, { ...line, warehouse_id: 'w' }] }), 'items');
    done(await create({ ...costs(product, '5.50'), ...sums, items: [line, line] }));
  });

  it('gives no discounts', async () => {
    const { warehouse_id } = secondLine;
    const body = orderBody({ items: [{ ...firstLine, warehouse_id }, secondLine] });
    const prices = ['items[0].unit_price', 'items[1].unit_price'];
    no(await create(body), 'discount_amount', 'items[0].discount_amount', ...prices);
  });

  it('knows its prices without Redis', async () => {
    const product = await listed('5.50');
    const unread = await listed('8.00');
    await shop.stack.redisServer!.handle.kill();
    done(await create(costs(product, '5.50')));
    done(await create(costs(unread, '8.00')));
    no(await create(costs(product, '5.51')), 'items[0].unit_price');
    no(await create(costs(newId('product'), '5.50')), 'items[0].unit_price');
  });
});
