import { types } from 'node:util';
import type { Logger } from 'pino';
import type { Target } from '../actors/rules/effects.js';
import type { EffectClaims } from '../persistence/born-effects.js';
import type { EffectQueue } from '../persistence/effects.js';
import type { TargetSlots } from './target-slots.js';

/** What effects that are born claimed need of the worker. */
export interface BornClaimsDeps {
  readonly slots: ReadonlyMap<Target, TargetSlots>;
  readonly leaseMs: number;
  readonly queue: Pick<EffectQueue, 'giveBack'>;
  /** Whether the worker runs: not before its start, and not from its stop on. */
  readonly isOpen: () => boolean;
  readonly wake: () => void;
  readonly log: Logger;
}

/** The worker's side of effects that are born claimed: they go to their slots without a look at the queue. */
export const createBornClaims = ({ slots, leaseMs, queue, isOpen, wake, log }: BornClaimsDeps): EffectClaims => ({
  leaseMs,
  reserve: (target) => isOpen() && slots.get(target)?.reserve() === true,
  release: (target) => {
    slots.get(target)?.release();
  },
  take: (effects) => {
    for (const { target } of effects) slots.get(target)?.release();
    if (isOpen()) {
      for (const effect of effects) slots.get(effect.target)?.take(effect);
      return;
    }
    if (effects.length === 0) return;
    // The worker stopped while the statement was under way.
    queue.giveBack(effects).catch((error: unknown) => {
      log.warn({ err: types.isNativeError(error) ? error : undefined }, 'new effects were left to their lease');
    });
  },
  wake,
});
