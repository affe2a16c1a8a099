import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Target } from '../actors/rules/effects.js';
import { type LogFields, withLogFields } from '../observability/log-context.js';
import type { ClaimedEffect, EffectQueue, Outcome, Settlement } from '../persistence/effects.js';
import { createTargetSlots, type TargetSlots } from './target-slots.js';

/** Told what the worker does; metrics hang on it. */
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

/** Does what must happen elsewhere (DESIGN.md section 5). */
export interface EffectWorker {
  start(): void;
  /** There may be rows: called after each commit, so it costs next to nothing. */
  wake(): void;
  /** Claims no more, waits at most `graceMs` for the calls under way, and settles them. */
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
  readonly slots: TargetSlots;
}

const fieldsOf = ({ orderId, key, target, traceparent }: ClaimedEffect): LogFields => ({
  ...{ order_id: orderId, effect: key, target },
  ...(traceparent === undefined ? {} : { trace_id: traceparent.split('-')[1] }),
});

/** One loop for all targets: settles what has ended, then fills the free slots of every target with one claim. */
export const createEffectWorker = (deps: EffectWorkerDeps): EffectWorker => {
  const { queue, perform, pollMs, leaseMs, observer, log } = deps;
  const slots = new Map(
    deps.targets.map((target) => [target, createTargetSlots(target, deps.concurrency, observer.onBreaker, log)]),
  );
  let finished: Finished[] = [];
  let loop: Promise<void> | undefined;
  let stopping = false;
  let trouble = false;
  let woken = false;
  let rouse: (() => void) | undefined;

  const wake = (): void => {
    woken = true;
    rouse?.();
  };

  /** Until somebody wakes us, at most the poll interval, a quarter more or less so that replicas do not stay in step. */
  const idle = async (): Promise<void> => {
    if (woken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pollMs * (0.75 + Math.random() / 2));
      rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    rouse = undefined;
  };

  const run = async (effect: ClaimedEffect, of: TargetSlots): Promise<void> => {
    const began = performance.now();
    const outcome = await withLogFields(fieldsOf(effect), () => of.run(() => perform(effect)));
    finished.push({ effect, outcome, slots: of, seconds: (performance.now() - began) / 1000 });
    wake();
  };

  const settle = async (): Promise<void> => {
    const batch = [...finished];
    if (batch.length === 0) return;
    const { states, lost } = await queue.settle(batch);
    finished = finished.slice(batch.length);
    for (const { effect, outcome, seconds, slots: of } of batch) {
      of.release();
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
    if (free.size === 0) return;
    for (const effect of await queue.claim(free, leaseMs)) {
      const of = slots.get(effect.target);
      if (of === undefined) throw new Error(`claimed an effect of ${effect.target}, which was not asked for`);
      of.take();
      void run(effect, of);
    }
  };

  const tick = async (): Promise<void> => {
    try {
      await settle();
      if (!stopping) await claim();
      if (trouble) log.info('the effect queue answers again');
      trouble = false;
    } catch (error) {
      if (!trouble) log.error({ err: error }, 'the effect queue cannot be reached: trying on');
      trouble = true;
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

  const busy = (): boolean => [...slots.values()].some((of) => of.taken() > 0);

  return {
    wake,
    start: () => {
      loop ??= turn();
    },
    stop: async (graceMs = defaultGraceMs) => {
      const end = performance.now() + graceMs;
      stopping = true;
      wake();
      await loop;
      while (busy() && performance.now() < end) {
        await tick();
        if (busy()) await sleep(tickMs);
      }
      if (busy()) log.warn('effects were left to their lease: calls did not end in time');
    },
  };
};
