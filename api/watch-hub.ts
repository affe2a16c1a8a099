import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';

/** Announces which orders have changed, so that their watches read them. */
export interface WatchHub {
  /** Begins to look after an order. To be called before its versions are read, so that none is missed. */
  subscribe(orderId: string): Subscription;
  /** This order has a new version, or may have. */
  wake(orderId: string): void;
  /** Aborted when this replica stops: every watch ends then. */
  readonly stopping: AbortSignal;
  start(): void;
  stop(): Promise<void>;
}

/** One watch of one order. */
export interface Subscription {
  /** Settles at the next sign of a new version since the call before, and when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** What the hub needs. */
export interface WatchHubDeps {
  /** The present versions of these orders. */
  readonly versionsOf: (
    orderIds: readonly string[],
  ) => Promise<readonly { readonly id: string; readonly version: number }[]>;
  /** Milliseconds between two looks at the watched orders: one statement for all of them. */
  readonly intervalMs: number;
  readonly log: Logger;
}

interface Watched {
  version: number;
  readonly wakers: Set<() => void>;
}

const createSubscription = (register: (waker: () => void) => () => void): Subscription => {
  let pending = false;
  let settle: (() => void) | undefined;
  const close = register(() => {
    pending = true;
    settle?.();
  });
  return {
    close,
    changed: (signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          signal.removeEventListener('abort', done);
          settle = undefined;
          pending = false;
          resolve();
        };
        settle = done;
        signal.addEventListener('abort', done);
        if (pending || signal.aborted) done();
      }),
  };
};

/**
 * Wakes the watches of this replica. A commit of its own wakes at once; what other replicas commit is found by a look at the
 * versions of all watched orders, however many watches there are.
 */
export const createWatchHub = ({ versionsOf, intervalMs, log }: WatchHubDeps): WatchHub => {
  const watched = new Map<string, Watched>();
  const stopped = new AbortController();
  // One for each watch, taken away with it.
  setMaxListeners(0, stopped.signal);
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const wake = (orderId: string): void => {
    for (const waker of watched.get(orderId)?.wakers ?? []) waker();
  };

  const look = async (): Promise<void> => {
    if (watched.size === 0) return;
    try {
      for (const { id, version } of await versionsOf([...watched.keys()])) {
        const known = watched.get(id);
        if (known === undefined || known.version === version) continue;
        known.version = version;
        wake(id);
      }
    } catch (error) {
      log.warn({ err: error }, 'the versions of watched orders cannot be read: trying again');
    }
  };

  return {
    stopping: stopped.signal,
    wake,
    subscribe: (orderId) =>
      createSubscription((waker) => {
        const entry = watched.get(orderId) ?? { version: 0, wakers: new Set() };
        watched.set(orderId, entry);
        entry.wakers.add(waker);
        return () => {
          entry.wakers.delete(waker);
          if (entry.wakers.size === 0 && watched.get(orderId) === entry) watched.delete(orderId);
        };
      }),
    start: () => {
      timer ??= setInterval(() => {
        // A slow look is not overtaken by the next.
        looking ??= look().finally(() => {
          looking = undefined;
        });
      }, intervalMs);
    },
    stop: async () => {
      clearInterval(timer);
      stopped.abort();
      await looking;
    },
  };
};
