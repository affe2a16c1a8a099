import type { Logger } from 'pino';
import { cloudEvent, type CloudEvent, type InboundTopic } from './cloud-event.js';
import { digest } from './requests.js';
import type { Publisher } from './publisher.js';
import type { Store } from './store.js';

/** How the fulfilment of orders moves on by itself. */
export interface Walks {
  /** Begins the walk of an order, unless it has one or was stopped; answers its fulfilment id. */
  start(orderId: string, traceparent?: string): string;
  /** Ends the walk of an order, also one that has not begun. */
  stop(orderId: string): void;
  /** Pauses the walk of an order, also one that has not begun, until it is released. */
  hold(orderId: string): void;
  /** Lets a held walk go on, its next step one step from now. */
  release(orderId: string): void;
  /** Stops all timers, waits for the steps under way. The walks go on when they are loaded again. */
  close(): Promise<void>;
}

interface Walk {
  order_id: string;
  /** Steps done. */
  step: number;
  /** When the last step was done, or the walk began; milliseconds since 1970. */
  at: number;
  stopped?: boolean;
  held?: boolean;
  /** Not asked to start yet: only its hold is known. */
  waiting?: boolean;
  traceparent?: string;
}

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

const isOver = (walk: Walk): boolean => walk.stopped === true || walk.step >= STEPS.length;
const rests = (walk: Walk): boolean => isOver(walk) || walk.held === true || walk.waiting === true;

/**
 * Walks in the store: started, shipped, delivered, `stepMs` (milliseconds) apart, the first after one step. While `paused`
 * no step is taken.
 */
export function createWalks(deps: {
  store: Store;
  stepMs: number;
  paused: () => boolean;
  publisher: Publisher;
  log: Logger;
}): Walks {
  const { store, stepMs, paused, publisher, log } = deps;
  const walks = store.table<Walk>('walks');
  const timers = new Map<string, NodeJS.Timeout>();
  const stepping = new Set<Promise<void>>();
  let closed = false;

  /** Sets the timer of the next step, in place of an earlier one; none for a walk that rests. */
  const arm = (walk: Walk, delay = Math.max(0, walk.at + stepMs - Date.now())): void => {
    clearTimeout(timers.get(walk.order_id));
    timers.delete(walk.order_id);
    if (closed || rests(walk)) return;
    const timer = setTimeout(() => {
      timers.delete(walk.order_id);
      const step = takeStep(walk.order_id)
        .catch((err: unknown) => {
          log.error({ err, order_id: walk.order_id }, 'a fulfilment step could not be written down');
          arm(walk, stepMs);
        })
        .finally(() => stepping.delete(step));
      stepping.add(step);
    }, delay);
    timers.set(walk.order_id, timer);
  };
  const change = (walk: Walk): void => {
    walks.put(walk, { key: walk.order_id, open: !isOver(walk) });
    arm(walk);
  };
  const takeStep = async (orderId: string): Promise<void> => {
    const walk = walks.get(orderId);
    if (walk === undefined || rests(walk)) return;
    if (paused()) {
      arm(walk, Math.max(stepMs, 100));
      return;
    }
    const event = eventOf(walk, new Date());
    const now = (): Walk => walks.get(orderId) ?? walk;
    if (event === undefined || !(await publisher.publishSurely(event, () => !rests(now())))) return;
    // Held and released meanwhile, it may have been published twice: that is one step.
    change({ ...now(), step: Math.max(now().step, walk.step + 1), at: Date.now() });
    await store.written();
  };
  walks.listOpen().forEach((walk) => {
    arm(walk);
  });

  return {
    start(orderId, traceparent) {
      const known = walks.get(orderId);
      const at = Date.now();
      if (known === undefined) change({ order_id: orderId, step: 0, at, ...(traceparent ? { traceparent } : {}) });
      else if (known.waiting === true) change({ ...known, waiting: false, at });
      return fulfillmentId(orderId);
    },
    stop(orderId) {
      change({ ...(walks.get(orderId) ?? { order_id: orderId, step: 0, at: Date.now() }), stopped: true });
    },
    hold(orderId) {
      change({ ...(walks.get(orderId) ?? { order_id: orderId, step: 0, at: Date.now(), waiting: true }), held: true });
    },
    release(orderId) {
      const walk = walks.get(orderId);
      if (walk?.held === true) change({ ...walk, held: false, at: Date.now() });
    },
    async close() {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(stepping);
    },
  };
}
