import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import type { DeadLetters, DeadLetterView } from '../../actors/dead-letters.js';
import { createLetterCalls } from '../../api/letter-calls.js';
import { createOnce } from '../../api/repeats.js';
import { answerSchemas } from '../../api/openapi/components.js';
import { createBulkRequests } from '../../persistence/bulk-requests.js';
import { createDeadLetters } from '../../persistence/dead-letters.js';
import { createPool } from '../../persistence/pool.js';
import { OrderStaffServiceService as service } from '../../proto/gen/order/v1/staff.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

/** Over gRPC and back; as JSON, since what is not set is not there. */
const overGrpc = (letter: DeadLetterView): unknown => {
  const { responseSerialize, responseDeserialize } = service.getDeadLetter;
  const { dead_letter } = responseDeserialize(responseSerialize({ dead_letter: letter }));
  return JSON.parse(JSON.stringify(dead_letter));
};

describe('dead letters', () => {
  let databases: TestDatabases;
  let pool: Pool;
  let letters: DeadLetters;

  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = createPool(
      { dsn: await databases.create(), connections: 2, lifetimeSeconds: 300, name: 'test' },
      pino({ level: 'silent' }),
    );
    letters = createDeadLetters(pool);
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });

  const kept = async (payload: unknown, eventTime?: string): Promise<DeadLetterView> => {
    const eventId = randomUUID();
    const about = { topic: 'payment.completed', source: 'payment-service', reason: 'malformed' };
    await letters.add({ ...about, eventId, eventTime, payload });
    const found = (await letters.list('open', undefined, 100)).find(({ letter }) => letter.event_id === eventId);
    assert.ok(found !== undefined, 'it is in the list');
    expect(await letters.get(found.letter.id)).toStrictEqual(found.letter);
    return found.letter;
  };

  for (const payload of [null, false, 0, -7.5, '', 'text', [], [null, [1]], {}, { order_id: null, deep: [{}] }])
    it(`keeps the payload ${JSON.stringify(payload)} over REST and gRPC`, async () => {
      const letter = await kept(payload);
      expect(letter.payload).toStrictEqual(payload);
      const rest: unknown = JSON.parse(JSON.stringify(letter));
      expect(answerSchemas.DeadLetter.parse(rest)).toStrictEqual(rest);
      expect(overGrpc(letter)).toStrictEqual(rest);
    });

  it('keeps the time of an event, and replays it with that', async () => {
    const time = '2026-01-02T03:04:05.678Z';
    const letter = await kept({}, time);
    expect(letter.event_time).toBe(time);
    expect(overGrpc(letter)).toMatchObject({ event_time: time });
    const taken: unknown[] = [];
    const calls = createLetterCalls({
      letters,
      takeEvent: (event) => {
        taken.push(event);
        return Promise.resolve({ kind: 'stale' });
      },
      once: createOnce(createBulkRequests(pool)),
    });
    const replayed = await calls.replay(letter.id, {}, { caller: { type: 'staff', id: 's' }, channel: 'rest' });
    expect(replayed).toMatchObject({ ok: true, value: { replayed: false, value: { state: 'replayed' } } });
    const { event_id: id, source, topic } = letter;
    expect(taken).toStrictEqual([{ id, source, topic, time, data: {} }]);
  });

  it('answers null for the payload of an event without data', async () => {
    const letter = await kept(undefined);
    expect(letter.payload).toBeNull();
    expect(letter.order_id).toBeUndefined();
    expect('order_id' in letter).toBe(false);
    expect(answerSchemas.DeadLetter.parse(JSON.parse(JSON.stringify(letter))).payload).toBeNull();
    expect(overGrpc(letter)).toStrictEqual(JSON.parse(JSON.stringify(letter)));
  });
});
