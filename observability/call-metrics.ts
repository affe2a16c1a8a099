import { Counter, Histogram, type Registry } from 'prom-client';

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

/** Upper bounds, in seconds, of every duration's histogram: from a read of Postgres to the longest that a gateway waits. */
export const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
