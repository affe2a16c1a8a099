import { execFile } from 'node:child_process';
import assert from 'node:assert/strict';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { pino } from 'pino';
import { createChain } from '../../actors/chain.js';
import { verifyJournal } from '../../actors/journal-audit.js';
import { type ImportReport, type ImportRun, runImport } from '../../importing/run.js';
import { replayAll } from '../../persistence/document-upgrade.js';
import { auditedOrders, orderIds } from '../../persistence/journal.js';
import { migrate } from '../../persistence/migrate.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createPool } from '../../persistence/pool.js';
import { hasUnfinishedImport } from '../../persistence/unusable-database.js';
import { findSchemaPlace } from '../../persistence/schema-place.js';
import { projectRoot } from '../../scripts/paths.js';
import { policy } from '../support/given.js';
import { makeOldDatabase } from '../support/old-database.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const execute = promisify(execFile);
const script = path.resolve(__dirname, '../../scripts/import.js');
const secret = 'a secret of more than 32 characters';
const chain = createChain(secret);
const now = '2026-03-01T12:00:00.000Z';
const dayOf = (at: string): string => at.slice(0, 10).replaceAll('-', '');

const query = async <T extends object>(dsn: string, text: string, values: readonly unknown[] = []): Promise<T[]> => {
  const client = new Client({ connectionString: dsn });
  await client.connect();
  try {
    return (await client.query<T>(text, [...values])).rows;
  } finally {
    await client.end();
  }
};

interface Row {
  readonly order: Record<string, unknown>;
  readonly item: object;
}

describe('Import', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await startTestDatabases();
  });
  afterAll(() => databases.stop());

  const emptied = async (): Promise<string> => {
    const dsn = await databases.create();
    await query(dsn, 'drop schema public cascade; drop schema reports cascade; create schema public');
    return dsn;
  };
  const oldDatabase = async (orders: number, histories = false): Promise<string> => {
    const dsn = await emptied();
    await makeOldDatabase(dsn, orders, now, histories);
    return dsn;
  };
  const run = (from: string, to: string, change: Partial<ImportRun> = {}): Promise<ImportReport> =>
    runImport({
      ...{ from, to, chain, sequenceKey: 'order_number', dayOf, dryRun: false, batch: 30 },
      context: { now, policy },
      ...change,
    });
  const contents = (dsn: string) =>
    query<{ text: string }>(
      dsn,
      `select md5(string_agg(t::text, ',' order by t::text)) as text from (select * from public.orders) t
       union all select md5(string_agg(t::text, ',' order by t::text)) from (select * from public.order_items) t`,
    );

  it('takes orders of every status over, with ids, numbers and sums, and their journals make the stored orders', async () => {
    const [from, to] = [await oldDatabase(120, true), await databases.create()];
    const before = await contents(from);
    const report = await run(from, to);
    expect(report).toMatchObject({ read: 120, imported: 120, alreadyThere: 0, unfit: [], differences: [] });
    assert.ok(report.toCheck.length > 0);
    assert.ok(report.toCheck.every(({ why }) => /^cancelled, and \d+\.\d\d USD paid/.test(why)));
    expect(report.totals.map(({ status }) => status)).toHaveLength(7);
    for (const { old, imported } of report.totals) expect(imported).toStrictEqual(old);
    expect(await contents(from)).toStrictEqual(before);

    const same = `select to_jsonb(o) - 'completed_at' as "order", to_jsonb(i) as item
      from SCHEMA.orders o join SCHEMA.order_items i on i.order_id = o.id order by o.id, i.id`;
    const old = await query<Row>(from, same.replaceAll('SCHEMA', 'public'));
    const ours = await query<Row>(to, same.replaceAll('SCHEMA', 'reports'));
    expect(old.length).toBeGreaterThan(120);
    const expected = old.map(({ order, item }) => {
      const voided = order['status'] === 'cancelled' && order['payment_status'] === 'authorized';
      const noAddress = { recipient: '', line1: '', city: '', country: 'US' };
      const { shipping_address, payment_status } = order;
      return {
        item,
        order: {
          ...order,
          payment_status: voided ? 'pending' : payment_status,
          shipping_address: shipping_address ?? noAddress,
        },
      };
    });
    expect(ours).toStrictEqual(expected);

    const pool = createPool({ dsn: to, connections: 2, lifetimeSeconds: 60, name: 'test' }, pino({ level: 'silent' }));
    try {
      const { rows } = await pool.query<{ id: string; document: object }>('select id, document from orders');
      const states = await replayAll(
        pool,
        rows.map(({ id }) => id),
      );
      const replayed = new Map(states.map(({ order }) => [order.id, JSON.parse(JSON.stringify(order)) as object]));
      for (const { id, document } of rows) expect(replayed.get(id)).toStrictEqual(document);
      const verified: unknown[] = [];
      for await (const ids of orderIds(pool, 50))
        for (const audited of await auditedOrders(pool, ids)) verified.push(verifyJournal(chain, audited));
      expect(verified).toHaveLength(120);
      for (const one of verified) expect(one).toMatchObject({ verified: true });
      const effects = await pool.query('select from order_effects');
      expect(effects.rowCount).toBe(0);
      const moves = await pool.query(
        `select o.id from orders o where not exists (select from order_status_history h
         where h.order_id = o.id and h.to_status = o.status)`,
      );
      expect(moves.rowCount).toBe(0);
    } finally {
      await pool.end();
    }
  });

  it('leaves a mark until it has ended, which the service tells of at its start', async () => {
    const [from, to] = [await oldDatabase(100), await databases.create()];
    await expect(
      run(from, to, {
        onProgress: (read) => {
          if (read >= 60) throw new Error('interrupted');
        },
      }),
    ).rejects.toThrow('interrupted');
    const pool = new Pool({ connectionString: to });
    try {
      expect(await hasUnfinishedImport(pool)).toBe(true);
      await run(from, to, { dryRun: true });
      expect(await hasUnfinishedImport(pool)).toBe(true);
      await run(from, to);
      expect(await hasUnfinishedImport(pool)).toBe(false);
    } finally {
      await pool.end();
    }
  });

  it('continues where it was interrupted, and a second run skips what is there', async () => {
    const [from, to] = [await oldDatabase(100), await databases.create()];
    await expect(
      run(from, to, {
        onProgress: (read) => {
          if (read >= 60) throw new Error('interrupted');
        },
      }),
    ).rejects.toThrow('interrupted');
    expect(await run(from, to)).toMatchObject({ imported: 40, alreadyThere: 60, differences: [] });
    expect(await run(from, to)).toMatchObject({ imported: 0, alreadyThere: 100, differences: [] });
  });

  it('writes nothing in a dry run', async () => {
    const [from, to] = [await oldDatabase(10), await databases.create()];
    expect(await run(from, to, { dryRun: true })).toMatchObject({ read: 10, imported: 10 });
    expect(await query(to, 'select from orders')).toHaveLength(0);
  });

  it('lists what does not fit, and stores the others', async () => {
    const [from, to] = [await oldDatabase(40), await databases.create()];
    await query(from, "update orders set status = 'draft' where order_number like '%000001'");
    await query(from, "update orders set payment_status = null where order_number like '%000002'");
    await query(from, "update orders set total_amount = 'NaN' where order_number like '%000003'");
    await query(
      from,
      `update orders set metadata = '"a text"', shipping_address = '[]' where order_number like '%000004'`,
    );
    const report = await run(from, to);
    expect(report.imported).toBe(37);
    expect(report.unfit.map(({ order_number, why }) => [order_number.slice(-2), why]).sort()).toMatchObject([
      ['01', 'unknown status: "draft"'],
      ['02', 'unknown payment status: none'],
      ['03', 'an amount is not a number'],
    ]);
    expect(report.differences.length).toBeGreaterThan(0);
    expect(await run(from, await databases.create(), { dryRun: true })).toMatchObject({ imported: 37 });
  });

  it('lets order numbers go on after the highest one of the day', async () => {
    const [from, to] = [await oldDatabase(17), await databases.create()];
    await run(from, to);
    const pool = createPool({ dsn: to, connections: 1, lifetimeSeconds: 60, name: 'test' }, pino({ level: 'silent' }));
    try {
      const numbers = createOrderNumbers(pool, 'order_number', 'UTC', pino({ level: 'silent' }));
      const next = await numbers.onDay(now, async ({ sequence }) =>
        pool.query<{ number: string }>('select nextval($1::regclass)::text as number', [sequence]),
      );
      expect(next.rows).toStrictEqual([{ number: '18' }]);
      await run(from, to);
      expect((await pool.query('select last_value from order_number_20260301')).rows).toStrictEqual([
        { last_value: '18' },
      ]);
    } finally {
      await pool.end();
    }
  });

  it('works within one database: ours are made in a schema of their own, the old tables stay as they are', async () => {
    const dsn = await oldDatabase(20);
    const before = await contents(dsn);
    const log: string[] = [];
    await migrate({ dsn, root: projectRoot, direction: 'up', log: (line) => log.push(line) });
    expect(log.at(-1)).toMatch(/npm run import/);
    expect(await run(dsn, dsn)).toMatchObject({ imported: 20, differences: [] });
    expect(await contents(dsn)).toStrictEqual(before);
    expect(await query(dsn, 'select from order_service.orders')).toHaveLength(20);
    expect(await query(dsn, 'select from reports.orders')).toHaveLength(20);
    const place = await findSchemaPlace(dsn);
    expect(place.schema).toBe('order_service');
    expect(await query(place.dsn, 'select from order_events')).toHaveLength(20);
    await query(dsn, 'drop table public.order_items, public.orders');
    expect((await findSchemaPlace(dsn)).schema).toBe('order_service');
    expect(await migrate({ dsn, root: projectRoot, direction: 'up', log: () => undefined })).toStrictEqual([]);
  });

  it('says in a sentence why it cannot run', async () => {
    const ours = await databases.create();
    const [from, empty] = [await oldDatabase(1), await emptied()];
    await expect(run('postgres://nobody@127.0.0.1:1/x', ours)).rejects.toThrow(/import from cannot be reached/);
    await expect(run(from, 'postgres://nobody@127.0.0.1:1/x')).rejects.toThrow(
      /This service's database cannot be reached/,
    );
    await expect(run(empty, ours)).rejects.toThrow(/has no table orders/);
    await expect(run(ours, ours)).rejects.toThrow(/holds the orders of this service/);
    await expect(run(from, empty)).rejects.toThrow(/npm run migrate -- up/);
    await query(from, 'alter table orders drop column payment_status');
    await expect(run(from, ours)).rejects.toThrow(/no column payment_status/);
  });

  it('is a command', async () => {
    const [from, to] = [await oldDatabase(8), await databases.create()];
    const withoutSecret = { ...process.env, ORDER_DATABASE_DSN: to, ORDER_SECRET: '' };
    await expect(execute(process.execPath, [script, '--from', from], { env: withoutSecret })).rejects.toThrow(
      /ORDER_SECRET is not set/,
    );
    const env = { ...withoutSecret, ORDER_SECRET: secret };
    const { stdout } = await execute(process.execPath, [script, '--from', from], { env });
    expect(stdout).toMatch(/imported: 8 orders/);
    await expect(execute(process.execPath, [script], { env })).rejects.toThrow(/--from is missing/);
    await expect(execute(process.execPath, [script, '--from', 'mysql://x'], { env })).rejects.toThrow(
      /postgres:\/\/ URL/,
    );
  });
});
