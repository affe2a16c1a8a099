import type { ChangePosition, JournalTail, StreamPlace } from '../actors/journal-tail.js';
import type { Snapshot } from '../actors/journal-snapshot.js';
import type { ChangeFeed, Follower } from './change-feed.js';
import { messageOf } from './change-follower.js';
import { writeChangePosition } from './change-position.js';
import { candidateOf, concerns, matcherOf, type OrderFilter } from './matching.js';

/** Changes of many orders, followed live. */
export interface WatchAll {
  /** As Server-Sent Events, one after the other, as the reader takes them. Ends with the watch. */
  readonly chunks: AsyncIterable<Uint8Array | string>;
  /** The id up to which all that concerns the watch was taken; undefined while something is on its way. */
  readonly position: () => string | undefined;
  end(): void;
}

/** What watches need. */
export interface WatchAllDeps {
  readonly tail: JournalTail;
  readonly feed: ChangeFeed;
  /** Aborted when this replica stops. */
  readonly stopping: AbortSignal;
}

/** What is watched, from where, and how long. */
export interface WatchAllRequest {
  readonly filter: OrderFilter;
  /** The place that the caller has seen last; undefined: what happens from now on. */
  readonly from: ChangePosition | undefined;
  /** Milliseconds until the token of the caller ends; undefined: it does not. */
  readonly endsInMs: number | undefined;
}

/** Opens a watch; undefined: the stream has no such place. */
export type OpenWatchAll = (request: WatchAllRequest) => Promise<WatchAll | undefined>;

/** The longest time that a timer takes. */
const longestMs = 2_147_483_647;
/** Watches that read on their own at once, to come from where they were to the present. */
const mostCatchingUp = 4;

/** Lets so many work at once; the others wait for their turn. */
const createTurns = (most: number) => {
  const waiting: (() => void)[] = [];
  let working = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (working >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else working += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) working -= 1;
      else next();
    }
  };
};

/** Whether the stream that ends there has this place. */
const isPlaceIn = (end: ChangePosition, { cluster, cursor }: ChangePosition): boolean =>
  cluster === end.cluster && cursor.xmax <= end.cursor.xmax;

/**
 * Watches of many orders. One that goes on from a place reads the journals on its own up to the present, and then joins the
 * one reader that all watches share.
 */
export const createWatchAll = ({ tail, feed, stopping }: WatchAllDeps): OpenWatchAll => {
  const inTurn = createTurns(mostCatchingUp);

  return async ({ filter, from, endsInMs }) => {
    if (from !== undefined && !isPlaceIn(await tail.end(), from)) return undefined;
    let follower: Follower | undefined;
    let isEnded = false;
    /** The place of one that reads on its own, while nothing is to be sent before it. */
    let reached: string | undefined;
    let isCurrent = from === undefined;
    const end = (): void => {
      isEnded = true;
      follower?.leave();
    };
    const isOver = (): boolean => isEnded || stopping.aborted;
    const join = async (): Promise<Follower> => {
      const joined = await feed.follow(filter);
      follower = joined;
      if (isOver()) joined.leave();
      return joined;
    };
    // Before the answer, so that whatever the caller does after it is seen.
    if (from === undefined) await join();
    const matches = matcherOf(filter);

    /** Only the bytes are kept: they are far smaller than the orders, and the reader may take its time. */
    const readMissed = async (at: StreamPlace, until: Snapshot | undefined, cluster: string) => {
      const { changes, next, isBehind } = await inTurn(() => tail.after(at, until));
      const messages = changes.flatMap(({ before, after, place }) => {
        const seen = { before: before === undefined ? undefined : candidateOf(before), after: candidateOf(after) };
        return concerns(matches, seen) ? [messageOf(writeChangePosition({ cluster, ...place() }), after).bytes] : [];
      });
      return { messages, next, isBehind };
    };

    async function* missed(start: ChangePosition, until: Snapshot | undefined) {
      const { cluster } = start;
      let place: StreamPlace = start;
      for (let isBehind = true; isBehind && !isOver();) {
        const read = await readMissed(place, until, cluster);
        reached = undefined;
        for (const bytes of read.messages) {
          // What was not sent may not be passed over.
          if (isOver()) return place;
          yield bytes;
        }
        place = read.next;
        reached = writeChangePosition({ cluster, ...place });
        ({ isBehind } = read);
      }
      return place;
    }

    async function* chunks(): AsyncGenerator<Uint8Array | string> {
      const expiry = endsInMs === undefined ? undefined : setTimeout(end, Math.min(longestMs, endsInMs));
      try {
        if (from !== undefined) {
          const near = yield* missed(from, undefined);
          const { start } = await join();
          yield* missed({ cluster: from.cluster, ...near }, start.cursor);
          if (isOver()) return;
          isCurrent = true;
        }
        const position = follower?.position();
        if (position !== undefined) yield `id: ${position}\n\n`;
        for (let next = await follower?.next(); next !== undefined; next = await follower?.next()) yield next.bytes;
      } finally {
        clearTimeout(expiry);
        end();
      }
    }

    return { chunks: chunks(), position: () => (isCurrent ? follower?.position() : reached), end };
  };
};
