import { randomUUID } from 'node:crypto';
import type { CommandRequest, DryRun, Reply } from './command-envelope.js';
import type { OrderStore } from './order-store.js';
import { ownedOrder } from './order-store.js';
import { accessRefusal } from './rules/access.js';
import type { Context, NewOrder } from './rules/commands.js';
import { type ChangeCommand, type Decided, decide } from './rules/decide.js';
import { effectsOf } from './rules/effects.js';
import { evolve } from './rules/evolve.js';
import { notRestorable } from './rules/grace.js';
import { decideCreate } from './rules/lifecycle.js';
import type { OrderState } from './rules/order.js';
import { previewOfChange, previewOfCreation } from './rules/preview.js';
import type { Refusal } from './rules/refusal.js';

/*
 * A dry run is a turn without its commit: the same checks in the same order, on the state as Postgres has it now, and
 * nothing is written. What an acceptance proves by its commit, a dry run proves by reading the order's version again, with
 * the receipt of its command: a key that is known answers as the command itself would.
 */

/** How often a dry run looks again after the order moved on between its two reads. */
const attempts = 5;

/** What a dry run reads. */
type DryRunStore = Pick<OrderStore, 'load' | 'recall' | 'findCreation' | 'isWithdrawable' | 'verifiedCustomer'>;

/** The order as the actor has it from its own last commit, if it has it: where its version is the present one, so is the rest. */
type Known = OrderState | undefined;

const refused = (refusal: Refusal): Reply => ({ outcome: 'refused', refusal });

const previewed = (state: OrderState, { entries, after }: Decided): Reply => {
  const states = [state, ...after];
  const effects = entries.flatMap((entry, index) => effectsOf(states[index], states[index + 1] ?? state, entry));
  return { outcome: 'previewed', preview: previewOfChange(state, after.at(-1) ?? state, entries, effects) };
};

/** What a creation would make, under the id that this actor happens to have. */
const dryRunCreation = async (
  request: CommandRequest,
  order: NewOrder,
  context: Context,
  store: DryRunStore,
): Promise<Reply> => {
  const known = await store.findCreation(request.commandId);
  if (known !== undefined)
    return known.requestHash === request.requestHash
      ? { outcome: 'elsewhere', orderId: known.takenBy }
      : refused({ code: 'idempotency_key_reused' });
  if (request.ifVersions !== undefined)
    return refused({ code: 'version_conflict', expected: request.ifVersions, actual: 0 });
  const entry = decideCreate(await ownedOrder(order, store), randomUUID(), context);
  const state = evolve(undefined, { order_id: request.orderId, version: 1, at: context.now, entry });
  return { outcome: 'previewed', preview: previewOfCreation(state, effectsOf(undefined, state, entry)) };
};

/** Whether none of the effects that wait for the end of a grace is under way. */
export const canWithdraw = async (
  { order, grace }: OrderState,
  store: Pick<OrderStore, 'isWithdrawable'>,
): Promise<boolean> => grace !== undefined && store.isWithdrawable(order.id, grace.version);

const dryRunOnce = async (
  request: CommandRequest,
  command: ChangeCommand,
  context: Context,
  store: DryRunStore,
  known: Known,
): Promise<Reply | 'moved'> => {
  const state = known ?? (await store.load(request.orderId));
  if (state === undefined) return refused({ code: 'order_not_found' });
  const noAccess = accessRefusal(state, request.caller, context.now);
  if (noAccess !== undefined) return refused(noAccess);
  const { version, requestHash } = await store.recall(request.orderId, request.commandId);
  // Also where the receipt is newer than what was loaded: then the answer is the order as it is now.
  if (version !== state.order.version) return 'moved';
  if (requestHash !== undefined)
    return requestHash === request.requestHash
      ? { outcome: 'done', order: state.order, replayed: true }
      : refused({ code: 'idempotency_key_reused' });
  if (request.ifVersions?.includes(version) === false)
    return refused({ code: 'version_conflict', expected: request.ifVersions, actual: version });
  const decision = decide(state, command, context);
  switch (decision.outcome) {
    case 'refused':
      return refused(decision.refusal);
    case 'stale':
    case 'conflict':
      return { outcome: decision.outcome, reason: decision.reason };
    case 'accepted':
      if (command.type === 'restore' && !(await canWithdraw(state, store))) return refused(notRestorable);
      return previewed(state, decision);
  }
};

/** What a command would do to its order now. */
const dryRunChange = async (
  request: CommandRequest,
  command: ChangeCommand,
  context: Context,
  store: DryRunStore,
  known: Known,
): Promise<Reply> => {
  for (let tried = 0; tried < attempts; tried += 1) {
    const reply = await dryRunOnce(request, command, context, store, tried === 0 ? known : undefined);
    if (reply !== 'moved') return reply;
  }
  return refused({ code: 'order_busy' });
};

/** Tries a command without doing it. */
export const dryRun = (
  request: CommandRequest,
  { of: command }: DryRun,
  context: Context,
  store: DryRunStore,
  known?: Known,
): Promise<Reply> =>
  command.type === 'create'
    ? dryRunCreation(request, command.order, context, store)
    : dryRunChange(request, command, context, store, known);
