import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { createChain } from '../../actors/chain.js';
import { type Verification, verifyJournal } from '../../actors/journal-audit.js';
import type { Order } from '../../actors/rules/order.js';
import { auditedOrders } from '../../persistence/journal.js';
import { createOrderReads } from '../../persistence/order-reads.js';
import { createPool } from '../../persistence/pool.js';
import { type Life, liveOrder } from '../support/order-lives.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const chain = createChain('a secret of more than 32 characters');

/** The text columns of an entry that its hash covers, and those that hold the hash. */
const columns = [
  'type',
  'data',
  'personal',
  'by_type',
  'by_id',
  'channel',
  'command_id',
  'hash',
  'hash_key',
  'personal_salt',
  'personal_digest',
] as const;

const json: ReadonlySet<string> = new Set(['data', 'personal']);

const parsed = (document: string): Order => JSON.parse(document) as Order;

const withAnotherCharacter = (text: string): string => {
  const at = randomInt(text.length);
  const character = String.fromCharCode(randomInt(0x20, 0x7f));
  return text.slice(0, at) + character + text.slice(at + 1);
};

/** The text with one character changed so that the column still takes it. */
const tampered = (text: string, column: string): string => {
  for (;;) {
    const changed = withAnotherCharacter(text);
    if (changed === text) continue;
    if (!json.has(column)) return changed;
    try {
      JSON.parse(changed);
      return changed;
    } catch {
      // Postgres would not take it either.
    }
  }
};

describe('Random orders and their journals', () => {
  let databases: TestDatabases;
  let pool: Pool;
  const lives: Life[] = [];

  beforeAll(async () => {
    databases = await startTestDatabases();
    const dsn = await databases.create();
    pool = createPool({ dsn, connections: 2, lifetimeSeconds: 300, name: 'test' }, pino({ level: 'silent' }));
    for (let n = 0; n < 25; n += 1) lives.push(await liveOrder(pool, chain, 12));
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });

  const verify = async (id: string): Promise<Verification> => {
    const [audited] = await auditedOrders(pool, [id]);
    assert.ok(audited);
    return verifyJournal(chain, audited);
  };

  const lengthOf = ({ seen }: Life): number => seen.at(-1)?.version ?? 0;

  /** Does something to a journal, looks what verification finds, and undoes it. */
  const afterTampering = async (
    { id }: Life,
    ...statements: readonly [string, ...unknown[]][]
  ): Promise<Verification> => {
    await pool.query('create table if not exists kept_events as select * from order_events where false');
    await pool.query('truncate kept_events');
    await pool.query('insert into kept_events select * from order_events where order_id = $1', [id]);
    for (const [text, ...values] of statements) await pool.query(text, [id, ...values]);
    const found = await verify(id);
    await pool.query('delete from order_events where order_id = $1', [id]);
    await pool.query('insert into order_events select * from kept_events');
    return found;
  };

  it('verify', async () => {
    for (const life of lives) {
      const { verified, entries, why } = await verify(life.id);
      expect({ verified, entries, why }).toStrictEqual({ verified: true, entries: lengthOf(life), why: undefined });
    }
  });

  it('show every past version as a read answered it then, by version and by time', async () => {
    const reads = createOrderReads(pool);
    for (const { id, seen } of lives)
      for (const { version, document, at } of seen) {
        for (const moment of [{ version }, { at }]) {
          const past = await reads.past(id, moment);
          assert.ok(past);
          expect(past.version).toBe(version);
          expect(parsed(past.document)).toStrictEqual(parsed(document));
        }
      }
  });

  it('name the version of which one character was changed, in whatever column', async () => {
    for (const life of lives)
      for (const column of columns) {
        const version = 1 + randomInt(lengthOf(life));
        const { rows } = await pool.query<{ value: string | null }>(
          `select ${column}::text as value from order_events where order_id = $1 and version = $2`,
          [life.id, version],
        );
        const value = rows[0]?.value;
        if (value === null || value === undefined || value === '') continue;
        const changed = tampered(value, column);
        const to = json.has(column) ? '$3::json' : '$3';
        const found = await afterTampering(life, [
          `update order_events set ${column} = ${to} where order_id = $1 and version = $2`,
          version,
          changed,
        ]);
        const told = { column, version, value, changed, ...found };
        assert.ok(!found.verified && found.first_bad_version === version, JSON.stringify(told));
      }
  });

  it('name the version whose time was moved, by however little', async () => {
    for (const life of lives) {
      const version = 1 + randomInt(lengthOf(life));
      const found = await afterTampering(life, [
        `update order_events set at = at + $3 * interval '1 microsecond' where order_id = $1 and version = $2`,
        version,
        randomInt(1, 1_000_000),
      ]);
      expect(found).toMatchObject({ verified: false, first_bad_version: version });
    }
  });

  it('name the version that was removed', async () => {
    for (const life of lives) {
      const version = 1 + randomInt(lengthOf(life));
      const remove = 'delete from order_events where order_id = $1 and version = $2';
      const found = await afterTampering(life, [remove, version]);
      expect(found).toMatchObject({ verified: false, first_bad_version: version });
    }
  });

  it('name the first of two versions that were swapped', async () => {
    for (const life of lives.filter((one) => lengthOf(one) > 1)) {
      const one = 1 + randomInt(lengthOf(life) - 1);
      const other = one + 1 + randomInt(lengthOf(life) - one);
      const move = 'update order_events set version = $3 where order_id = $1 and version = $2';
      const found = await afterTampering(life, [move, one, 1_000_000], [move, other, one], [move, 1_000_000, other]);
      expect(found).toMatchObject({ verified: false, first_bad_version: one });
    }
  });

  it('name the version that was added', async () => {
    for (const life of lives) {
      const copied = 1 + randomInt(lengthOf(life));
      const add = `
insert into order_events (order_id, version, type, data, personal, by_type, by_id, channel, command_id, traceparent, at,
  hash, hash_key, personal_salt, personal_digest)
select order_id, $3, type, data, personal, by_type, by_id, channel, command_id, traceparent, at,
  hash, hash_key, personal_salt, personal_digest
from order_events where order_id = $1 and version = $2`;
      const found = await afterTampering(life, [add, copied, lengthOf(life) + 1]);
      expect(found).toMatchObject({ verified: false, first_bad_version: lengthOf(life) + 1 });
    }
  });
});
