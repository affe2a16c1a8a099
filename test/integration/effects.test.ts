import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
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
const dayMs = 86_400_000;

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
  let now = Date.now();

  before(async () => {
    databases = await startTestDatabases();
    pool = createPool(
      { dsn: await databases.create(), connections: 8, lifetimeSeconds: 300, name: 'test' },
      pino({ level: 'silent' }),
    );
    queue = createEffectQueue(pool, { clock: () => new Date(now), random: () => 0.5 });
  });
  after(async () => {
    await pool.end();
    await databases.stop();
  });
  beforeEach(async () => {
    await pool.query('truncate order_effects, order_events, orders cascade');
    now = Date.now();
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
    assert.deepEqual(others, []);
    return effect;
  };

  it('hands out what an effect needs', async () => {
    const orderId = randomUUID();
    await insertEffects(pool, [{ orderId, version: 3, operation: 'fulfillment.stop' }]);
    const effect = await one();
    assert.equal(effect.key, `${orderId}:3:fulfillment.stop:0`);
    assert.deepEqual(effect.payload, { order_id: orderId });
    assert.equal(effect.attempts, 1);
    assert.equal(effect.entry, undefined);
    assert.match(effect.queuedAt, /^\d{4}-.*\.\d{3}Z$/);
    const { due, ...stored } = await row(effect.key);
    assert.equal(stored.claim, effect.claim);
    assert.ok(due > leaseMs - 2_000 && due <= leaseMs);
  });

  it('hands out an event with its journal entry', async () => {
    const orderId = randomUUID();
    await insertOrder(pool, orderId, [
      { type: 'order.created', data: { order_number: 'x' } },
      { type: 'order.completed', data: {} },
    ]);
    await insertEffects(pool, [{ orderId, version: 2, target: 'events', operation: 'event.publish' }]);
    assert.deepEqual((await one('events')).entry, {
      type: 'order.completed',
      data: {},
      at: '2026-01-02T03:04:05.678Z',
      orderNumber: `ORD-${orderId}`,
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
      assert.equal(effect.key, expected);
      assert.deepEqual(await claim(), [], 'the lane waits for the row in hand');
      await settle([effect], done);
    }
    assert.deepEqual(await claim(), []);
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
    assert.equal((await row(stuck)).state, 'pending');
    for (const key of free) assert.equal((await row(key)).state, 'done');
    const [next] = await insertEffects(pool, [{ orderId, target: 'payment', version: 2 }]);
    assert.deepEqual(keys(await claim('payment')), [next]);
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
    assert.equal(effects.filter(({ target }) => target === 'payment').length, 2);
    assert.equal(effects.filter(({ target }) => target === 'warehouse').length, 4);
    assert.equal(effects.length, 6);
  });

  it('takes a new row whose clock runs ahead, but no row before its retry is due', async () => {
    const [key] = await insertEffects(pool, [{}]);
    await pool.query(`update order_effects set next_at = now() + interval '3 seconds'`);
    const effect = await one();
    assert.equal(effect.key, key);
    await settle([effect], retry);
    assert.ok((await row(key)).due < 1_000);
    assert.deepEqual(await claim(), []);
  });

  it('lets another worker take over when a lease has run out, and the first one settles nothing then', async () => {
    const [key] = await insertEffects(pool, [{}]);
    const frozen = await one();
    assert.deepEqual(await claim(), []);
    await passTime();
    const second = await one();
    assert.equal(second.attempts, 2);
    assert.notEqual(second.claim, frozen.claim);
    const late = await settle([frozen], done);
    assert.deepEqual([late.lost, late.states.size], [1, 0]);
    assert.equal((await row(key)).state, 'pending');
    const inTime = await settle([second], rejected);
    assert.deepEqual([inTime.lost, inTime.states.get(second.key)], [0, 'rejected']);
    assert.equal((await settle([frozen], done)).lost, 1);
    assert.equal((await settle([second], done)).lost, 1, 'what is settled stays settled');
    assert.equal((await row(key)).state, 'rejected');
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
    assert.equal(lost, 0);
    const { rows } = await pool.query<{ state: string; count: string }>(
      'select state, count(*) from order_effects group by 1 order by 1',
    );
    assert.deepEqual(
      rows.map(({ state, count }) => [state, Number(count)]),
      [
        ['done', 10],
        ['pending', 10],
        ['rejected', 10],
      ],
    );
    assert.deepEqual([...states.keys()].sort(), [...inserted].sort());
    const refused = await row(effects[1]?.key);
    assert.equal(refused.last_error, 'no');
    assert.ok(refused.settled_at);
    assert.equal((await row(effects[2]?.key)).claim, null);
  });

  it('waits 0.5 s, doubling to 60 s', async () => {
    const [key] = await insertEffects(pool, [{}]);
    for (const seconds of [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]) {
      const effect = await one();
      await settle([effect], retry);
      const { due, last_error } = await row(key);
      assert.ok(due > seconds * 1000 - 1_500 && due <= seconds * 1000, `${due} ms instead of ${seconds} s`);
      assert.equal(last_error, 'no answer');
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
      for (const key of [second, third]) assert.ok(Math.abs((await row(key)).due - due) < 500);
      await pool.query(`update order_effects set next_at = now() where key = $1`, [first]);
    }
    await settle([await one()], done);
    const next = await one();
    assert.equal(next.key, second);
    assert.equal(next.attempts, 1);
  });

  it('gives up after three days, but never on events, and lets the next of the lane pass', async () => {
    const orderId = randomUUID();
    await insertOrder(pool, orderId, [{ type: 'order.created', data: {} }]);
    const [call, later, event] = await insertEffects(pool, [
      { orderId },
      { orderId, version: 2 },
      { orderId, target: 'events', operation: 'event.publish' },
    ]);
    const effects = [await one(), await one('events')];
    now += 3 * dayMs - 60_000;
    await settle(effects, retry);
    for (const key of [call, event]) assert.equal((await row(key)).state, 'pending');
    await passTime();
    const again = [await one(), await one('events')];
    now += 120_000;
    const { states } = await settle(again, retry);
    assert.deepEqual([states.get(call ?? ''), states.get(event ?? '')], ['dead', 'pending']);
    const dead = await row(call);
    assert.equal(dead.state, 'dead');
    assert.ok(dead.settled_at);
    assert.equal((await row(event)).state, 'pending');
    assert.equal((await one()).key, later);
  });

  it('never takes no for an answer about an event', async () => {
    const orderId = randomUUID();
    await insertOrder(pool, orderId, [{ type: 'order.created', data: {} }]);
    const [key] = await insertEffects(pool, [{ orderId, target: 'events', operation: 'event.publish' }]);
    await settle([await one('events')], rejected);
    assert.equal((await row(key)).state, 'pending');
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
          assert.equal(inHand.get(orderId), 1, 'two rows of one lane at once');
          assert.equal(version, (versions.get(orderId) ?? 0) + 1, 'out of order');
          versions.set(orderId, version);
        }
        for (const { orderId } of effects) inHand.set(orderId, (inHand.get(orderId) ?? 0) - 1);
        if (effects.length > 0) assert.equal((await settle(effects, done)).lost, 0);
        if (seen.size === inserted.length) return;
      }
    };
    await Promise.all([work(), work(), work(), work()]);
    assert.equal(seen.size, 300);
    assert.ok([...seen.values()].every((times) => times === 1));
  });

  it('counts what is not done', async () => {
    await insertEffects(pool, [{}, {}, { target: 'payment' }]);
    await settle(await claim('payment'), rejected);
    await pool.query(`update order_effects set queued_at = now() - interval '1 minute' where state = 'pending'`);
    const found = await queue.unsettled();
    const of = (target: string) => found.find((group) => group.target === target);
    assert.deepEqual([of('payment')?.state, of('payment')?.count], ['rejected', 1]);
    assert.deepEqual([of('fulfillment')?.state, of('fulfillment')?.count], ['pending', 2]);
    assert.ok(Math.abs((of('fulfillment')?.oldestSeconds ?? 0) - 60) < 5);
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
