import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { targets } from '../actors/rules/effects.js';
import { durationBuckets } from './call-metrics.js';

/** What this process does about effects. What is not done yet, over all replicas, is looked up: see app/gauges.ts. */
export interface EffectMetrics {
  /** An effect's try: what state it left, and how long after the effect was queued. */
  readonly effectTried: (target: string, state: string, durationSeconds: number, lagSeconds: number) => void;
  /** Tries that ended after their lease, so that another worker has the effects. */
  readonly effectsLost: (count: number) => void;
  /** A target's breaker opened or closed. */
  readonly breaker: (target: string, open: boolean) => void;
}

const states = ['done', 'pending', 'rejected', 'dead'] as const;

/** Series begin at 0 for every target. */
export const createEffectMetrics = (registry: Registry): EffectMetrics => {
  const registers = [registry];
  const tries = new Histogram({
    name: 'order_effect_duration_seconds',
    help: 'Tries of effects, by target and the state they left: done, rejected (for good), dead (given up), pending (tried again).',
    labelNames: ['target', 'state'],
    buckets: durationBuckets,
    registers,
  });
  const lag = new Histogram({
    name: 'order_effect_lag_seconds',
    help: 'From the moment an effect was queued to its settling, by target.',
    labelNames: ['target'],
    buckets: [...durationBuckets, 30, 60, 300, 3600],
    registers,
  });
  const lost = new Counter({
    name: 'order_effect_leases_lost_total',
    help: 'Tries of effects that ended after their lease.',
    registers,
  });
  const breakers = new Gauge({
    name: 'order_effect_breaker_open',
    help: '1 while this process leaves a target alone after failures in a row.',
    labelNames: ['target'],
    registers,
  });
  for (const target of targets) {
    for (const state of states) tries.zero({ target, state });
    lag.zero({ target });
    breakers.set({ target }, 0);
  }

  return {
    effectTried: (target, state, duration, lagSeconds) => {
      tries.observe({ target, state }, duration);
      if (state !== 'pending') lag.observe({ target }, lagSeconds);
    },
    effectsLost: (count) => {
      lost.inc(count);
    },
    breaker: (target, open) => {
      breakers.set({ target }, open ? 1 : 0);
    },
  };
};
