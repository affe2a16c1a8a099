import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DaprClient } from '@dapr/dapr';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import { createDaprClient } from '../../actors/dapr.js';
import type { CommandRequest } from '../../actors/command-envelope.js';
import type { OrderClient } from '../../actors/order-client.js';
import type { OrderCommand } from '../../actors/rules/commands.js';
import type { Order } from '../../actors/rules/order.js';
import { createTurns, type Turns } from '../../actors/turn.js';
import { createPerform, type Perform } from '../../effects/perform.js';
import { createPublisher } from '../../effects/publisher.js';
import { createRefunder } from '../../effects/refunds.js';
import { createServices } from '../../effects/services.js';
import { type ClaimedEffect, createEffectQueue, type EffectQueue } from '../../persistence/effects.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { createPool } from '../../persistence/pool.js';
import { type FakeHttp, startFakeHttp } from '../support/fake-http.js';
import { policy } from '../support/given.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';
import { newOrder } from '../support/sample-orders.js';

const log = pino({ level: 'silent' });
interface Published {
  readonly type: string;
  readonly subject: string;
  readonly sequence: number;
  readonly data: Order;
}

describe('a refund, from the order to the payment service and back', () => {
  let databases: TestDatabases;
  let pool: Pool;
  let queue: EffectQueue;
  let server: FakeHttp;
  let dapr: DaprClient;
  let perform: Perform;
  let turns: Map<string, Turns>;
  let send: (orderId: string, command: OrderCommand) => Promise<Order>;
  let commands = 0;
  let later = 0;
  const clock = (): Date => new Date(Date.now() + later);

  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = createPool({ dsn: await databases.create(), connections: 4, lifetimeSeconds: 300, name: 'test' }, log);
    server = await startFakeHttp();
    dapr = createDaprClient(Number(new URL(server.origin).port), log);
    await dapr.start();
    queue = createEffectQueue(pool);
    const store = createOrderStore(pool, createOrderNumbers(pool, 'order_number', 'UTC', log));
    const turnsOf = (orderId: string): Turns => {
      const known = turns.get(orderId);
      if (known !== undefined) return known;
      const made = createTurns(orderId, {
        store,
        clock: () => new Date(),
        policy,
        log,
        onCommit: () => undefined,
        onOvertaken: () => undefined,
        chain: createChain('x'.repeat(32)),
      });
      turns.set(orderId, made);
      return made;
    };
    const orders: OrderClient = { send: (request) => turnsOf(request.orderId).take(request) };
    const http = { http: server.http, sidecar: server.origin, timeoutMs: 1_000 };
    const call = createServices({ ...http, addressOf: () => undefined });
    perform = createPerform({
      publish: createPublisher({ ...http, dapr, pubsub: 'pubsub' }),
      refund: createRefunder({ call, orders, clock, log }),
      call,
      clock,
    });
    send = async (orderId, command) => {
      commands += 1;
      const request: CommandRequest = {
        orderId,
        commandId: `test-${commands}`,
        requestHash: 'h',
        caller: { type: 'staff', id: 's' },
        channel: 'rest',
        command,
      };
      const reply = await orders.send(request);
      assert.equal(reply.outcome, 'done', JSON.stringify(reply));
      return (reply as { order: Order }).order;
    };
  });
  afterAll(async () => {
    await pool.end();
    await dapr.stop();
    await server.close();
    await databases.stop();
  });
  beforeEach(() => {
    turns = new Map();
    later = 0;
    server.seen.length = 0;
    server.answer = { status: 200, body: '{}' };
  });

  const claimRefund = async (): Promise<ClaimedEffect> => {
    const [effect, ...more] = await queue.claim(new Map([['payment', 9]]), 30_000);
    expect(more).toStrictEqual([]);
    assert.ok(effect);
    expect(effect.operation).toBe('payment.refund');
    return effect;
  };
  const settle = async (effect: ClaimedEffect): Promise<string | undefined> => {
    const { states } = await queue.settle([{ effect, outcome: await perform(effect) }]);
    return states.get(effect.key);
  };
  const stateOf = async (key: string): Promise<unknown> =>
    (await pool.query<{ state: string }>('select state from order_effects where key = $1', [key])).rows[0]?.state;
  const cancelledOrder = async (): Promise<string> => {
    const orderId = uuidv7();
    await send(orderId, { type: 'create', order: newOrder });
    await send(orderId, { type: 'cancel', reason: 'test' });
    return orderId;
  };
  const look = (orderId: string): Promise<Order> => send(orderId, { type: 'reconsider' });

  it('is paid once, however often its answer is taken', async () => {
    const orderId = await cancelledOrder();
    server.answer = { status: 200, body: '{"refund_id":"re_1"}' };
    const effect = await claimRefund();
    expect((await perform(effect)).kind).toBe('done');
    const first = await look(orderId);
    expect(first.refunded_amount).toBe('100.00');
    expect(first.payment_status).toBe('refunded');
    // The worker died before it settled the row: another one does it all again, with the same key.
    await pool.query(`update order_effects set next_at = now() where claim is not null`);
    const again = await claimRefund();
    expect(await settle(again)).toBe('done');
    expect((await look(orderId)).version).toBe(first.version);
    const [one, two] = server.seen.map(({ headers }) => headers['idempotency-key']);
    expect(one).toBe(effect.key);
    expect(two).toBe(effect.key);
  });

  it('that is refused is owed again, and can be asked for again as often as need be', async () => {
    const orderId = await cancelledOrder();
    const refused = { status: 422, body: '{"code":"card_gone"}' };
    server.answer = refused;
    const effect = await claimRefund();
    const { key } = effect;
    const versions: number[] = [];
    expect(await settle(effect)).toBe('rejected');
    versions.push((await look(orderId)).version);
    for (let round = 0; round < 2; round += 1) {
      await send(orderId, { type: 'retry_refund', key, reason: 'another card' });
      expect(await stateOf(key)).toBe('pending');
      expect(await settle(await claimRefund())).toBe('rejected');
      versions.push((await look(orderId)).version);
    }
    const [first = 0] = versions;
    // each refusal is an entry of its own
    expect(versions).toStrictEqual([first, first + 2, first + 4]);
    await send(orderId, { type: 'retry_refund', key, reason: 'third time' });
    server.answer = { status: 200, body: '{"refund_id":"re_9"}' };
    expect(await settle(await claimRefund())).toBe('done');
    expect((await look(orderId)).refunded_amount).toBe('100.00');
  });

  it('without an answer for three days counts as owed again, and a retry by staff pays it once', async () => {
    const orderId = await cancelledOrder();
    server.answer = { status: 503, body: '{}' };
    const effect = await claimRefund();
    expect(await settle(effect)).toBe('pending');
    const waiting = await look(orderId);
    expect(waiting.payments[0]).toMatchObject({ requested_amount: '100.00', refunded_amount: '0.00' });
    await pool.query(`update order_effects set next_at = now() where key = $1`, [effect.key]);
    later = 3 * 86_400_000 + 1;
    expect(await settle(await claimRefund())).toBe('dead');
    const owing = await look(orderId);
    expect(owing.version).toBe(waiting.version + 1);
    expect(owing.payments[0]).toMatchObject({ requested_amount: '0.00', refunded_amount: '0.00' });
    later = 0;
    await send(orderId, { type: 'retry_refund', key: effect.key, reason: 'the bank is back' });
    server.answer = { status: 200, body: '{"refund_id":"re_3"}' };
    const again = await claimRefund();
    expect(again.key).toBe(effect.key);
    expect(await settle(again)).toBe('done');
    expect((await look(orderId)).refunded_amount).toBe('100.00');
  });

  it('asked for again before its refusal is settled is not forgotten', async () => {
    const orderId = await cancelledOrder();
    server.answer = { status: 422, body: '{}' };
    const effect = await claimRefund();
    const outcome = await perform(effect);
    expect(outcome.kind).toBe('rejected');
    await send(orderId, { type: 'retry_refund', key: effect.key, reason: 'quick staff' });
    expect((await queue.settle([{ effect, outcome }])).lost).toBe(1);
    expect(await stateOf(effect.key)).toBe('pending');
    server.answer = { status: 200, body: '{"refund_id":"re_2"}' };
    expect(await settle(await claimRefund())).toBe('done');
    expect((await look(orderId)).refunded_amount).toBe('100.00');
  });

  it('publishes what happened to the order, in order, without personal data', async () => {
    const orderId = await cancelledOrder();
    for (let effects = await queue.claim(new Map([['events', 9]]), 30_000); effects.length > 0;) {
      await Promise.all(effects.map(settle));
      effects = await queue.claim(new Map([['events', 9]]), 30_000);
    }
    const sent = server.seen.filter(({ body }) => body.includes(orderId));
    // Alone, or in a bulk with those of other orders.
    const entries = sent.flatMap(({ body }) => {
      const parsed = JSON.parse(body) as Published | readonly { readonly event: Published }[];
      return 'type' in parsed ? [parsed] : parsed.map(({ event }) => event);
    });
    const events = entries.filter(({ subject }) => subject === orderId);
    expect(events.map(({ type, sequence }) => [type, sequence])).toStrictEqual([
      ['order.created', 1],
      ['order.cancelled', 2],
    ]);
    for (const { data } of events) expect(data.order_number).toMatch(/^ORD-\d{8}-\d{6}$/);
    expect(JSON.stringify(sent)).not.toContain('PERSONAL');
  });
});
