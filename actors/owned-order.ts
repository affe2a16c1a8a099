import type { OrderStore } from './order-store.js';
import type { NewOrder } from './rules/commands.js';

/** A new order with its customer: a guest with the verified email of a customer is that customer. */
export const ownedOrder = async (order: NewOrder, store: Pick<OrderStore, 'verifiedCustomer'>): Promise<NewOrder> => {
  if (order.customer_id !== undefined || order.guest_email === undefined) return order;
  const customer_id = await store.verifiedCustomer(order.guest_email);
  return customer_id === undefined ? order : { ...order, customer_id };
};
