import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { CallContext, Commands } from '../../api/commands.js';
import { createStaffOperations, type StaffOperations } from '../../api/staff-operations.js';
import { createBulkRequests } from '../../persistence/bulk-requests.js';
import { createDeadLetters } from '../../persistence/dead-letters.js';
import { createLedger } from '../../persistence/ledger.js';
import { createOrderReads } from '../../persistence/order-reads.js';
import { insertEffects } from '../support/effect-rows.js';
import { useTestDatabase } from '../support/test-database.js';

const staff: Caller = { type: 'staff', id: 'desk' };
const because = { reason: 'the suite says so' };

describe('Actions of staff with one key', () => {
  const database = useTestDatabase(8);
  let events = 0;

  /** The calls as one replica has them. */
  const replica = (): StaffOperations =>
    createStaffOperations({
      ledger: createLedger(database.pool),
      letters: createDeadLetters(database.pool),
      // Only refunds go through their order; the races of those are in test/e2e/staff.test.ts.
      commands: {} as Commands,
      requests: createBulkRequests(database.pool),
      takeEvent: () => {
        events += 1;
        return Promise.resolve({ kind: 'stale' });
      },
      reads: createOrderReads(database.pool),
      wake: () => undefined,
    });

  const context = (idempotencyKey: string | undefined = randomUUID()): CallContext => ({
    ...{ caller: staff, channel: 'rest', idempotencyKey },
  });

  const givenUp = async (): Promise<readonly [orderId: string, key: string]> => {
    const orderId = randomUUID();
    const [key = ''] = await insertEffects(database.pool, [
      { orderId, target: 'warehouse', operation: 'warehouse.release' },
    ]);
    await giveUp(key);
    return [orderId, key];
  };
  const giveUp = (key: string) =>
    database.pool.query(`update order_effects set state = 'dead', claim = null, settled_at = now() where key = $1`, [
      key,
    ]);
  const effect = async (key: string) => createLedger(database.pool).get(key);

  const letter = async (): Promise<string> => {
    const letters = createDeadLetters(database.pool);
    const eventId = randomUUID();
    await letters.add({
      topic: 'payment.failed',
      source: 'payment-service',
      eventId,
      payload: {},
      reason: 'malformed',
    });
    return (await letters.list('open', undefined, 100)).find((one) => one.letter.event_id === eventId)!.letter.id;
  };

  /** One of them did it, the others are its repeats. */
  const onlyOnce = (answers: readonly { readonly ok: boolean; readonly value?: { readonly replayed: boolean } }[]) => {
    const told = answers.map((answer) => (answer.ok ? answer.value?.replayed : answer));
    expect(told.filter((replayed) => replayed === false)).toHaveLength(1);
    expect(told.filter((replayed) => replayed === true)).toHaveLength(answers.length - 1);
  };

  it.each(['retryEffect', 'resolveEffect'] as const)('happen once, however many come at once: %s', async (call) => {
    for (let round = 0; round < 5; round += 1) {
      const [orderId, key] = await givenUp();
      const asked = context();
      onlyOnce(await Promise.all(Array.from({ length: 6 }, async () => replica()[call](orderId, key, because, asked))));
      expect((await effect(key))?.actions).toHaveLength(1);
    }
  });

  it.each(['replayDeadLetter', 'discardDeadLetter'] as const)('happen once: %s', async (call) => {
    for (let round = 0; round < 5; round += 1) {
      const [id, asked] = [await letter(), context()];
      onlyOnce(await Promise.all(Array.from({ length: 6 }, async () => replica()[call](id, because, asked))));
    }
  });

  it('do not happen again after what they led to has failed, not even where they began before', async () => {
    const [orderId, key] = await givenUp();
    const asked = context();
    // The first look of the slow one finds no such key, as if it had begun at the same moment.
    let isFirstLook = true;
    const slow = createStaffOperations({
      ledger: createLedger(database.pool),
      letters: createDeadLetters(database.pool),
      commands: {} as Commands,
      requests: {
        ...createBulkRequests(database.pool),
        find: async (id) => {
          if (isFirstLook) {
            isFirstLook = false;
            expect((await replica().retryEffect(orderId, key, because, asked)).ok).toBe(true);
            await giveUp(key);
            return undefined;
          }
          return createBulkRequests(database.pool).find(id);
        },
      },
      takeEvent: () => Promise.resolve({ kind: 'stale' }),
      reads: createOrderReads(database.pool),
      wake: () => undefined,
    });
    expect(await slow.retryEffect(orderId, key, because, asked)).toMatchObject({ ok: true, value: { replayed: true } });
    const after = await effect(key);
    expect([after?.state, after?.actions.length]).toStrictEqual(['dead', 1]);
    // Another key asks again.
    expect(await replica().retryEffect(orderId, key, because, context())).toMatchObject({ value: { replayed: false } });
    expect((await effect(key))?.state).toBe('pending');
  });

  it('that are refused do not use up their key', async () => {
    const [orderId, key] = await givenUp();
    await database.pool.query(`update order_effects set state = 'done' where key = $1`, [key]);
    const asked = context();
    const no = { ok: false, problem: { code: 'illegal_transition' } };
    expect(await replica().retryEffect(orderId, key, because, asked)).toMatchObject(no);
    await giveUp(key);
    expect(await replica().retryEffect(orderId, key, because, asked)).toMatchObject({ value: { replayed: false } });
  });

  it('stand for one call', async () => {
    const [[orderId, key], id, asked] = [await givenUp(), await letter(), context()];
    const staffCalls = replica();
    const answers = await Promise.all([
      staffCalls.retryEffect(orderId, key, because, asked),
      staffCalls.resolveEffect(orderId, key, because, asked),
      staffCalls.discardDeadLetter(id, because, asked),
      staffCalls.replayDeadLetter(id, because, asked),
    ]);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    const codes = answers.flatMap((answer) => (answer.ok ? [] : [answer.problem.code]));
    expect(codes).toStrictEqual(Array.from({ length: 3 }, () => 'idempotency_key_reused'));
    const open = [(await effect(key))?.actions.length, (await createDeadLetters(database.pool).get(id))?.state];
    expect([
      [1, 'open'],
      [0, 'discarded'],
      [0, 'replayed'],
    ]).toContainEqual(open);
    expect(events).toBeGreaterThan(0);
  });
});
