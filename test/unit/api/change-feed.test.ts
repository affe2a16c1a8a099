import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { JournalTail } from '../../../actors/journal-tail.js';
import type { Order } from '../../../actors/rules/order.js';
import { type ChangeFeed, createChangeFeed, type Follower } from '../../../api/change-feed.js';
import { replay } from '../../../actors/rules/evolve.js';
import { placed } from '../../support/sample-orders.js';

const order = replay(placed())!.order;

describe('The feed of all changes', () => {
  let changes: { before: Order | undefined; after: Order }[];
  let reads: number;
  let failure: Error | undefined;
  let feed: ChangeFeed;

  const tail: JournalTail = {
    end: async () => {
      reads += 1;
      if (failure !== undefined) throw failure;
      return { cluster: '1', cursor: { xmax: BigInt(changes.length), running: [] } };
    },
    after: async ({ cursor }) => {
      reads += 1;
      if (failure !== undefined) throw failure;
      const from = Number(cursor.xmax);
      const placeOf = (at: number) => ({ cursor: { xmax: BigInt(at), running: [] } });
      const read = changes.slice(from, from + 10);
      return {
        changes: read.map((change, at) => ({ ...change, place: () => placeOf(from + at + 1) })),
        next: placeOf(from + read.length),
        isBehind: read.length === 10,
      };
    },
  };

  beforeEach(() => {
    [changes, reads, failure] = [[], 0, undefined];
    const limits = { intervalMs: 20, spacingMs: 1, mostWaiting: 20, mostBytes: 40_000 };
    feed = createChangeFeed({ tail, ...limits, log: pino({ level: 'silent' }) });
  });
  afterEach(() => feed.stop());

  const change = (version: number, parts: Partial<Order> = {}): void => {
    changes.push({ before: { ...order, ...parts, version: version - 1 }, after: { ...order, ...parts, version } });
    feed.wake();
  };

  const next = async (follower: Follower): Promise<number | undefined> => {
    const message = await follower.next();
    if (message === undefined) return undefined;
    const [, data = ''] = Buffer.from(message.bytes).toString().split('\ndata: ');
    return (JSON.parse(data) as { readonly order: Order }).order.version;
  };

  it('gives each watch what concerns it, from when it began', async () => {
    change(1);
    const all = await feed.follow({});
    const confirmed = await feed.follow({ status: ['confirmed'] });
    changes.push({
      before: { ...order, status: 'confirmed', version: 2 },
      after: { ...order, status: 'processing', version: 3 },
    });
    change(4, { status: 'processing' });
    change(5, { status: 'confirmed' });
    expect([await next(all), await next(all), await next(all)]).toStrictEqual([3, 4, 5]);
    expect([await next(confirmed), await next(confirmed)]).toStrictEqual([3, 5]);
    const late = await feed.follow({});
    change(6);
    expect(await next(late)).toBe(6);
  });

  it('tells a change of customer to those who watch the former, the new one, or both by another filter', async () => {
    const former = await feed.follow({ customer_id: 'customer-1' });
    const present = await feed.follow({ customer_id: 'customer-2' });
    const confirmed = await feed.follow({ customer_id: 'customer-2', status: ['confirmed'] });
    const other = await feed.follow({ customer_id: 'customer-3' });
    const all = await feed.follow({});
    changes.push({
      before: { ...order, customer_id: 'customer-1', status: 'processing', version: 1 },
      after: { ...order, customer_id: 'customer-2', status: 'processing', version: 2 },
    });
    change(3, { customer_id: 'customer-2', status: 'confirmed' });
    change(4, { customer_id: 'customer-1' });
    change(5, { customer_id: 'customer-3' });
    expect([await next(former), await next(former)]).toStrictEqual([2, 4]);
    expect([await next(present), await next(present)]).toStrictEqual([2, 3]);
    expect(await next(confirmed)).toBe(3);
    expect(await next(other)).toBe(5);
    for (const version of [2, 3, 4, 5]) expect(await next(all)).toBe(version);
  });

  it('tells a change to those who search for words that the order has, or had', async () => {
    const whole = await feed.follow({ q: 'tea blue' });
    const beginning = await feed.follow({ q: 'blu' });
    const former = await feed.follow({ q: 'customer-1' });
    const other = await feed.follow({ q: 'coffee' });
    const punctuation = await feed.follow({ q: '--' });
    const named = (product_name: string): Partial<Order> => ({ items: [{ ...order.items[0]!, product_name }] });
    changes.push({
      before: { ...order, ...named('Tea, blue'), customer_id: 'customer-1', version: 1 },
      after: { ...order, ...named('Tea, blue'), customer_id: 'customer-2', version: 2 },
    });
    change(3, { ...named('Blueberry'), customer_id: 'customer-2' });
    change(4, { ...named('Cup for coffees'), customer_id: 'customer-1' });
    expect(await next(whole)).toBe(2);
    expect([await next(beginning), await next(beginning)]).toStrictEqual([2, 3]);
    expect([await next(former), await next(former)]).toStrictEqual([2, 4]);
    expect(await next(other)).toBe(4);
    for (const version of [2, 3, 4]) expect(await next(punctuation)).toBe(version);
  });

  it('goes on for a watch when another with the same filter ends', async () => {
    const filter = { customer_id: 'customer-1' };
    const [first, second] = [await feed.follow(filter), await feed.follow(filter)];
    first.leave();
    first.leave();
    change(1, filter);
    expect(await next(second)).toBe(1);
    second.leave();
    const third = await feed.follow(filter);
    second.leave();
    change(2, filter);
    expect(await next(third)).toBe(2);
  });

  it('reads once for however many watches, and not at all without any', async () => {
    const followers = await Promise.all(Array.from({ length: 500 }, () => feed.follow({})));
    // the end, for the first; another for those that came while it was read
    expect(reads).toBeLessThanOrEqual(2);
    const before = reads;
    change(1);
    expect(new Set(await Promise.all(followers.map(next)))).toStrictEqual(new Set([1]));
    expect(reads - before).toBeLessThanOrEqual(3);
    for (const follower of followers) follower.leave();
    await sleep(30);
    const after = reads;
    await sleep(60);
    expect(reads).toBe(after);
    const again = await feed.follow({});
    change(2);
    expect(await next(again)).toBe(2);
  });

  it('drops who lets too many messages wait, and nobody else', async () => {
    const [slow, quick] = [await feed.follow({}), await feed.follow({})];
    for (let version = 1; version <= 50; version += 1) {
      change(version);
      expect(await next(quick)).toBe(version);
    }
    expect(await next(slow)).toBe(undefined);
    // what it was not given may not be passed over
    expect(slow.position()).toBe(undefined);
    change(51);
    expect(await next(quick)).toBe(51);
  });

  it('drops the slowest where what waits takes too much memory', async () => {
    const [slow, quick] = [await feed.follow({}), await feed.follow({})];
    for (let version = 1; version <= 8; version += 1) {
      change(version, { notes: 'x'.repeat(9_000) });
      expect(await next(quick)).toBe(version);
    }
    expect(await next(slow)).toBe(undefined);
  });

  it('reports from where to go on, unless messages wait', async () => {
    const follower = await feed.follow({});
    const start = follower.position();
    change(1, { status: 'confirmed' });
    const message = await follower.next();
    expect(Buffer.from(message!.bytes).toString()).toContain(`id: ${follower.position()}\n`);
    expect(follower.position()).not.toBe(start);
    change(2);
    while (follower.position() !== undefined) await sleep(1);
    expect(await next(follower)).toBe(2);
  });

  it('reports who wants to follow that storage is away, and goes on for those who do', async () => {
    const follower = await feed.follow({});
    failure = new Error('away');
    await expect(feed.follow({})).rejects.toThrow('away');
    change(1);
    failure = undefined;
    expect(await next(follower)).toBe(1);
  });

  it('ends every watch when it stops', async () => {
    const follower = await feed.follow({});
    const waiting = next(follower);
    await feed.stop();
    expect(await waiting).toBe(undefined);
    expect(await next(await feed.follow({}))).toBe(undefined);
  });
});
