import type { Logger } from 'pino';
import type { CloudEvent } from './cloud-event.js';
import type { Publisher } from './publisher.js';
import type { Store } from './store.js';

/** Events that must be published once each, whatever happens to the broker or to the sandbox. */
export interface Publications {
  /** Promises an event, which is published once that is written. An id that was promised before is not published again. */
  promise(event: CloudEvent): void;
  /** Waits for what is being published. */
  close(): Promise<void>;
}

/** Publications in the store; what was pending when the sandbox ended goes on at once. */
export function createPublications(deps: { store: Store; publisher: Publisher; log: Logger }): Publications {
  const { store, publisher, log } = deps;
  const promised = store.table<CloudEvent>('publications');

  const publish = async (event: CloudEvent): Promise<void> => {
    await store.written();
    if (!(await publisher.publishSurely(event))) return;
    promised.put(event, { key: event.id });
    await store.written();
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
  promised.listOpen().forEach(start);

  return {
    promise(event) {
      if (promised.get(event.id) !== undefined) return;
      promised.put(event, { key: event.id, open: true });
      start(event);
    },
    async close() {
      await Promise.all(running);
    },
  };
}
