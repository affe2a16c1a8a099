import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { definition } from '../../analytics/contribution.js';
import { createKeeper } from '../../persistence/journal-keeper.js';
import type { JournalReader, Step } from '../../persistence/journal-reader.js';
import { createInsightsStore, type InsightsLimits } from '../../analytics/store/store.js';
import { createInsightsReads } from '../../analytics/store/reads.js';
import { createPool } from '../../persistence/pool.js';
import { assertExact, journalsIn, storedFigures } from '../support/insights.js';
import { createOrderWriters, type OrderWriters } from '../support/order-writers.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';
import { recount, spoken } from '../support/recount.js';

/** So small that every step is cut somewhere. */
const narrow: InsightsLimits = { transactions: 300, entries: 20, orders: 7, journals: 3 };

const silent = pino({ level: 'silent' });

describe('order insights behind the journal', () => {
  let databases: TestDatabases;
  let dsn: string;
  let pool: Pool;
  let writers: OrderWriters;
  const pools: Pool[] = [];

  const open = (name: string): Pool => {
    const made = createPool({ dsn, connections: 8, lifetimeSeconds: 300, name }, silent);
    pools.push(made);
    return made;
  };

  beforeAll(async () => {
    databases = await startTestDatabases();
  });
  beforeEach(async () => {
    dsn = await databases.create();
    pool = open('test');
    writers = createOrderWriters(pool);
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((one) => one.end()));
  });
  afterAll(() => databases.stop());

  const writeSome = async (count: number): Promise<void> => {
    for (let written = 0; written < count; written += 1) await writers.write();
  };

  /** Steps until all is counted. */
  const catchUp = async (store: JournalReader): Promise<readonly Step[]> => {
    const steps: Step[] = [];
    for (;;) {
      const step = await store.advance();
      steps.push(step);
      if (step === 'current' || step === 'elsewhere') return steps;
    }
  };

  /** Everything in the journal is counted, exactly. */
  const assertAll = async (): Promise<void> => {
    const { counted } = await assertExact(pool);
    const all = (await journalsIn(pool)).flat().map(({ order_id, version }) => `${order_id}:${version}`);
    expect(all.length).toBeGreaterThan(0);
    expect([...counted].sort()).toStrictEqual(all.sort());
  };

  it('are what a plain recount finds at every moment, while orders are written, transactions last and counters are killed', async () => {
    const stores = ['counter', 'counter'].map((name) => createInsightsStore(open(name), narrow));
    let writing = true;
    const forEver = async (work: () => Promise<unknown>): Promise<void> => {
      while (writing) await work();
    };
    const seen = new Set<Step>();
    let [current, failed] = [0, 0];
    const count = async (store: JournalReader): Promise<void> => {
      try {
        const step = await store.advance();
        seen.add(step);
        if (step === 'current') current += 1;
      } catch {
        // Its connection was ended: whatever it was at is undone, and begun again.
        failed += 1;
      }
    };
    const kill = async (): Promise<void> => {
      // Not before they have caught up once more.
      for (const before = current; writing && current === before;) await sleep(20);
      await sleep(randomInt(100));
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'counter' and datname = current_database() and state <> 'idle'`,
      );
    };
    const work = [
      ...[1, 2, 3].map(() =>
        forEver(async () => {
          await writers.write();
          await sleep(randomInt(40));
        }),
      ),
      ...[1, 2].map(() => forEver(writers.linger)),
      ...stores.map((store) => forEver(() => count(store))),
      forEver(kill),
    ];
    try {
      let [fresh, moments] = [0, 0];
      const end = Date.now() + 60_000;
      while ((moments < 30 || fresh < 10 || failed < 3) && Date.now() < end) {
        const { asOf, counted } = await assertExact(pool);
        moments += 1;
        if (asOf === undefined) continue;
        fresh += 1;
        const promised = writers.committed.filter(({ by }) => by < new Date(asOf).toISOString());
        const missing = promised.filter(({ id }) => !counted.has(id));
        assert.deepEqual(missing, [], `committed before ${asOf}, and not counted`);
      }
      assert.ok(fresh >= 10 && failed >= 3, `${moments} moments, ${fresh} of them fresh; ${failed} counters killed`);
    } finally {
      writing = false;
      await Promise.all(work);
    }
    expect([...seen].sort()).toStrictEqual(['begun', 'behind', 'current', 'elsewhere']);
    await catchUp(createInsightsStore(pool, narrow));
    await assertAll();
  });

  it('go on where they were, and count what is new alone', async () => {
    const store = createInsightsStore(pool);
    await writeSome(20);
    expect((await catchUp(store))[0]).toBe('begun');
    await writeSome(20);
    expect(await catchUp(store)).toStrictEqual(['current']);
    await assertAll();
    // nothing is new
    expect(await catchUp(store)).toStrictEqual(['current']);
    expect(await store.isFresh(60_000)).toBe(true);
    expect(await store.isFresh(0)).toBe(false);
  });

  it('say no more than they know while there is more to count', async () => {
    const store = createInsightsStore(pool, narrow);
    await writeSome(10);
    await catchUp(store);
    const { asOf } = await assertExact(pool);
    await writeSome(60);
    expect(await store.advance()).toBe('behind');
    expect((await assertExact(pool)).asOf).toBe(asOf);
    await catchUp(store);
    expect((await assertExact(pool)).asOf! > asOf!).toBe(true);
  });

  it('take transactions by their numbers, be they short or long', async () => {
    await writeSome(60);
    const store = createInsightsStore(pool, narrow);
    await store.advance();
    await pool.query(`update order_events e set transaction_id = n.number
      from (select order_id, version, 4 + row_number() over (order by transaction_id) as number from order_events) n
      where e.order_id = n.order_id and e.version = n.version`);
    await pool.query(`update order_insights_progress set cursor = '5:5:', complete = true`);
    while ((await store.advance()) === 'behind') await assertExact(pool);
    await assertAll();
  });

  it('do not wait for a transaction that lasts, and count it when it is done', async () => {
    const store = createInsightsStore(pool, narrow);
    await writeSome(5);
    await catchUp(store);
    const client = await pool.connect();
    await client.query('begin');
    const [journal] = await journalsIn(pool);
    await client.query(
      `insert into order_events select gen_random_uuid(), version, type, data, personal, by_type, by_id, channel, command_id,
         traceparent, at, pg_current_xact_id()::text::bigint
       from order_events where order_id = $1 and version = 1`,
      [journal![0]!.order_id],
    );
    await writeSome(30);
    await catchUp(store);
    const { asOf, counted } = await assertExact(pool);
    for (const { id } of writers.committed) assert.ok(counted.has(id), `${id}, committed before ${asOf}`);
    await client.query('commit');
    client.release();
    await catchUp(store);
    await assertAll();
  });

  it('count orders from before transactions were noted', async () => {
    await writeSome(30);
    await pool.query('update order_events set transaction_id = null');
    const store = createInsightsStore(pool, narrow);
    await store.advance();
    await writeSome(30);
    await catchUp(store);
    await assertAll();
  });

  it('are counted anew where their meaning has changed', async () => {
    const store = createInsightsStore(pool, narrow);
    await writeSome(30);
    await catchUp(store);
    await pool.query(`update order_insights_progress set definition = $1`, [definition - 1]);
    await pool.query('update order_insights_sales_day set orders = orders + 7');
    const reads = createInsightsReads(pool);
    const range = { from: new Date(0), to: new Date() };
    // figures of another meaning are not told
    expect(await reads.sales({ range }, 'month')).toBeUndefined();
    expect((await catchUp(store))[0]).toBe('begun');
    await assertAll();
    expect(await reads.sales({ range }, 'month')).toBeDefined();
  });

  it('are left alone where a later version of the service counts', async () => {
    const store = createInsightsStore(pool);
    await writeSome(5);
    await catchUp(store);
    await pool.query(`update order_insights_progress set definition = $1`, [definition + 1]);
    const before = await storedFigures(pool);
    await writeSome(5);
    expect(await catchUp(store)).toStrictEqual(['elsewhere']);
    expect(await storedFigures(pool)).toStrictEqual(before);
    expect(await store.isFresh(0)).toBe(true);
    expect(await createInsightsReads(pool).funnel({ range: { from: new Date(0), to: new Date() } })).toBeUndefined();
  });

  it('are counted anew in a cluster that the journal was brought to', async () => {
    const store = createInsightsStore(pool, narrow);
    await writeSome(40);
    await catchUp(store);
    // What a dump brings: transactions that this cluster has yet to begin, the rollups of then, and half of it uncounted.
    await pool.query(`update order_events set transaction_id = 1000000000000 + transaction_id`);
    await pool.query(`update order_insights_progress set system_id = system_id + 1, cursor = '5:5:'`);
    expect(await store.advance()).toBe('begun');
    await writeSome(20);
    await catchUp(store);
    await assertAll();
    const { rows } = await pool.query(
      `select from order_events where transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint`,
    );
    // no entry is left that would be counted again one day
    expect(rows).toHaveLength(0);
    await writeSome(20);
    expect(await catchUp(store)).not.toContain('begun');
    await assertAll();
  });

  it('are counted anew where one transaction brought more than a step takes', async () => {
    const store = createInsightsStore(pool, narrow);
    await writeSome(20);
    await catchUp(store);
    await pool.query(`insert into order_events
      select gen_random_uuid(), version, type, data, personal, by_type, by_id, channel, command_id, traceparent, at
      from order_events, generate_series(1, 5) where version = 1`);
    await writeSome(5);
    expect(await catchUp(store)).toContain('begun');
    await assertAll();
  });

  it('are kept by a loop that survives failures and stops when asked', async () => {
    const store = createInsightsStore(pool);
    let tries = 0;
    const failing: JournalReader = {
      ...store,
      advance: () => ((tries += 1) % 2 === 1 ? Promise.reject(new Error('away')) : store.advance()),
    };
    const keeper = createKeeper({ what: 'order insights', store: failing, intervalMs: 10, log: silent });
    keeper.start();
    await writeSome(10);
    const end = Date.now() + 60_000;
    const asOf = async (): Promise<string | undefined> => (await assertExact(pool)).asOf;
    const now = new Date().toISOString();
    let moment: string | undefined;
    do {
      await sleep(20);
      moment = await asOf();
    } while ((moment === undefined || new Date(moment).toISOString() <= now) && Date.now() < end);
    await keeper.stop();
    await assertAll();
    expect((await store.lagSeconds())!).toBeLessThan(60);
    const stopped = await asOf();
    await sleep(50);
    expect(await asOf()).toBe(stopped);
  });

  it('tell the same by any range and step', async () => {
    await writeSome(150);
    await catchUp(createInsightsStore(pool));
    const reads = createInsightsReads(pool);
    const journals = await journalsIn(pool);
    const now = Date.now();
    const hourMs = 3_600_000;
    for (const hours of [1, 5, 24, 30 * 24, 60 * 24])
      for (const until of [0, 3, 30]) {
        const to = new Date(Math.ceil(now / hourMs) * hourMs - until * hourMs);
        const range = { from: new Date(to.getTime() - hours * hourMs), to };
        const own = journals.filter(([first]) => {
          const created = new Date(first!.at);
          return created >= range.from && created < range.to;
        });
        const expected = new Map<string, bigint>();
        for (const [name, row] of recount(own))
          if (name.startsWith('sales hour')) {
            const [, , , currency = ''] = name.split(' ');
            expected.set(currency, (expected.get(currency) ?? 0n) + row.get('gross_amount')!);
          }
        const methods = await reads.paymentMethods({ range }, 100);
        const told = new Map<string, bigint>();
        for (const { currency, gross_amount } of methods!.found) {
          const [whole = '', fraction = ''] = gross_amount.split('.');
          const value = BigInt(whole + fraction.padEnd(4, '0'));
          told.set(currency, (told.get(currency) ?? 0n) + value);
        }
        assert.deepEqual(
          new Map([...told].sort()),
          new Map([...expected].sort()),
          `${hours} h until ${to.toISOString()}`,
        );
      }
    expect(spoken(await storedFigures(pool))).toStrictEqual(spoken(recount(journals)));
  });
});
