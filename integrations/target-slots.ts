import { types } from 'node:util';
import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhenResult } from 'cockatiel';
import type { Logger } from 'pino';
import type { Target } from '../actors/rules/effects.js';
import type { Outcome } from '../persistence/effects.js';

/** What one target may have under way: its share of concurrency and its breaker, independent of all others. */
export interface TargetSlots {
  /** How many more may be claimed now: none while the breaker is open, one when it wants a probe. */
  free(): number;
  taken(): number;
  /** Takes a slot; it is held until the outcome is settled. */
  take(): void;
  release(): void;
  /** Runs a try behind the breaker. Never throws: whatever a handler throws is a failure to be tried again. */
  run(attempt: () => Promise<Outcome>): Promise<Outcome>;
}

/** Infrastructure failures in a row after which a target is left alone. */
const failuresToOpen = 5;
/** How long, before one call probes whether it is back, milliseconds. */
const openMs = 3_000;

/** @param concurrency calls that may be under way at once */
export const createTargetSlots = (
  target: Target,
  concurrency: number,
  onBreaker: (target: Target, open: boolean) => void,
  log: Logger,
): TargetSlots => {
  let taken = 0;
  let probeAt = 0;
  const breaker = circuitBreaker(
    handleWhenResult((outcome) => (outcome as Outcome).kind === 'retry'),
    { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failuresToOpen) },
  );
  let open = false;
  breaker.onBreak(() => {
    probeAt = Date.now() + openMs;
    if (!open) {
      log.warn({ target }, 'the target keeps failing: left alone for a while');
      onBreaker(target, true);
    }
    open = true;
  });
  breaker.onReset(() => {
    open = false;
    log.info({ target }, 'the target works again');
    onBreaker(target, false);
  });

  const attemptSafely = async (attempt: () => Promise<Outcome>): Promise<Outcome> => {
    try {
      return await attempt();
    } catch (error) {
      log.error({ err: error, target }, 'an effect handler threw');
      return { kind: 'retry', error: types.isNativeError(error) ? error.message : String(error) };
    }
  };

  return {
    free: () => {
      if (breaker.state === CircuitState.Closed) return concurrency - taken;
      if (breaker.state === CircuitState.Open && Date.now() >= probeAt) return Math.min(1, concurrency - taken);
      return 0;
    },
    taken: () => taken,
    take: () => {
      taken += 1;
    },
    release: () => {
      taken -= 1;
    },
    run: async (attempt) => {
      try {
        return await breaker.execute(() => attemptSafely(attempt));
      } catch (error) {
        if (error instanceof BrokenCircuitError)
          return { kind: 'retry', error: 'the target is left alone for a while' };
        throw error;
      }
    },
  };
};
