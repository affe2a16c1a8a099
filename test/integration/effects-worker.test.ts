import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type Target, targets } from '../../actors/rules/effects.js';
import { createEffectWorker, type EffectWorker, type EffectWorkerDeps } from '../../effects/effect-worker.js';
import { type ClaimedEffect, createEffectQueue, type Outcome } from '../../persistence/effects.js';
import { insertEffects } from '../support/effect-rows.js';
import { useTestDatabase } from '../support/test-database.js';

const log = pino({ level: 'silent' });

const until = async (what: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> => {
  const end = performance.now() + ms;
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain`);
    await sleep(5);
  }
};

describe('the effect worker', () => {
  const database = useTestDatabase(8);
  let workers: EffectWorker[] = [];
  let breakers: string[] = [];

  beforeEach(async () => {
    await database.pool.query('truncate order_effects');
    breakers = [];
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop(200)));
    workers = [];
    jest.useRealTimers();
  });

  const startWorker = (
    perform: (effect: ClaimedEffect) => Promise<Outcome>,
    more: Partial<EffectWorkerDeps> = {},
  ): EffectWorker => {
    const worker = createEffectWorker({
      queue: createEffectQueue(database.pool),
      perform,
      targets,
      concurrency: 4,
      pollMs: 60_000,
      leaseMs: 30_000,
      observer: {
        onSettled: () => undefined,
        onLost: () => undefined,
        onBreaker: (target, open) => breakers.push(`${target} ${open ? 'open' : 'closed'}`),
      },
      log,
      ...more,
    });
    workers.push(worker);
    worker.start();
    return worker;
  };
  const states = async (): Promise<Record<string, number>> => {
    const { rows } = await database.pool.query<{ state: string; n: number }>(
      'select state, count(*)::integer as n from order_effects group by 1',
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  };
  const many = (count: number, target: Target): { target: Target }[] =>
    Array.from({ length: count }, () => ({ target }));

  it('does what is due at once when woken, and a lane without pauses', async () => {
    const done: string[] = [];
    const worker = startWorker(async ({ key }) => {
      done.push(key);
      return { kind: 'done' };
    });
    await sleep(50);
    const orderId = randomUUID();
    const lane = [1, 2, 3, 4, 5].map((version) => ({ orderId, version, target: 'payment' as const }));
    const keys = await insertEffects(database.pool, [...lane, ...many(20, 'warehouse')]);
    const began = performance.now();
    worker.wake();
    await until(async () => (await states())['done'] === keys.length);
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(new Set(done).size).toBe(keys.length);
    expect(done).toHaveLength(keys.length);
    expect(done.filter((key) => key.startsWith(orderId))).toStrictEqual(keys.slice(0, 5));
  });

  it('finds rows of other processes by itself', async () => {
    startWorker(async () => ({ kind: 'done' }), { pollMs: 50 });
    await sleep(30);
    await insertEffects(database.pool, many(3, 'notification'));
    await until(async () => (await states())['done'] === 3);
  });

  it('does not let a hanging target hold up the others', async () => {
    const hanging: (() => void)[] = [];
    const worker = startWorker(
      ({ target }) =>
        target === 'fulfillment'
          ? new Promise((resolve) => hanging.push(() => resolve({ kind: 'done' })))
          : Promise.resolve({ kind: 'done' }),
      { concurrency: 3 },
    );
    await insertEffects(database.pool, [...many(10, 'fulfillment'), ...many(30, 'payment'), ...many(30, 'events')]);
    worker.wake();
    await until(async () => (await states())['done'] === 60);
    assert.equal(hanging.length, 3, 'a target has only its own slots');
    for (let index = 0; index < 10; index += 1) {
      await until(() => hanging.length > index);
      hanging[index]?.();
    }
    await until(async () => (await states())['done'] === 70);
  });

  it('tries again what failed, refused or threw as it should', async () => {
    const tries = new Map<string, number>();
    const keys = await insertEffects(database.pool, many(3, 'payment'));
    const worker = startWorker(async ({ key }) => {
      const times = (tries.get(key) ?? 0) + 1;
      tries.set(key, times);
      if (key === keys[0]) return times < 3 ? { kind: 'retry', error: 'busy' } : { kind: 'done' };
      if (key === keys[1]) return { kind: 'rejected', error: 'never' };
      if (times < 2) throw new Error('a bug');
      return { kind: 'done' };
    });
    await until(async () => {
      await database.pool.query(`update order_effects set next_at = now() where claim is null and state = 'pending'`);
      worker.wake();
      return (await states())['done'] === 2;
    });
    expect(await states()).toStrictEqual({ done: 2, rejected: 1 });
    expect(keys.map((key) => tries.get(key))).toStrictEqual([3, 1, 2]);
  });

  it('leaves a failing target alone, probes it, and goes on when it works again', async () => {
    jest.useFakeTimers({
      doNotFake: [
        ...(['clearImmediate', 'clearInterval', 'clearTimeout', 'setImmediate', 'setInterval', 'setTimeout'] as const),
        ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
      ],
    });
    let works = false;
    let calls = 0;
    const worker = startWorker(async ({ target }) => {
      if (target === 'payment') calls += 1;
      return works || target !== 'payment' ? { kind: 'done' } : { kind: 'retry', error: 'down' };
    });
    await insertEffects(database.pool, [...many(12, 'payment'), ...many(12, 'warehouse')]);
    const due = async (): Promise<void> => {
      await database.pool.query(`update order_effects set next_at = now() where claim is null and state = 'pending'`);
      worker.wake();
    };
    await due();
    await until(async () => breakers.length === 1 && (await states())['done'] === 12);
    expect(breakers).toStrictEqual(['payment open']);
    const untilOpen = calls;
    assert.ok(untilOpen >= 5 && untilOpen <= 8, `${untilOpen} calls`);
    await due();
    await sleep(100);
    assert.equal(calls, untilOpen, 'not called while open');

    jest.advanceTimersByTime(3_001);
    await due();
    await until(() => calls === untilOpen + 1);
    await due();
    await sleep(100);
    // one probe
    expect(calls).toBe(untilOpen + 1);
    expect(breakers).toStrictEqual(['payment open']);

    works = true;
    jest.advanceTimersByTime(3_001);
    await due();
    await until(async () => (await states())['done'] === 24);
    expect(breakers).toStrictEqual(['payment open', 'payment closed']);
  });

  it('begins the next call when one has ended, whether or not that one is settled', async () => {
    const queue = createEffectQueue(database.pool);
    let settles = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      settles = resolve;
    });
    const keys = await insertEffects(database.pool, many(3, 'payment'));
    const done: string[] = [];
    startWorker(
      async ({ key }) => {
        done.push(key);
        return { kind: 'done' };
      },
      {
        concurrency: 1,
        queue: { ...queue, settle: (settlements) => held.then(() => queue.settle(settlements)) },
      },
    );
    await until(() => done.length === 2);
    await sleep(100);
    assert.equal(done.length, 2, 'as many as may be called, and as many again');
    settles();
    await until(async () => (await states())['done'] === 3);
    expect(new Set(done)).toStrictEqual(new Set(keys));
  });

  it('does not call what has waited for half its lease, and does so under a new one', async () => {
    const attempts: number[] = [];
    await insertEffects(database.pool, many(2, 'payment'));
    startWorker(
      async (effect) => {
        attempts.push(effect.attempts);
        await sleep(attempts.length === 1 ? 250 : 0);
        return { kind: 'done' };
      },
      { concurrency: 1, leaseMs: 400 },
    );
    await until(async () => (await states())['done'] === 2);
    expect(attempts).toStrictEqual([1, 1]);
    const { rows } = await database.pool.query<{ attempts: number }>('select attempts from order_effects');
    expect(rows.map((row) => row.attempts)).toStrictEqual([1, 1]);
  });

  it('gives back at a stop what waits for a call', async () => {
    let release: () => void = () => undefined;
    const worker = startWorker(
      () =>
        new Promise((resolve) => {
          release = () => resolve({ kind: 'done' });
        }),
      { concurrency: 1 },
    );
    await insertEffects(database.pool, many(2, 'payment'));
    worker.wake();
    const claimed = async (): Promise<number> =>
      (await database.pool.query('select 1 from order_effects where claim is not null')).rows.length;
    await until(async () => (await claimed()) === 2);
    const stopped = worker.stop();
    await until(async () => (await claimed()) === 1);
    release();
    await stopped;
    const { rows } = await database.pool.query(
      'select state, attempts, claim, next_at <= now() as due from order_effects order by state',
    );
    expect(rows).toStrictEqual([
      { state: 'done', attempts: 1, claim: null, due: false },
      { state: 'pending', attempts: 0, claim: null, due: true },
    ]);
  });

  it('stops after the calls in hand, which it settles', async () => {
    let release: () => void = () => undefined;
    let calls = 0;
    const worker = startWorker(
      () => {
        calls += 1;
        return new Promise((resolve) => {
          release = () => resolve({ kind: 'done' });
        });
      },
      { concurrency: 1 },
    );
    await insertEffects(database.pool, many(3, 'payment'));
    worker.wake();
    await until(() => calls === 1);
    const stopped = worker.stop();
    await sleep(100);
    release();
    await stopped;
    expect(await states()).toStrictEqual({ done: 1, pending: 2 });
    expect(calls).toBe(1);
  });

  it('does not wait forever for a call that hangs', async () => {
    let calls = 0;
    const worker = startWorker(() => {
      calls += 1;
      return new Promise(() => undefined);
    });
    await insertEffects(database.pool, many(1, 'payment'));
    worker.wake();
    await until(() => calls === 1);
    const began = performance.now();
    await worker.stop(150);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(await states()).toStrictEqual({ pending: 1 });
  });

  it('shares the work with other workers without doing anything twice', async () => {
    const done: string[] = [];
    const perform = async ({ key }: ClaimedEffect): Promise<Outcome> => {
      await sleep(Math.random() * 4);
      done.push(key);
      return { kind: 'done' };
    };
    const orders = Array.from({ length: 40 }, () => randomUUID());
    await insertEffects(
      database.pool,
      targets.flatMap((target) =>
        orders.flatMap((orderId) => [1, 2].map((version) => ({ orderId, version, target, operation: `${target}.x` }))),
      ),
    );
    for (let index = 0; index < 3; index += 1) startWorker(perform, { pollMs: 50 });
    await until(async () => (await states())['done'] === 400, 10_000);
    expect(done).toHaveLength(400);
    expect(new Set(done).size).toBe(400);
  });

  it('survives a database that is away for a moment, and then settles what it has', async () => {
    const queue = createEffectQueue(database.pool);
    let away = false;
    let calls = 0;
    const guarded = <T>(work: () => Promise<T>): Promise<T> => (away ? Promise.reject(new Error('away')) : work());
    const worker = startWorker(
      async () => {
        calls += 1;
        away = true;
        return { kind: 'done' };
      },
      {
        queue: {
          claim: (free, leaseMs) => guarded(() => queue.claim(free, leaseMs)),
          settle: (settlements) => guarded(() => queue.settle(settlements)),
          giveBack: (effects) => guarded(() => queue.giveBack(effects)),
          unsettled: () => queue.unsettled(),
        },
      },
    );
    await insertEffects(database.pool, many(1, 'payment'));
    worker.wake();
    await until(() => calls === 1);
    await sleep(200);
    away = false;
    await until(async () => (await states())['done'] === 1);
    expect(calls).toBe(1);
  });
});
