import type { Order } from '../actors/rules/order.js';

/** A message of `GET /watch`, the same for all who get it. */
export interface Message {
  /** As it is sent (Server-Sent Events, WHATWG HTML). */
  readonly bytes: Uint8Array;
  /** For how many watches it waits. */
  waiting: number;
}

/** A change as a message. */
export const messageOf = (id: string, order: Order): Message => ({
  bytes: Buffer.from(`id: ${id}\ndata: {"order":${JSON.stringify(order)}}\n\n`),
  waiting: 0,
});

/** What waits over all watches; a message that several wait for is counted once. */
export interface Held {
  bytes: number;
}

/** A watch as the feed has it. */
export interface Member {
  /** False, where `most` messages wait already: the watch is to be dropped. */
  offer(message: Message, most: number): boolean;
  /** The next message, as soon as there is one; undefined: the watch is over. */
  next(): Promise<Message | undefined>;
  /** How many messages wait. */
  waiting(): number;
  /** Whether nothing waits and nothing was dropped. */
  hasTakenAll(): boolean;
  /** Ends the watch and releases what waits. */
  end(): void;
}

/** @param onEnd called once, when the watch is over */
export const createFollower = (held: Held, onEnd: () => void): Member => {
  let queue: Message[] = [];
  let isOver = false;
  let waiter: ((message: Message | undefined) => void) | undefined;

  const release = (message: Message): void => {
    message.waiting -= 1;
    if (message.waiting === 0) held.bytes -= message.bytes.byteLength;
  };

  return {
    offer: (message, most) => {
      if (isOver) return true;
      if (waiter !== undefined) {
        waiter(message);
        waiter = undefined;
        return true;
      }
      if (queue.length >= most) return false;
      if (message.waiting === 0) held.bytes += message.bytes.byteLength;
      message.waiting += 1;
      queue.push(message);
      return true;
    },
    next: () => {
      const message = queue.shift();
      if (message !== undefined) {
        release(message);
        return Promise.resolve(message);
      }
      if (isOver) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        waiter = resolve;
      });
    },
    waiting: () => queue.length,
    hasTakenAll: () => !isOver && queue.length === 0,
    end: () => {
      if (isOver) return;
      isOver = true;
      for (const message of queue) release(message);
      queue = [];
      waiter?.(undefined);
      waiter = undefined;
      onEnd();
    },
  };
};
