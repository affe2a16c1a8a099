import type { ClaimedEffect, Outcome } from '../persistence/effects.js';

/** Three days, in milliseconds, counted from when the effect was queued last. */
const giveUpAfterMs = 3 * 86_400_000;

/** The outcome of a failed try: another try, or none any more once the effect has been tried for three days. */
export const retryOrGiveUp = (
  { queuedAt }: Pick<ClaimedEffect, 'queuedAt'>,
  { error, detail }: Extract<Outcome, { kind: 'retry' }>,
  now: Date,
): Outcome => ({
  kind: now.getTime() - Date.parse(queuedAt) > giveUpAfterMs ? 'given_up' : 'retry',
  error,
  detail,
});
