import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { createChain } from '../../actors/chain.js';
import { type Verification, verifyJournal } from '../../actors/journal-audit.js';
import { auditedOrders } from '../../persistence/journal.js';
import { createJournalSeal, type JournalSeal, type SealStep } from '../../persistence/journal-seal.js';
import { createPool } from '../../persistence/pool.js';
import { liveOrder } from '../support/order-lives.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const run = promisify(execFile);
const secret = 'a secret of more than 32 characters';
const chain = createChain(secret);
const noon = new Date('2026-11-01T12:00:00.000Z');
const hourLater = new Date('2026-11-01T13:00:00.000Z');

/** What this release adds to the entries, taken away. */
const asBefore = `update order_events set hash = null, hash_key = null, personal_salt = null, personal_digest = null, sealed_at = null`;

/** Copies of an order, numbered from $2 to $3, with ids of their own. */
const copies = `
with copies as (
  select gen_random_uuid() as id, 'ORD-20200101-' || lpad(n::text, 6, '0') as number from generate_series($2::int, $3::int) n
), stored as (
  insert into orders
  select r.* from orders o, copies c, json_populate_record(o, json_build_object('id', c.id, 'order_number', c.number,
    'document', replace(replace(o.document::text, o.id::text, c.id::text), o.order_number, c.number)::json)) r
  where o.id = $1
), lines as (
  insert into order_items
  select r.* from order_items i, copies c, json_populate_record(i, json_build_object('order_id', c.id)) r where i.order_id = $1
)
insert into order_events
select r.* from order_events e join orders o on o.id = e.order_id, copies c, json_populate_record(e, json_build_object(
  'order_id', c.id, 'data', replace(e.data::text, o.order_number, c.number)::json)) r
where e.order_id = $1`;

describe('Sealing the journals of earlier releases', () => {
  let databases: TestDatabases;
  let dsn: string;
  let pool: Pool;
  let ids: readonly string[];

  beforeAll(async () => {
    databases = await startTestDatabases();
  });
  beforeEach(async () => {
    dsn = await databases.create();
    pool = createPool({ dsn, connections: 4, lifetimeSeconds: 300, name: 'test' }, pino({ level: 'silent' }));
    ids = (await Promise.all([...Array(4).keys()].map(() => liveOrder(pool, chain, 10)))).map(({ id }) => id);
    await pool.query(asBefore);
  });
  afterEach(() => pool.end());
  afterAll(() => databases.stop());

  const sealAt = (now: Date): JournalSeal => createJournalSeal(pool, chain, () => now);

  const sealAll = async (seal: JournalSeal): Promise<SealStep> => {
    await seal.begin();
    let step = await seal.advance();
    while (step === 'more') step = await seal.advance();
    return step;
  };

  const verifyAll = async (): Promise<readonly Verification[]> =>
    (await auditedOrders(pool, ids)).map((audited) => verifyJournal(chain, audited));

  it('makes them verify, and says when it was done', async () => {
    expect((await verifyAll()).map(({ verified, why }) => ({ verified, why }))).toStrictEqual(
      ids.map(() => ({
        verified: false,
        why: 'The journal was written by an earlier release and is not sealed.',
      })),
    );
    expect(await sealAll(sealAt(noon))).toBe('current');
    for (const { verified, sealed_at, head } of await verifyAll())
      expect({ verified, sealed_at, head }).toStrictEqual({
        verified: true,
        sealed_at: noon.toISOString(),
        head: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
  });

  it('seals what the earlier release wrote meanwhile, and ends an hour later for good', async () => {
    await sealAll(sealAt(noon));
    await pool.query(`update order_events set hash = null, hash_key = null where version > 1`);
    expect(await sealAll(sealAt(noon))).toBe('current');
    expect((await verifyAll()).every(({ verified }) => verified)).toBe(true);
    expect(await sealAll(sealAt(hourLater))).toBe('complete');
    await pool.query(asBefore);
    expect(await sealAll(sealAt(hourLater))).toBe('complete');
    expect((await verifyAll()).some(({ verified }) => verified)).toBe(false);
  });

  it('is refused where its mark was removed or forged', async () => {
    await sealAll(sealAt(noon));
    await pool.query('update order_events set hash = null, hash_key = null where order_id = $1', [ids[0]]);
    await pool.query('update order_journal_seal set complete = not complete');
    expect(await sealAll(sealAt(noon))).toBe('refused');
    await pool.query('delete from order_journal_seal');
    expect(await sealAll(sealAt(noon))).toBe('refused');
  });

  it('leaves alone a journal that no release wrote', async () => {
    const seal = sealAt(noon);
    await seal.begin();
    const forge = `update order_events set hash = repeat('0', 64), hash_key = 'x' where order_id = $1 and version = 2`;
    await pool.query(forge, [ids[0]]);
    await pool.query('delete from order_events where order_id = $1 and version = 1', [ids[1]]);
    expect(await sealAll(seal)).toBe('current');
    const byId = await Promise.all(
      ids.map(async (id) => {
        const [audited] = await auditedOrders(pool, [id]);
        return audited === undefined ? undefined : verifyJournal(chain, audited).verified;
      }),
    );
    expect(byId).toStrictEqual([false, false, true, true]);
  });

  it('continues where it was interrupted, by several replicas at once', async () => {
    await pool.query(copies, [ids[0], 1, 350]);
    await sealAt(noon).begin();
    await sealAt(noon).advance();
    const seals = [sealAt(noon), sealAt(noon), sealAt(noon)];
    await Promise.all(
      seals.map(async (seal) => {
        let step = await seal.advance();
        while (step === 'more' || step === 'elsewhere') step = await seal.advance();
      }),
    );
    const { rows } = await pool.query<{ id: string }>('select id from orders');
    const audited = await auditedOrders(
      pool,
      rows.map(({ id }) => id),
    );
    expect(audited).toHaveLength(354);
    expect(audited.filter((order) => !verifyJournal(chain, order).verified)).toStrictEqual([]);
  });

  it('lets all orders be verified as a stream, in little memory, with progress', async () => {
    const { id } = await liveOrder(pool, chain, 1);
    await pool.query(asBefore);
    for (let n = 1; n < 12_000; n += 1_000) await pool.query(copies, [id, n, n + 999]);
    await sealAll(sealAt(noon));
    const script = path.resolve(__dirname, '../../scripts/verify-journal.js');
    const env = { ...process.env, ORDER_DATABASE_DSN: dsn, ORDER_SECRET: secret };
    const few = ['--max-old-space-size=48', script];
    const { stdout, stderr } = await run(process.execPath, few, { env });
    expect(stdout).toBe('');
    expect(stderr).toContain('10000 orders checked, 0 failed\n');
    expect(stderr).toMatch(/12005 orders checked, 0 failed\n$/);
    await pool.query(`update order_events set by_id = 'x' where order_id = $1 and version = 1`, [ids[1]]);
    const failed = await run(process.execPath, few, { env }).then(
      () => undefined,
      (error: unknown) => error as { readonly code: number; readonly stdout: string },
    );
    expect(failed?.code).toBe(1);
    expect(JSON.parse(failed?.stdout ?? '')).toMatchObject({ order_id: ids[1], first_bad_version: 1 });
  });
});
