import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CloudEvent } from './cloud-event.js';

/** Publishes events until the broker has taken them. */
export interface Publisher {
  /**
   * Tries again and again, with pauses that double up to the longest one, for as long as `wanted`. Answers whether the
   * event was published: false means no longer wanted, or the sandbox is closing.
   */
  publishSurely(event: CloudEvent, wanted?: () => boolean): Promise<boolean>;
  /** Ends all pauses. */
  close(): void;
}

const FIRST_PAUSE_MS = 250;

/** `publish` throws when an event was not taken. `longestPauseMs` is in milliseconds (default 5 s). */
export function createPublisher(deps: {
  publish: (event: CloudEvent) => Promise<void>;
  log: Logger;
  longestPauseMs?: number;
}): Publisher {
  const { publish, log, longestPauseMs = 5000 } = deps;
  const closing = new AbortController();
  let failing = false;

  return {
    async publishSurely(event, wanted = () => true) {
      let pause = Math.min(FIRST_PAUSE_MS, longestPauseMs);
      while (wanted() && !closing.signal.aborted) {
        try {
          await publish(event);
          if (failing) log.info({ topic: event.type }, 'publishing works again');
          failing = false;
          return true;
        } catch (err) {
          // Said once per outage: during one, every event of every order comes by here again and again.
          if (!failing) log.warn({ err, topic: event.type }, 'cannot publish, trying again until it works');
          failing = true;
        }
        await sleep(pause, undefined, { signal: closing.signal }).catch((error: unknown) => {
          if (!closing.signal.aborted) throw error;
        });
        pause = Math.min(pause * 2, longestPauseMs);
      }
      return false;
    },
    close: () => {
      closing.abort();
    },
  };
}
