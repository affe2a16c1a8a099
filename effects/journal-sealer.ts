import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { JournalSeal } from '../persistence/journal-seal.js';

/** What the sealer needs. */
export interface SealerDeps {
  readonly seal: JournalSeal;
  readonly log: Logger;
}

/** Seals the entries of earlier releases after an upgrade; every replica has one, and one of them works at a time. */
export interface JournalSealer {
  start(): void;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
}

/** For each second of sealing, so many of rest: the process is there for requests. */
const restPerWork = 1;
const lookAgainMs = 60_000;

/** The loop around the steps of sealing; it ends for good when sealing is complete. */
export const createJournalSealer = ({ seal, log }: SealerDeps): JournalSealer => {
  const stopped = new AbortController();
  let loop: Promise<void> | undefined;

  const rest = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stopped.signal }).catch((error: unknown) => {
      if (!stopped.signal.aborted) throw error;
    });

  /** Milliseconds until the next step; undefined: there is none. */
  const step = async (): Promise<number | undefined> => {
    const begun = performance.now();
    const came = await seal.advance();
    // Sealing as the owner of the tables is up to `npm run migrate -- seal`.
    if (came === 'complete' || came === 'forbidden') return undefined;
    if (came === 'refused') {
      log.error('journal entries without a hash are not sealed: the mark of sealing is missing or not ours');
      return undefined;
    }
    return came === 'more' ? (performance.now() - begun) * restPerWork : lookAgainMs;
  };

  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        const next = await step();
        if (next === undefined) return;
        await rest(next);
      } catch (error) {
        log.error({ err: error }, 'sealing journals failed: trying again');
        await rest(lookAgainMs);
      }
    }
  };

  return {
    start: () => {
      loop ??= run();
    },
    stop: async () => {
      stopped.abort();
      await loop;
    },
  };
};
