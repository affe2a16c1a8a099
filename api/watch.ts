import type { OrderReads, StoredDocument } from '../actors/order-reads.js';
import { accessRefusal } from '../actors/rules/access.js';
import type { Caller } from '../actors/rules/order-parts.js';
import { seenBy } from './redaction.js';
import type { WatchHub } from './watch-hub.js';

/** An order that is followed live. */
export interface Watch {
  /** The order as of each version, one after the other, as the reader takes them. Ends with the watch. */
  readonly versions: AsyncIterable<StoredDocument>;
  /** Whether the watch ended because this replica stops: another one goes on. */
  readonly isStopping: () => boolean;
  end(): void;
}

/** What a watch needs. */
export interface WatchDeps {
  readonly reads: Pick<OrderReads, 'following'>;
  readonly hub: WatchHub;
  readonly now: () => Date;
}

/** Whose watch it is, and what it has seen. */
export interface Watcher {
  readonly caller: Caller;
  /** Milliseconds since 1970; undefined: the caller's token has no end. */
  readonly tokenEndsAt: number | undefined;
  readonly orderId: string;
  /** The watch goes on after this version. */
  readonly after: number;
  /** What is shown first. */
  readonly first: StoredDocument | undefined;
  /** Called when the watch has ended. */
  readonly onEnd: () => void;
}

/** Versions that are read at once: what a slow reader has in memory at most. */
const batch = 20;
/** The longest time that a timer takes. */
const longestMs = 2_147_483_647;

/** Follows an order from the journal; what wakes it only says when to look, so nothing is missed or shown twice. */
export const createWatch = ({ reads, hub, now }: WatchDeps, watcher: Watcher): Watch => {
  const { caller, tokenEndsAt, orderId, first, onEnd } = watcher;
  const ended = new AbortController();
  const isOver = (): boolean => ended.signal.aborted;
  const end = (): void => {
    ended.abort();
    onEnd();
  };

  async function* versions(): AsyncGenerator<StoredDocument> {
    const subscription = hub.subscribe(orderId);
    hub.stopping.addEventListener('abort', end);
    const expiry =
      tokenEndsAt === undefined ? undefined : setTimeout(end, Math.min(longestMs, tokenEndsAt - now().getTime()));
    let { after } = watcher;
    try {
      if (hub.stopping.aborted) return;
      if (first !== undefined) yield seenBy(caller, first);
      while (!isOver()) {
        const { current, documents } = await reads.following(orderId, after, batch);
        if (current === undefined) return;
        if (accessRefusal({ order: current }, caller, now().toISOString()) !== undefined) return;
        for (const document of documents) {
          if (isOver()) return;
          yield seenBy(caller, document);
          after = document.version;
        }
        if (documents.length < batch) await subscription.changed(ended.signal);
      }
    } finally {
      clearTimeout(expiry);
      hub.stopping.removeEventListener('abort', end);
      subscription.close();
      onEnd();
    }
  }

  return { versions: versions(), isStopping: () => hub.stopping.aborted, end };
};
