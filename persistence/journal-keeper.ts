import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { JournalReader } from './journal-reader.js';

/** What the keeper needs. */
export interface KeeperDeps {
  /** What is kept, for the log. */
  readonly what: string;
  readonly store: JournalReader;
  /** Milliseconds between two looks at the journal; 0: others do it all. */
  readonly intervalMs: number;
  readonly log: Logger;
}

/** Keeps tables behind the journal; every replica has one, and one of them works at a time. */
export interface Keeper {
  start(): void;
  /** Reads until everything that is there now has been read, or another replica is at it: for tests and for `start`. */
  catchUp(): Promise<void>;
  /** Ends after the step under way. */
  stop(): Promise<void>;
}

/** For each second of work, so many of rest: whatever there is to read, the process is there for requests. */
const restPerWork = 2;

/** The loop around the store's steps. */
export const createKeeper = ({ what, store, intervalMs, log }: KeeperDeps): Keeper => {
  const stopped = new AbortController();
  let loop: Promise<void> | undefined;

  const rest = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stopped.signal }).catch((error: unknown) => {
      if (!stopped.signal.aborted) throw error;
    });

  const catchUp = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const begun = performance.now();
      const step = await store.advance();
      if (step === 'begun') log.info({ what }, 'rebuilt from the journal');
      if (step === 'current' || step === 'elsewhere') return;
      await rest((performance.now() - begun) * restPerWork);
    }
  };

  const turn = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        // Half the interval: of several replicas one looks each time.
        if (!(await store.isFresh(Math.round(intervalMs / 2)))) await catchUp();
      } catch (error) {
        log.error({ err: error, what }, 'following the journal failed: trying again');
      }
      await rest(intervalMs);
    }
  };

  return {
    start: () => {
      if (intervalMs > 0) loop ??= turn();
    },
    catchUp,
    stop: async () => {
      stopped.abort();
      await loop;
    },
  };
};
