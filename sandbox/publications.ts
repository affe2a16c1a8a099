import type { Logger } from 'pino';
import { z } from 'zod';
import { TOPIC_OWNERS, type CloudEvent } from './cloud-event.js';
import { loadJournal, openJournal, rewriteJournal } from './journal.js';
import type { Publisher } from './publisher.js';

/** Events that must be published once each, whatever happens to the broker or to the sandbox. */
export interface Publications {
  /** Promises an event; resolves when the promise is written down. An id that was promised before is not published again. */
  promise(event: CloudEvent): Promise<void>;
  close(): Promise<void>;
}

const eventSchema = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.enum(Object.keys(TOPIC_OWNERS) as [keyof typeof TOPIC_OWNERS]),
  subject: z.string().exactOptional(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  traceparent: z.string().exactOptional(),
  data: z.unknown(),
});
const recordSchema = z.union([z.object({ event: eventSchema }), z.object({ published: z.string() })]);
type PublicationRecord = z.infer<typeof recordSchema>;

/**
 * Publications over a journal file; what was pending when the sandbox ended goes on at once. It remembers the newest
 * `limit` ids (default 200,000).
 */
export async function createPublications(deps: {
  file: string;
  publisher: Publisher;
  log: Logger;
  limit?: number;
}): Promise<Publications> {
  const { file, publisher, log, limit = 200_000 } = deps;
  /** Undefined: published already. */
  const known = new Map<string, CloudEvent | undefined>();
  const forgetPublished = (): void => {
    if (known.size <= limit) return;
    for (const [id, event] of known) {
      if (event !== undefined) continue;
      known.delete(id);
      return;
    }
  };

  const lines = await loadJournal(file, recordSchema, (record) => {
    if ('event' in record) known.set(record.event.id, record.event);
    else known.set(record.published, undefined);
    forgetPublished();
  });
  const toRecord = ([id, event]: [string, CloudEvent | undefined]): PublicationRecord =>
    event === undefined ? { published: id } : { event };
  if (lines > known.size * 2 + 1000) await rewriteJournal(file, [...known].map(toRecord));
  const journal = await openJournal<PublicationRecord>(file);

  const publish = async (event: CloudEvent): Promise<void> => {
    if (!(await publisher.publishSurely(event))) return;
    known.set(event.id, undefined);
    forgetPublished();
    await journal.append({ published: event.id });
  };
  const running = new Set<Promise<void>>();
  const start = (event: CloudEvent): void => {
    const run = publish(event)
      .catch((err: unknown) => {
        log.error({ err, event_id: event.id }, 'a publication could not be written down');
      })
      .finally(() => running.delete(run));
    running.add(run);
  };
  for (const event of known.values()) if (event !== undefined) start(event);

  return {
    async promise(event) {
      if (known.has(event.id)) return;
      known.set(event.id, event);
      await journal.append({ event });
      start(event);
    },
    async close() {
      await Promise.all(running);
      await journal.close();
    },
  };
}
