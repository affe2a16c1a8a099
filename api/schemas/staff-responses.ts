import { z } from 'zod';
import { type DeadLetterView, deadLetterStates } from '../../actors/dead-letters.js';
import { type EffectAction, effectStates, type EffectView } from '../../actors/ledger.js';
import { operations, targets } from '../../actors/rules/effects.js';
import { actor, count, positive, utc } from './order.js';
import { nextPage } from './responses.js';

/** What the staff routes answer, exactly. */

/** What a person did about an effect. */
export const effectAction = z
  .strictObject({
    action: z.enum(['retry', 'resolve']).describe('Tried again, or settled by hand.'),
    reason: z.string().describe('Why, as that person gave it.'),
    by: actor.describe('Who did it.'),
    at: utc.describe('When. RFC 3339 UTC.'),
  })
  .describe('What a person did about an effect.') satisfies z.ZodType<EffectAction>;

/** One line of the ledger of what must happen elsewhere. */
export const effect = z
  .strictObject({
    key: z.string().describe('Its name, and the idempotency key that the receiver sees.'),
    order_id: z.guid().describe('The order it belongs to.'),
    version: positive.describe('Version of the order that this belongs to.'),
    target: z.enum(targets).describe('Where it goes.'),
    operation: z.enum(operations).describe('What it does there.'),
    state: z
      .enum(effectStates)
      .describe(
        '`rejected`: refused for good. `dead`: given up after three days. `resolved`: settled by hand. ' +
          '`withdrawn`: the order was restored before.',
      ),
    attempts: count.describe('How often it was tried.'),
    next_at: utc.optional().describe('When it is tried next; only while pending. RFC 3339 UTC.'),
    last_error: z.string().optional().describe('What went wrong last.'),
    payload: z.record(z.string(), z.unknown()).describe('What is sent.'),
    actions: z.array(effectAction).describe('What people did about it, oldest first.'),
    created_at: utc.describe('RFC 3339 UTC.'),
    settled_at: utc.optional().describe('When it was done, refused or given up. RFC 3339 UTC.'),
  })
  .describe(
    'Something that must happen elsewhere because of the order, and how that stands.',
  ) satisfies z.ZodType<EffectView>;

/** The ledger of one order. */
export const effectList = z.strictObject({
  effects: z.array(effect).describe('In the order in which they were written.'),
});

/** The ledger over all orders. */
export const effectPage = z.strictObject({
  effects: z.array(effect).describe('Money first, then the newest.'),
  ...nextPage,
});

/** One effect after an action. */
export const effectAnswer = z.strictObject({ effect: effect.describe('The effect as it is now.') });

/** An event that could not be applied. */
export const deadLetter = z
  .strictObject({
    id: z.guid().describe('UUID of the dead letter.'),
    topic: z.string().describe('Topic it came on.'),
    source: z.string().describe('Who sent it.'),
    event_id: z.string().describe('Its CloudEvent id.'),
    event_time: utc.optional().describe('CloudEvents `time` of the event, where it had one. RFC 3339 UTC.'),
    order_id: z.guid().optional().describe('The order it is about, where that is known.'),
    payload: z.unknown().describe('Its data, any JSON value. Null where it had none.'),
    reason: z.string().describe('Why it could not be applied.'),
    state: z.enum(deadLetterStates).describe('`open` until staff acts.'),
    received_at: utc.describe('When it came. RFC 3339 UTC.'),
    settled_at: utc.optional().describe('When it was closed. RFC 3339 UTC.'),
    settled_by: z.string().optional().describe('Who closed it, `<kind>:<id>`.'),
    note: z.string().optional().describe('Why it was closed so.'),
  })
  .describe('An event that could not be applied, kept until staff acts.') satisfies z.ZodType<DeadLetterView>;

/** Dead letters of one state. */
export const deadLetterPage = z.strictObject({
  dead_letters: z.array(deadLetter).describe('Newest first.'),
  ...nextPage,
});

/** One dead letter. */
export const deadLetterAnswer = z.strictObject({ dead_letter: deadLetter.describe('The dead letter as it is now.') });
