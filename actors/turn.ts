import type { Logger } from 'pino';
import { randomUUID } from 'node:crypto';
import type { Chain } from './chain.js';
import type { CommandRequest, Reply } from './command-envelope.js';
import { dryRun } from './dry-run.js';
import { linked, numbered } from './linked-entries.js';
import type { Authorship, OrderStore } from './order-store.js';
import { ownedOrder } from './order-store.js';
import { accessRefusal, maySee } from './rules/access.js';
import type { Context, NewOrder, Policy } from './rules/commands.js';
import { type ChangeCommand, type Decided, decide } from './rules/decide.js';
import type { Accepted } from './rules/decision.js';
import { effectsOf } from './rules/effects.js';
import { unsealed, unsettled } from './rules/erase.js';
import type { Entry } from './rules/entries.js';
import { evolve } from './rules/evolve.js';
import { notRestorable } from './rules/grace.js';
import { decideCreate } from './rules/lifecycle.js';
import type { Order, OrderState } from './rules/order.js';
import type { Refusal } from './rules/refusal.js';
import { inRule } from './spans.js';

/** How often a turn decides again after losing the fence to another activation of the same order. */
const attempts = 5;

/** What a turn needs of the world. */
export interface TurnDeps {
  readonly store: OrderStore;
  readonly chain: Chain;
  readonly clock: () => Date;
  readonly policy: Policy;
  readonly log: Logger;
  /** Called after every commit, with the order as it is then and the entries it got. */
  readonly onCommit: (order: Order, entries: readonly Entry[]) => void;
  /** Called when a commit lost its fence to another activation. */
  readonly onOvertaken: () => void;
}

/** One order's turns. Holds its own last commit as a cache; Postgres is the judge (docs/architecture.md). */
export interface Turns {
  take(request: CommandRequest): Promise<Reply>;
}

const refused = (refusal: Refusal): Reply => ({ outcome: 'refused', refusal });

const withWaiting = (state: OrderState, { kept, released }: Accepted): OrderState => ({
  ...state,
  waiting: [...state.waiting.filter((event) => !released.includes(event)), ...kept],
});

const requeued = (entries: readonly Entry[]): readonly string[] =>
  entries.flatMap((entry) =>
    entry.type === 'order.payment_updated' &&
    entry.data.change === 'refund_retried' &&
    entry.data.refund_key !== undefined
      ? [entry.data.refund_key]
      : [],
  );

const itemsChanged = (entries: readonly Entry[]): boolean =>
  entries.some(
    ({ type, data }) =>
      ['order.items_cancelled', 'order.cancelled', 'order.restored', 'order.returned', 'order.erased'].includes(type) ||
      (type === 'order.updated' && data.items !== undefined),
  );

/** From which version on a change withdraws what waits; undefined: it withdraws nothing. */
const withdrawn = ({ grace }: OrderState, entries: readonly Entry[]): number | undefined =>
  entries.some(({ type }) => type === 'order.restored') ? grace?.version : undefined;

/** Turns of the order with this id. Not safe for two at once: the actor's mutex sees to that. */
export const createTurns = (orderId: string, deps: TurnDeps): Turns => {
  const { store, chain, clock, policy, log, onCommit, onOvertaken } = deps;
  let cache: OrderState | undefined;

  const reload = async (): Promise<OrderState | undefined> => {
    cache = undefined;
    cache = await store.load(orderId);
    return cache;
  };

  const done = (state: OrderState, replayed: boolean): Reply => ({ outcome: 'done', order: state.order, replayed });

  /** The answer to a command taken before: the order as it is now, if the key still stands for the same request. */
  const repeat = async (request: CommandRequest, requestHash: string): Promise<Reply> => {
    if (requestHash !== request.requestHash) return refused({ code: 'idempotency_key_reused' });
    const state = await reload();
    return state === undefined ? refused({ code: 'order_not_found' }) : done(state, true);
  };

  /** Says no only after a fresh look: this activation may be behind another. Undefined: it was, decide again. */
  const prove = async (request: CommandRequest, state: OrderState, no: Reply): Promise<Reply | undefined> => {
    const memory = await store.recall(orderId, request.commandId);
    if (memory.requestHash !== undefined) return repeat(request, memory.requestHash);
    return memory.version === state.order.version ? no : undefined;
  };

  const authorship = (request: CommandRequest, at: string): Authorship => ({
    caller: request.caller,
    channel: request.channel,
    commandId: request.commandId,
    requestHash: request.requestHash,
    isCallerKey: request.keyless === false,
    traceparent: request.traceparent,
    at,
  });

  const create = async (request: CommandRequest, given: NewOrder, context: Context): Promise<Reply> => {
    if (request.ifVersions !== undefined) {
      // There is no version yet that it could name; a repeat of the creation is answered all the same.
      const known = await store.findCreation(request.commandId);
      if (known === undefined) return refused({ code: 'version_conflict', expected: request.ifVersions, actual: 0 });
    }
    const order = await ownedOrder(given, store);
    // The storing statement puts the order number in the placeholder's place.
    const entry = inRule(
      'create',
      () => decideCreate(order, randomUUID(), context),
      () => 'accepted',
    );
    const state = evolve(undefined, { order_id: orderId, version: 1, at: context.now, entry });
    const effects = effectsOf(undefined, state, entry);
    const by = authorship(request, context.now);
    const { link, seal } = linked(chain, state.order, undefined, [1, entry], by);
    const made = await store.create({ ...by, order: state.order, entry: { version: 1, entry, effects, link, seal } });
    if ('takenBy' in made) {
      if (made.requestHash !== request.requestHash) return refused({ code: 'idempotency_key_reused' });
      if (made.takenBy !== orderId) return { outcome: 'elsewhere', orderId: made.takenBy };
      return repeat(request, made.requestHash);
    }
    onCommit(made, [entry]);
    cache = { ...state, order: made, head: link?.hash };
    return done(cache, false);
  };

  const acceptNothing = async (request: CommandRequest, state: OrderState, accepted: Accepted, at: string) => {
    const [event] = accepted.kept;
    if (event !== undefined) {
      if ((await store.keep(orderId, state.order.version, event)) === 'overtaken') return undefined;
      cache = withWaiting(state, accepted);
      return done(state, false);
    }
    if (request.command.type === 'reconsider') return done(state, false);
    const no = await prove(request, state, done(state, false));
    if (no?.outcome !== 'done' || no.replayed || request.keyless === true) return no;
    return (await store.remember(orderId, state.order.version, authorship(request, at))) === 'stored' ? no : undefined;
  };

  const write = async (request: CommandRequest, state: OrderState, accepted: Decided, at: string) => {
    const by = authorship(request, at);
    const [next, entries] = numbered(chain, state, accepted, by);
    const erases = accepted.entries.some(({ type }) => type === 'order.erased');
    if (erases && state.head === undefined) return prove(request, state, { outcome: 'conflict', reason: unsealed });
    const stored = await store.commit({
      ...by,
      orderId,
      expectedVersion: state.order.version,
      state: next,
      entries,
      itemsChanged: itemsChanged(accepted.entries),
      released: accepted.released,
      givenUp: accepted.givenUp,
      requeued: requeued(accepted.entries),
      withdrawnFrom: withdrawn(state, accepted.entries),
      erases,
    });
    if (stored === 'claimed')
      return prove(request, state, erases ? { outcome: 'conflict', reason: unsettled } : refused(notRestorable));
    if (stored !== 'stored') return undefined;
    onCommit(next.order, accepted.entries);
    cache = withWaiting(next, accepted);
    return done(cache, false);
  };

  /** One try. Undefined: another activation was quicker, or this command was taken before: look again. */
  const attempt = async (
    request: CommandRequest,
    command: ChangeCommand,
    context: Context,
  ): Promise<Reply | undefined> => {
    const { caller } = request;
    const ifVersions = request.ifVersions ?? (request.ifVersion === undefined ? undefined : [request.ifVersion]);
    const seen = (state: OrderState | undefined): state is OrderState =>
      state !== undefined && maySee(state, caller, context.now);
    // What waits may have been kept by another activation, without a new version to tell.
    // Its journal may have been sealed meanwhile, where it had no hash.
    const cached = command.type === 'reconsider' || cache?.head === undefined ? undefined : cache;
    const state = seen(cached) ? cached : await reload();
    if (state === undefined) return refused({ code: 'order_not_found' });
    const noAccess = accessRefusal(state, caller, context.now);
    if (noAccess !== undefined) return refused(noAccess);
    if (ifVersions?.includes(state.order.version) === false) {
      const { version } = state.order;
      return prove(request, state, refused({ code: 'version_conflict', expected: ifVersions, actual: version }));
    }
    const decision = inRule(
      command.type,
      () => decide(state, command, context),
      ({ outcome }) => outcome,
    );
    switch (decision.outcome) {
      case 'refused':
        return prove(request, state, refused(decision.refusal));
      case 'stale':
      case 'conflict':
        return prove(request, state, { outcome: decision.outcome, reason: decision.reason });
      case 'accepted': {
        const writes = decision.entries.length > 0 || decision.released.length > 0;
        return writes
          ? write(request, state, decision, context.now)
          : acceptNothing(request, state, decision, context.now);
      }
    }
  };

  const change = async (request: CommandRequest, command: ChangeCommand, context: Context): Promise<Reply> => {
    for (let tried = 0; tried < attempts; tried += 1) {
      const reply = await attempt(request, command, context);
      if (reply !== undefined) return reply;
      const memory = await store.recall(orderId, request.commandId);
      if (memory.requestHash !== undefined) return repeat(request, memory.requestHash);
      onOvertaken();
      await reload();
      log.info({ tried }, 'the order moved on elsewhere: deciding again');
    }
    return refused({ code: 'order_busy' });
  };

  return {
    take: async (request) => {
      const context = { caller: request.caller, now: clock().toISOString(), policy };
      try {
        const { command } = request;
        if (command.type === 'dry_run') {
          // Its journal may have been sealed meanwhile, where it had no hash.
          const known = cache?.head !== undefined && maySee(cache, request.caller, context.now) ? cache : undefined;
          return await dryRun(request, command, context, { ...store, load: reload }, known);
        }
        return command.type === 'create'
          ? await create(request, command.order, context)
          : await change(request, command, context);
      } catch (error) {
        cache = undefined;
        throw error;
      }
    },
  };
};
