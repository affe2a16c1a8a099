import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import type { Policy, OrderCommand } from '../../actors/rules/commands.js';
import { type Target, targets } from '../../actors/rules/effects.js';
import type { Reply } from '../../actors/command-envelope.js';
import { createTurns, type Turns } from '../../actors/turn.js';
import { createEffectWorker } from '../../effects/effect-worker.js';
import type { EffectClaims } from '../../persistence/born-effects.js';
import { type ClaimedEffect, createEffectQueue, type EffectQueue } from '../../persistence/effects.js';
import { createOrderNumbers, type OrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { createPool } from '../../persistence/pool.js';
import { policy } from '../support/given.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';
import { newOrder } from '../support/sample-orders.js';

const log = pino({ level: 'silent' });
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('effects that are born claimed', () => {
  let databases: TestDatabases;
  let pool: Pool;
  let queue: EffectQueue;
  let numbers: OrderNumbers;
  let taken: ClaimedEffect[] = [];
  let kept = 0;
  let woken = 0;
  /** Has room for everything, and remembers. */
  const claims: EffectClaims = {
    leaseMs: 30_000,
    reserve: () => {
      kept += 1;
      return true;
    },
    release: () => {
      kept -= 1;
    },
    take: (effects) => {
      kept -= effects.length;
      taken.push(...effects);
    },
    wake: () => {
      woken += 1;
    },
  };

  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = createPool({ dsn: await databases.create(), connections: 6, lifetimeSeconds: 300, name: 'test' }, log);
    queue = createEffectQueue(pool);
    numbers = createOrderNumbers(pool, 'order_number', 'UTC', log);
    await numbers.prepare(new Date().toISOString());
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });
  beforeEach(async () => {
    await pool.query('truncate order_effects');
    [taken, kept, woken] = [[], 0, 0];
  });

  const turnsOf = (orderId: string, over: Partial<Policy> = {}, by: EffectClaims = claims): Turns =>
    createTurns(orderId, {
      ...{ store: createOrderStore(pool, numbers, by), clock: () => new Date(), policy: { ...policy, ...over }, log },
      ...{ onCommit: () => undefined, onOvertaken: () => undefined, chain: createChain('x'.repeat(32)) },
    });
  let commands = 0;
  const take = (turns: Turns, orderId: string, command: OrderCommand, commandId?: string): Promise<Reply> => {
    commands += 1;
    return turns.take({
      ...{
        orderId,
        commandId: commandId ?? `born-${commands}`,
        requestHash: 'h',
        command,
        keyless: false,
        traceparent,
      },
      ...{ caller: { type: 'staff', id: 's' }, channel: 'rest' },
    });
  };
  const created = async (over: Partial<Policy> = {}): Promise<readonly [string, Turns]> => {
    const orderId = uuidv7();
    const turns = turnsOf(orderId, over);
    expect(await take(turns, orderId, { type: 'create', order: newOrder })).toMatchObject({ outcome: 'done' });
    return [orderId, turns];
  };
  const free = new Map<Target, number>(targets.map((target) => [target, 100]));
  const plain = ({ claim: _claim, ...effect }: ClaimedEffect) => JSON.parse(JSON.stringify(effect)) as unknown;
  const byKey = (effects: readonly ClaimedEffect[]): readonly unknown[] =>
    effects.toSorted((a, b) => a.key.localeCompare(b.key)).map(plain);
  const settleAll = (): Promise<unknown> =>
    queue.settle(taken.map((effect) => ({ effect, outcome: { kind: 'done' } })));

  it('are just what the queue would have given', async () => {
    const [orderId, turns] = await created();
    expect(taken.map(({ target }) => target).sort()).toStrictEqual(['events', 'fulfillment', 'notification']);
    await pool.query('update order_effects set claim = null, attempts = 0, next_at = now()');
    expect(byKey(taken)).toStrictEqual(byKey(await queue.claim(free, 30_000)));

    await pool.query(`update order_effects set state = 'done', settled_at = now(), claim = null`);
    taken = [];
    await take(turns, orderId, { type: 'change_status', status: 'processing', reason: 'why' });
    expect(taken.map(({ target }) => target)).toContain('events');
    await pool.query(`update order_effects set claim = null, attempts = 0, next_at = now() where state = 'pending'`);
    expect(byKey(taken)).toStrictEqual(byKey(await queue.claim(free, 30_000)));
    expect(kept).toBe(0);
  });

  it('are nobody else’s for the lease, and are settled under their claim', async () => {
    await created();
    expect(await queue.claim(free, 30_000)).toStrictEqual([]);
    const { rows } = await pool.query<{ attempts: number; left: number }>(
      'select attempts, extract(epoch from next_at - now())::float8 as left from order_effects',
    );
    for (const { attempts, left } of rows) {
      expect(attempts).toBe(1);
      expect(left).toBeGreaterThan(25);
      expect(left).toBeLessThanOrEqual(30);
    }
    await settleAll();
    const states = await pool.query<{ state: string }>('select distinct state from order_effects');
    expect(states.rows).toStrictEqual([{ state: 'done' }]);
    expect(woken).toBe(0);
  });

  it('come back when their lease has ended, where their process has', async () => {
    await created();
    await pool.query(`update order_effects set next_at = now() - interval '1 second'`);
    const again = await queue.claim(free, 30_000);
    expect(again.map(({ key }) => key).sort()).toStrictEqual(taken.map(({ key }) => key).sort());
    expect(again.map(({ attempts }) => attempts)).toStrictEqual(again.map(() => 2));
    expect(await queue.settle(taken.map((effect) => ({ effect, outcome: { kind: 'done' } })))).toMatchObject({
      lost: taken.length,
    });
  });

  it('are not born while an earlier one of their lane is unsettled', async () => {
    const [orderId, turns] = await created();
    const before = [...taken];
    taken = [];
    await take(turns, orderId, { type: 'change_status', status: 'processing' });
    expect(taken.filter(({ target }) => target === 'events')).toStrictEqual([]);
    expect(woken).toBe(1);
    expect(kept).toBe(0);
    const settled = await queue.settle(before.map((effect) => ({ effect, outcome: { kind: 'done' } })));
    expect(settled.followed).toBe(true);
    const next = await queue.claim(new Map([['events', 9]]), 30_000);
    expect(next.map(({ version, attempts }) => [version, attempts])).toStrictEqual([[2, 1]]);
  });

  it('are not those of a later place in a lane of the same statement', async () => {
    const [orderId, turns] = await created();
    await settleAll();
    taken = [];
    await take(turns, orderId, { type: 'cancel', reason: 'not wanted' });
    const lanes = taken.map(({ target }) => target);
    expect(new Set(lanes).size).toBe(lanes.length);
    const { rows } = await pool.query<{ target: Target; claimed: boolean }>(
      `select target, claim is not null as claimed from order_effects where state = 'pending' order by version, position`,
    );
    for (const target of new Set(rows.map((row) => row.target)))
      expect(rows.filter((row) => row.target === target).map(({ claimed }) => claimed)).toStrictEqual(
        rows.filter((row) => row.target === target).map((_, index) => index === 0),
      );
  });

  it('are not those that wait for the end of a grace', async () => {
    const [orderId, turns] = await created({ cancelGraceSeconds: 3_600 });
    await settleAll();
    taken = [];
    await take(turns, orderId, { type: 'cancel', reason: 'not wanted' });
    const { rows } = await pool.query<{ claimed: boolean; later: boolean }>(
      `select claim is not null as claimed, not_before is not null as later from order_effects where state = 'pending'`,
    );
    expect(rows.filter(({ later }) => later).length).toBeGreaterThan(0);
    expect(rows.filter(({ later, claimed }) => later && claimed)).toStrictEqual([]);
    expect(kept).toBe(0);
    expect(await take(turns, orderId, { type: 'restore', reason: 'after all' })).toMatchObject({ outcome: 'done' });
    expect(kept).toBe(0);
  });

  it('give their room back where nothing is written', async () => {
    const commandId = `born-twice-${uuidv7()}`;
    const [first, second] = [uuidv7(), uuidv7()];
    await take(turnsOf(first), first, { type: 'create', order: newOrder }, commandId);
    const count = taken.length;
    expect(await take(turnsOf(second), second, { type: 'create', order: newOrder }, commandId)).toMatchObject({
      outcome: 'elsewhere',
    });
    expect([taken.length, kept]).toStrictEqual([count, 0]);

    const [stale, fresh] = [turnsOf(first), turnsOf(first)];
    await take(stale, first, { type: 'change_status', status: 'processing' });
    await take(fresh, first, { type: 'hold', reason: 'why' });
    expect(await take(stale, first, { type: 'release' })).toMatchObject({ outcome: 'done' });
    expect(kept).toBe(0);
    const broken = { ...numbers, onDay: () => Promise.reject(new Error('away')) };
    const lost = uuidv7();
    const store = createOrderStore(pool, broken, claims);
    const turns = createTurns(lost, {
      ...{ store, clock: () => new Date(), policy, log, chain: createChain('x'.repeat(32)) },
      ...{ onCommit: () => undefined, onOvertaken: () => undefined },
    });
    await expect(take(turns, lost, { type: 'create', order: newOrder })).rejects.toThrow('away');
    expect(kept).toBe(0);
  });

  it('are done by the worker without a look at the queue, each once and in the order of its lane', async () => {
    const done: string[] = [];
    let looks = 0;
    const watched: EffectQueue = {
      ...queue,
      claim: (asked, leaseMs) => {
        looks += 1;
        return queue.claim(asked, leaseMs);
      },
    };
    const worker = createEffectWorker({
      ...{ queue: watched, targets, concurrency: 4, pollMs: 60_000, leaseMs: 30_000, log },
      perform: async ({ key }) => {
        await sleep(5);
        done.push(key);
        return { kind: 'done' };
      },
      observer: { onSettled: () => undefined, onLost: () => undefined, onBreaker: () => undefined },
    });
    const orderId = uuidv7();
    const turns = turnsOf(orderId, {}, worker.claims);
    const settled = async (): Promise<boolean> =>
      (await pool.query(`select 1 from order_effects where state <> 'done'`)).rows.length === 0;
    const untilSettled = async (): Promise<void> => {
      const end = performance.now() + 5_000;
      while (!(await settled())) {
        if (performance.now() > end) throw new Error('not settled');
        await sleep(10);
      }
    };
    worker.start();
    await sleep(100);
    expect(looks).toBe(1);
    await take(turns, orderId, { type: 'create', order: newOrder });
    await untilSettled();
    expect(looks).toBe(1);
    // Lanes with several at once: what comes later is found in the queue, when it can be had.
    await take(turns, orderId, { type: 'change_status', status: 'processing' });
    await take(turns, orderId, { type: 'change_status', status: 'shipped' });
    await take(turns, orderId, { type: 'change_status', status: 'delivered' });
    await untilSettled();
    const { rows } = await pool.query<{ key: string; target: Target; attempts: number }>(
      'select key, target, attempts from order_effects order by version, position',
    );
    expect(rows.map(({ attempts }) => attempts)).toStrictEqual(rows.map(() => 1));
    expect(new Set(done).size).toBe(rows.length);
    expect(done).toHaveLength(rows.length);
    for (const lane of targets) {
      const keys = rows.filter(({ target }) => target === lane).map(({ key }) => key);
      expect(done.filter((key) => keys.includes(key))).toStrictEqual(keys);
    }

    await worker.stop();
    const late = uuidv7();
    await take(turnsOf(late, {}, worker.claims), late, { type: 'create', order: newOrder });
    const left = await pool.query<{ claimed: boolean }>(
      `select claim is not null as claimed from order_effects where order_id = $1`,
      [late],
    );
    expect(left.rows.map(({ claimed }) => claimed)).toStrictEqual(left.rows.map(() => false));
  });
});
