import type { OrderReads } from '../actors/order-reads.js';
import type { Context, Policy } from '../actors/rules/commands.js';
import { accessRefusal } from '../actors/rules/access.js';
import { type ActionName, actionsOf, type Cancellable } from '../actors/rules/actions.js';
import type { OrderState } from '../actors/rules/order.js';
import type { Status } from '../actors/rules/transitions.js';
import { type Call, forbidden, mayCall } from './caller.js';
import type { CallContext } from './commands.js';
import { type ErrorCode, errorTable, fail, ok, problemOf, type Result } from './errors.js';
import { orderIdOf } from './find-order.js';

/** One action as callers see it. */
export interface ActionAnswer {
  readonly action: ActionName;
  readonly to?: Status | undefined;
  readonly allowed: boolean;
  readonly code?: ErrorCode | undefined;
  readonly detail?: string | undefined;
  readonly remedy?: string | undefined;
  readonly until?: string | undefined;
  readonly items?: readonly Cancellable[] | undefined;
}

/** What a caller can do with an order, at one version of it. */
export interface ActionsAnswer {
  readonly order_id: string;
  readonly version: number;
  readonly actions: readonly ActionAnswer[];
}

/** What telling the actions of an order needs. */
export interface OrderActionsDeps {
  readonly reads: Pick<OrderReads, 'byId' | 'byNumber'>;
  /** The order's state as it is now. */
  readonly load: (orderId: string) => Promise<OrderState | undefined>;
  /** Whether no effect that a restore would withdraw is under way. */
  readonly canWithdraw: (state: OrderState) => Promise<boolean>;
  readonly policy: Policy;
  readonly now: () => Date;
}

const callOf: Readonly<Record<ActionName, Call>> = {
  change_status: 'change_status',
  cancel: 'cancel',
  cancel_items: 'cancel_items',
  update_addresses: 'update',
  update_notes: 'update',
  hold: 'hold',
  release: 'release',
  restore: 'restore',
};

/** The actions of an order for this caller: what the role does not permit is told as such. */
const actionsFor = (state: OrderState, context: Context): readonly ActionAnswer[] =>
  actionsOf(state, context).map(({ action, to, refusal, until, items }): ActionAnswer => {
    const { caller } = context;
    if (!mayCall(caller, callOf[action])) {
      const { code, detail } = forbidden(caller, callOf[action]);
      const none = items?.map(({ item_id }) => ({ item_id, max_quantity: 0 }));
      return { action, to, allowed: false, code, detail, remedy: errorTable[code].remedy, items: none };
    }
    if (refusal === undefined) return { action, to, allowed: true, until, items };
    const { code, detail } = problemOf(refusal);
    return { action, to, allowed: false, code, detail, remedy: errorTable[code].remedy, until, items };
  });

/** Lists what can be done with an order. Read from Postgres: the actor is not asked, since nothing is decided. */
export const createOrderActions =
  ({ reads, load, canWithdraw, policy, now }: OrderActionsDeps) =>
  async (id: string, { caller }: CallContext): Promise<Result<ActionsAnswer>> => {
    if (!mayCall(caller, 'get')) return fail(forbidden(caller, 'get'));
    const orderId = await orderIdOf(reads, id, caller);
    const state = orderId === undefined ? undefined : await load(orderId);
    if (state === undefined) return fail({ code: 'order_not_found' });
    const context = { caller, now: now().toISOString(), policy };
    const refusal = accessRefusal(state, caller, context.now);
    if (refusal !== undefined) return fail(problemOf(refusal));
    const { id: order_id, version } = state.order;
    // What is under way elsewhere is not in the journal: the storing statement of a restore looks for it, and so do we.
    const restorable = state.grace !== undefined && (await canWithdraw(state));
    const seen = restorable ? state : { ...state, grace: undefined };
    return ok({ order_id, version, actions: actionsFor(seen, context) });
  };
