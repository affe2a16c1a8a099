import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import type { Entry } from '../actors/rules/entries.js';
import type { Order } from '../actors/rules/order.js';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every series of this service, named once, here. The first six names are a contract (SPEC section 7). */
export interface Metrics {
  readonly registry: Registry;
  /** An order's new journal entries, after they were stored. */
  readonly committed: (order: Order, entries: readonly Entry[]) => void;
  /** A call of a gateway, however it ended; `code` is `ok` or one of the error table. */
  readonly called: (gateway: string, call: string, code: string, durationSeconds: number) => void;
  /** An event of another service, and what became of it. */
  readonly eventTaken: (topic: string, outcome: string) => void;
  /** A turn of an actor: its wait for the order's mutex, and itself. */
  readonly turned: (command: string, outcome: string, waitedSeconds: number, durationSeconds: number) => void;
  /** A commit that another activation had overtaken. */
  readonly overtaken: () => void;
  /** An effect's try: how it ended, and how long after it was queued. */
  readonly effectTried: (target: string, outcome: string, durationSeconds: number, lagSeconds: number) => void;
  /** Tries that ended after their lease, so that another worker has the effects. */
  readonly effectsLost: (count: number) => void;
  /** A target's breaker opened or closed. */
  readonly breaker: (target: string, open: boolean) => void;
  /** Values that are looked up when the page is read. */
  readonly gauge: (
    name: string,
    help: string,
    labels: readonly string[],
    read: (gauge: Gauge) => void | Promise<void>,
  ) => void;
}

/** Replicas are told apart by the scrape's own labels, so that series add up. */
export const createMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const created = new Counter({
    name: 'order_created_total',
    help: 'Orders created, by their first status.',
    labelNames: ['status'],
    registers,
  });
  const moved = new Counter({
    name: 'order_status_changes_total',
    help: 'Moves from one status to another.',
    labelNames: ['from', 'to'],
    registers,
  });
  const value = new Counter({
    name: 'order_total_value_created',
    help: 'Total amount of the orders created, in their currency.',
    labelNames: ['currency'],
    registers,
  });
  const totals = new Map<string, { orders: number; sum: number }>();
  const average = new Gauge({
    name: 'order_average_value',
    help: 'Average total amount of the orders created since this process started, in their currency.',
    labelNames: ['currency'],
    registers,
  });
  const creation = new Summary({
    name: 'order_creation_duration_seconds',
    help: 'How long creating an order took, from request to answer.',
    percentiles: [0.5, 0.95, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 5,
    registers,
  });
  let orders = 0;
  let cancellations = 0;
  const cancellationRate = new Gauge({
    name: 'order_cancellation_rate',
    help: 'Orders cancelled per order created since this process started (0 while none was created).',
    registers,
    collect() {
      this.set(orders === 0 ? 0 : cancellations / orders);
    },
  });
  cancellationRate.set(0);

  const calls = new Histogram({
    name: 'order_call_duration_seconds',
    help: 'Calls by gateway, call and code of the answer.',
    labelNames: ['gateway', 'call', 'code'],
    buckets: seconds,
    registers,
  });
  const events = new Counter({
    name: 'order_events_taken_total',
    help: 'Events of other services, by topic and what became of them.',
    labelNames: ['topic', 'outcome'],
    registers,
  });
  const turns = new Histogram({
    name: 'order_turn_duration_seconds',
    help: 'Turns of order actors, by command and outcome.',
    labelNames: ['command', 'outcome'],
    buckets: seconds,
    registers,
  });
  const turnWait = new Histogram({
    name: 'order_turn_wait_seconds',
    help: "How long commands waited for their order's turn in this process.",
    buckets: seconds,
    registers,
  });
  const overtaken = new Counter({
    name: 'order_commit_overtaken_total',
    help: 'Commits that lost the fence to another activation of the same order and were decided again.',
    registers,
  });
  const effects = new Histogram({
    name: 'order_effect_duration_seconds',
    help: 'Tries of effects, by target and outcome.',
    labelNames: ['target', 'outcome'],
    buckets: seconds,
    registers,
  });
  const effectLag = new Histogram({
    name: 'order_effect_lag_seconds',
    help: 'From the commit that queued an effect to its settling.',
    labelNames: ['target'],
    buckets: [...seconds, 30, 60, 300],
    registers,
  });

  const effectsLost = new Counter({
    name: 'order_effect_leases_lost_total',
    help: 'Tries of effects that ended after their lease.',
    registers,
  });
  const breakers = new Gauge({
    name: 'order_effect_breaker_open',
    help: '1 while a target is left alone after failures in a row.',
    labelNames: ['target'],
    registers,
  });

  const countCreated = ({ currency, total_amount }: Order): void => {
    const amount = Number(total_amount);
    const total = totals.get(currency) ?? { orders: 0, sum: 0 };
    const next = { orders: total.orders + 1, sum: total.sum + amount };
    totals.set(currency, next);
    orders += 1;
    created.inc({ status: 'confirmed' });
    value.inc({ currency }, amount);
    average.set({ currency }, next.sum / next.orders);
  };

  return {
    registry,
    committed: (order, entries) => {
      for (const { type, data } of entries) {
        if (type === 'order.created') countCreated(order);
        if (type === 'order.cancelled') cancellations += 1;
        if ('from_status' in data && data.from_status !== undefined && data.to_status !== undefined)
          moved.inc({ from: data.from_status, to: data.to_status });
      }
    },
    called: (gateway, call, code, duration) => {
      calls.observe({ gateway, call, code }, duration);
      if (call === 'create_order' && code === 'ok') creation.observe(duration);
    },
    eventTaken: (topic, outcome) => {
      events.inc({ topic, outcome });
    },
    turned: (command, outcome, waited, duration) => {
      turnWait.observe(waited);
      turns.observe({ command, outcome }, duration);
    },
    overtaken: () => {
      overtaken.inc();
    },
    effectTried: (target, outcome, duration, lag) => {
      effects.observe({ target, outcome }, duration);
      if (outcome !== 'pending') effectLag.observe({ target }, lag);
    },
    effectsLost: (count) => {
      effectsLost.inc(count);
    },
    breaker: (target, open) => {
      breakers.set({ target }, open ? 1 : 0);
    },
    gauge: (name, help, labels, read) => {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        async collect() {
          this.reset();
          await read(this);
        },
      });
    },
  };
};
