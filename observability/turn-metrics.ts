import { Counter, Histogram, type Registry } from 'prom-client';
import type { OrderCommand } from '../actors/rules/commands.js';
import { durationBuckets } from './call-metrics.js';

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
