import { randomUUID } from 'node:crypto';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import type { Status } from '../../actors/rules/transitions.js';
import { sharedStack } from './stack.js';
import type { Body, Driver } from './driver.js';
import { createRestDriver } from './drivers/rest.js';
import { done } from './outcomes.js';

/** Ids that no other test uses. */
export const newId = (what: string): string => `${what}-${randomUUID()}`;
export const newEmail = (): string => `${randomUUID()}@example.com`;

export const staff: Caller = { type: 'staff', id: 'staff-of-the-suite' };
export const newCustomer = (): Caller => ({ type: 'customer', id: newId('customer') });

export const address: Body = { recipient: 'Ada Lovelace', line1: '12 St James Square', city: 'London', country: 'GB' };

/** 2 × 10.00 with discount and tax of its own. */
export const firstLine: Body = {
  product_id: 'product-1',
  product_sku: 'SKU-1',
  product_name: 'Teapot',
  quantity: 2,
  unit_price: '10.00',
  total_price: '20.00',
  discount_amount: '1.00',
  tax_amount: '1.90',
  warehouse_id: 'warehouse-1',
};

/** 1 × 5.50. */
export const secondLine: Body = {
  product_id: 'product-2',
  product_sku: 'SKU-2',
  product_name: 'Cup',
  quantity: 1,
  unit_price: '5.50',
  total_price: '5.50',
  warehouse_id: 'warehouse-2',
};

/** A CreateOrder body that adds up, of a customer of its own: 25.50 − 2.50 + 2.30 + 4.99 = 30.29 USD. */
export const orderBody = (over: Body = {}): Body => ({
  customer_id: newId('customer'),
  subtotal: '25.50',
  tax_amount: '2.30',
  shipping_amount: '4.99',
  discount_amount: '2.50',
  total_amount: '30.29',
  shipping_address: address,
  items: [firstLine, secondLine],
  ...over,
});

/** One line and nothing else to pay: for amounts and quantities at their edges. */
export const oneLineBody = (line: Body, over: Body = {}): Body => {
  const item: Body = { ...secondLine, ...line };
  const sum = item['total_price'];
  const nothing = { tax_amount: '0', shipping_amount: '0', discount_amount: '0' };
  return orderBody({ ...nothing, subtotal: sum, total_amount: sum, items: [item], ...over });
};

/** Nothing captured and nothing due: no refund changes such an order behind a test's back. */
export const unpaid: Body = { payment_status: 'pending', payment_method: 'cod' };

/** A new unpaid order, made over this surface. */
export const placed = async (driver: Driver, over: Body = {}): Promise<Order> =>
  done(await driver.createOrder(orderBody({ ...unpaid, ...over })));

const ways: Readonly<Record<Status, readonly Status[]>> = {
  confirmed: [],
  processing: ['processing'],
  shipped: ['processing', 'shipped'],
  delivered: ['processing', 'shipped', 'delivered'],
  partially_returned: ['processing', 'shipped', 'delivered', 'partially_returned'],
  returned: ['processing', 'shipped', 'delivered', 'returned'],
  cancelled: ['cancelled'],
};

/** A new unpaid order that staff has moved to this status, by REST. */
export const placedIn = async (status: Status, over: Body = {}): Promise<Order> => {
  const rest = createRestDriver(sharedStack());
  let order = await placed(rest, over);
  for (const next of ways[status])
    order = done(await rest.updateOrderStatus(order.id, { status: next }, { caller: staff }));
  return order;
};
