import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context } from '@opentelemetry/api';
import { isLockConflict, isTransient } from './pool.js';

/** When items go together, and how many. */
export interface TogetherLimits {
  /** Statements under way at once; what comes meanwhile waits for one of them to end. */
  readonly atOnce: number;
  /** Items of one statement. */
  readonly most: number;
  /** Length of one statement's rows; a single longer row is sent all the same. */
  readonly mostText: number;
  /** A statement that is under way for longer no longer counts as such: it may wait for a lock. */
  readonly patienceMs: number;
}

/** How statements for one item and for several are sent. */
export interface TogetherOptions<Item, Answer> extends TogetherLimits {
  /** The item as JSON, one row of the statement for several. */
  row(item: Item): string;
  /** The statement for one item. */
  alone(item: Item): Promise<Answer>;
  /**
   * The statement for several items, in one transaction. An item without an answer in the result was passed over, nothing of
   * it is written, and it is sent alone.
   *
   * @param rows of the items, as a JSON array
   * @param traces the contexts of the items' turns
   */
  several(items: readonly Item[], rows: string, traces: readonly Context[]): Promise<readonly (Answer | undefined)[]>;
}

/** Sends one item, with others or alone, and answers as the statement for one item would. */
export type Send<Item, Answer> = (item: Item) => Promise<Answer>;

interface Waiting<Item, Answer> {
  readonly item: Item;
  /** Runs in the context of the item's turn: its trace and its log fields. */
  readonly within: <T>(work: () => T) => T;
  resolve(answer: Answer | Promise<Answer>): void;
  reject(error: unknown): void;
}

interface UnderWay {
  readonly since: number;
  counts: boolean;
}

/**
 * Whether a statement for several items failed for something that may be one item's fault: then each is sent alone, and only
 * the one that is at fault fails. Nothing of the statement is written: where that is not certain, all of them fail, as each
 * would have alone.
 */
const mayBeOneItems = (error: unknown): boolean => isLockConflict(error) || !isTransient(error);

/**
 * Sends items of different orders in one statement where they wait anyway (docs/adr/0023). An item that comes while fewer than
 * `atOnce` statements are under way is sent at once and alone; otherwise it waits until one of them ends, and all that wait
 * then go together. Nothing waits for company.
 */
export const createTogether = <Item, Answer>(options: TogetherOptions<Item, Answer>): Send<Item, Answer> => {
  const { atOnce, most, mostText, patienceMs, row, alone, several } = options;
  let waiting: Waiting<Item, Answer>[] = [];
  const running = new Set<UnderWay>();
  let underWay = 0;
  let timer: NodeJS.Timeout | undefined;

  const sendAlone = ({ item, within, resolve }: Waiting<Item, Answer>): Promise<unknown> => {
    const sent = within(async () => alone(item));
    resolve(sent);
    return sent;
  };

  /** Takes the next items off the queue. An item that cannot be written as JSON fails, and no other. */
  const takeNext = (): [readonly Waiting<Item, Answer>[], readonly string[]] => {
    const [taken, rows]: [Waiting<Item, Answer>[], string[]] = [[], []];
    let [length, looked] = [0, 0];
    for (const one of waiting) {
      if (rows.length === most) break;
      try {
        const text = row(one.item);
        if (rows.length > 0 && length + text.length > mostText) break;
        length += text.length;
        taken.push(one);
        rows.push(text);
      } catch (error) {
        one.reject(error);
      }
      looked += 1;
    }
    waiting = waiting.slice(looked);
    return [taken, rows];
  };

  const sendSeveral = async (items: readonly Waiting<Item, Answer>[], rows: readonly string[]): Promise<void> => {
    try {
      const traces = items.map(({ within }) => within(() => context.active()));
      const answers = await several(
        items.map(({ item }) => item),
        `[${rows.join(',')}]`,
        traces,
      );
      for (const [index, one] of items.entries()) {
        const answer = answers[index];
        if (answer === undefined) void sendAlone(one);
        else one.resolve(answer);
      }
    } catch (error) {
      for (const one of items)
        if (mayBeOneItems(error)) void sendAlone(one);
        else one.reject(error);
    }
  };

  const begin = (): UnderWay => {
    const one = { since: performance.now(), counts: true };
    running.add(one);
    underWay += 1;
    return one;
  };

  const discount = (one: UnderWay): void => {
    if (one.counts) underWay -= 1;
    one.counts = false;
  };

  const end = (one: UnderWay): void => {
    running.delete(one);
    discount(one);
    sendNext();
  };

  const send = async (): Promise<void> => {
    const one = begin();
    try {
      const [[first, ...more], rows] = takeNext();
      if (first === undefined) return;
      const sending = more.length === 0 ? sendAlone(first) : sendSeveral([first, ...more], rows);
      // A long row takes long, and has nothing in common with what waits.
      if ((rows[0]?.length ?? 0) > mostText) {
        discount(one);
        sendNext();
      }
      await sending;
    } catch {
      // The callers of its items have been given the error.
    } finally {
      end(one);
    }
  };

  const sendNext = (): void => {
    if (waiting.length > 0 && underWay < atOnce) void send();
  };

  /**
   * While something waits, until the oldest statement that counts has taken too long. All that waits is sent then: where
   * the database hangs, it is the pool's time-out that says so.
   */
  const watch = (): void => {
    if (timer !== undefined) return;
    const oldest = [...running].find(({ counts }) => counts);
    const left = (oldest?.since ?? 0) + patienceMs - performance.now();
    timer = setTimeout(
      () => {
        timer = undefined;
        const before = performance.now() - patienceMs;
        const late = [...running].filter(({ counts, since }) => counts && since <= before);
        late.forEach(discount);
        while (late.length > 0 && waiting.length > 0) void send();
        if (waiting.length > 0) watch();
      },
      Math.max(1, Math.ceil(left)),
    );
    timer.unref();
  };

  return async (item) => {
    if (underWay >= atOnce)
      return new Promise((resolve, reject) => {
        waiting.push({ item, within: AsyncLocalStorage.snapshot(), resolve, reject });
        watch();
      });
    const one = begin();
    try {
      return await alone(item);
    } finally {
      end(one);
    }
  };
};
