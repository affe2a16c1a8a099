import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { StackDescription } from '../../../scripts/stack-types.js';

/** What the service said to one delivery of an event. */
export interface Verdict {
  readonly kind: 'applied' | 'stale' | 'unfit';
  readonly reason: string | undefined;
}

/** Every delivery of every event, as the replicas tell of them; a broker may deliver an event more often than once. */
export interface Verdicts {
  /** Of the event with this id, in the order in which they were noticed. @throws Error when the logs cannot be read */
  of(eventId: string): readonly Verdict[];
  stop(): Promise<void>;
}

/** The line that the replicas log of each event. */
const lineSchema = z.object({
  event: z.string(),
  outcome: z.enum(['applied', 'stale', 'unfit', 'retry']),
  reason: z.string().optional(),
});

const everyMs = 20;

/** Reads what is added to a file, line by line. */
const follow = async (file: string, onLine: (line: string) => void, ended: () => boolean): Promise<void> => {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(65_536);
    let rest = Buffer.alloc(0);
    while (!ended()) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) {
        await sleep(everyMs);
        continue;
      }
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        onLine(rest.toString('utf8', 0, end));
        rest = rest.subarray(end + 1);
      }
    }
  } finally {
    await handle.close();
  }
};

/**
 * Follows the logs of the replicas, which tell at debug level what became of each event: the only trace that a stale one
 * leaves beside a counter.
 */
export const followVerdicts = ({ logsDir, replicas }: StackDescription): Verdicts => {
  const found = new Map<string, Verdict[]>();
  let fault: unknown;
  let stopping = false;
  const note = (text: string): void => {
    if (!text.includes('"event taken"')) return;
    const { event, outcome, reason } = lineSchema.parse(JSON.parse(text));
    // It comes again then.
    if (outcome === 'retry') return;
    found.set(event, [...(found.get(event) ?? []), { kind: outcome, reason }]);
  };
  const files = replicas.map(({ number }) => join(logsDir, `order-service-${number}.log`));
  const readers = files.map((file) =>
    follow(file, note, () => stopping).catch((error: unknown) => {
      fault = error;
    }),
  );
  return {
    of: (eventId) => {
      if (fault !== undefined) throw new Error('the logs cannot be followed', { cause: fault });
      return found.get(eventId) ?? [];
    },
    stop: async () => {
      stopping = true;
      await Promise.all(readers);
    },
  };
};
