import type { ClaimedEffect, Outcome } from '../persistence/effects.js';
import type { CallService } from './services.js';

/** Does one effect, once: tells how that ended. */
export type Perform = (effect: ClaimedEffect) => Promise<Outcome>;

/** Those that do effects. */
export interface PerformDeps {
  readonly publish: Perform;
  readonly refund: Perform;
  readonly call: CallService;
}

/** Leads every effect to the one that does it. */
export const createPerform =
  ({ publish, refund, call }: PerformDeps): Perform =>
  async (effect) => {
    switch (effect.operation) {
      case 'event.publish':
        return publish(effect);
      case 'payment.refund':
        return refund(effect);
      default: {
        const result = await call(effect, effect.operation);
        return result.kind === 'done' ? { kind: 'done' } : result;
      }
    }
  };
