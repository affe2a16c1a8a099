import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CommandRequest } from '../actors/command-envelope.js';
import type { Answer, OrderClient } from '../actors/order-client.js';
import type { Deadlines, DueDeadline } from '../persistence/deadlines.js';
import type { OrderNumbers } from '../persistence/order-numbers.js';
import type { Retention } from '../persistence/retention.js';
import type { GuestOrder, VerifiedEmails } from '../persistence/verified-emails.js';
import { type DueSpan, inDeadlineSpan } from './deadline-span.js';

/** What the sweeper needs. */
export interface SweeperDeps {
  readonly deadlines: Deadlines;
  readonly retention: Retention;
  readonly emails: Pick<VerifiedEmails, 'overlooked' | 'settle'>;
  readonly numbers: Pick<OrderNumbers, 'prepare'>;
  readonly orders: OrderClient;
  readonly clock: () => Date;
  /** Hours after which an event that came early is given up (docs/events.md). */
  readonly waitingHours: number;
  readonly log: Logger;
}

/** What time itself sets going (docs/architecture.md); every replica has one. */
export interface Sweeper {
  start(): void;
  /** One round of deadlines, waiting events and guest orders of customers, for tests and for `start`. */
  sweep(): Promise<void>;
  /** What is done hourly: sequences of order numbers, retention. */
  tidy(): Promise<void>;
  /** Ends after the round under way. */
  stop(): Promise<void>;
}

/** Pause between two rounds, a fifth more or less, so that replicas take turns. */
const intervalMs = 5_000;
const hourMs = 3_600_000;
/** Settled effects and dead letters are kept for this long. */
const retentionDays = 90;
const batch = 200;
const deletedAtOnce = 1_000;
/** Commands under way at once. */
const concurrency = 8;
/** How long one command may take; the next round tries again. */
const commandMs = 5_000;

/** Sends deadlines to their orders' actors; the ids are stable, so it does not matter that every replica does. */
export const createSweeper = (deps: SweeperDeps): Sweeper => {
  const { deadlines, retention, emails, numbers, orders, clock, waitingHours, log } = deps;
  const stopped = new AbortController();
  let loop: Promise<void> | undefined;

  const forEach = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
    const rest = items.values();
    const worker = async (): Promise<void> => {
      for (const item of rest) if (!stopped.signal.aborted) await work(item);
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  };

  const send = (due: DueSpan, commandId: string, command: CommandRequest['command']): Promise<Answer> => {
    const caller = { type: 'system', id: 'deadlines' } as const;
    const request = {
      orderId: due.orderId,
      commandId,
      requestHash: commandId,
      caller,
      channel: 'deadline',
      command,
    } as const;
    return inDeadlineSpan(due, (traceparent) =>
      orders.send(traceparent === undefined ? request : { ...request, traceparent }, commandMs),
    );
  };

  const meet = async ({ orderId, what, at, traceparent }: DueDeadline): Promise<boolean> => {
    const due = { name: `deadline ${what}`, orderId, traceparent };
    const answer = await send(due, `deadline:${what}:${at}`, { type: 'meet_deadline', what, at });
    if (answer.outcome !== 'done' && answer.outcome !== 'stale')
      log.warn({ order_id: orderId, what, at, outcome: answer.outcome }, 'a deadline could not be met yet');
    return answer.outcome === 'done';
  };

  /** Until nothing is due, or what is due cannot be met now: then the next round tries again. */
  const meetAll = async (): Promise<void> => {
    for (let progress = true; progress && !stopped.signal.aborted;) {
      const due = await deadlines.due(batch);
      progress = false;
      await forEach(due, async (deadline) => {
        if (await meet(deadline)) progress = true;
      });
      progress &&= due.length === batch;
    }
  };

  const reconsider = async (orderId: string): Promise<void> => {
    const answer = await send({ name: 'reconsider', orderId }, `reconsider:${randomUUID()}`, { type: 'reconsider' });
    if (answer.outcome === 'done') await deadlines.reconsidered(orderId, answer.order.version);
    else log.warn({ order_id: orderId, outcome: answer.outcome }, 'waiting events could not be decided again yet');
  };

  const link = async ({ orderId, email, customerId: customer_id }: GuestOrder): Promise<void> => {
    const due = { name: 'link customer', orderId };
    const answer = await send(due, `link:${customer_id}`, { type: 'link_customer', customer_id, email });
    if (answer.outcome !== 'done' && answer.outcome !== 'stale')
      log.warn({ order_id: orderId, outcome: answer.outcome }, 'a guest order could not be linked to its customer yet');
  };

  const sweep = async (): Promise<void> => {
    await meetAll();
    await forEach(await deadlines.toReconsider(waitingHours, batch), reconsider);
    await forEach(await emails.overlooked(batch), link);
    await emails.settle();
  };

  const tidy = async (): Promise<void> => {
    await numbers.prepare(clock().toISOString());
    const before = new Date(clock().getTime() - retentionDays * 24 * hourMs);
    for (let deleted = 1; deleted > 0 && !stopped.signal.aborted;) {
      deleted = await retention.deleteSettled(before, deletedAtOnce);
      if (deleted > 0) log.info({ deleted }, 'settled effects and dead letters were forgotten');
    }
  };

  const attempt = async (what: string, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      log.error({ err: error }, `${what} failed: trying again`);
      return false;
    }
  };

  const turn = async (): Promise<void> => {
    let tidyAt = 0;
    while (!stopped.signal.aborted) {
      if (performance.now() >= tidyAt && (await attempt('the hourly work', tidy))) tidyAt = performance.now() + hourMs;
      await attempt('the sweep', sweep);
      await sleep(intervalMs * (0.8 + Math.random() * 0.4), undefined, { signal: stopped.signal }).catch(
        (error: unknown) => {
          if (!stopped.signal.aborted) throw error;
        },
      );
    }
  };

  return {
    start: () => {
      loop ??= turn();
    },
    sweep,
    tidy,
    stop: async () => {
      stopped.abort();
      await loop;
    },
  };
};
