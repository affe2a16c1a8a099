import { z } from 'zod';
import { loadJournal, openJournal, rewriteJournal } from './journal.js';

const observedSchema = z.object({
  id: z.string(),
  type: z.string(),
  sequence: z.number().int(),
  at: z.string(),
  data: z.unknown(),
});
/** An order event as it arrived; `at` is the time of arrival. */
export type ObservedEvent = z.infer<typeof observedSchema>;

const recordSchema = observedSchema.extend({ order_id: z.string() });
type EventRecord = z.infer<typeof recordSchema>;

/** The order events received, in order of arrival, repeats included. */
export interface OrderEvents {
  /** Resolves when the event is written down. */
  add(orderId: string, event: ObservedEvent): Promise<void>;
  /** The events of one order, or the newest of all. */
  list(orderId?: string): ObservedEvent[];
  close(): Promise<void>;
}

/** At most this many events are answered when no order is named. */
export const LISTED = 10_000;

/** Observed events over a journal file; the newest `limit` (default 200,000) are kept. */
export async function createOrderEvents(deps: { file: string; limit?: number }): Promise<OrderEvents> {
  const { file, limit = 200_000 } = deps;
  const slack = Math.max(1, Math.floor(limit / 10));
  let arrived: { orderId: string; event: ObservedEvent }[] = [];
  const byOrder = new Map<string, ObservedEvent[]>();

  const forgetOldest = (count: number): void => {
    for (const { orderId } of arrived.slice(0, count)) {
      const events = byOrder.get(orderId);
      events?.shift();
      if (events?.length === 0) byOrder.delete(orderId);
    }
    arrived = arrived.slice(count);
  };
  const remember = (orderId: string, event: ObservedEvent): void => {
    arrived.push({ orderId, event });
    const events = byOrder.get(orderId);
    if (events === undefined) byOrder.set(orderId, [event]);
    else events.push(event);
    // A slice at a time, since cutting a long array costs its whole length.
    if (arrived.length >= limit + slack) forgetOldest(slack);
  };

  const lines = await loadJournal(file, recordSchema, ({ order_id, ...event }) => {
    remember(order_id, event);
  });
  if (lines > arrived.length) {
    await rewriteJournal(
      file,
      arrived.map(({ orderId, event }): EventRecord => ({ order_id: orderId, ...event })),
    );
  }
  const journal = await openJournal<EventRecord>(file);

  return {
    add(orderId, event) {
      remember(orderId, event);
      return journal.append({ order_id: orderId, ...event });
    },
    list: (orderId) =>
      orderId === undefined ? arrived.slice(-LISTED).map(({ event }) => event) : (byOrder.get(orderId) ?? []),
    close: () => journal.close(),
  };
}
