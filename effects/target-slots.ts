import { types } from 'node:util';
import { BrokenCircuitError, circuitBreaker, CircuitState, ConsecutiveBreaker, handleWhenResult } from 'cockatiel';
import type { Logger } from 'pino';
import type { Target } from '../actors/rules/effects.js';
import type { ClaimedEffect, Outcome } from '../persistence/effects.js';

/** What one target may have under way: its share of concurrency and its breaker, independent of all others. */
export interface TargetSlots {
  /**
   * How many more may be claimed now: as many as may be called, and as many again that wait in memory for a call to end, so
   * that a slot is not idle until the next look at the queue. None while the breaker is open, one when it wants a probe.
   */
  free(): number;
  /** Keeps room for one that is not there yet; not while others wait in the queue, which come first. */
  reserve(): boolean;
  release(): void;
  /** The queue was asked for so many and had so many. */
  lookedAt(asked: number, had: number): void;
  /** Whether more may wait in the queue than there was room for. */
  isBehind(): boolean;
  /** Effects that are called or wait to be. */
  held(): number;
  /** Calls for an effect, now or when a call before it has ended; calls of one target begin in the order of this. */
  take(effect: ClaimedEffect): void;
  /** Gives back what waits: it will not be called. */
  withdraw(): readonly ClaimedEffect[];
}

/** What the slots of a target need. */
export interface TargetSlotsDeps {
  /** Calls that may be under way at once. */
  readonly concurrency: number;
  /** Does one effect. Whatever it throws is a failure to be tried again. */
  readonly perform: (effect: ClaimedEffect) => Promise<Outcome>;
  /** What has waited for so many milliseconds is not called any more, since its lease could end during the call. */
  readonly longestWaitMs: number;
  /** A try has ended, after so many seconds. */
  readonly onEnded: (effect: ClaimedEffect, outcome: Outcome, seconds: number) => void;
  /** An effect waited too long and was not called. */
  readonly onUnstarted: (effect: ClaimedEffect) => void;
  readonly onBreaker: (target: Target, open: boolean) => void;
  readonly log: Logger;
}

interface Waiting {
  readonly effect: ClaimedEffect;
  /** By `performance.now()`. */
  readonly since: number;
}

/** Infrastructure failures in a row after which a target is left alone. */
const failuresToOpen = 5;
/** How long, before one call probes whether it is back, milliseconds. */
const openMs = 3_000;

/** Slots of one target, all free. */
export const createTargetSlots = (target: Target, deps: TargetSlotsDeps): TargetSlots => {
  const { concurrency, perform, longestWaitMs, onEnded, onUnstarted, onBreaker, log } = deps;
  const waiting: Waiting[] = [];
  let calls = 0;
  let reserved = 0;
  let behind = true;
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

  const attempt = async (effect: ClaimedEffect): Promise<Outcome> => {
    try {
      return await perform(effect);
    } catch (error) {
      log.error({ err: error, target }, 'an effect handler threw');
      return { kind: 'retry', error: types.isNativeError(error) ? error.message : String(error) };
    }
  };

  const behindBreaker = async (effect: ClaimedEffect): Promise<Outcome> => {
    try {
      return await breaker.execute(() => attempt(effect));
    } catch (error) {
      if (error instanceof BrokenCircuitError) return { kind: 'retry', error: 'the target is left alone for a while' };
      throw error;
    }
  };

  const call = async (effect: ClaimedEffect): Promise<void> => {
    calls += 1;
    const began = performance.now();
    const outcome = await behindBreaker(effect);
    calls -= 1;
    onEnded(effect, outcome, (performance.now() - began) / 1_000);
    startNext();
  };

  const startNext = (): void => {
    while (calls < concurrency) {
      const next = waiting.shift();
      if (next === undefined) return;
      if (performance.now() - next.since > longestWaitMs) onUnstarted(next.effect);
      else void call(next.effect);
    }
  };

  const held = (): number => calls + waiting.length;

  const free = (): number => {
    if (breaker.state === CircuitState.Closed) return 2 * concurrency - held() - reserved;
    if (breaker.state === CircuitState.Open && Date.now() >= probeAt)
      return Math.min(1, concurrency - held() - reserved);
    return 0;
  };

  return {
    free,
    reserve: () => {
      if (breaker.state !== CircuitState.Closed || free() <= 0) behind = true;
      if (behind) return false;
      reserved += 1;
      return true;
    },
    release: () => {
      reserved -= 1;
    },
    lookedAt: (asked, had) => {
      behind = had >= asked;
    },
    isBehind: () => behind,
    held,
    take: (effect) => {
      waiting.push({ effect, since: performance.now() });
      startNext();
    },
    withdraw: () => waiting.splice(0).map(({ effect }) => effect),
  };
};
