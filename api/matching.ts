import type { z } from 'zod';
import type { Order } from '../actors/rules/order.js';
import { wordsOfOrder, wordsOfQuery } from '../search/words.js';
import type { watchOrdersQuery } from './schemas/requests.js';

/** The filters of ListOrders, without its pages. */
export type OrderFilter = z.output<typeof watchOrdersQuery>;

/** An order that filters are held against; its words are found when a filter first asks for them. */
export interface Candidate {
  readonly order: Order;
  /** Sorted. */
  readonly words: () => readonly string[];
}

/** Whether an order matches. */
export type Matcher = (candidate: Candidate) => boolean;

type Matchers = { readonly [K in keyof Required<OrderFilter>]: (value: NonNullable<OrderFilter[K]>) => Matcher };

/** As the list has it: only orders that have left are found by their parcels. */
const notLeft: ReadonlySet<string> = new Set(['confirmed', 'processing', 'cancelled']);

/** The place of the first word that is not before this text. */
const placeOf = (words: readonly string[], text: string): number => {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The words that an order must have, and the beginning that one of its words must have. */
export const partsOfQuery = (q: string): { readonly whole: readonly string[]; readonly beginning: string } => {
  const whole = [...wordsOfQuery(q)];
  const beginning = whole.pop() ?? '';
  return { whole, beginning };
};

/** Each filter as ListOrders has it (persistence/list-statement.ts), for an order in hand. */
const matchers: Matchers = {
  customer_id: (value) => (candidate) => candidate.order.customer_id === value,
  status: (values) => {
    const wanted: ReadonlySet<string> = new Set(values);
    return ({ order }) => wanted.has(order.status);
  },
  payment_status: (value) => (candidate) => candidate.order.payment_status === value,
  created_after: (value) => {
    const moment = Date.parse(value);
    return ({ order }) => Date.parse(order.created_at) > moment;
  },
  created_before: (value) => {
    const moment = Date.parse(value);
    return ({ order }) => Date.parse(order.created_at) < moment;
  },
  updated_after: (value) => {
    const moment = Date.parse(value);
    return ({ order }) => Date.parse(order.updated_at) > moment;
  },
  order_number: (value) => (candidate) => candidate.order.order_number.startsWith(value),
  guest_email: (value) => {
    const email = value.toLowerCase();
    return ({ order }) => order.guest_email?.toLowerCase() === email;
  },
  payment_id:
    (value) =>
    ({ order }) =>
      order.payments.some(({ payment_id }) => payment_id === value),
  tracking_number:
    (value) =>
    ({ order }) =>
      !notLeft.has(order.status) && order.shipments.some(({ tracking_number }) => tracking_number === value),
  product_sku:
    (value) =>
    ({ order }) =>
      order.items.some(({ product_sku }) => product_sku === value),
  warehouse_id:
    (value) =>
    ({ order }) =>
      order.items.some(({ warehouse_id }) => warehouse_id === value),
  held: (value) => (candidate) => (candidate.order.hold !== undefined) === value,
  deadline_before: (value) => {
    const moment = Date.parse(value);
    return ({ order }) => order.deadlines.some(({ at }) => Date.parse(at) < moment);
  },
  q: (value) => {
    const { whole, beginning } = partsOfQuery(value);
    return ({ words }) => {
      const all = words();
      return (
        all[placeOf(all, beginning)]?.startsWith(beginning) === true &&
        whole.every((word) => all[placeOf(all, word)] === word)
      );
    };
  },
};

const matcher = <K extends keyof OrderFilter>(name: K, value: NonNullable<OrderFilter[K]>): Matcher =>
  matchers[name](value);

/** Tells whether all filters hold. */
export const matcherOf = (filter: OrderFilter): Matcher => {
  const all = (Object.keys(matchers) as (keyof OrderFilter)[]).flatMap((name) => {
    const value = filter[name] ?? undefined;
    return value === undefined ? [] : [matcher(name, value)];
  });
  return (candidate) => all.every((holds) => holds(candidate));
};

/** An order for filters to look at. */
export const candidateOf = (order: Order): Candidate => {
  let words: readonly string[] | undefined;
  return { order, words: () => (words ??= wordsOfOrder(order).toSorted()) };
};

/** Whether a change concerns a watch with this filter: the order matches before it or after it. */
export const concerns = (
  matches: Matcher,
  { before, after }: { readonly before: Candidate | undefined; readonly after: Candidate },
): boolean => matches(after) || (before !== undefined && matches(before));
