import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import { type Verification, verifyJournal } from '../../actors/journal-audit.js';
import type { OrderCommand } from '../../actors/rules/commands.js';
import { createTurns } from '../../actors/turn.js';
import { auditedOrders, orderIds } from '../../persistence/journal.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { createPool } from '../../persistence/pool.js';
import { policy } from '../support/given.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';
import { newOrder } from '../support/sample-orders.js';

const log = pino({ level: 'silent' });
const secret = 'a secret of more than 32 characters';
const chain = createChain(secret);

describe('Hash chain of a journal', () => {
  let databases: TestDatabases;
  let pool: Pool;
  let orderId: string;

  const verify = async (by = chain): Promise<Verification> => {
    const [audited] = await auditedOrders(pool, [orderId]);
    assert.ok(audited);
    return verifyJournal(by, audited);
  };

  beforeAll(async () => {
    databases = await startTestDatabases();
    pool = createPool({ dsn: await databases.create(), connections: 2, lifetimeSeconds: 300, name: 'test' }, log);
  });
  beforeEach(async () => {
    orderId = uuidv7();
    const turns = createTurns(orderId, {
      store: createOrderStore(pool, createOrderNumbers(pool, 'order_number', 'UTC', log)),
      chain,
      clock: () => new Date(),
      policy,
      log,
      onCommit: () => undefined,
      onOvertaken: () => undefined,
    });
    const commands: readonly OrderCommand[] = [
      { type: 'create', order: newOrder },
      { type: 'update', notes: 'Ring the bell.' },
      { type: 'change_status', status: 'processing' },
      { type: 'cancel', reason: 'not wanted' },
    ];
    for (const [index, command] of commands.entries()) {
      const reply = await turns.take({
        ...{ orderId, commandId: `${orderId}:${index}`, requestHash: 'h', command, channel: 'rest' },
        caller: { type: 'staff', id: 's' },
      });
      expect(reply.outcome).toBe('done');
    }
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });

  it('verifies what was written', async () => {
    const found = await verify();
    expect({ ...found, head: undefined }).toStrictEqual({ verified: true, entries: 4, head: undefined });
    expect(found.head ?? '').toMatch(/^[0-9a-f]{64}$/);
  });

  it('verifies with an old secret, and not without it', async () => {
    const present = 'another secret of more than 32 characters';
    expect((await verify(createChain(present, [secret]))).verified).toBe(true);
    expect((await verify(createChain(present))).first_bad_version).toBe(1);
  });

  const changes: Readonly<Record<string, string>> = {
    type: `type = type || 'x'`,
    data: `data = (data::text || ' ')::json`,
    'personal part': `personal = '{"notes":"x"}'`,
    'personal part taken away': `personal = null, personal_salt = null`,
    salt: `personal_salt = 'x'`,
    digest: `personal_digest = 'x'`,
    author: `by_id = 'x'`,
    'kind of author': `by_type = 'admin'`,
    channel: `channel = 'grpc'`,
    command: `command_id = 'x'`,
    trace: `traceparent = 'x'`,
    time: `at = at + interval '1 microsecond'`,
    hash: `hash = reverse(hash)`,
    'missing hash': `hash = null, hash_key = null`,
    key: `hash_key = 'x'`,
    'time of sealing': `sealed_at = now()`,
  };
  it.each(Object.entries(changes))(
    'names the first bad version after a change of an entry: %s',
    async (_name, change) => {
      for (const version of [2, 1]) {
        await pool.query(`update order_events set ${change} where order_id = $1 and version = $2`, [orderId, version]);
        const { verified, first_bad_version } = await verify();
        expect({ verified, first_bad_version }).toStrictEqual({ verified: false, first_bad_version: version });
      }
    },
  );

  it('names the first bad version after a change of the order number in the journal', async () => {
    await pool.query(
      `update order_events set data = regexp_replace(data::text, 'ORD-\\d', 'ORD-9')::json where order_id = $1 and version = 1`,
      [orderId],
    );
    expect((await verify()).first_bad_version).toBe(1);
  });

  it.each([1, 2, 3, 4])('names version %s after its entry was removed', async (version) => {
    await pool.query('delete from order_events where order_id = $1 and version = $2', [orderId, version]);
    expect((await verify()).first_bad_version).toBe(version);
  });

  it('names the first of two entries that were swapped', async () => {
    for (const [from, to] of [
      [2, 99],
      [3, 2],
      [99, 3],
    ])
      await pool.query('update order_events set version = $3 where order_id = $1 and version = $2', [
        orderId,
        from,
        to,
      ]);
    expect((await verify()).first_bad_version).toBe(2);
  });

  it('names an entry that was added', async () => {
    await pool.query(
      `insert into order_events (order_id, version, type, data, by_type, by_id, channel, command_id, at, hash, hash_key)
       select order_id, 5, 'order.completed', '{}', by_type, by_id, channel, command_id, at, hash, hash_key
       from order_events where order_id = $1 and version = 4`,
      [orderId],
    );
    expect((await verify()).first_bad_version).toBe(5);
  });

  const stored: Readonly<Record<string, string>> = {
    document: `update orders set document = replace(document::text, 'cancelled', 'confirmed')::json where id = $1`,
    column: `update orders set captured_amount = captured_amount + 1 where id = $1`,
    line: `update order_items set warehouse_id = 'x' where order_id = $1 and id = 1`,
  };
  it.each(Object.entries(stored))('says that the stored order differs: %s', async (_name, statement) => {
    await pool.query(statement, [orderId]);
    const { verified, first_bad_version, why } = await verify();
    expect({ verified, first_bad_version }).toStrictEqual({ verified: false, first_bad_version: undefined });
    expect(why ?? '').toMatch(/stored order/);
  });

  it('does not verify a journal without hashes', async () => {
    await pool.query('update order_events set hash = null, hash_key = null where order_id = $1', [orderId]);
    const { verified, first_bad_version, why } = await verify();
    expect({ verified, first_bad_version }).toStrictEqual({ verified: false, first_bad_version: undefined });
    expect(why ?? '').toMatch(/not sealed/);
  });

  it('reaches every order once in batches', async () => {
    const { rows } = await pool.query<{ id: string }>('select id from orders order by id');
    const seen: string[] = [];
    for await (const ids of orderIds(pool, 7)) seen.push(...ids);
    expect(seen).toStrictEqual(rows.map(({ id }) => id));
  });
});
