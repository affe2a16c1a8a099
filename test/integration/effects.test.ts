import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { type Target, targets } from '../../actors/rules/effects.js';
import { type ClaimedEffect, createEffectQueue, type EffectQueue, type Outcome } from '../../persistence/effects.js';
import { createPool } from '../../persistence/pool.js';
import { insertEffects, insertOrder } from '../support/effect-rows.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const done: Outcome = { kind: 'done' };
const retry: Outcome = { kind: 'retry', error: 'no answer' };
const rejected: Outcome = { kind: 'rejected', error: 'no' };
const leaseMs = 30_000;

interface Row {
  readonly state: string;
  readonly attempts: number;
  readonly claim: string | null;
  readonly last_error: string | null;
  readonly settled_at: string | null;
  /** Milliseconds from now. */
  readonly due: number;
}

describe('the effect queue', () => {
  let databases: TestDatabases;
  let pool: Pool;
  let queue: EffectQueue;

  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = createPool(
      { dsn: await databases.create(), connections: 8, lifetimeSeconds: 300, name: 'test' },
      pino({ level: 'silent' }),
    );
    queue = createEffectQueue(pool, { random: () => 0.5 });
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });
  beforeEach(async () => {
    await pool.query('truncate order_effects, order_events, orders cascade');
  });

  const claim = (target: Target = 'fulfillment', free = 100): Promise<readonly ClaimedEffect[]> =>
    queue.claim(new Map([[target, free]]), leaseMs);
  const keys = (effects: readonly ClaimedEffect[]): string[] => effects.map(({ key }) => key).sort();
  const settle = (effects: readonly ClaimedEffect[], outcome: Outcome) =>
    queue.settle(effects.map((effect) => ({ effect, outcome })));
  const row = async (key: string | undefined): Promise<Row> => {
    const { rows } = await pool.query<Row>(
      `select state, attempts, claim, last_error, settled_at, extract(epoch from next_at - now())::float8 * 1000 as due
       from order_effects where key = $1`,
      [key],
    );
    assert.ok(rows[0], `no effect ${String(key)}`);
    return rows[0];
  };
  /** Makes everything due. */
  const passTime = (): Promise<unknown> => pool.query(`update order_effects set next_at = now() - interval '1 second'`);
  const one = async (target: Target = 'fulfillment'): Promise<ClaimedEffect> => {
    const [effect, ...others] = await claim(target);
    assert.ok(effect);
    expect(others).toStrictEqual([]);
    return effect;
  };

  it('hands out what an effect needs', async () => {
    const orderId = randomUUID();
    await insertEffects(pool, [{ orderId, version: 3, operation: 'fulfillment.stop' }]);
    const effect = await one();
    expect(effect.key).toBe(`${orderId}:3:fulfillment.stop:0`);
    expect(effect.payload).toStrictEqual({ order_id: orderId });
    expect(effect.attempts).toBe(1);
    expect(effect.entry).toBeUndefined();
    expect(effect.queuedAt).toMatch(/^\d{4}-.*\.\d{3}Z$/);
    const { due, ...stored } = await row(effect.key);
    expect(stored.claim).toBe(effect.claim);
    expect(due).toBeGreaterThan(leaseMs - 2_000);
    expect(due).toBeLessThanOrEqual(leaseMs);
  });

  it('hands out an event with its journal entry', async () => {
    const orderId = randomUUID();
    await insertOrder(pool, orderId, [
      { type: 'order.created', data: { order_number: 'x', items: [] } },
      { type: 'order.completed', data: {} },
    ]);
    await insertEffects(pool, [{ orderId, version: 2, target: 'events', operation: 'event.publish' }]);
    expect((await one('events')).entry).toStrictEqual({
      type: 'order.completed',
      data: {},
      at: '2026-01-02T03:04:05.678Z',
      changedBy: { type: 'service', id: 'test' },
      orderNumber: `ORD-${orderId}`,
      // An entry of an earlier release that is not sealed yet.
      hash: undefined,
    });
  });

  it('keeps each lane in order, by version and then position', async () => {
    const orderId = randomUUID();
    const lane = [
      { orderId, version: 1, position: 1 },
      { orderId, version: 1, position: 2 },
      { orderId, version: 2, position: 0 },
      { orderId, version: 10, position: 0 },
    ];
    const inserted = await insertEffects(pool, [...lane].reverse());
    for (const expected of [...inserted].reverse()) {
      const effect = await one();
      expect(effect.key).toBe(expected);
      // the lane waits for the row in hand
      expect(await claim()).toStrictEqual([]);
      await settle([effect], done);
    }
    expect(await claim()).toStrictEqual([]);
  });

  it('keeps lanes independent: other targets of the order, other orders', async () => {
    const orderId = randomUUID();
    const [stuck, ...free] = await insertEffects(pool, [
      { orderId, target: 'fulfillment' },
      { orderId, target: 'payment' },
      { target: 'fulfillment' },
    ]);
    const all = await queue.claim(new Map(targets.map((target) => [target, 9])), leaseMs);
    await settle(
      all.filter(({ key }) => key === stuck),
      retry,
    );
    await settle(
      all.filter(({ key }) => key !== stuck),
      done,
    );
    expect((await row(stuck)).state).toBe('pending');
    for (const key of free) expect((await row(key)).state).toBe('done');
    const [next] = await insertEffects(pool, [{ orderId, target: 'payment', version: 2 }]);
    expect(keys(await claim('payment'))).toStrictEqual([next]);
  });

  it('gives each target as many as it has room for', async () => {
    await insertEffects(pool, [
      ...Array.from({ length: 5 }, () => ({ target: 'payment' }) as const),
      ...Array.from({ length: 5 }, () => ({ target: 'warehouse' }) as const),
      ...Array.from({ length: 5 }, () => ({ target: 'notification' }) as const),
    ]);
    const effects = await queue.claim(
      new Map([
        ['payment', 2],
        ['warehouse', 4],
      ] as const),
      leaseMs,
    );
    expect(effects.filter(({ target }) => target === 'payment')).toHaveLength(2);
    expect(effects.filter(({ target }) => target === 'warehouse')).toHaveLength(4);
    expect(effects).toHaveLength(6);
  });

  it('takes a new row whose clock runs ahead, but no row before its retry is due', async () => {
    const [key] = await insertEffects(pool, [{}]);
    await pool.query(`update order_effects set next_at = now() + interval '3 seconds'`);
    const effect = await one();
    expect(effect.key).toBe(key);
    await settle([effect], retry);
    expect((await row(key)).due).toBeLessThan(1_000);
    expect(await claim()).toStrictEqual([]);
  });

  it('lets another worker take over when a lease has run out, and the first one settles nothing then', async () => {
    const [key] = await insertEffects(pool, [{}]);
    const frozen = await one();
    expect(await claim()).toStrictEqual([]);
    await passTime();
    const second = await one();
    expect(second.attempts).toBe(2);
    expect(second.claim).not.toBe(frozen.claim);
    const late = await settle([frozen], done);
    expect([late.lost, late.states.size]).toStrictEqual([1, 0]);
    expect((await row(key)).state).toBe('pending');
    const inTime = await settle([second], rejected);
    expect([inTime.lost, inTime.states.get(second.key)]).toStrictEqual([0, 'rejected']);
    expect((await settle([frozen], done)).lost).toBe(1);
    // what is settled stays settled
    expect((await settle([second], done)).lost).toBe(1);
    expect((await row(key)).state).toBe('rejected');
  });

  it('settles a batch of mixed outcomes in one go', async () => {
    const inserted = await insertEffects(
      pool,
      Array.from({ length: 30 }, () => ({})),
    );
    const effects = await claim();
    const outcomes = [done, rejected, retry] as const;
    const { states, lost } = await queue.settle(
      effects.map((effect, index) => ({ effect, outcome: outcomes[index % 3] ?? done })),
    );
    expect(lost).toBe(0);
    const { rows } = await pool.query<{ state: string; count: string }>(
      'select state, count(*) from order_effects group by 1 order by 1',
    );
    expect(rows.map(({ state, count }) => [state, Number(count)])).toStrictEqual([
      ['done', 10],
      ['pending', 10],
      ['rejected', 10],
    ]);
    expect([...states.keys()].sort()).toStrictEqual([...inserted].sort());
    const refused = await row(effects[1]?.key);
    expect(refused.last_error).toBe('no');
    expect(refused.settled_at).toBeTruthy();
    expect((await row(effects[2]?.key)).claim).toBeNull();
  });

  it('settles a batch whatever another service says', async () => {
    await insertEffects(pool, [{}, {}]);
    const [first, second] = (await claim()).toSorted((a, b) => (a.key < b.key ? -1 : 1));
    assert.ok(first && second);
    const unstorable: Outcome = { kind: 'rejected', error: 'HTTP 422', detail: `no\0 \ud83d${'🦊'.repeat(300)}` };
    await queue.settle([
      { effect: first, outcome: unstorable },
      { effect: second, outcome: done },
    ]);
    expect(await row(first.key)).toMatchObject({
      state: 'rejected',
      last_error: `HTTP 422: no \ufffd${'🦊'.repeat(242)}\ufffd`,
    });
    expect((await row(second.key)).state).toBe('done');
  });

  it('waits 0.5 s, doubling to 60 s', async () => {
    const [key] = await insertEffects(pool, [{}]);
    for (const seconds of [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]) {
      const effect = await one();
      await settle([effect], retry);
      const { due, last_error } = await row(key);
      assert.ok(due > seconds * 1000 - 1_500 && due <= seconds * 1000, `${due} ms instead of ${seconds} s`);
      expect(last_error).toBe('no answer');
      await passTime();
    }
  });

  it('spreads retries by a quarter either way', async () => {
    for (const [random, ms] of [
      [0, 375],
      [0.999999, 625],
    ] as const) {
      const [key] = await insertEffects(pool, [{}]);
      await createEffectQueue(pool, { random: () => random }).settle([{ effect: await one(), outcome: retry }]);
      const { due } = await row(key);
      assert.ok(due <= ms && due > ms - 300, `${due}`);
    }
  });

  it('lets what follows in the lane wait as long, and no longer', async () => {
    const orderId = randomUUID();
    const [first, second, third] = await insertEffects(pool, [
      { orderId, version: 1 },
      { orderId, version: 2 },
      { orderId, version: 3 },
    ]);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await settle([await one()], retry);
      const due = (await row(first)).due;
      for (const key of [second, third]) expect(Math.abs((await row(key)).due - due)).toBeLessThan(500);
      await pool.query(`update order_effects set next_at = now() where key = $1`, [first]);
    }
    await settle([await one()], done);
    const next = await one();
    expect(next.key).toBe(second);
    expect(next.attempts).toBe(1);
  });

  it('gives up what is not to be tried any more, but no event, and lets the next of the lane pass', async () => {
    const orderId = randomUUID();
    await insertOrder(pool, orderId, [{ type: 'order.created', data: { items: [] } }]);
    const [call, later, event] = await insertEffects(pool, [
      { orderId },
      { orderId, version: 2 },
      { orderId, target: 'events', operation: 'event.publish' },
    ]);
    const { states } = await settle([await one(), await one('events')], { kind: 'given_up', error: 'HTTP 503' });
    expect([states.get(call ?? ''), states.get(event ?? '')]).toStrictEqual(['dead', 'pending']);
    const dead = await row(call);
    expect(dead.state).toBe('dead');
    expect(dead.last_error).toBe('HTTP 503');
    expect(dead.settled_at).toBeTruthy();
    expect((await row(event)).state).toBe('pending');
    expect((await one()).key).toBe(later);
  });

  it('never takes no for an answer about an event', async () => {
    const orderId = randomUUID();
    await insertOrder(pool, orderId, [{ type: 'order.created', data: { items: [] } }]);
    const [key] = await insertEffects(pool, [{ orderId, target: 'events', operation: 'event.publish' }]);
    await settle([await one('events')], rejected);
    expect((await row(key)).state).toBe('pending');
  });

  it('never hands a row to two of four workers, nor two rows of a lane at once', async () => {
    const orders = Array.from({ length: 60 }, () => randomUUID());
    const inserted = await insertEffects(
      pool,
      orders.flatMap((orderId) => [1, 2, 3, 4, 5].map((version) => ({ orderId, version }))),
    );
    const seen = new Map<string, number>();
    const inHand = new Map<string, number>();
    const versions = new Map<string, number>();
    const work = async (): Promise<void> => {
      for (;;) {
        const effects = await claim('fulfillment', 7);
        for (const { key, orderId, version } of effects) {
          seen.set(key, (seen.get(key) ?? 0) + 1);
          inHand.set(orderId, (inHand.get(orderId) ?? 0) + 1);
          // two rows of one lane at once
          expect(inHand.get(orderId)).toBe(1);
          assert.equal(version, (versions.get(orderId) ?? 0) + 1, 'out of order');
          versions.set(orderId, version);
        }
        for (const { orderId } of effects) inHand.set(orderId, (inHand.get(orderId) ?? 0) - 1);
        if (effects.length > 0) expect((await settle(effects, done)).lost).toBe(0);
        if (seen.size === inserted.length) return;
      }
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(seen.size).toBe(300);
    expect([...seen.values()].every((times) => times === 1)).toBe(true);
  });

  it('counts what is not done', async () => {
    await insertEffects(pool, [{}, {}, { target: 'payment' }]);
    await settle(await claim('payment'), rejected);
    await pool.query(`update order_effects set queued_at = now() - interval '1 minute' where state = 'pending'`);
    const found = await queue.unsettled();
    const of = (target: string) => found.find((group) => group.target === target);
    expect([of('payment')?.state, of('payment')?.count]).toStrictEqual(['rejected', 1]);
    expect([of('fulfillment')?.state, of('fulfillment')?.count]).toStrictEqual(['pending', 2]);
    expect(Math.abs((of('fulfillment')?.oldestSeconds ?? 0) - 60)).toBeLessThan(5);
  });

  it('uses its indexes, whatever the statistics say', async () => {
    const { claimEffects, settleEffects } = await import('../../persistence/sql/effects.js');
    await insertEffects(
      pool,
      Array.from({ length: 2_000 }, () => ({})),
    );
    const client = await pool.connect();
    try {
      await client.query('set plan_cache_mode = force_generic_plan');
      for (const [name, text, values] of [
        ['c', claimEffects, `'{fulfillment}', '{16}', '${randomUUID()}', 30000`],
        ['s', settleEffects, `'[]', '{a,b,c}'`],
      ] as const) {
        await client.query(`prepare ${name} as ${text}`);
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute ${name}(${values})`);
        const plan = rows.map((line) => line['QUERY PLAN']).join('\n');
        assert.doesNotMatch(plan, /Seq Scan on order_effects/, plan);
      }
    } finally {
      client.release(true);
    }
  });
});
