import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from 'pino';
import type { JournalTail, StreamPlace } from '../actors/journal-tail.js';
import type { Order } from '../actors/rules/order.js';
import { writeChangePosition } from './change-position.js';
import { createFollower, type Held, type Member, type Message, messageOf } from './change-follower.js';
import { type Candidate, candidateOf, type OrderFilter } from './matching.js';
import { createWatchGroups } from './watch-groups.js';

/** One watch of many orders. */
export interface Follower {
  /** What comes is what comes after this place. */
  readonly start: StreamPlace;
  /** The next message; undefined: the watch is over. */
  next(): Promise<Message | undefined>;
  /** The id up to which all is taken; undefined while messages wait, and when the watch is over. */
  position(): string | undefined;
  leave(): void;
}

/** The changes of all orders for the watches of this replica: one reader of the journals, however many there are. */
export interface ChangeFeed {
  /**
   * Begins to follow. What commits after the call is told.
   *
   * @throws when the database cannot be read
   */
  follow(filter: OrderFilter): Promise<Follower>;
  /** There are new changes, or may be. */
  wake(): void;
  /** Ends every watch. */
  stop(): Promise<void>;
}

/** What the feed needs. */
export interface ChangeFeedDeps {
  readonly tail: JournalTail;
  /** Milliseconds between two reads of the journals while nothing wakes the feed. */
  readonly intervalMs: number;
  /** Milliseconds between two looks at least. */
  readonly spacingMs: number;
  /** A watch is dropped before more of its messages wait. */
  readonly mostWaiting: number;
  /** Bytes of the messages that wait for any watch; the slowest watches are dropped before there are more. */
  readonly mostBytes: number;
  readonly log: Logger;
}

/** Who waits to follow. */
interface Joining {
  readonly filter: OrderFilter;
  readonly done: (follower: Follower) => void;
  readonly failed: (error: unknown) => void;
}

const nowhere: StreamPlace = { cursor: { xmax: 0n, running: [] } };

/** What is there to follow at a replica that stops. */
const over: Follower = {
  start: nowhere,
  next: () => Promise.resolve(undefined),
  position: () => undefined,
  leave: () => undefined,
};

/** Follows the journals of all orders while anybody watches, and hands each change to those whom it concerns. */
export const createChangeFeed = (deps: ChangeFeedDeps): ChangeFeed => {
  const { tail, log } = deps;
  // The reader belongs to no call, although a call starts it: it has neither its trace nor its log fields.
  const outsideOfCalls = AsyncLocalStorage.snapshot();
  const groups = createWatchGroups();
  const held: Held = { bytes: 0 };
  const joining: Joining[] = [];
  let isWoken = false;
  let isStopped = false;
  const hasStopped = (): boolean => isStopped;
  let check: (() => void) | undefined;
  let running: Promise<void> | undefined;
  let cluster = '';
  /** All before it was handed out. Absent without a watch. */
  let place: (() => StreamPlace) | undefined;

  const idOf = (at: StreamPlace): string => writeChangePosition({ cluster, ...at });

  const drop = (member: Member): void => {
    log.info({ waiting: member.waiting() }, 'a watch of many orders was dropped: its reader is too slow');
    member.end();
  };

  const handOut = (message: Message, to: readonly Member[]): void => {
    for (const member of to) if (!member.offer(message, deps.mostWaiting)) drop(member);
    while (held.bytes > deps.mostBytes) {
      const [slowest, ...others] = groups.members().filter((member) => member.waiting() > 0);
      if (slowest === undefined) return;
      drop(others.reduce((most, member) => (member.waiting() > most.waiting() ? member : most), slowest));
    }
  };

  const readToEnd = async (): Promise<void> => {
    if (place === undefined) {
      const end = await tail.end();
      cluster = end.cluster;
      place = () => end;
      return;
    }
    for (let isBehind = true; isBehind && !hasStopped();) {
      const read = await tail.after(place());
      // An order after a change is the one before its next.
      const candidates = new Map<Order, Candidate>();
      const candidate = (order: Order): Candidate => {
        const known = candidates.get(order) ?? candidateOf(order);
        candidates.set(order, known);
        return known;
      };
      for (const change of read.changes) {
        const before = change.before === undefined ? undefined : candidate(change.before);
        const to = groups.concernedBy({ before, after: candidate(change.after) });
        place = change.place;
        if (to.length > 0) handOut(messageOf(idOf(change.place()), change.after), to);
      }
      // Not the changes with it.
      const { next } = read;
      place = () => next;
      ({ isBehind } = read);
    }
  };

  const admit = ({ filter, done }: Joining): void => {
    const member = createFollower(held, () => {
      groups.remove(filter, member);
      check?.();
    });
    groups.add(filter, member);
    done({
      start: place?.() ?? nowhere,
      next: member.next,
      position: () => (member.hasTakenAll() && place !== undefined ? idOf(place()) : undefined),
      leave: member.end,
    });
  };

  const isIdle = groups.isEmpty;
  const hasJoining = (): boolean => joining.length > 0;

  const waitFor = (isEnough: () => boolean, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        check = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      check = () => {
        if (hasStopped() || isEnough() || isIdle()) done();
      };
      check();
    });

  const turn = async (): Promise<void> => {
    while (!hasStopped() && (hasJoining() || !isIdle())) {
      const admitted = joining.splice(0);
      isWoken = false;
      try {
        // Begun after these asked to follow: what it does not see yet, they get.
        await readToEnd();
        for (const one of admitted)
          if (hasStopped()) one.done(over);
          else admit(one);
      } catch (error) {
        log.warn({ err: error }, 'the changes of all orders cannot be read: trying again');
        for (const one of admitted) one.failed(error);
      }
      await waitFor(hasJoining, deps.spacingMs);
      await waitFor(() => isWoken || hasJoining(), deps.intervalMs - deps.spacingMs);
    }
    place = undefined;
    running = undefined;
    for (const one of joining.splice(0)) one.done(over);
  };

  return {
    follow: (filter) =>
      new Promise((done, failed) => {
        if (hasStopped()) {
          done(over);
          return;
        }
        joining.push({ filter, done, failed });
        check?.();
        running ??= outsideOfCalls(turn);
      }),
    wake: () => {
      isWoken = true;
      check?.();
    },
    stop: async () => {
      isStopped = true;
      check?.();
      for (const member of groups.members()) member.end();
      await running;
    },
  };
};
