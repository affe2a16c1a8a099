import type { DeadLetterView } from '../../actors/dead-letters.js';
import type { EffectView } from '../../actors/ledger.js';
import { DeadLetter, Effect, JournalEntry } from '../../proto/gen/order/v1/staff.js';
import type { Verification } from '../../actors/journal-audit.js';
import type { BulkResult } from '../bulk-change.js';
import type { ErasedOrders } from '../erase-orders.js';
import { bulkResultOf, effectOf, entryOf, letterOf } from './messages.js';
import { actedReply, pageReply, plainReply } from './replies.js';

/** The replies of `order.v1.OrderStaffService`, by what its calls answer. */
export const effectsReply = pageReply(effectOf, Effect, (effects, next_page_token) => ({ effects, next_page_token }));

export const orderEffectsReply = plainReply((effects: readonly EffectView[]) => ({ effects: effects.map(effectOf) }));

export const actedEffectReply = actedReply((effect: EffectView) => ({ effect: effectOf(effect) }));

export const lettersReply = pageReply(letterOf, DeadLetter, (dead_letters, next_page_token) => ({
  dead_letters,
  next_page_token,
}));

export const letterReply = plainReply((letter: DeadLetterView) => ({ dead_letter: letterOf(letter) }));

export const actedLetterReply = actedReply((letter: DeadLetterView) => ({ dead_letter: letterOf(letter) }));

export const entriesReply = pageReply(entryOf, JournalEntry, (entries, next_page_token) => ({
  entries,
  next_page_token,
}));

export const verifiedReply = plainReply((verification: Verification) => verification);

export const bulkReply = plainReply((results: readonly BulkResult[]) => ({ results: results.map(bulkResultOf) }));

export const erasedReply = plainReply(({ erased, kept }: ErasedOrders) => ({ erased, kept: [...kept] }));
