import { z } from 'zod';
import { type DeadLetterView, deadLetterStates } from '../../actors/dead-letters.js';
import { type EffectAction, effectStates, type EffectView } from '../../actors/ledger.js';
import { operations, targets } from '../../actors/rules/effects.js';
import { actor, count, nextPage, positive, utc } from './responses.js';

/** What the staff routes answer, exactly. */

/** What a person did about an effect. */
export const effectAction = z.strictObject({
  action: z.enum(['retry', 'resolve']),
  reason: z.string(),
  by: actor,
  at: utc,
}) satisfies z.ZodType<EffectAction>;

/** One line of the ledger of what must happen elsewhere. */
export const effect = z.strictObject({
  key: z.string(),
  order_id: z.guid(),
  version: positive,
  target: z.enum(targets),
  operation: z.enum(operations),
  state: z.enum(effectStates),
  attempts: count,
  next_at: utc.optional(),
  last_error: z.string().optional(),
  payload: z.record(z.string(), z.unknown()),
  actions: z.array(effectAction),
  created_at: utc,
  settled_at: utc.optional(),
}) satisfies z.ZodType<EffectView>;

/** The ledger of one order. */
export const effectList = z.strictObject({ effects: z.array(effect) });

/** The ledger over all orders. */
export const effectPage = z.strictObject({ effects: z.array(effect), ...nextPage });

/** One effect after an action. */
export const effectAnswer = z.strictObject({ effect });

/** An event that could not be applied. */
export const deadLetter = z.strictObject({
  id: z.guid(),
  topic: z.string(),
  source: z.string(),
  event_id: z.string(),
  event_time: utc.optional(),
  order_id: z.guid().optional(),
  payload: z.unknown(),
  reason: z.string(),
  state: z.enum(deadLetterStates),
  received_at: utc,
  settled_at: utc.optional(),
  settled_by: z.string().optional(),
  note: z.string().optional(),
}) satisfies z.ZodType<DeadLetterView>;

/** Dead letters of one state. */
export const deadLetterPage = z.strictObject({ dead_letters: z.array(deadLetter), ...nextPage });

/** One dead letter. */
export const deadLetterAnswer = z.strictObject({ dead_letter: deadLetter });
