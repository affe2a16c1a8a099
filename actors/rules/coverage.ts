import type { Context } from './commands.js';
import type { Consequences } from './entry-parts.js';
import type { Entry } from './entries.js';
import type { Held, Released } from './action-entries.js';
import { capturedIn, refundedIn, stillAuthorizedIn } from './funds.js';
import { type Amount, notBelowZero, zero } from './money.js';
import type { OrderState } from './order.js';
import { toPay } from './refund.js';
import { beforeShipment } from './transitions.js';

/*
 * The coverage rule: nothing ships before it is paid for. After every change of an order that has not been shipped, what
 * was captured and what is still authorized is compared with the value of what remains. A covered order starts its
 * fulfilment; one that is not gets a deadline, and fulfilment that was asked to start is put on hold until it is.
 */

const hourMs = 3_600_000;

/** What counts as paid: captured and still authorized, less refunds where those mean that the money is gone. */
const paid = (state: OrderState): Amount => {
  const [captured, refunded] = [capturedIn(state), refundedIn(state)];
  // Once covered, a refund of a part is goodwill; a refund of everything is not.
  const gone = state.everCovered && refunded.lt(captured) ? zero : refunded;
  return captured.minus(gone).plus(stillAuthorizedIn(state));
};

/** What is missing for an order to be covered; nothing for cash on delivery. */
export const uncovered = (state: OrderState): Amount =>
  state.order.payment_method === 'cod' ? zero : notBelowZero(toPay(state).minus(paid(state)));

/** Whether an order may be fulfilled as far as money is concerned. */
export const isCovered = (state: OrderState): boolean => uncovered(state).isZero();

/** What the coverage rule makes of an order: more for its last entry, and an entry of its own where a hold begins or ends. */
export interface Coverage {
  readonly consequences: Consequences;
  readonly entry?: Held | Released | undefined;
}

const nothing: Coverage = { consequences: {} };

/** The author of payment holds. */
export const paymentHolder = { type: 'system', id: 'coverage' } as const;

/** The coverage rule for an order as a change leaves it. */
export const coverageOf = (state: OrderState, { now, policy }: Pick<Context, 'now' | 'policy'>): Coverage => {
  const { order, holds, fulfilment } = state;
  if (!beforeShipment(order.status)) return nothing;
  const due = order.deadlines.some(({ what }) => what === 'payment');
  if (isCovered(state)) {
    const start = !fulfilment.asked && !fulfilment.started && holds.person === undefined;
    return {
      consequences: { ...(due ? { payment_due_at: null } : {}), ...(start ? { start_fulfilment: true } : {}) },
      entry: holds.payment === undefined ? undefined : { type: 'order.released', data: { hold: 'payment' } },
    };
  }
  const at = new Date(Date.parse(now) + policy.autoCancelHours * hourMs).toISOString();
  const hold = fulfilment.asked && holds.payment === undefined;
  return {
    consequences: due ? {} : { payment_due_at: at },
    entry: hold
      ? { type: 'order.held', data: { hold: 'payment' }, personal: { reason: 'not paid for', by: paymentHolder } }
      : undefined,
  };
};

/** The same entries, the last of them with more consequences. */
export const withConsequences = (entries: readonly Entry[], more: Consequences): readonly Entry[] => {
  const last = entries.at(-1);
  if (last === undefined || Object.keys(more).length === 0) return entries;
  return [...entries.slice(0, -1), { ...last, data: { ...last.data, ...more } } as Entry];
};
