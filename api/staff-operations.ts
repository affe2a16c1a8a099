import type { BulkRequests, Claim } from '../actors/bulk-requests.js';
import type { DeadLetterPosition, DeadLetters, DeadLetterView } from '../actors/dead-letters.js';
import type { EffectView, Ledger, LedgerPosition } from '../actors/ledger.js';
import type { OrderReads } from '../actors/order-reads.js';
import type { Order } from '../actors/rules/order.js';
import { resolvedRefundId } from '../actors/rules/payments.js';
import { roleRefusal } from './caller.js';
import type { CallContext, Commands } from './commands.js';
import { fail, ok, type Problem, problemOf, type Result, unavailable } from './errors.js';
import type { TakeEvent } from './events/take-event.js';
import { findOrder, orderIdOf } from './find-order.js';
import { createLetterCalls, settled } from './letter-calls.js';
import { effectKeyPattern, readDeadLetterToken, readLedgerToken } from './page-token.js';
import { type Page, toPage } from './page.js';
import { type Acted, createOnce } from './repeats.js';
import { read } from './schemas/faults.js';
import { actionBody, deadLettersQuery, effectsQuery } from './schemas/staff.js';

/** What staff can see and do beside the nine calls. A reason that is given is kept with its object. */
export interface StaffOperations {
  orderEffects(orderId: string, context: CallContext): Promise<Result<readonly EffectView[]>>;
  effects(input: unknown, context: CallContext): Promise<Result<Page<EffectView>>>;
  retryEffect(orderId: string, key: string, input: unknown, context: CallContext): Promise<Result<Acted<EffectView>>>;
  resolveEffect(orderId: string, key: string, input: unknown, context: CallContext): Promise<Result<Acted<EffectView>>>;
  deadLetters(input: unknown, context: CallContext): Promise<Result<Page<DeadLetterView>>>;
  deadLetter(id: string, context: CallContext): Promise<Result<DeadLetterView>>;
  replayDeadLetter(id: string, input: unknown, context: CallContext): Promise<Result<Acted<DeadLetterView>>>;
  discardDeadLetter(id: string, input: unknown, context: CallContext): Promise<Result<Acted<DeadLetterView>>>;
}

/** What they depend on. */
export interface StaffDeps {
  readonly ledger: Ledger;
  readonly letters: DeadLetters;
  readonly commands: Commands;
  readonly requests: BulkRequests;
  readonly takeEvent: TakeEvent;
  readonly reads: Pick<OrderReads, 'byId' | 'byNumber'>;
  readonly wake: () => void;
}

const orderNotFound: Problem = { code: 'order_not_found' };
const notFound: Problem = { code: 'not_found' };

/** The desk of support and operations. */
export const createStaffOperations = (deps: StaffDeps): StaffOperations => {
  const { ledger, letters, commands, takeEvent } = deps;
  const once = createOnce(deps.requests);

  const staffOnly = ({ caller }: CallContext): Problem | undefined => roleRefusal(caller, 'staff');

  const effectOf = async (orderId: string, key: string, { caller }: CallContext): Promise<EffectView | undefined> => {
    const effect = effectKeyPattern.test(key) ? await ledger.get(key) : undefined;
    return effect !== undefined && effect.order_id === (await orderIdOf(deps.reads, orderId, caller))
      ? effect
      : undefined;
  };

  /** A refund is the order's affair: its books say what is requested, so its actor must agree. */
  const throughOrder = async (
    effect: EffectView,
    context: CallContext,
    reason: string,
    what: 'retry' | 'resolve',
    claim: Claim | undefined,
  ): Promise<Result<undefined>> => {
    const { key, order_id } = effect;
    const { idempotencyKey } = context;
    // The caller's key stands for this call. No client can send a key with a space, so none can meet this one.
    const own = idempotencyKey === undefined ? {} : { idempotencyKey: `effect ${idempotencyKey}` };
    const command =
      what === 'retry'
        ? ({ type: 'retry_refund', key, reason } as const)
        : ({ type: 'settle_refund', key, outcome: 'refunded', refund_id: resolvedRefundId(key) } as const);
    const taken = await commands.change(order_id, command, { ...context, ...own });
    if (!taken.ok) return taken;
    // Of calls with the same key the order takes one; the one that keeps the key notes it, the others count as its repeats.
    const isNoted =
      what === 'resolve'
        ? await ledger.resolve(key, context.caller, reason, claim)
        : await ledger.note(key, 'retry', context.caller, reason, claim);
    return isNoted ? ok(undefined) : fail(unavailable);
  };

  /** Release 2.0 left a refund that it gave up requested in its order: its retry changes the effect alone. */
  const retriesAlone = async (
    { key, state }: EffectView,
    what: 'retry' | 'resolve',
    { code }: Problem,
    { caller }: CallContext,
    [reason, claim]: readonly [reason: string, claim: Claim | undefined],
  ): Promise<boolean> =>
    what === 'retry' &&
    state === 'dead' &&
    code === 'illegal_transition' &&
    (await ledger.retry(key, caller, reason, claim));

  /** `If-Match` names versions of the effect's order. */
  const conflictWith = async (orderId: string, { caller, ifVersions }: CallContext): Promise<Problem | undefined> => {
    if (ifVersions === undefined) return undefined;
    const order = await findOrder(deps.reads, orderId, caller);
    if (order === undefined) return orderNotFound;
    return ifVersions.includes(order.version)
      ? undefined
      : problemOf({ code: 'version_conflict', expected: ifVersions, actual: order.version });
  };

  /** Fulfilment that is asked to wait for an order that is free would wait for ever, and the other way round go on too soon. */
  const isOutdated = async (
    orderId: string,
    operation: string,
    { caller }: CallContext,
  ): Promise<Problem | undefined> => {
    if (operation !== 'fulfillment.hold' && operation !== 'fulfillment.release') return undefined;
    const order = await findOrder(deps.reads, orderId, caller);
    if (order === undefined) return orderNotFound;
    const { hold, deadlines } = JSON.parse(order.document) as Order;
    const isHeld = hold !== undefined || deadlines.some(({ what }) => what === 'grace');
    if (operation === 'fulfillment.hold' && !isHeld)
      return problemOf({ code: 'order_not_held', detail: 'The order is not on hold any more.' });
    return operation === 'fulfillment.release' && isHeld
      ? problemOf({ code: 'order_on_hold', detail: 'The order is on hold again.' })
      : undefined;
  };

  const actOn = async (
    what: 'retry' | 'resolve',
    effect: EffectView,
    reason: string,
    context: CallContext,
    claim: Claim | undefined,
  ): Promise<Result<EffectView>> => {
    const { order_id, key, state, operation } = effect;
    const overtaken = await conflictWith(order_id, context);
    if (overtaken !== undefined) return fail(overtaken);
    const outdated = what === 'retry' ? await isOutdated(order_id, operation, context) : undefined;
    if (outdated !== undefined) return fail(outdated);
    if (operation === 'payment.refund' && (state === 'rejected' || state === 'dead')) {
      const done = await throughOrder(effect, context, reason, what, claim);
      if (!done.ok && !(await retriesAlone(effect, what, done.problem, context, [reason, claim]))) return done;
    } else if (operation === 'payment.refund' && what === 'resolve') {
      return fail(settled('refund', state));
    } else if (!(await ledger[what](key, context.caller, reason, claim))) {
      return fail(settled('effect', state));
    }
    deps.wake();
    const after = await effectOf(order_id, key, context);
    return after === undefined ? fail(notFound) : ok(after);
  };

  const act = async (
    what: 'retry' | 'resolve',
    [orderId, key]: readonly [string, string],
    input: unknown,
    context: CallContext,
  ): Promise<Result<Acted<EffectView>>> => {
    const refused = staffOnly(context);
    if (refused !== undefined) return fail(refused);
    const body = read(actionBody, input ?? {});
    if (!body.ok) return body;
    const effect = await effectOf(orderId, key, context);
    if (effect === undefined) return fail(notFound);
    return once({
      context,
      of: { what, key, ...body.value },
      act: (claim) => actOn(what, effect, body.value.reason ?? '', context, claim),
      present: async () => {
        const now = await effectOf(orderId, key, context);
        return now === undefined ? fail(notFound) : ok(now);
      },
    });
  };

  const onLetters = createLetterCalls({ letters, takeEvent, once });

  return {
    orderEffects: async (orderId, context) => {
      const refused = staffOnly(context);
      if (refused !== undefined) return fail(refused);
      const order = await findOrder(deps.reads, orderId, context.caller);
      return order === undefined ? fail(orderNotFound) : ok(await ledger.ofOrder(order.id));
    },

    effects: async (input, context) => {
      const refused = staffOnly(context);
      if (refused !== undefined) return fail(refused);
      const query = read(effectsQuery, input);
      if (!query.ok) return query;
      const { state, page_size, page_token } = query.value;
      const after: LedgerPosition | undefined = page_token === undefined ? undefined : readLedgerToken(page_token);
      const rows = await ledger.list(state, after, page_size + 1);
      return ok(
        toPage(
          rows.map(({ at, effect }) => ({ at, entry: effect })),
          page_size,
          (effect) => JSON.stringify(effect),
        ),
      );
    },

    retryEffect: (orderId, key, input, context) => act('retry', [orderId, key], input, context),
    resolveEffect: (orderId, key, input, context) => act('resolve', [orderId, key], input, context),

    deadLetters: async (input, context) => {
      const refused = staffOnly(context);
      if (refused !== undefined) return fail(refused);
      const query = read(deadLettersQuery, input);
      if (!query.ok) return query;
      const { state, page_size, page_token } = query.value;
      const after: DeadLetterPosition | undefined =
        page_token === undefined ? undefined : readDeadLetterToken(page_token);
      const rows = await letters.list(state, after, page_size + 1);
      return ok(
        toPage(
          rows.map(({ at, letter }) => ({ at, entry: letter })),
          page_size,
          (letter) => JSON.stringify(letter),
        ),
      );
    },

    deadLetter: async (id, context) => {
      const refused = staffOnly(context);
      if (refused !== undefined) return fail(refused);
      return onLetters.read(id);
    },

    replayDeadLetter: async (id, input, context) => {
      const refused = staffOnly(context);
      return refused === undefined ? onLetters.replay(id, input, context) : fail(refused);
    },

    discardDeadLetter: async (id, input, context) => {
      const refused = staffOnly(context);
      return refused === undefined ? onLetters.discard(id, input, context) : fail(refused);
    },
  };
};
