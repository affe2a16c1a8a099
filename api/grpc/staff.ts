import type { DeadLetterView } from '../../actors/dead-letters.js';
import type { EffectView } from '../../actors/ledger.js';
import {
  DiscardDeadLetterRequest,
  DeadLetter,
  Effect,
  GetDeadLetterRequest,
  ListDeadLettersRequest,
  ListEffectsRequest,
  ListOrderEffectsRequest,
  OrderStaffServiceService as service,
  ReplayDeadLetterRequest,
  ResolveEffectRequest,
  RetryEffectRequest,
} from '../../proto/gen/order/v1/staff.js';
import type { AnalyticsOperations } from '../analytics-operations.js';
import type { AuditOperations } from '../audit-operations.js';
import type { DeskOperations } from '../desk-operations.js';
import { ok } from '../errors.js';
import type { Acted } from '../repeats.js';
import type { StaffOperations } from '../staff-operations.js';
import { analyticsMethods } from './analytics.js';
import { staffAuditMethods } from './audit.js';
import { cutForMessage, messagesOf } from './page.js';
import { given } from './decode.js';
import { deskMethods } from './desk.js';
import { createMethod, type Method, type Reply } from './method.js';

/** A payload is a JSON object by the types of the rules; the ledger shows it as it was stored. */
const effectOf = (effect: EffectView): Effect => ({
  ...effect,
  payload: cutForMessage(effect.payload as Effect['payload']),
});

const letterOf = (letter: DeadLetterView): DeadLetter => ({ ...letter, payload: cutForMessage(letter.payload) });

/** A message about what was acted on; its metadata says whether the call was a repeat. */
const actedReply = <T, A>({ value, replayed }: Acted<T>, toMessage: (value: T) => A): Reply<A> => ({
  message: toMessage(value),
  metadata: replayed ? { 'idempotent-replayed': 'true' } : {},
});

/** The calls of `order.v1.OrderStaffService`, the same as the staff routes of REST. */
export const staffMethods = (
  staff: StaffOperations,
  audit: AuditOperations,
  desk: DeskOperations,
  analytics: AnalyticsOperations,
): Readonly<Record<keyof typeof service, Method>> => ({
  ...staffAuditMethods(audit),
  ...deskMethods(desk),
  ...analyticsMethods(analytics),

  listOrderEffects: createMethod(service.listOrderEffects, ListOrderEffectsRequest, async ({ order_id }, context) => {
    const result = await staff.orderEffects(order_id, context);
    return result.ok ? ok({ message: { effects: result.value.map(effectOf) } }) : result;
  }),

  listEffects: createMethod(service.listEffects, ListEffectsRequest, async (message, context) => {
    const { state, ...page } = given(ListEffectsRequest, message);
    // No state asked for is the default; an empty list of them would match none.
    const result = await staff.effects(state?.length === 0 ? page : { ...page, state }, context);
    if (!result.ok) return result;
    const { messages, nextPageToken } = messagesOf(result.value, effectOf, Effect);
    return ok({ message: { effects: messages, next_page_token: nextPageToken } });
  }),

  retryEffect: createMethod(service.retryEffect, RetryEffectRequest, async (message, context) => {
    const { order_id: _id, key: _key, ...body } = given(RetryEffectRequest, message);
    const result = await staff.retryEffect(message.order_id, message.key, body, context);
    return result.ok ? ok(actedReply(result.value, (effect) => ({ effect: effectOf(effect) }))) : result;
  }),

  resolveEffect: createMethod(service.resolveEffect, ResolveEffectRequest, async (message, context) => {
    const { order_id: _id, key: _key, ...body } = given(ResolveEffectRequest, message);
    const result = await staff.resolveEffect(message.order_id, message.key, body, context);
    return result.ok ? ok(actedReply(result.value, (effect) => ({ effect: effectOf(effect) }))) : result;
  }),

  listDeadLetters: createMethod(service.listDeadLetters, ListDeadLettersRequest, async (message, context) => {
    const result = await staff.deadLetters(given(ListDeadLettersRequest, message), context);
    if (!result.ok) return result;
    const { messages, nextPageToken } = messagesOf(result.value, letterOf, DeadLetter);
    return ok({ message: { dead_letters: messages, next_page_token: nextPageToken } });
  }),

  getDeadLetter: createMethod(service.getDeadLetter, GetDeadLetterRequest, async ({ id }, context) => {
    const result = await staff.deadLetter(id, context);
    return result.ok ? ok({ message: { dead_letter: letterOf(result.value) } }) : result;
  }),

  replayDeadLetter: createMethod(service.replayDeadLetter, ReplayDeadLetterRequest, async (message, context) => {
    const { id: _id, ...body } = given(ReplayDeadLetterRequest, message);
    const result = await staff.replayDeadLetter(message.id, body, context);
    return result.ok ? ok(actedReply(result.value, (letter) => ({ dead_letter: letterOf(letter) }))) : result;
  }),

  discardDeadLetter: createMethod(service.discardDeadLetter, DiscardDeadLetterRequest, async (message, context) => {
    const { id: _id, ...body } = given(DiscardDeadLetterRequest, message);
    const result = await staff.discardDeadLetter(message.id, body, context);
    return result.ok ? ok(actedReply(result.value, (letter) => ({ dead_letter: letterOf(letter) }))) : result;
  }),
});
