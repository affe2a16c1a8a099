import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTogether, type Send, type TogetherLimits } from '../../../persistence/together.js';

const withCode = (code: string): Error => Object.assign(new Error(`refused: ${code}`), { code });

describe('statements for several orders', () => {
  const own = new AsyncLocalStorage<string>();
  let sent: string[];
  /** Ends what is under way, in the order it was sent. */
  let ends: ((error?: Error) => void)[];
  let passedOver: ReadonlySet<string>;
  let unwritable: string | undefined;
  let inWhoseName: (string | undefined)[];

  const begin = (name: string): Promise<void> => {
    sent.push(name);
    return new Promise((resolve, reject) => {
      ends.push((error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  };
  const sender = (limits: Partial<TogetherLimits> = {}): Send<string, string> =>
    createTogether<string, string>({
      ...{ atOnce: 1, most: 4, mostText: 1_000, patienceMs: 60_000, ...limits },
      row: (item) => {
        if (item === unwritable) throw new TypeError('cannot be written');
        return JSON.stringify(item);
      },
      alone: async (item) => {
        inWhoseName.push(own.getStore());
        await begin(item);
        return `${item} alone`;
      },
      several: async (items, rows) => {
        expect(JSON.parse(rows)).toStrictEqual(items);
        await begin(items.join('+'));
        return items.map((item) => (passedOver.has(item) ? undefined : `${item} of ${items.length}`));
      },
    });
  const settle = async (error?: Error): Promise<void> => {
    ends.shift()?.(error);
    await sleep(0);
  };
  const outcomes = (answers: readonly Promise<string>[]) =>
    Promise.all(answers.map((answer) => answer.catch((error: unknown) => `failed: ${(error as Error).message}`)));

  beforeEach(() => {
    [sent, ends, passedOver, unwritable, inWhoseName] = [[], [], new Set(), undefined, []];
  });

  it('are sent for what waits, and nothing waits for company', async () => {
    const send = sender({ atOnce: 2 });
    const answers = outcomes(['a', 'b', 'c', 'd', 'e'].map(send));
    expect(sent).toStrictEqual(['a', 'b']);
    await settle();
    expect(sent).toStrictEqual(['a', 'b', 'c+d+e']);
    await settle();
    await settle();
    expect(await answers).toStrictEqual(['a alone', 'b alone', 'c of 3', 'd of 3', 'e of 3']);
    void send('f');
    expect(sent.at(-1)).toBe('f');
  });

  it('have at most so many rows, and so much text unless a single one is longer', async () => {
    const send = sender({ most: 2, mostText: 10 });
    void send('first');
    const answers = outcomes(['a', 'b', 'c', 'a long row that stands alone', 'd', 'e'].map(send));
    for (let n = 0; n < 6; n += 1) await settle();
    expect(sent).toStrictEqual(['first', 'a+b', 'c', 'a long row that stands alone', 'd+e']);
    expect(await answers).toHaveLength(6);
  });

  it('leave those that are passed over to a statement of their own', async () => {
    passedOver = new Set(['b']);
    const send = sender();
    void send('first');
    const answers = outcomes(['a', 'b', 'c'].map(send));
    await settle();
    await settle();
    expect(sent).toStrictEqual(['first', 'a+b+c', 'b']);
    await settle();
    expect(await answers).toStrictEqual(['a of 3', 'b alone', 'c of 3']);
  });

  it.each(['22P05', '22003', '23505', '42P01', '40P01', '55P03'])(
    'that the database refuses with %s are sent one by one, and the one at fault alone fails',
    async (code) => {
      const send = sender();
      void send('first');
      const answers = outcomes(['a', 'b', 'c'].map(send));
      await settle();
      await settle(withCode(code));
      expect(sent).toStrictEqual(['first', 'a+b+c', 'a', 'b', 'c']);
      await settle();
      await settle(withCode(code));
      await settle();
      expect(await answers).toStrictEqual(['a alone', `failed: refused: ${code}`, 'c alone']);
    },
  );

  it.each([withCode('57P01'), withCode('57014'), withCode('25006'), new Error('Connection terminated unexpectedly')])(
    'that fail with the database (%s) are not sent again: each is told',
    async (error) => {
      const send = sender();
      void send('first');
      const answers = outcomes(['a', 'b'].map(send));
      await settle();
      await settle(error);
      expect(sent).toStrictEqual(['first', 'a+b']);
      expect(await answers).toStrictEqual([`failed: ${error.message}`, `failed: ${error.message}`]);
      void send('next');
      expect(sent.at(-1)).toBe('next');
    },
  );

  it('go on without an item that cannot be written', async () => {
    unwritable = 'b';
    const send = sender();
    void send('first');
    const answers = outcomes(['a', 'b', 'c'].map(send));
    await settle();
    await settle();
    expect(await answers).toStrictEqual(['a of 2', 'failed: cannot be written', 'c of 2']);
    const last = outcomes(['b'].map(send));
    await settle(); // it goes alone, where it is not written as a row
    expect(await last).toStrictEqual(['b alone']);
  });

  it('are sent although none has ended, when something has waited for long', async () => {
    const send = sender({ patienceMs: 20 });
    void send('first');
    const answers = outcomes(['a', 'b'].map(send));
    while (sent.length < 2) await sleep(5);
    expect(sent).toStrictEqual(['first', 'a+b']);
    ends[1]?.();
    expect(await answers).toStrictEqual(['a of 2', 'b of 2']);
  });

  it('are all sent then: what bounds the wait is the pool', async () => {
    const send = sender({ most: 1, patienceMs: 20 });
    void send('first');
    void outcomes(['a', 'b', 'c'].map(send));
    while (sent.length < 2) await sleep(5);
    expect(sent).toStrictEqual(['first', 'a', 'b', 'c']);
  });

  it('have waited for long by the time of what is under way, not by their own', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const send = sender({ patienceMs: 100 });
      void send('first');
      void send('a');
      await jest.advanceTimersByTimeAsync(50);
      ends.shift()?.();
      await jest.advanceTimersByTimeAsync(0);
      void send('b');
      await jest.advanceTimersByTimeAsync(98);
      expect(sent).toStrictEqual(['first', 'a']);
      await jest.advanceTimersByTimeAsync(2);
      expect(sent).toStrictEqual(['first', 'a', 'b']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('do not wait for a single long row', async () => {
    const send = sender({ mostText: 10 });
    void send('first');
    const answers = outcomes(['a long row that stands alone', 'b', 'c'].map(send));
    await settle();
    expect(sent).toStrictEqual(['first', 'a long row that stands alone', 'b+c']);
    await settle();
    await settle();
    expect(await answers).toStrictEqual(['a long row that stands alone alone', 'b of 2', 'c of 2']);
  });

  it('fail where they cannot even be begun, and what follows is sent', async () => {
    let calls = 0;
    const send = createTogether<string, string>({
      ...{ atOnce: 1, most: 4, mostText: 1_000, patienceMs: 60_000 },
      row: (item) => item,
      alone: (item) => {
        calls += 1;
        if (calls === 2) throw new Error('not begun');
        return begin(item).then(() => item);
      },
      several: () => Promise.reject(withCode('22003')),
    });
    const answers = outcomes(['first', 'a'].map(send));
    await settle();
    expect(await answers).toStrictEqual(['first', 'failed: not begun']);
    void send('next');
    expect(sent.at(-1)).toBe('next');
  });

  it('keep each turn its context', async () => {
    passedOver = new Set(['a', 'b']);
    const send = sender();
    void send('first');
    const answers = outcomes(['a', 'b'].map((item) => own.run(`turn of ${item}`, () => send(item))));
    await settle();
    await settle();
    await settle();
    await settle();
    await answers;
    expect(inWhoseName).toStrictEqual([undefined, 'turn of a', 'turn of b']);
  });

  it('fail only who asked: what follows is sent', async () => {
    const send = sender();
    const first = outcomes([send('first')]);
    const answers = outcomes(['a', 'b'].map(send));
    await settle(withCode('57P01'));
    await settle();
    expect(await first).toStrictEqual(['failed: refused: 57P01']);
    expect(await answers).toStrictEqual(['a of 2', 'b of 2']);
  });
});
