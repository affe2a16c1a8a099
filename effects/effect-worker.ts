import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Target } from '../actors/rules/effects.js';
import { type LogFields, withLogFields } from '../observability/logging.js';
import type { EffectClaims } from '../persistence/born-effects.js';
import type { ClaimedEffect, EffectQueue, Outcome, Settlement } from '../persistence/effects.js';
import { createBornClaims } from './born-claims.js';
import { createTargetSlots, type TargetSlots } from './target-slots.js';

/** Observes the worker; metrics are built on it. */
export interface EffectObserver {
  /** A try has ended. `seconds` since it began; `state` is what the row became. */
  onSettled(effect: ClaimedEffect, state: 'done' | 'rejected' | 'dead' | 'pending', seconds: number): void;
  /** So many tries ended after their lease: another worker has those rows. */
  onLost(count: number): void;
  onBreaker(target: Target, open: boolean): void;
}

/** What a worker needs. */
export interface EffectWorkerDeps {
  readonly queue: EffectQueue;
  /** Does one effect, within a deadline of its own that is shorter than the lease. */
  readonly perform: (effect: ClaimedEffect) => Promise<Outcome>;
  readonly targets: readonly Target[];
  /** Calls that may be under way to each target. */
  readonly concurrency: number;
  /** Look-out for rows of other processes and for those due again, milliseconds. */
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly observer: EffectObserver;
  readonly log: Logger;
}

/** Does what must happen elsewhere (docs/architecture.md). */
export interface EffectWorker {
  start(): void;
  /** Takes effects that are born claimed. */
  readonly claims: EffectClaims;
  /** There may be rows: called after each commit, so it costs next to nothing. */
  wake(): void;
  /** Claims and begins no more, waits at most `graceMs` for the calls under way, and settles them. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Shortest time between two looks at the queue: many commits and many answers share one claim and one settling. Where there is
 * little to do, the first look comes at once.
 */
const tickMs = 50;
/** Pause after the queue could not be reached. */
const troubleMs = 1_000;
const defaultGraceMs = 8_000;

interface Finished extends Settlement {
  readonly seconds: number;
}

const fieldsOf = ({ orderId, key, target, traceparent }: ClaimedEffect): LogFields => ({
  ...{ order_id: orderId, effect: key, target },
  ...(traceparent === undefined ? {} : { trace_id: traceparent.split('-')[1] }),
});

/**
 * One loop for all targets: settles what has ended, then fills the free slots of every target with one claim. A call that
 * ends makes room for the next at once, whether or not it is settled.
 */
export const createEffectWorker = (deps: EffectWorkerDeps): EffectWorker => {
  const { queue, perform, pollMs, leaseMs, observer, log } = deps;
  let finished: Finished[] = [];
  let unstarted: ClaimedEffect[] = [];
  let loop: Promise<void> | undefined;
  let stopping = false;
  let trouble = false;
  let woken = false;
  /** Whether the queue may have rows that were not there at the last look, or could not be had. */
  let look = true;
  let rouse: (() => void) | undefined;

  const stir = (): void => {
    woken = true;
    rouse?.();
  };
  const wake = (): void => {
    look = true;
    stir();
  };

  /** Until the worker is woken, at most the poll interval, a quarter more or less so that replicas do not stay in step. */
  const idle = async (): Promise<void> => {
    if (woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(wake, pollMs * (0.75 + Math.random() / 2));
      rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    rouse = undefined;
  };

  const slotsOf = (target: Target): TargetSlots =>
    createTargetSlots(target, {
      concurrency: deps.concurrency,
      perform: (effect) => withLogFields(fieldsOf(effect), () => perform(effect)),
      longestWaitMs: leaseMs / 2,
      onEnded: (effect, outcome, seconds) => {
        finished.push({ effect, outcome, seconds });
        stir();
      },
      onUnstarted: (effect) => {
        unstarted.push(effect);
        stir();
      },
      onBreaker: observer.onBreaker,
      log,
    });
  const slots = new Map(deps.targets.map((target) => [target, slotsOf(target)]));

  /** What was claimed and will not be called is free for others. */
  const giveBack = async (): Promise<void> => {
    const batch = [...unstarted];
    if (batch.length === 0) return;
    await queue.giveBack(batch);
    unstarted = unstarted.slice(batch.length);
    look = true;
  };

  const settle = async (): Promise<void> => {
    const batch = [...finished];
    if (batch.length === 0) return;
    const { states, lost, followed } = await queue.settle(batch);
    if (followed) look = true;
    finished = finished.slice(batch.length);
    for (const { effect, outcome, seconds } of batch) {
      const state = states.get(effect.key);
      if (state === undefined) continue;
      observer.onSettled(effect, state, seconds);
      if (outcome.kind !== 'done') {
        const line = { ...fieldsOf(effect), attempts: effect.attempts, state, error: outcome.error };
        log[state === 'pending' ? 'debug' : 'warn'](line, 'an effect failed');
      }
    }
    if (lost > 0) {
      observer.onLost(lost);
      log.info({ lost }, 'effects ended after their lease');
    }
  };

  const claim = async (): Promise<void> => {
    const free = new Map<Target, number>();
    for (const [target, of] of slots) if (of.free() > 0) free.set(target, of.free());
    if (free.size === 0 || !(look || [...free.keys()].some((target) => slots.get(target)?.isBehind()))) return;
    look = false;
    const claimed = await queue.claim(free, leaseMs);
    for (const [target, asked] of free)
      slots.get(target)?.lookedAt(asked, claimed.filter((effect) => effect.target === target).length);
    for (const effect of claimed) {
      const of = slots.get(effect.target);
      if (of === undefined) throw new Error(`claimed an effect of ${effect.target}, which was not asked for`);
      of.take(effect);
    }
  };

  const tick = async (): Promise<void> => {
    try {
      await settle();
      await giveBack();
      if (!stopping) await claim();
      if (trouble) log.info('the effect queue answers again');
      trouble = false;
    } catch (error) {
      if (!trouble) log.error({ err: error }, 'the effect queue cannot be reached: trying on');
      trouble = true;
      look = true;
      await sleep(troubleMs);
      woken = true;
    }
  };

  const turn = async (): Promise<void> => {
    while (!stopping) {
      const began = performance.now();
      woken = false;
      await tick();
      await idle();
      const early = tickMs - (performance.now() - began);
      if (early > 0) await sleep(early);
    }
  };

  const called = (): boolean => [...slots.values()].some((of) => of.held() > 0);
  const busy = (): boolean => called() || finished.length > 0 || unstarted.length > 0;

  const isOpen = (): boolean => loop !== undefined && !stopping;

  return {
    wake,
    claims: createBornClaims({ slots, leaseMs, queue, isOpen, wake, log }),
    start: () => {
      loop ??= turn();
    },
    stop: async (graceMs = defaultGraceMs) => {
      const end = performance.now() + graceMs;
      stopping = true;
      wake();
      await loop;
      for (const of of slots.values()) unstarted.push(...of.withdraw());
      while (busy() && performance.now() < end) {
        await tick();
        if (called()) await sleep(tickMs);
      }
      if (busy()) log.warn('effects were left to their lease: calls did not end in time');
    },
  };
};
