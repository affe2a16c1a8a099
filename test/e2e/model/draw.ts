import type { NewOrder } from '../../../actors/rules/commands.js';
import type { Address, InboundData, Item, Order, OrderState, OrderTopic } from '../../../actors/rules/order.js';
import type { Caller, ItemQuantity } from '../../../actors/rules/order-parts.js';
import { type Status, transitions } from '../../../actors/rules/transitions.js';
import type { Body } from '../../support/driver.js';
import { service } from '../../support/tokens.js';
import { minor } from '../../support/given.js';
import { written } from '../../support/arbitrary-orders.js';
import type { Command, Gateway, Input, News, Request } from './inputs.js';
import type { CallIntent, EventIntent, Intent, RepeatIntent, Share, Units, Wish } from './plans.js';

/** What was sent for an order until now, and names that no other order uses. */
export interface Drawing {
  readonly tag: string;
  readonly sent: Input[];
  /** Numbers its keys and events. */
  count: number;
}

const dayMs = 86_400_000;
const gateways: readonly Gateway[] = ['REST 1', 'gRPC 2', 'REST 2', 'gRPC 1'];

/** Another gateway than this one. */
const beside = (gateway: Gateway): Gateway => gateways[(gateways.indexOf(gateway) + 1) % gateways.length]!;

const nextName = (drawing: Drawing, what: string): string => `${drawing.tag}-${what}${(drawing.count += 1)}`;

const left = (item: Item): number => item.quantity - item.cancelled_quantity - item.returned_quantity;

const unitsOf = (item: Item, share: Share | 'none' | undefined): number => {
  const open = left(item);
  switch (share) {
    case 'one':
      return 1;
    case 'half':
      return Math.ceil(open / 2);
    case 'all':
      return open;
    case 'more':
      return open + 1;
    case 'none':
    case undefined:
      return 0;
  }
};

const quantities = ({ order }: OrderState, { shares, unknownLine }: Units): readonly ItemQuantity[] => {
  const named = order.items
    .map((item, n) => ({ item_id: item.id, quantity: unitsOf(item, shares[n]) }))
    .filter(({ quantity }) => quantity > 0);
  if (unknownLine) return [...named, { item_id: '99', quantity: 1 }];
  return named.length > 0 ? named : [{ item_id: order.items[0]!.id, quantity: 1 }];
};

const address = (n: number): Address => ({
  recipient: `Recipient ${n}`,
  line1: 'Main Street',
  city: `City ${n}`,
  country: 'DE',
  ...(n % 2 === 0 ? {} : { postal_code: `${n}` }),
});

const edit = ({ order }: OrderState, what: Extract<Wish, { type: 'update' }>['what'], n: number): Body => {
  switch (what) {
    case 'shipping_address':
    case 'billing_address':
      return { [what]: address(n), reason: 'moved' };
    case 'notes':
      return { notes: n === 0 ? '' : `Note ${n}` };
    case 'metadata':
      return { metadata: { n, 'a.b': { c: [n] } } };
    case 'nothing':
      return { notes: order.notes ?? '' };
  }
};

/** Where the order goes from here in most lives; a terminal status stays. */
const nextStatus = ({ order }: OrderState): Status => transitions[order.status][0] ?? order.status;

const bodyOf = (state: OrderState, wish: Exclude<Wish, { type: 'retry_refund' }>): Body => {
  switch (wish.type) {
    case 'change_status':
      return { status: wish.to === 'next' ? nextStatus(state) : wish.to, reason: 'by hand' };
    case 'cancel':
      return { reason: 'not wanted' };
    case 'cancel_items':
      return { items: quantities(state, wish.units), reason: 'too many' };
    case 'update':
      return edit(state, wish.what, wish.n);
  }
};

const ownerOf = ({ id, customer_id }: Order): Caller =>
  customer_id === undefined ? { type: 'guest', id } : { type: 'customer', id: customer_id };

const callerOf = ({ order }: OrderState, by: CallIntent['by'], tag: string): Caller => {
  switch (by) {
    case 'staff':
      return { type: 'staff', id: 'staff-of-the-model' };
    case 'service':
      return service;
    case 'owner':
      return ownerOf(order);
    case 'stranger':
      return { type: 'customer', id: `${tag}-stranger` };
  }
};

const drawCall = (drawing: Drawing, state: OrderState, intent: CallIntent): readonly Request[] => {
  const { wish, by, gateway: nth, keyed, ifMatch, twice } = intent;
  const { version } = state.order;
  const gateway = gateways[nth % gateways.length]!;
  const common = { kind: 'call', caller: callerOf(state, by, drawing.tag), gateway } as const;
  if (wish.type === 'retry_refund') {
    const { key } = state.refunds[wish.nth % state.refunds.length] ?? { key: `${state.order.id}:1:payment.refund:0` };
    const body = { reason: 'the bank is up' };
    return [{ ...common, body, command: { type: 'retry_refund', key, ...body } }];
  }
  const body = bodyOf(state, wish);
  const request: Request = {
    ...common,
    key: keyed ? nextName(drawing, 'key') : undefined,
    ifMatch: { none: undefined, now: version, old: Math.max(1, version - 1) }[ifMatch],
    body,
    command: { type: wish.type, ...body } as Command,
  };
  return twice ? [request, { ...request, gateway: beside(gateway) }] : [request];
};

const following: Readonly<Record<Status, OrderTopic>> = {
  confirmed: 'fulfillment.started',
  processing: 'shipping.shipped',
  shipped: 'shipping.delivered',
  delivered: 'return.completed',
  partially_returned: 'return.completed',
  returned: 'payment.refunded',
  cancelled: 'payment.refunded',
};

const nextTopic = ({ order }: OrderState): OrderTopic => {
  const unpaid = order.payment_status === 'pending' || order.payment_status === 'authorized';
  return unpaid && order.payment_method !== 'cod' ? 'payment.completed' : following[order.status];
};

const partOf = (whole: string, decimals: number, percent: bigint): string => {
  const part = (minor(whole, decimals) * percent) / 100n;
  return written(part > 0n ? part : 1n, decimals);
};

const payment = (drawing: Drawing, state: OrderState, topic: OrderTopic, intent: EventIntent): InboundData => {
  const { order, refunds, decimals } = state;
  const { n, percent, amount, currency } = intent;
  const isRefund = topic === 'payment.refunded';
  const asked = refunds.findLast((refund) => isRefund && refund.state !== 'refused')?.amount;
  const part = partOf(isRefund ? order.captured_amount : order.total_amount, decimals, percent);
  return {
    order_id: order.id,
    payment_id: n === 0 ? (order.payment_id ?? 'none') : `${drawing.tag}-payment-${n}`,
    ...(amount === 'none' ? {} : { amount: amount === 'as asked' && asked !== undefined ? asked : part }),
    ...(currency === 'none' ? {} : { currency: currency === 'own' ? order.currency : 'EUR' }),
    ...(topic === 'payment.failed' ? { reason: 'declined' } : {}),
    ...(topic === 'payment.completed' && n > 1 ? { capture_id: `${drawing.tag}-capture-${percent}` } : {}),
    ...(isRefund && n === 0 && currency === 'none' ? { return_id: `${drawing.tag}-return-0` } : {}),
    ...(isRefund && n < 2 ? { refund_id: `${drawing.tag}-refund-${n}` } : {}),
  };
};

/** An order does not exist for as long as `long ago` is. */
const timeOf = (when: EventIntent['when'], field: string): Body => {
  if (when === 'unsaid') return {};
  return { [field]: new Date(Date.now() - (when === 'long ago' ? 31 * dayMs : 0)).toISOString() };
};

/** The news of a parcel that waits tells its time: when it arrived here is not to be seen from outside. */
const timeOfParcel = (mayWait: boolean, when: EventIntent['when'], field: string): Body =>
  timeOf(mayWait ? 'now' : when, field);

/** One parcel of two may name what is in it; of a delivery, its number. */
const parcelOf = (state: OrderState, { n, units, percent }: EventIntent): Partial<InboundData> => ({
  carrier: 'DHL',
  tracking_number: `T-${n % 2}`,
  ...(percent % 2n === 0n ? {} : { items: quantities(state, { ...units, unknownLine: false }) }),
});

const dataOf = (drawing: Drawing, state: OrderState, topic: OrderTopic, intent: EventIntent): InboundData => {
  const { id: order_id, status } = state.order;
  const { n, when, units, percent } = intent;
  switch (topic) {
    case 'payment.authorized':
    case 'payment.completed':
    case 'payment.failed':
    case 'payment.refunded':
      return payment(drawing, state, topic, intent);
    case 'fulfillment.started':
      return { order_id, fulfillment_id: `${drawing.tag}-fulfillment-${n}` };
    case 'shipping.shipped':
      return { order_id, ...parcelOf(state, intent), ...timeOfParcel(status === 'confirmed', when, 'shipped_at') };
    case 'shipping.delivered': {
      const mayWait = n !== 0 || status === 'confirmed' || status === 'processing';
      const which = n === 0 ? {} : { tracking_number: `T-${n % 2}` };
      return { order_id, ...which, ...timeOfParcel(mayWait, when, 'delivered_at') };
    }
    case 'return.requested':
    case 'return.completed':
      return {
        order_id,
        return_id: `${drawing.tag}-return-${n}`,
        items: quantities(state, units),
        ...(topic === 'return.completed' && percent > 50n ? { part_id: `part-${percent}` } : {}),
        ...(n === 0 ? {} : { reason: 'too small' }),
      };
  }
};

/** The email of an order that a guest made. */
export const emailOf = (tag: string): string => `${tag}@example.com`;

/** Seconds ago, so that events overtake each other. */
const happened = ({ n }: EventIntent): string => new Date(Date.now() - n * 1_000).toISOString();

const drawEvent = (drawing: Drawing, state: OrderState, intent: EventIntent): readonly News[] => {
  const topic = intent.topic === 'next' ? nextTopic(state) : intent.topic;
  const id = nextName(drawing, 'event');
  const news: News =
    topic === 'customer.created'
      ? {
          ...{ kind: 'event', topic, id },
          data: {
            customer_id: `${drawing.tag}-customer-${intent.n}`,
            email: intent.n === 1 ? emailOf(drawing.tag).toUpperCase() : emailOf(drawing.tag),
            email_verified: intent.amount !== 'none',
          },
        }
      : { kind: 'event', topic, id, data: dataOf(drawing, state, topic, intent), time: happened(intent) };
  return intent.twice ? [news, news] : [news];
};

const repeatCall = (drawing: Drawing, request: Request, how: RepeatIntent['how'], nth: number): Request => {
  const gateway = request.gateway === 'invocation' ? request.gateway : gateways[nth % gateways.length]!;
  if (how === 'again' || request.command.type === 'retry_refund') return { ...request, gateway };
  if (how === 'renamed' && request.command.type !== 'create')
    return { ...request, gateway, key: nextName(drawing, 'key'), ifMatch: undefined };
  const other = request.command.type === 'create' ? { notes: 'other' } : { reason: 'another' };
  const body = { ...request.body, ...other };
  const command = (
    request.command.type === 'create'
      ? { type: 'create', order: { ...request.command.order, ...other } }
      : { type: request.command.type, ...body }
  ) as Command;
  return { ...request, gateway, body, command };
};

const repeatEvent = (drawing: Drawing, news: News, how: RepeatIntent['how']): News => {
  if (how === 'again') return news;
  const renamed: News = { ...news, id: nextName(drawing, 'event') };
  if (how === 'renamed') return renamed;
  return renamed.topic === 'customer.created'
    ? { ...renamed, data: { ...renamed.data, customer_id: `${drawing.tag}-customer-other` } }
    : { ...renamed, data: { ...renamed.data, ...otherData(renamed.data) } };
};

/** Other facts about the same payment, refund, return or parcel. */
const otherData = ({ payment_id, items, fulfillment_id, carrier }: InboundData): Partial<InboundData> => {
  if (payment_id !== undefined) return { amount: undefined, currency: undefined };
  if (carrier !== undefined) return { carrier: 'UPS' };
  if (items !== undefined) return { items: items.map(({ item_id }) => ({ item_id, quantity: 1 })), reason: 'other' };
  if (fulfillment_id !== undefined) return { fulfillment_id: `${fulfillment_id}-other` };
  return { delivered_at: new Date().toISOString() };
};

const drawRepeat = (drawing: Drawing, { nth, how, gateway }: RepeatIntent): readonly Input[] => {
  // Mostly what was sent a moment ago.
  const before = drawing.sent.at(-1 - (nth % drawing.sent.length))!;
  return [before.kind === 'call' ? repeatCall(drawing, before, how, gateway) : repeatEvent(drawing, before, how)];
};

const drawOne = (drawing: Drawing, state: OrderState, intent: Intent): readonly Input[] => {
  switch (intent.kind) {
    case 'call':
      return drawCall(drawing, state, intent);
    case 'event':
      return drawEvent(drawing, state, intent);
    case 'repeat':
      return drawRepeat(drawing, intent);
  }
};

/** What a step sends, now that the order is in this state. Everything is sent at once. */
export const draw = (drawing: Drawing, state: OrderState, step: readonly Intent[]): readonly Input[] => {
  const inputs = step.flatMap((intent) => drawOne(drawing, state, intent));
  drawing.sent.push(...inputs);
  return inputs;
};

/** The requests that make an order: one, or two of the same at two gateways. */
export const drawCreation = (
  drawing: Drawing,
  order: NewOrder,
  { gateway: nth, twice }: { readonly gateway: number; readonly twice: boolean },
): readonly Request[] => {
  const { decimals: _decimals, items, ...rest } = order;
  const body: Body = {
    ...rest,
    // Listed payments say it themselves.
    payment_status: order.payments === undefined ? order.payment_status : undefined,
    items: items.map(({ id: _id, cancelled_quantity: _c, returned_quantity: _r, ...item }) => item),
  };
  const gateway = nth === 0 && !twice ? 'invocation' : gateways[nth % gateways.length]!;
  const caller: Caller = gateway === 'invocation' ? { type: 'service', id: 'checkout-service' } : service;
  const key = nextName(drawing, 'key');
  const request: Request = { kind: 'call', caller, gateway, key, body, command: { type: 'create', order } };
  const requests = twice ? [request, { ...request, gateway: beside(gateway) }] : [request];
  drawing.sent.push(...requests);
  return requests;
};
