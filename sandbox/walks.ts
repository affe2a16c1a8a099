import type { Logger } from 'pino';
import { z } from 'zod';
import { cloudEvent, type CloudEvent, type InboundTopic } from './cloud-event.js';
import { digest } from './requests.js';
import { loadJournal, openJournal, rewriteJournal } from './journal.js';
import type { Publisher } from './publisher.js';

/** How the fulfilment of orders moves on by itself. */
export interface Walks {
  /** Begins the walk of an order, unless it has one or was stopped; answers its fulfilment id once that is written down. */
  start(orderId: string, traceparent?: string): Promise<string>;
  /** Ends the walk of an order, also one that has not begun; resolves when that is written down. */
  stop(orderId: string): Promise<void>;
  /** Pauses the walk of an order, also one that has not begun, until it is released; resolves when that is written down. */
  hold(orderId: string): Promise<void>;
  /** Lets a held walk go on, its next step one step from now; resolves when that is written down. */
  release(orderId: string): Promise<void>;
  /** Stops all timers, waits for the steps under way, closes the file. The walks go on when they are loaded again. */
  close(): Promise<void>;
}

const walkSchema = z.object({
  order_id: z.string(),
  /** Steps done. */
  step: z.number().int(),
  /** When the last step was done, or the walk began; milliseconds since 1970. */
  at: z.number(),
  stopped: z.boolean().exactOptional(),
  held: z.boolean().exactOptional(),
  /** Not asked to start yet: only its hold is known. */
  waiting: z.boolean().exactOptional(),
  traceparent: z.string().exactOptional(),
});
type Walk = z.infer<typeof walkSchema>;

/** The fulfilment id of an order: always the same. */
export const fulfillmentId = (orderId: string): string => `ful_${digest(`fulfillment ${orderId}`)}`;

const STEPS: { topic: InboundTopic; data: (orderId: string, at: Date) => Record<string, string> }[] = [
  {
    topic: 'fulfillment.started',
    data: (order_id) => ({ order_id, fulfillment_id: fulfillmentId(order_id) }),
  },
  {
    topic: 'shipping.shipped',
    data: (order_id, at) => {
      const tracking_number = `SBX${digest(`parcel ${order_id}`).slice(0, 12).toUpperCase()}`;
      const tracking_url = `https://express.sandbox.example/${tracking_number}`;
      return { order_id, carrier: 'Sandbox Express', tracking_number, tracking_url, shipped_at: at.toISOString() };
    },
  },
  {
    topic: 'shipping.delivered',
    data: (order_id, at) => ({ order_id, delivered_at: at.toISOString() }),
  },
];

const eventOf = (walk: Walk, at: Date): CloudEvent | undefined => {
  const step = STEPS[walk.step];
  if (step === undefined) return undefined;
  return cloudEvent({
    topic: step.topic,
    id: `${step.topic}:${walk.order_id}`,
    data: step.data(walk.order_id, at),
    at,
    traceparent: walk.traceparent,
  });
};

/**
 * Walks over a journal file: started, shipped, delivered, `stepMs` (milliseconds) apart, the first after one step. While
 * `paused` no step is taken. The newest `limit` walks (default 200,000) are remembered.
 */
export async function createWalks(deps: {
  file: string;
  stepMs: number;
  paused: () => boolean;
  publisher: Publisher;
  log: Logger;
  limit?: number;
}): Promise<Walks> {
  const { file, stepMs, paused, publisher, log, limit = 200_000 } = deps;
  const walks = new Map<string, Walk>();
  const timers = new Map<string, NodeJS.Timeout>();
  const stepping = new Set<Promise<void>>();
  let closed = false;
  const over = (walk: Walk): boolean => walk.stopped === true || walk.step >= STEPS.length;
  const still = (walk: Walk): boolean => over(walk) || walk.held === true || walk.waiting === true;
  const remember = (walk: Walk): void => {
    walks.set(walk.order_id, walk);
    if (walks.size <= limit) return;
    for (const [id, old] of walks) {
      if (!over(old)) continue;
      walks.delete(id);
      return;
    }
  };

  const lines = await loadJournal(file, walkSchema, remember);
  if (lines > walks.size * 2 + 1000) await rewriteJournal(file, walks.values());
  const journal = await openJournal<Walk>(file);

  const arm = (walk: Walk, delay: number): void => {
    if (closed || still(walk)) return;
    const timer = setTimeout(() => {
      timers.delete(walk.order_id);
      const step = takeStep(walk)
        .catch((err: unknown) => {
          log.error({ err, order_id: walk.order_id }, 'a fulfilment step could not be written down');
          arm(walk, stepMs);
        })
        .finally(() => stepping.delete(step));
      stepping.add(step);
    }, delay);
    timers.set(walk.order_id, timer);
  };
  const takeStep = async (walk: Walk): Promise<void> => {
    if (paused()) {
      arm(walk, Math.max(stepMs, 100));
      return;
    }
    const event = eventOf(walk, new Date());
    if (
      event === undefined ||
      !(await publisher.publishSurely(event, () => walk.stopped !== true && walk.held !== true))
    )
      return;
    walk.step += 1;
    walk.at = Date.now();
    await journal.append(walk);
    arm(walk, stepMs);
  };
  for (const walk of walks.values()) arm(walk, Math.max(0, walk.at + stepMs - Date.now()));

  return {
    async start(orderId, traceparent) {
      const known = walks.get(orderId);
      if (known?.waiting === true) {
        known.waiting = false;
        known.at = Date.now();
        arm(known, stepMs);
        await journal.append(known);
      } else if (known === undefined) {
        const walk: Walk = { order_id: orderId, step: 0, at: Date.now(), ...(traceparent ? { traceparent } : {}) };
        remember(walk);
        arm(walk, stepMs);
        await journal.append(walk);
      }
      return fulfillmentId(orderId);
    },
    async stop(orderId) {
      const walk = walks.get(orderId) ?? { order_id: orderId, step: 0, at: Date.now() };
      walk.stopped = true;
      remember(walk);
      clearTimeout(timers.get(orderId));
      timers.delete(orderId);
      await journal.append(walk);
    },
    async hold(orderId) {
      const walk = walks.get(orderId) ?? { order_id: orderId, step: 0, at: Date.now(), waiting: true };
      walk.held = true;
      remember(walk);
      clearTimeout(timers.get(orderId));
      timers.delete(orderId);
      await journal.append(walk);
    },
    async release(orderId) {
      const walk = walks.get(orderId);
      if (walk?.held !== true) return;
      walk.held = false;
      walk.at = Date.now();
      arm(walk, stepMs);
      await journal.append(walk);
    },
    async close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(stepping);
      await journal.close();
    },
  };
}
