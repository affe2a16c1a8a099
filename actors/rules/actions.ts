import type { Context } from './commands.js';
import { type ChangeCommand, decide, judge } from './decide.js';
import type { Decision } from './decision.js';
import { openUnits } from './lifecycle.js';
import type { Deadline } from './order-parts.js';
import type { OrderState } from './order.js';
import type { Refusal } from './refusal.js';
import { type Status, statuses } from './transitions.js';

/*
 * What can be done with an order: each action is tried by the very rules that decide on commands, on one example of a
 * valid command. Nothing here says when an action is allowed.
 */

/** The actions that are listed, in this order. */
export const actionNames = [
  'change_status',
  'cancel',
  'cancel_items',
  'update_addresses',
  'update_notes',
  'hold',
  'release',
  'restore',
] as const;
export type ActionName = (typeof actionNames)[number];

/** How much of one line can be cancelled. */
export interface Cancellable {
  readonly item_id: string;
  readonly max_quantity: number;
}

/** Whether an action would be accepted now. */
export interface Action {
  readonly action: ActionName;
  /** The target, for `change_status`. */
  readonly to?: Status | undefined;
  /** Why not; absent where it would be accepted. */
  readonly refusal?: Refusal | undefined;
  /** When that changes by itself, as far as the order's deadlines are known. */
  readonly until?: string | undefined;
  /** Every line, for `cancel_items`. */
  readonly items?: readonly Cancellable[] | undefined;
}

type Probe = Pick<Action, 'action' | 'to'> & { readonly command: ChangeCommand };

const reason = 'asked';

/** Text that differs from another and is valid where that is. */
const otherThan = (text: string | undefined): string => (text === 'x' ? 'y' : 'x');

const probes = (state: OrderState): readonly Probe[] => {
  const { order } = state;
  const moved = { ...order.shipping_address, line1: otherThan(order.shipping_address.line1) };
  const one = order.items.slice(0, 1).map(({ id }) => ({ item_id: id, quantity: 1 }));
  const open = openUnits(state);
  return [
    ...statuses.map((status): Probe => ({
      action: 'change_status',
      to: status,
      command: { type: 'change_status', status, reason },
    })),
    { action: 'cancel', command: { type: 'cancel', reason } },
    { action: 'cancel_items', command: { type: 'cancel_items', items: open.length === 0 ? one : open, reason } },
    { action: 'update_addresses', command: { type: 'update', shipping_address: moved } },
    { action: 'update_notes', command: { type: 'update', notes: otherThan(order.notes) } },
    { action: 'hold', command: { type: 'hold', reason } },
    { action: 'release', command: { type: 'release' } },
    { action: 'restore', command: { type: 'restore' } },
  ];
};

const refusalIn = (decision: Decision): Refusal | undefined => {
  if (decision.outcome === 'accepted') return undefined;
  return decision.outcome === 'refused' ? decision.refusal : { code: 'illegal_transition', detail: decision.reason };
};

const linesOf = (state: OrderState, allowed: boolean): readonly Cancellable[] => {
  const open = new Map(openUnits(state).map(({ item_id, quantity }) => [item_id, quantity]));
  return state.order.items.map(({ id }) => ({ item_id: id, max_quantity: allowed ? (open.get(id) ?? 0) : 0 }));
};

const actionsNow = (state: OrderState, context: Context): readonly Action[] =>
  probes(state).map(({ action, to, command }) => {
    const refusal = refusalIn(judge(state, command, context));
    const items = action === 'cancel_items' ? linesOf(state, refusal === undefined) : undefined;
    return { action, to, refusal, items };
  });

/** The order after a deadline that has passed, and what can be done then. */
const afterDeadline = (state: OrderState, { what, at }: Deadline, context: Context) => {
  const then = { ...context, now: at };
  const decision = decide(state, { type: 'meet_deadline', what, at }, then);
  if (decision.outcome !== 'accepted') return undefined;
  return { at, actions: actionsNow(decision.after.at(-1) ?? state, then) };
};

/** Every action, whether it would be accepted at this version and moment, and until when that stays so. */
export const actionsOf = (state: OrderState, context: Context): readonly Action[] => {
  const later = state.order.deadlines
    .filter(({ at }) => Date.parse(at) > Date.parse(context.now))
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .flatMap((deadline) => afterDeadline(state, deadline, context) ?? []);
  return actionsNow(state, context).map((now, n) => {
    const allowed = now.refusal === undefined;
    const change = later.find(({ actions }) => (actions[n]?.refusal === undefined) !== allowed);
    return change === undefined ? now : { ...now, until: change.at };
  });
};
