import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { OrderCommand } from '../actors/rules/commands.js';
import { targets } from '../actors/rules/effects.js';

/** Upper bounds, in seconds, of every duration's histogram: from a read of Postgres to the longest that a gateway waits. */
export const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A call of a gateway, and how it ended. */
export interface CallEnd {
  readonly gateway: string;
  readonly call: string;
  /** `ok` or a code of the error table. */
  readonly code: string;
  readonly seconds: number;
  /** Whether it was a repeat of a call that had been taken before. */
  readonly replayed: boolean;
}

/** Rate, errors and durations of every way in. */
export interface CallMetrics {
  /** A gateway has this call: its series begin at 0. */
  readonly expectCall: (gateway: string, call: string) => void;
  readonly called: (end: CallEnd) => void;
  /** A gateway may answer with these codes: their series begin at 0. */
  readonly expectAnswers: (gateway: string, codes: readonly string[]) => void;
  /** A request was answered: `ok`, a code of the error table, or `client_gone` where the client had closed the connection. */
  readonly answered: (gateway: string, code: string) => void;
  /** Events of these topics may come, and end so: their series begin at 0. */
  readonly expectEvents: (topics: readonly string[], outcomes: readonly string[]) => void;
  /** An event of another service, and what became of it. */
  readonly eventTaken: (topic: string, outcome: string, seconds: number) => void;
}

/** Every label comes from a closed set, which the callers of these functions ensure. */
export const createCallMetrics = (registry: Registry): CallMetrics => {
  const registers = [registry];
  const calls = new Histogram({
    name: 'order_call_duration_seconds',
    help: 'Calls by gateway, call and code of the answer, from known caller to answer.',
    labelNames: ['gateway', 'call', 'code'],
    buckets: durationBuckets,
    registers,
  });
  const answers = new Counter({
    name: 'order_answers_total',
    help: 'Requests for orders by gateway and code of the answer, those included that were refused before a call began.',
    labelNames: ['gateway', 'code'],
    registers,
  });
  const events = new Counter({
    name: 'order_events_taken_total',
    help: 'Events of other services, by topic and what became of them.',
    labelNames: ['topic', 'outcome'],
    registers,
  });
  const eventDurations = new Histogram({
    name: 'order_event_duration_seconds',
    help: 'How long taking an event of another service took, by topic.',
    labelNames: ['topic'],
    buckets: durationBuckets,
    registers,
  });

  return {
    expectCall: (gateway, call) => {
      calls.zero({ gateway, call, code: 'ok' });
    },
    called: ({ gateway, call, code, seconds }) => {
      calls.observe({ gateway, call, code }, seconds);
    },
    expectAnswers: (gateway, codes) => {
      for (const code of codes) answers.inc({ gateway, code }, 0);
    },
    answered: (gateway, code) => {
      answers.inc({ gateway, code });
    },
    expectEvents: (topics, outcomes) => {
      for (const topic of topics) {
        eventDurations.zero({ topic });
        for (const outcome of outcomes) events.inc({ topic, outcome }, 0);
      }
    },
    eventTaken: (topic, outcome, seconds) => {
      events.inc({ topic, outcome });
      eventDurations.observe({ topic }, seconds);
    },
  };
};

/** What the actors of this process do. */
export interface TurnMetrics {
  /** A turn of an actor: its wait for the order's mutex, and itself. */
  readonly turned: (command: string, outcome: string, waitedSeconds: number, durationSeconds: number) => void;
  /** A command was not taken on, since there was too much to do. */
  readonly turnedAway: () => void;
  /** A commit that another activation had overtaken. */
  readonly overtaken: () => void;
}

const commands: readonly OrderCommand['type'][] = [
  ...(['create', 'change_status', 'cancel', 'cancel_items', 'update', 'take_event', 'settle_refund'] as const),
  ...(['retry_refund', 'link_customer', 'meet_deadline', 'reconsider'] as const),
];

/** Series begin at 0 for every command. */
export const createTurnMetrics = (registry: Registry): TurnMetrics => {
  const registers = [registry];
  const turns = new Histogram({
    name: 'order_turn_duration_seconds',
    help: 'Turns of order actors, by command and outcome, without their wait.',
    labelNames: ['command', 'outcome'],
    buckets: durationBuckets,
    registers,
  });
  for (const command of commands) turns.zero({ command, outcome: 'done' });
  const turnWait = new Histogram({
    name: 'order_turn_wait_seconds',
    help: "How long commands waited in this process for their order's turn; the sidecar's own queue comes before.",
    buckets: durationBuckets,
    registers,
  });
  const overtaken = new Counter({
    name: 'order_commit_overtaken_total',
    help: 'Commits that lost the fence to another activation of the same order and were decided again.',
    registers,
  });
  const turnedAway = new Counter({
    name: 'order_turned_away_total',
    help: 'Commands that were not taken on, since there was more to do than can be done; their callers were asked to retry.',
    registers,
  });

  return {
    turnedAway: () => {
      turnedAway.inc();
    },
    turned: (command, outcome, waited, duration) => {
      turnWait.observe(waited);
      turns.observe({ command, outcome }, duration);
    },
    overtaken: () => {
      overtaken.inc();
    },
  };
};

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
