import type { NewOrder } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import type { InboundData, OrderState, OrderTopic } from '../../../actors/rules/order.js';
import { hoursLater, minor } from '../../support/given.js';
import { written } from '../../support/arbitrary-orders.js';
import { event } from '../../support/sample-orders.js';

type TakeEvent = Extract<ChangeCommand, { type: 'take_event' }>;

interface Account {
  readonly id: string;
  /** Tells its captures with ids; else it captures once. */
  readonly withIds: boolean;
  authorized: bigint;
  captured: bigint;
  refunded: bigint;
  captures: number;
}

/** The payment service of a story, with true books. Amounts in the smallest unit. */
export interface PaymentWorld {
  authorize(n: number, percent: bigint): undefined;
  capture(n: number, percent: bigint): undefined;
  fail(n: number): undefined;
  /** Somebody refunds at the payment service; `back`: for goods that came back. */
  refundByHand(n: number, percent: bigint, back: boolean): undefined;
  /** The next event that the order has not heard of. */
  next(): TakeEvent | undefined;
  /** The n-th of all events so far, again or too early, under its own id. */
  event(n: number): TakeEvent | undefined;
  /** Pays the n-th open request, or says again what was said. Refuses what the payment does not hold. */
  answer(state: OrderState, n: number): ChangeCommand | undefined;
  refuse(state: OrderState, n: number): ChangeCommand | undefined;
  /** Pays the n-th open request, whose answer comes so late that it was given up before. */
  giveUp(state: OrderState, n: number): ChangeCommand | undefined;
  captured(): bigint;
  refunded(): bigint;
  /** Refunded, and given up by the order since it could not tell of whom. */
  untold(state: OrderState): bigint;
  /** Keys of the requests that asked a payment for more than it holds. */
  readonly overdrawn: string[];
  isQuiet(state: OrderState): boolean;
}

/** Every third payment tells its captures without ids. */
const withIds = (n: number): boolean => n % 3 !== 1;

/** What an event leaves out, by the number of its kind: 1 its amount, 2 ids of its capture or refund, 3 both. */
const left = (vague: number, data: Omit<InboundData, 'order_id'>): Omit<InboundData, 'order_id'> => ({
  ...data,
  ...((vague & 1) === 1 ? { amount: undefined } : {}),
  ...((vague & 2) === 2 ? { capture_id: undefined, refund_id: undefined } : {}),
});

/**
 * The books as creation leaves them. Money under no name is of `payment-3`.
 *
 * @param vague what the events leave out, in turn: see `left`
 */
export const createPaymentWorld = (order: NewOrder, vague: readonly number[] = [0]): PaymentWorld => {
  const { decimals } = order;
  const total = minor(order.total_amount, decimals);
  const text = (value: bigint): string => written(value, decimals);
  const accounts = Array.from({ length: 4 }, (_, n): Account => ({
    id: `payment-${n}`,
    ...{ withIds: withIds(n), authorized: 0n, captured: 0n, refunded: 0n, captures: 0 },
  }));
  const events: TakeEvent[] = [];
  const paid = new Map<string, string>();
  const byHand = new Map<string, bigint>();
  const overdrawn: string[] = [];
  let heardUpTo = 0;
  let clock = 0;

  const account = (n: number): Account => accounts[n % accounts.length]!;
  const of = (id: string | undefined): Account | undefined => accounts.find((one) => one.id === id);
  const publish = (topic: OrderTopic, data: Omit<InboundData, 'order_id'>): undefined => {
    clock += 1;
    const told = left(vague[events.length % vague.length]!, data);
    events.push({ ...event(topic, told), time: hoursLater(-1000 + clock / 100) });
    return undefined;
  };

  const charge = (one: Account, value: bigint): void => {
    one.captured += value;
    one.captures += 1;
    const capture_id = one.withIds ? `${one.id}-capture-${one.captures}` : undefined;
    if (value > 0n) publish('payment.completed', { payment_id: one.id, amount: text(value), capture_id });
  };

  const opening = (): void => {
    for (const payment of order.payments ?? []) {
      const one = of(payment.payment_id)!;
      const value = minor(payment.amount, decimals);
      if (payment.status === 'authorized') one.authorized = value;
      if (payment.status === 'completed') charge(one, value);
    }
    if (order.payments !== undefined) return;
    const one = of(order.payment_id ?? 'payment-3')!;
    if (order.payment_status === 'authorized') one.authorized = total;
    if (order.payment_status === 'completed') charge(one, total);
  };
  opening();

  const pay = (one: Account, key: string, value: bigint): string => {
    one.refunded += value;
    const refund_id = `refund of ${key}`;
    paid.set(key, refund_id);
    publish('payment.refunded', { payment_id: one.id, amount: text(value), refund_id });
    return refund_id;
  };

  return {
    authorize: (n, percent) => {
      const one = account(n);
      const value = (total * percent) / 100n;
      if (value <= one.captured || value === one.authorized) return undefined;
      one.authorized = value;
      publish('payment.authorized', { payment_id: one.id, amount: text(value) });
    },
    capture: (n, percent) => {
      const one = account(n);
      const value = (total * percent) / 100n;
      if (value === 0n || (!one.withIds && one.captures > 0)) return undefined;
      charge(one, value);
      return undefined;
    },
    fail: (n) => {
      const one = account(n);
      one.authorized = 0n;
      publish('payment.failed', { payment_id: one.id, reason: 'declined' });
    },
    refundByHand: (n, percent, back) => {
      const one = account(n);
      const value = ((one.captured - one.refunded) * percent) / 100n;
      if (value <= 0n || value > one.captured - one.refunded) return undefined;
      one.refunded += value;
      const refund_id = `by hand ${events.length}`;
      byHand.set(refund_id, value);
      const return_id = back ? `return ${events.length}` : undefined;
      publish('payment.refunded', { payment_id: one.id, amount: text(value), refund_id, return_id });
    },
    next: () => {
      const found = events[heardUpTo];
      if (found !== undefined) heardUpTo += 1;
      return found;
    },
    event: (n) => events[n % Math.max(1, events.length)],
    answer: (state, n) => {
      const open = state.refunds.filter(({ state: now, key }) => now === 'requested' || paid.has(key));
      const request = open[n % Math.max(1, open.length)];
      if (request === undefined) return undefined;
      const { key, amount, payment_id } = request;
      const known = paid.get(key);
      const value = minor(amount, decimals);
      const from = of(payment_id) ?? accounts.find((one) => one.captured - one.refunded >= value);
      if (known !== undefined) return { type: 'settle_refund', key, outcome: 'refunded', refund_id: known };
      if (from === undefined || from.captured - from.refunded < value) {
        overdrawn.push(key);
        return { type: 'settle_refund', key, outcome: 'refused', reason: 'refund_exceeds_payment' };
      }
      const refund_id = pay(from, key, value);
      return { type: 'settle_refund', key, outcome: 'refunded', refund_id, payment_id: from.id };
    },
    refuse: (state, n) => {
      const open = state.refunds.filter(({ state: now, key }) => now === 'requested' && !paid.has(key));
      const key = open[n % Math.max(1, open.length)]?.key;
      return key === undefined ? undefined : { type: 'settle_refund', key, outcome: 'refused', reason: 'declined' };
    },
    giveUp: (state, n) => {
      const open = state.refunds.filter(({ state: now, key }) => now === 'requested' && !paid.has(key));
      const request = open[n % Math.max(1, open.length)];
      if (request === undefined) return undefined;
      const { key, amount, payment_id } = request;
      const value = minor(amount, decimals);
      const from = of(payment_id) ?? accounts.find((one) => one.captured - one.refunded >= value);
      if (from !== undefined && from.captured - from.refunded >= value) pay(from, key, value);
      return { type: 'settle_refund', key, outcome: 'refused', reason: 'given up' };
    },
    captured: () => accounts.reduce((sum, one) => sum + one.captured, 0n),
    refunded: () => accounts.reduce((sum, one) => sum + one.refunded, 0n),
    untold: (state) =>
      [...byHand].reduce((sum, [id, value]) => sum + (state.seenRefunds.includes(id) ? 0n : value), 0n),
    overdrawn,
    isQuiet: (state) => heardUpTo === events.length && !state.refunds.some(({ state: now }) => now === 'requested'),
  };
};
