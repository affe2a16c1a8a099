import type { NewOrder } from '../../actors/rules/commands.js';
import type { ChangeCommand } from '../../actors/rules/decide.js';
import type { JournalEntry } from '../../actors/rules/entries.js';
import { decideCreate } from '../../actors/rules/lifecycle.js';
import { amount, format } from '../../actors/rules/money.js';
import type { Address, InboundData, Item, OrderState, OrderTopic } from '../../actors/rules/order.js';
import type { Deadline, ItemQuantity } from '../../actors/rules/order-parts.js';
import type { Status } from '../../actors/rules/transitions.js';
import { context, noon, orderId, secret } from './given.js';

/** An address of which everything but the country is marked as personal. */
export const address = (change: Partial<Address> = {}): Address => ({
  recipient: `${secret} recipient`,
  line1: `${secret} line 1`,
  line2: `${secret} line 2`,
  city: `${secret} city`,
  region: `${secret} region`,
  postal_code: `${secret} code`,
  country: 'DE',
  phone: `${secret} phone`,
  email: `${secret}@address.example`,
  ...change,
});

/** The email a guest gave, marked as personal. */
export const guestEmail = `${secret}@guest.example`;

/** A line; `total_price` follows from price and quantity. */
export const line = (id: string, quantity: number, unit_price: string, change: Partial<Item> = {}): Item => ({
  id,
  product_id: `product-${id}`,
  product_sku: `sku-${id}`,
  product_name: `Product ${id}`,
  quantity,
  cancelled_quantity: 0,
  returned_quantity: 0,
  unit_price,
  total_price: format(amount(unit_price).times(quantity), amount(unit_price).decimalPlaces()),
  discount_amount: '0',
  tax_amount: '0',
  warehouse_id: 'warehouse-1',
  reservation_id: `reservation-${id}`,
  metadata: {},
  ...change,
});

/** Three units at 10.00, one at 30.00, two at 20.00: 100.00, paid, by a customer. */
export const newOrder: NewOrder = {
  customer_id: 'customer-1',
  currency: 'USD',
  decimals: 2,
  subtotal: '100.00',
  tax_amount: '0.00',
  shipping_amount: '0.00',
  discount_amount: '0.00',
  total_amount: '100.00',
  payment_id: 'payment-0',
  payment_method: 'card',
  payment_status: 'completed',
  shipping_address: address(),
  billing_address: address({ recipient: `${secret} payer` }),
  notes: `${secret} notes`,
  metadata: { gift: true },
  created_by_service: 'checkout-service',
  items: [line('1', 3, '10.00'), line('2', 1, '30.00'), line('3', 2, '20.00')],
};

/** The journal of an order just handed over. */
export const placed = (change: Partial<NewOrder> = {}): readonly JournalEntry[] => [
  {
    order_id: orderId,
    version: 1,
    at: noon,
    entry: decideCreate({ ...newOrder, ...change }, 'ORD-20260301-000001', context),
  },
];

/** Not paid yet. */
export const unpaid = { payment_status: 'pending' } as const;

let events = 0;

/** An event of another service about the order, with an id of its own. */
export const event = (
  topic: OrderTopic,
  data: Omit<InboundData, 'order_id'> = {},
  id = `event-${(events += 1)}`,
): Extract<ChangeCommand, { type: 'take_event' }> => ({
  type: 'take_event',
  topic,
  source: `${topic.split('.')[0] ?? topic}-service`,
  event_id: id,
  data: { order_id: orderId, ...data },
});

export const started = event('fulfillment.started', { fulfillment_id: 'fulfilment-1' });
export const shipped = event('shipping.shipped', { carrier: 'DHL', tracking_number: 'T-1', shipped_at: noon });
export const delivered = event('shipping.delivered', { delivered_at: noon });
export const cancel = { type: 'cancel', reason: 'changed my mind' } as const;

/** Units of one line. */
export const units = (item_id: string, quantity: number): ItemQuantity => ({ item_id, quantity });

export const cancelItems = (...items: readonly ItemQuantity[]) =>
  ({ type: 'cancel_items', items, reason: 'too many' }) as const satisfies ChangeCommand;

export const returned = (return_id: string, ...items: readonly ItemQuantity[]) =>
  event('return.completed', { return_id, items });

export const announced = (return_id: string, ...items: readonly ItemQuantity[]) =>
  event('return.requested', { return_id, items, reason: 'too small' });

const refundKey = (version: number): string => `${orderId}:${version}:payment.refund:0`;

/** The payment service's answers to the refund that an entry asked for, and what staff does about a no. */
export const answered = (version: number, refund_id: string) =>
  ({ type: 'settle_refund', key: refundKey(version), outcome: 'refunded', refund_id }) as const satisfies ChangeCommand;

export const declined = (version: number) =>
  ({
    type: 'settle_refund',
    key: refundKey(version),
    outcome: 'refused',
    reason: 'declined',
  }) as const satisfies ChangeCommand;

export const retried = (version: number) =>
  ({ type: 'retry_refund', key: refundKey(version), reason: 'by staff' }) as const satisfies ChangeCommand;

/** UpdateOrderStatus. */
export const move = (status: Status, notes?: string) =>
  ({ type: 'change_status', status, reason: 'by hand', ...(notes === undefined ? {} : { notes }) }) as const;

/** A deadline of an order has passed. */
export const deadline = (what: Deadline['what'], at: string): ChangeCommand => ({ type: 'meet_deadline', what, at });

/** How an order of `placed` comes to each status, by events where there are some. */
export const wayTo: Readonly<Record<Status, readonly ChangeCommand[]>> = {
  confirmed: [],
  processing: [started],
  shipped: [started, shipped],
  delivered: [started, shipped, delivered],
  partially_returned: [started, shipped, delivered, returned('return-0', units('1', 1))],
  returned: [started, shipped, delivered, move('returned')],
  cancelled: [cancel],
};

/** All units of an order that are neither cancelled nor returned. */
export const openUnitsOf = ({ order }: OrderState): readonly ItemQuantity[] =>
  order.items
    .map((item) => units(item.id, item.quantity - item.cancelled_quantity - item.returned_quantity))
    .filter(({ quantity }) => quantity > 0);
