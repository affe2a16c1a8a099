import type { Context, OrderCommand } from './commands.js';
import { type Accepted, accept, type Decision } from './decision.js';
import { decideLinkCustomer, decideUpdate } from './edit.js';
import type { Entry } from './entries.js';
import { evolveAll } from './evolve.js';
import { decideEvent, reconsider } from './inbound.js';
import { decideCancelItems } from './items.js';
import { decideCancel, decideChangeStatus, decideDeadline } from './lifecycle.js';
import { format } from './money.js';
import type { OrderState } from './order.js';
import { decideRetryRefund, decideSettleRefund } from './payments.js';
import { owed } from './refund.js';

/** A command for an order that exists. */
export type ChangeCommand = Exclude<OrderCommand, { type: 'create' }>;

const decideAlone = (state: OrderState, command: ChangeCommand, context: Context): Decision => {
  switch (command.type) {
    case 'change_status':
      return decideChangeStatus(state, command, context);
    case 'cancel':
      return decideCancel(state, command.reason);
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
    case 'reconsider':
      return accept();
    default: {
      const unknown: never = command;
      throw new Error(`unknown command ${(unknown as { readonly type: string }).type}`);
    }
  }
};

const isRefusedRefund = (entry: Entry | undefined): boolean =>
  entry?.type === 'order.payment_updated' && entry.data.change === 'refund_refused';

/** The one refund rule, after every change: what is owed above zero is requested, once (SPEC section 2). */
const withRefund = (state: OrderState, entries: readonly Entry[], now: string): readonly Entry[] => {
  const last = entries.at(-1);
  // A refused refund is owed again, and shown to staff: asking again at once would go round for ever.
  if (last === undefined || isRefusedRefund(last)) return entries;
  const due = owed(evolveAll(state, entries, now));
  if (due.isZero()) return entries;
  const data = { ...last.data, refund_requested: format(due, state.decimals) };
  return [...entries.slice(0, -1), { ...last, data } as Entry];
};

/** What a command means for an order: its entries, with the events that waited for them and the refund they make due. */
export const decide = (state: OrderState, command: ChangeCommand, context: Context): Decision => {
  const decision = decideAlone(state, command, context);
  if (decision.outcome !== 'accepted') return decision;
  const changed = evolveAll(state, decision.entries, context.now);
  const follow =
    decision.entries.length > 0 || command.type === 'reconsider' ? reconsider(changed, context) : undefined;
  const entries = withRefund(state, [...decision.entries, ...(follow?.entries ?? [])], context.now);
  return { ...decision, entries, released: follow?.released ?? [], givenUp: follow?.givenUp ?? [] } satisfies Accepted;
};
