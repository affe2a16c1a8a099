import type { Entry, PaymentUpdated } from './entries.js';
import type { PaymentAmount } from './entry-parts.js';
import { amount } from './money.js';
import type { ItemQuantity } from './order-parts.js';
import type { Json, Order, OrderState } from './order.js';
import { kept } from './refund.js';
import type { Status } from './transitions.js';

/** Where an effect goes: the events' broker, or another service. One lane per order and target (docs/architecture.md). */
export const targets = ['events', 'payment', 'warehouse', 'fulfillment', 'notification'] as const;
export type Target = (typeof targets)[number];

/** What an effect does there (docs/services.md). */
export const operations = [
  'event.publish',
  'payment.refund',
  'payment.void',
  'warehouse.release',
  'fulfillment.start',
  'fulfillment.stop',
  'fulfillment.change',
  'fulfillment.hold',
  'fulfillment.release',
  'notification.send',
] as const;
export type Operation = (typeof operations)[number];

/** Something that must happen elsewhere because of one entry: once, however often it is tried. Never personal data. */
export interface Effect {
  /** `<order id>:<version>:<operation>:<n>`: the idempotency key that the receiver sees. */
  readonly key: string;
  readonly target: Target;
  readonly operation: Operation;
  readonly payload: Readonly<Record<string, Json>>;
  /** Not to be tried before; withdrawn if the order is restored by then. */
  readonly not_before?: string | undefined;
}

type Payload = Readonly<Record<string, Json | undefined>>;
/** Where, what, with what; the last number distinguishes several of one kind. */
type Draft = readonly [Target, Operation, Payload, number?];

const clean = (payload: Payload): Effect['payload'] =>
  Object.fromEntries(Object.entries(payload).filter((field): field is [string, Json] => field[1] !== undefined));

const released = (order: Order, quantities: readonly ItemQuantity[]): Json =>
  quantities.map(({ item_id, quantity }) => {
    const item = order.items.find(({ id }) => id === item_id);
    return clean({
      item_id,
      quantity,
      product_sku: item?.product_sku,
      warehouse_id: item?.warehouse_id,
      reservation_id: item?.reservation_id,
    });
  });

const taken = (quantities: readonly ItemQuantity[]): Json =>
  quantities.map(({ item_id, quantity }) => ({ item_id, quantity }));

const notify = (order: Order, kind: string, more: Payload = {}): Draft => [
  'notification',
  'notification.send',
  { order_id: order.id, order_number: order.order_number, customer_id: order.customer_id, kind, ...more },
];

const statusNotice = (order: Order, to: Status | undefined): readonly Draft[] =>
  to === undefined ? [] : [notify(order, 'status', { status: to })];

/** Each refund once: the answer to one whose event has reported it before closes the request and moves no money. */
const refundNotice = (order: Order, { data }: PaymentUpdated): readonly Draft[] =>
  data.change === 'refunded' && data.amount !== undefined && !amount(data.amount).isZero()
    ? [notify(order, 'refund', { amount: data.amount, currency: order.currency })]
    : [];

const startFulfilment = (order: Order): Draft => [
  'fulfillment',
  'fulfillment.start',
  {
    order_id: order.id,
    order_number: order.order_number,
    items: order.items
      .filter((item) => kept(item) > 0)
      .map((item) => ({
        item_id: item.id,
        product_id: item.product_id,
        product_sku: item.product_sku,
        quantity: kept(item),
        warehouse_id: item.warehouse_id,
      })),
  },
];

const ofEntry = (order: Order, entry: Entry): readonly Draft[] => {
  const about = { order_id: order.id };
  switch (entry.type) {
    case 'order.created':
      return statusNotice(order, 'confirmed');
    case 'order.cancelled': {
      const { items, reason } = entry.data;
      return [
        ['warehouse', 'warehouse.release', { ...about, items: released(order, items), reason }],
        ['fulfillment', 'fulfillment.stop', { ...about, reason }],
        ...statusNotice(order, 'cancelled'),
      ];
    }
    case 'order.items_cancelled': {
      const { items, reason } = entry.data;
      return [
        ['warehouse', 'warehouse.release', { ...about, items: released(order, items), reason }],
        ['fulfillment', 'fulfillment.change', { ...about, items: taken(items), reason }],
      ];
    }
    case 'order.payment_updated':
      return refundNotice(order, entry);
    case 'order.status_changed':
    case 'order.returned':
      return statusNotice(order, entry.data.to_status);
    case 'order.restored':
      return statusNotice(order, entry.data.to_status);
    // The fulfilment service knows one hold: holdEffects.
    case 'order.held':
    case 'order.released':
    case 'order.imported':
    case 'order.updated':
    case 'order.return_requested':
    case 'order.completed':
    case 'order.erased':
      return [];
    default: {
      const unknown: never = entry;
      throw new Error(`unknown journal entry ${(unknown as { readonly type: string }).type}`);
    }
  }
};

const moneyEffects = (order: Order, { data }: Entry): readonly Draft[] => {
  const about = { order_id: order.id, currency: order.currency };
  const draft =
    (operation: 'payment.void' | 'payment.refund', reason: string) =>
    (of: PaymentAmount, n: number): Draft => [
      'payment',
      operation,
      { ...about, payment_id: of.payment_id, amount: of.amount, reason },
      n,
    ];
  return [
    ...(data.voids_requested ?? []).map(draft('payment.void', 'order cancelled')),
    ...(data.refunds_requested ?? []).map(draft('payment.refund', 'order changed')),
  ];
};

const isHeld = ({ holds, grace }: OrderState): boolean =>
  holds.person !== undefined || holds.payment !== undefined || grace !== undefined;

/**
 * Where fulfilment was asked to start, it waits from the first hold until none is left, and while an order can be restored.
 * Goods that leave end the holds too: what is still there goes on. A cancellation ends them by stopping it.
 */
const holdEffects = (before: OrderState | undefined, after: OrderState, { type }: Entry): readonly Draft[] => {
  if (before?.fulfilment.asked !== true || isHeld(before) === isHeld(after)) return [];
  const about = { order_id: after.order.id };
  if (isHeld(after))
    return type === 'order.held' || type === 'order.cancelled' ? [['fulfillment', 'fulfillment.hold', about]] : [];
  return after.order.status === 'cancelled' ? [] : [['fulfillment', 'fulfillment.release', about]];
};

/** What a cancellation asks of others waits while it can be undone, and so does money that becomes owed meanwhile. */
const waits = ({ grace }: OrderState, { type }: Entry, operation: Operation): boolean =>
  grace !== undefined &&
  (operation === 'payment.refund' ||
    operation === 'payment.void' ||
    (type === 'order.cancelled' && operation !== 'event.publish' && operation !== 'fulfillment.hold'));

/**
 * All that an entry sets going, its own event first.
 *
 * @param before the order before this entry; undefined for its creation
 * @param after the order as this entry leaves it
 */
export const effectsOf = (before: OrderState | undefined, after: OrderState, entry: Entry): readonly Effect[] => {
  if (entry.data.imported === true) return [];
  const { order } = after;
  const drafts: readonly Draft[] = [
    ['events', 'event.publish', {}],
    ...(entry.data.start_fulfilment === true ? [startFulfilment(order)] : []),
    ...holdEffects(before, after, entry),
    ...ofEntry(order, entry),
    ...moneyEffects(order, entry),
  ];
  return drafts.map(([target, operation, payload, n = 0]) => ({
    key: `${order.id}:${order.version}:${operation}:${n}`,
    target,
    operation,
    payload: clean(payload),
    ...(waits(after, entry, operation) ? { not_before: after.grace?.ends_at } : {}),
  }));
};
