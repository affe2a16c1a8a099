import type { Context, OrderCommand } from './commands.js';
import { type Accepted, accept, type Decision, type Rejected } from './decision.js';
import { decideLinkCustomer, decideUpdate } from './edit.js';
import { coverageOf, withConsequences } from './coverage.js';
import type { Consequences } from './entry-parts.js';
import type { Entry } from './entries.js';
import { capturedIn, refundedIn, requestedIn, stillAuthorized, takeFrom } from './funds.js';
import { decideErase } from './erase.js';
import { evolve } from './evolve.js';
import { decideRestore } from './grace.js';
import { decideHold, decideRelease } from './hold.js';
import { decideEvent, reconsider } from './inbound.js';
import { decideCancelItems } from './items.js';
import { decideCancel, decideChangeStatus, decideDeadline } from './lifecycle.js';
import { format } from './money.js';
import type { OrderState } from './order.js';
import { owed } from './refund.js';
import { decideRetryRefund, decideSettleRefund } from './refund-requests.js';

/** A command for an order that exists. */
export type ChangeCommand = Exclude<OrderCommand, { type: 'create' }>;

/**
 * What a command means by itself, before the events that wait and the rules about money have their say: those add to what
 * is accepted, and never refuse.
 */
export const judge = (state: OrderState, command: ChangeCommand, context: Context): Decision => {
  switch (command.type) {
    case 'change_status':
      return decideChangeStatus(state, command, context);
    case 'cancel':
      return decideCancel(state, command.reason, context);
    case 'hold':
      return decideHold(state, command, context);
    case 'release':
      return decideRelease(state, command);
    case 'restore':
      return decideRestore(state, command, context);
    case 'cancel_items':
      return decideCancelItems(state, command, context);
    case 'update':
      return decideUpdate(state, command, context);
    case 'take_event':
      return decideEvent(state, command, context);
    case 'settle_refund':
      return decideSettleRefund(state, command);
    case 'retry_refund':
      return decideRetryRefund(state, command);
    case 'link_customer':
      return decideLinkCustomer(state, command);
    case 'meet_deadline':
      return decideDeadline(state, command, context);
    case 'erase':
      return decideErase(state, command.reason);
    case 'reconsider':
      return accept();
    default: {
      const unknown: never = command;
      throw new Error(`unknown command ${(unknown as { readonly type: string }).type}`);
    }
  }
};

const isRefusal = (entry: Entry): boolean =>
  entry.type === 'order.payment_updated' && entry.data.change === 'refund_refused';

const amountsChanged = (before: OrderState, after: OrderState, entries: readonly Entry[]): boolean =>
  !capturedIn(before).eq(capturedIn(after)) ||
  !refundedIn(before).eq(refundedIn(after)) ||
  (!requestedIn(before).eq(requestedIn(after)) && !entries.every(isRefusal)) ||
  before.order.items.some((item, index) => item.cancelled_quantity !== after.order.items[index]?.cancelled_quantity);

/**
 * The refund rule, after every change: what is owed is requested, once, of the payments that hold it. A refused refund is
 * owed again, and shown to staff: without a change of amounts, asking again would go round for ever.
 */
const refundsOf = (before: OrderState, after: OrderState, entries: readonly Entry[]): Consequences => {
  const due = owed(after);
  if (due.isZero() || !amountsChanged(before, after, entries)) return {};
  const refunds_requested = takeFrom(after, due).map(({ payment_id, amount: value }) => ({
    payment_id,
    amount: format(value, after.decimals),
  }));
  return { refund_requested: format(due, after.decimals), refunds_requested };
};

/** Whatever a cancelled order still has authorized is given up, also when the news comes later. */
const voidsOf = (after: OrderState): Consequences => {
  if (after.order.status !== 'cancelled') return {};
  const open = [
    ...after.payments.map((payment) => ({ payment_id: payment.payment_id, amount: stillAuthorized(payment) })),
    { payment_id: undefined, amount: after.unnamed.authorized },
  ].filter(({ amount: value }) => !value.isZero());
  if (open.length === 0) return {};
  return { voids_requested: open.map((one) => ({ ...one, amount: format(one.amount, after.decimals) })) };
};

/** Entries, and the state after each of them. */
interface Folded {
  readonly entries: readonly Entry[];
  readonly after: readonly OrderState[];
}

/** Folds further entries, each once. */
const followedBy = (
  state: OrderState,
  { entries, after }: Folded,
  more: readonly Entry[],
  context: Context,
): Folded => {
  let current = after.at(-1) ?? state;
  const next = more.map((entry) => {
    const { id: order_id, version } = current.order;
    current = evolve(current, { order_id, version: version + 1, at: context.now, by: context.caller.type, entry });
    return current;
  });
  return { entries: [...entries, ...more], after: [...after, ...next] };
};

/** Adds consequences to the last entry, which alone is folded again. */
const andThen = (state: OrderState, folded: Folded, consequences: Consequences, context: Context): Folded => {
  const entries = withConsequences(folded.entries, consequences);
  if (entries === folded.entries) return folded;
  const before = { entries: entries.slice(0, -1), after: folded.after.slice(0, -1) };
  return followedBy(state, before, entries.slice(-1), context);
};

/** Entries about payments state how the order is paid after them. */
const withPaymentFields = ({ entries, after }: Folded): readonly Entry[] =>
  entries.map((entry, index) => {
    const order = after[index]?.order;
    if (entry.type !== 'order.payment_updated' || order === undefined) return entry;
    const { captured_amount, refunded_amount, payment_status, payments } = order;
    return { ...entry, data: { ...entry.data, captured_amount, refunded_amount, payment_status, payments } };
  });

/** What the rules make of a change: refunds, voids, then coverage. */
const withRules = (state: OrderState, changed: Folded, context: Context): Folded => {
  const after = changed.after.at(-1);
  if (after === undefined) return changed;
  const consequences = { ...refundsOf(state, after, changed.entries), ...voidsOf(after) };
  const settled = andThen(state, changed, consequences, context);
  const coverage = coverageOf(settled.after.at(-1) ?? after, context);
  const covered = andThen(state, settled, coverage.consequences, context);
  const { entry } = coverage;
  const all = entry === undefined ? covered : followedBy(state, covered, [entry], context);
  return { entries: withPaymentFields(all), after: all.after };
};

/** An accepted command, with the state of the order after each of its entries. */
export interface Decided extends Accepted, Folded {}

/** What a command means for an order: its entries, with the events that waited for them and what the rules make of it. */
export const decide = (state: OrderState, command: ChangeCommand, context: Context): Decided | Rejected => {
  const decision = judge(state, command, context);
  if (decision.outcome !== 'accepted') return decision;
  const changed = followedBy(state, { entries: [], after: [] }, decision.entries, context);
  const follow =
    decision.entries.length > 0 || command.type === 'reconsider'
      ? reconsider(changed.after.at(-1) ?? state, context)
      : undefined;
  const all = withRules(state, followedBy(state, changed, follow?.entries ?? [], context), context);
  return { ...decision, ...all, released: follow?.released ?? [], givenUp: follow?.givenUp ?? [] };
};
