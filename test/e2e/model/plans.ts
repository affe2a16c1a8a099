import fc from 'fast-check';
import type { NewOrder } from '../../../actors/rules/commands.js';
import { type OrderTopic, orderTopics } from '../../../actors/rules/order.js';
import { type Status, statuses } from '../../../actors/rules/transitions.js';
import type { NewPayment } from '../../../actors/rules/creation-entries.js';
import { arbitraryOrder, written } from '../../support/arbitrary-orders.js';
import { minor } from '../../support/given.js';

/** How much of a line: one unit, half of what is left, all of it, one more than that. */
export type Share = 'one' | 'half' | 'all' | 'more';

/** Units of lines, as wanted before it is known what is left of them. */
export interface Units {
  readonly shares: readonly (Share | 'none')[];
  /** A line that no order has goes along. */
  readonly unknownLine: boolean;
}

/** What a client wants of its order. */
export type Wish =
  | { readonly type: 'change_status'; readonly to: Status | 'next' }
  | { readonly type: 'cancel' }
  | { readonly type: 'cancel_items'; readonly units: Units }
  | {
      readonly type: 'update';
      readonly what: 'shipping_address' | 'billing_address' | 'notes' | 'metadata' | 'nothing';
      readonly n: number;
    }
  | { readonly type: 'retry_refund'; readonly nth: number };

/** A call of a client. Numbers choose among what there is when its time has come. */
export interface CallIntent {
  readonly kind: 'call';
  readonly wish: Wish;
  readonly by: 'staff' | 'service' | 'owner' | 'stranger';
  readonly gateway: number;
  readonly keyed: boolean;
  readonly ifMatch: 'none' | 'now' | 'old';
  /** The same request once more at the same moment, at another gateway. */
  readonly twice: boolean;
}

/** News of another service. */
export interface EventIntent {
  readonly kind: 'event';
  /** `next`: whatever moves the order on. */
  readonly topic: OrderTopic | 'customer.created' | 'next';
  /** Which payment, refund, return or customer. */
  readonly n: number;
  /** Of the total, or of what was captured. */
  readonly percent: bigint;
  readonly amount: 'given' | 'as asked' | 'none';
  readonly currency: 'own' | 'none' | 'other';
  readonly when: 'now' | 'unsaid' | 'long ago';
  readonly units: Units;
  /** The same event twice at the same moment. */
  readonly twice: boolean;
}

/**
 * Something that was sent before: `again` just the same, `renamed` under another key or event id, `other` with other
 * content: of a call under the same key; of an event about the same payment, refund, return or parcel.
 */
export interface RepeatIntent {
  readonly kind: 'repeat';
  readonly nth: number;
  readonly how: 'again' | 'other' | 'renamed';
  readonly gateway: number;
}

export type Intent = CallIntent | EventIntent | RepeatIntent;

/** An order and what happens to it, step by step; what is in one step happens at once. */
export interface Plan {
  readonly order: NewOrder;
  readonly guest: boolean;
  readonly gateway: number;
  /** Made by two requests at the same moment. */
  readonly twice: boolean;
  readonly steps: readonly (readonly Intent[])[];
}

const nth = fc.nat(9);
const often = <T>(usual: T, weight: number, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

const units: fc.Arbitrary<Units> = fc.record({
  shares: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('none' as const, 'one' as const) },
      { weight: 3, arbitrary: fc.constantFrom('half' as const, 'all' as const) },
      { weight: 1, arbitrary: fc.constant('more' as const) },
    ),
    { minLength: 4, maxLength: 4 },
  ),
  unknownLine: often(false, 15, true),
});

const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('cancel_items' as const), units }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('change_status' as const), to: fc.constantFrom(...statuses) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('update' as const),
      what: fc.constantFrom('shipping_address', 'billing_address', 'notes', 'metadata', 'nothing'),
      n: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'cancel' as const }) },
);

const call: fc.Arbitrary<CallIntent> = fc.record({
  kind: fc.constant('call' as const),
  wish,
  by: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('staff', 'staff', 'owner') },
    { weight: 2, arbitrary: fc.constantFrom('service', 'stranger') },
  ),
  gateway: nth,
  keyed: often(true, 2, false),
  ifMatch: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('none', 'none', 'now') },
    { weight: 1, arbitrary: fc.constant('old' as const) },
  ),
  twice: often(false, 5, true),
});

const topics = [...orderTopics, 'customer.created'] as const;

const event: fc.Arbitrary<EventIntent> = fc.record({
  kind: fc.constant('event' as const),
  topic: fc.oneof(
    { weight: 1, arbitrary: fc.constant('next' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...topics) },
  ),
  n: fc.nat(2),
  percent: fc.constantFrom(1n, 30n, 50n, 100n, 100n, 101n),
  amount: often('given' as const, 3, 'as asked', 'none'),
  currency: often('own' as const, 8, 'none', 'other'),
  when: often('now' as const, 3, 'unsaid', 'long ago'),
  units,
  twice: often(false, 5, true),
});

const repeat: fc.Arbitrary<RepeatIntent> = fc.record({
  kind: fc.constant('repeat' as const),
  nth,
  how: fc.constantFrom('again', 'again', 'other', 'renamed'),
  gateway: nth,
});

/** Staff asks again for the nth refund of an order. */
export const retryOf = (which: number, gateway = 0): Intent => ({
  ...{ kind: 'call', wish: { type: 'retry_refund', nth: which }, by: 'staff', gateway },
  ...{ keyed: false, ifMatch: 'none', twice: false },
});

const retry = fc.record({ nth, gateway: nth }).map(({ nth: which, gateway }) => retryOf(which, gateway));

const intentWith = (calls: number, events: number): fc.Arbitrary<Intent> =>
  fc.oneof({ weight: calls, arbitrary: call }, { weight: events, arbitrary: event }, { weight: 2, arbitrary: repeat });

const single = fc
  .record({
    payment_status: fc.constantFrom('completed', 'completed', 'pending', 'authorized'),
    payment_method: fc.constantFrom('card', 'card', 'cod'),
  })
  .chain((payment) => arbitraryOrder(payment));

/** How much of the total a payment is to cover, and how far it is. */
interface Part {
  readonly percent: bigint;
  readonly status: NewPayment['status'];
  readonly method: string;
}

const part: fc.Arbitrary<Part> = fc.record({
  percent: fc.constantFrom(20n, 40n, 60n),
  status: fc.constantFrom('completed', 'completed', 'authorized', 'pending'),
  method: fc.constantFrom('card', 'gift_card', 'cod'),
});

/** Payments of at most the total; without one that would be of nothing. */
const paymentsOf = (order: NewOrder, parts: readonly Part[]): NewOrder['payments'] => {
  const due = minor(order.total_amount, order.decimals);
  let left = due;
  const payments = parts.flatMap(({ percent, status, method }, n) => {
    const value = (due * percent) / 100n;
    if (value === 0n || value > left) return [];
    left -= value;
    return [{ payment_id: `payment-${n + 1}`, status, method, amount: written(value, order.decimals) }];
  });
  return payments.length === 0 ? undefined : payments;
};

/** An order that lists its payments. */
const listing = fc
  .record({
    order: arbitraryOrder({ payment_status: 'pending' }),
    parts: fc.array(part, { minLength: 1, maxLength: 3 }),
  })
  .map(({ order: { payment_id, payment_method, ...rest }, parts }): NewOrder => {
    const payments = paymentsOf(rest, parts);
    return payments === undefined ? { ...rest, payment_id, payment_method } : { ...rest, payments };
  });

const order = fc.oneof({ weight: 2, arbitrary: single }, { weight: 1, arbitrary: listing });

/** @param refusing the payment service says no to every refund: more is cancelled then, and staff asks again now and then */
export const arbitraryPlan = (refusing: boolean): fc.Arbitrary<Plan> => {
  const intent = refusing ? intentWith(8, 3) : intentWith(5, 6);
  const step = fc.oneof(
    { weight: 3, arbitrary: intent.map((one) => [one]) },
    { weight: 2, arbitrary: fc.array(intent, { minLength: 2, maxLength: 4, size: 'max' }) },
    ...(refusing ? [{ weight: 1, arbitrary: retry.map((one) => [one]) }] : []),
  );
  return fc.record({
    order,
    guest: often(false, 2, true),
    gateway: nth,
    twice: often(false, 3, true),
    steps: fc.array(step, { minLength: 3, maxLength: 14, size: 'max' }),
  });
};
