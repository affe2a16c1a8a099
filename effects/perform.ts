import type { ClaimedEffect, Outcome } from '../persistence/effects.js';
import { retryOrGiveUp } from './give-up.js';
import type { CallService } from './services.js';

/** Does one effect, once: tells how that ended. */
export type Perform = (effect: ClaimedEffect) => Promise<Outcome>;

/** Those that do effects. */
export interface PerformDeps {
  readonly publish: Perform;
  readonly refund: Perform;
  readonly call: CallService;
  readonly clock: () => Date;
}

/** Leads every effect to the one that does it. */
export const createPerform =
  ({ publish, refund, call, clock }: PerformDeps): Perform =>
  async (effect) => {
    switch (effect.operation) {
      case 'event.publish':
        return publish(effect);
      case 'payment.refund':
        return refund(effect);
      default: {
        const result = await call(effect, effect.operation);
        if (result.kind === 'retry') return retryOrGiveUp(effect, result, clock());
        return result.kind === 'done' ? { kind: 'done' } : result;
      }
    }
  };
