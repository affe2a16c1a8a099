import { Counter, type Registry, Summary } from 'prom-client';
import type { Entry } from '../actors/rules/entries.js';
import type { Order } from '../actors/rules/order.js';
import { transitions } from '../actors/rules/transitions.js';
import type { Figure } from './looked-up.js';

/** The newest orders in one currency. */
export interface RecentOrders {
  readonly currency: string;
  readonly orders: number;
  /** Of their total amounts. */
  readonly average: number;
  readonly cancelled: number;
}

/** The business series: their names, with {@link recentOrderFigures}, are a contract (docs/observability.md). */
export interface OrderMetrics {
  /** An order's new journal entries, after they were stored. */
  readonly committed: (order: Order, entries: readonly Entry[]) => void;
  /** An order was created for this call, which took so many seconds. */
  readonly creationTook: (seconds: number) => void;
}

/** Counters begin at 0 for every move of the transition table, so that a first one is seen as a rise. */
export const createOrderMetrics = (registry: Registry): OrderMetrics => {
  const registers = [registry];
  const created = new Counter({
    name: 'order_created_total',
    help: 'Orders created, by their first status.',
    labelNames: ['status'],
    registers,
  });
  created.inc({ status: 'confirmed' }, 0);
  const moved = new Counter({
    name: 'order_status_changes_total',
    help: 'Moves of orders from one status to another.',
    labelNames: ['from', 'to'],
    registers,
  });
  for (const [from, targets] of Object.entries(transitions)) for (const to of targets) moved.inc({ from, to }, 0);
  const value = new Counter({
    name: 'order_total_value_created',
    help: 'Total amount of the orders created, in units of their currency (ISO 4217).',
    labelNames: ['currency'],
    registers,
  });
  const creation = new Summary({
    name: 'order_creation_duration_seconds',
    help: 'Calls that created an order, over the last ten minutes of this process; quantiles do not add up over replicas.',
    percentiles: [0.5, 0.95, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 5,
    registers,
  });

  return {
    committed: ({ currency, total_amount }, entries) => {
      for (const { type, data } of entries) {
        if (type === 'order.created') {
          created.inc({ status: 'confirmed' });
          value.inc({ currency }, Number(total_amount));
        }
        if ('from_status' in data && data.from_status !== undefined && data.to_status !== undefined)
          moved.inc({ from: data.from_status, to: data.to_status });
      }
    },
    creationTook: (seconds) => {
      creation.observe(seconds);
    },
  };
};

/** The two contract names that one process cannot know by itself: an order is often cancelled elsewhere, or after a restart. */
export const recentOrderFigures: readonly Figure<readonly RecentOrders[]>[] = [
  {
    name: 'order_average_value',
    help: 'Average total amount of the orders created in the last 24 hours (the newest 10,000 at most), in their currency. The same on every replica: use max.',
    labels: ['currency'],
    set: (gauge, found) => {
      for (const { currency, average } of found) gauge.set({ currency }, average);
    },
  },
  {
    name: 'order_cancellation_rate',
    help: 'Share, 0 to 1, of the orders created in the last 24 hours (the newest 10,000 at most) that are cancelled by now; 0 without orders. The same on every replica: use max.',
    labels: [],
    set: (gauge, found) => {
      const sum = (of: 'orders' | 'cancelled'): number => found.reduce((total, group) => total + group[of], 0);
      gauge.set(sum('orders') === 0 ? 0 : sum('cancelled') / sum('orders'));
    },
  },
];
