import { isCovered } from './coverage.js';
import { type Entry, refundKey } from './entries.js';
import { addVoids } from './funds-changes.js';
import { addRequests } from './funds-refunds.js';
import { withRequests } from './evolve-grace.js';
import type { Deadline } from './order-parts.js';
import type { OrderState } from './order.js';
import { paymentFields } from './payment-status.js';
import { settledAtImport } from './refund.js';
import { beforeShipment } from './transitions.js';

/** The deadlines but one. */
export const withoutDeadline = (deadlines: readonly Deadline[], what: Deadline['what']): readonly Deadline[] =>
  deadlines.filter((deadline) => deadline.what !== what);

const holdsAfter = ({ holds, order }: OrderState, at: string, entry: Entry): OrderState['holds'] => {
  // A parcel that has left cannot be held, nor can what was cancelled.
  if (!beforeShipment(order.status)) return {};
  if (entry.type === 'order.held') {
    const { hold, until } = entry.data;
    return { ...holds, [hold]: { ...entry.personal, at, until } };
  }
  return entry.type === 'order.released' ? { ...holds, [entry.data.hold]: undefined } : holds;
};

const fulfilmentAfter = ({ fulfilment }: OrderState, { type, data }: Entry): OrderState['fulfilment'] => {
  const began = type === 'order.status_changed' && data.fulfillment_id !== undefined;
  return {
    asked: fulfilment.asked || data.start_fulfilment === true,
    started: fulfilment.started || began,
  };
};

const withDeadline = (
  deadlines: readonly Deadline[],
  what: Deadline['what'],
  at: string | null | undefined,
): readonly Deadline[] => [...withoutDeadline(deadlines, what), ...(typeof at === 'string' ? [{ what, at }] : [])];

const deadlinesAfter = (
  deadlines: readonly Deadline[],
  due: string | null | undefined,
  { holds, grace }: Pick<OrderState, 'holds' | 'grace'>,
): readonly Deadline[] => {
  const paying = due === undefined ? deadlines : withDeadline(deadlines, 'payment', due);
  return withDeadline(withDeadline(paying, 'hold', holds.person?.until), 'grace', grace?.ends_at);
};

/** What follows from an entry beside its own change: what it asks of others, and all that is derived. */
export const settled = (state: OrderState, at: string, entry: Entry): OrderState => {
  const { order } = state;
  const { refunds_requested = [], voids_requested = [], payment_due_at } = entry.data;
  const keyOf = (n: number): string => refundKey(order.id, order.version, n);
  const keys = refunds_requested.map((_, n) => keyOf(n));
  const grace = withRequests(state.grace, state, keys, voids_requested);
  const funds = addVoids(addRequests(state, refunds_requested, keyOf), voids_requested);
  const holds = holdsAfter(state, at, entry);
  const next: OrderState = { ...state, ...funds, grace, holds, fulfilment: fulfilmentAfter(state, entry) };
  return {
    ...next,
    order: {
      ...order,
      ...paymentFields(next),
      hold: holds.person ?? holds.payment,
      deadlines: deadlinesAfter(order.deadlines, payment_due_at, next),
    },
    everCovered: next.everCovered || isCovered(next),
    ...(entry.data.imported === true ? { settledBefore: settledAtImport(next) } : {}),
  };
};
