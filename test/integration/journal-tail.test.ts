import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import fc from 'fast-check';
import { pino } from 'pino';
import type { Order } from '../../actors/rules/order.js';
import type { JournalTail, StreamPlace } from '../../actors/journal-tail.js';
import type { Snapshot } from '../../actors/journal-snapshot.js';
import { createChangeFeed } from '../../api/change-feed.js';
import { readChangePosition } from '../../api/change-position.js';
import { candidateOf, matcherOf } from '../../api/matching.js';
import { listFilter } from '../../api/list-filter.js';
import { watchOrdersQuery } from '../../api/schemas/requests.js';
import { createWatchAll } from '../../api/watch-all.js';
import { createJournalTail } from '../../persistence/journal-tail.js';
import { createOrderReads } from '../../persistence/order-reads.js';
import { createPool } from '../../persistence/pool.js';
import { createSearchIndex } from '../../persistence/search.js';
import { createJournalWriters } from '../support/journal-writers.js';
import { createOrderWriters, type OrderWriters } from '../support/order-writers.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';

const log = pino({ level: 'silent' });

describe('The journals of all orders as one stream', () => {
  let databases: TestDatabases;
  let pool: Pool;

  beforeAll(async () => {
    databases = await startTestDatabases();
  });
  beforeEach(async () => {
    pool = createPool({ dsn: await databases.create(), connections: 20, lifetimeSeconds: 300, name: 'test' }, log);
  });
  afterEach(() => pool.end());
  afterAll(() => databases.stop());

  const write = async (writers: OrderWriters): Promise<void> => {
    await Promise.all([
      ...Array.from({ length: 6 }, async () => {
        for (let n = 0; n < 40; n += 1) await writers.write();
      }),
      ...Array.from({ length: 3 }, async () => {
        for (let n = 0; n < 8; n += 1) await writers.linger();
      }),
    ]);
  };

  const allVersions = async (): Promise<readonly string[]> => {
    const { rows } = await pool.query<{ id: string }>(
      `select order_id || ':' || version as id from order_events order by 1`,
    );
    return rows.map(({ id }) => id).sort();
  };

  /** Everything once, and the versions of each order one after the other. */
  const assertWhole = async (seen: readonly string[]): Promise<void> => {
    expect([...seen].sort()).toStrictEqual(await allVersions());
    const latest = new Map<string, number>();
    for (const id of seen) {
      const [order = '', version] = id.split(':');
      expect(Number(version)).toBe((latest.get(order) ?? 0) + 1);
      latest.set(order, Number(version));
    }
  };

  it('misses and repeats nothing, while transactions of many lengths write, wherever it is cut off', async () => {
    const tail = createJournalTail(pool, { transactions: 50, entries: 7 });
    let place: StreamPlace = await tail.end();
    const seen: string[] = [];
    const state = { isWriting: true };
    const writing = write(createOrderWriters(pool)).finally(() => {
      state.isWriting = false;
    });
    for (let idle = 0; idle < 2;) {
      const wasWriting = state.isWriting;
      const { changes, next, isBehind } = await tail.after(place);
      // Cut off at any message: the stream goes on from there.
      const taken = randomInt(2) === 0 ? changes : changes.slice(0, randomInt(changes.length + 1));
      for (const { before, after } of taken) {
        expect(before?.version ?? 0).toBe(after.version - 1);
        seen.push(`${after.id}:${after.version}`);
      }
      place = taken.length === changes.length ? next : (taken.at(-1)?.place() ?? place);
      if (!wasWriting && changes.length === 0 && !isBehind) idle += 1;
      if (changes.length === 0) await sleep(10);
    }
    await writing;
    await assertWhole(seen);
  });

  const named = ({ id, version }: Order): string => `${id}:${version}`;

  /** Reads a part, and takes so many of its changes at most before it is cut off. */
  const readOn = async (
    tail: JournalTail,
    { place, seen }: { readonly place: StreamPlace; readonly seen: readonly string[] },
    most: number,
    until?: Snapshot,
  ) => {
    const { changes, next, isBehind } = await tail.after(place, until);
    const taken = changes.slice(0, most);
    const isWhole = taken.length === changes.length;
    return {
      place: isWhole ? next : (taken.at(-1)?.place() ?? place),
      seen: [...seen, ...taken.map(({ after }) => named(after))],
      isBehind: isBehind || !isWhole,
    };
  };

  it('repeats nothing of a transaction when an older one commits after it', async () => {
    const [older, newer] = createJournalWriters(pool, 2);
    const tail = createJournalTail(pool);
    let state = { place: (await tail.end()) as StreamPlace, seen: [] as readonly string[] };
    await older!.write();
    for (let n = 0; n < 4; n += 1) await newer!.write();
    await newer!.end('commit');
    state = await readOn(tail, state, 2);
    await older!.end('commit');
    // Each time it is cut off after a single message.
    for (let n = 0; n < 6; n += 1) state = await readOn(tail, state, 1);
    await assertWhole(state.seen);
  });

  it('misses and repeats nothing, however transactions overlap and wherever it is cut off', async () => {
    const tail = createJournalTail(pool, { transactions: 5, entries: 3 });
    const writers = 4;
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ does: fc.constant('write' as const), who: fc.nat(writers - 1) }) },
      {
        weight: 3,
        arbitrary: fc.record({
          does: fc.constantFrom('commit' as const, 'commit' as const, 'rollback' as const),
          who: fc.nat(writers - 1),
        }),
      },
      { weight: 5, arbitrary: fc.record({ does: fc.constant('read' as const), most: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ does: fc.constant('join' as const), most: fc.integer({ min: 1, max: 3 }) }) },
    );
    const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      await pool.query('truncate order_events cascade');
      const all = createJournalWriters(pool, writers);
      let state = { place: (await tail.end()) as StreamPlace, seen: [] as readonly string[], isBehind: true };
      try {
        for (const one of steps) {
          if (one.does === 'write') await all[one.who]!.write();
          else if (one.does === 'read') state = await readOn(tail, state, one.most);
          else if (one.does === 'join') {
            // As a watch comes to the moment from which the feed tells it what happens.
            const { cursor } = await tail.end();
            do state = await readOn(tail, state, one.most, cursor);
            while (state.isBehind);
            expect(state.place).toStrictEqual({ cursor });
          } else await all[one.who]!.end(one.does);
        }
      } finally {
        for (const writer of all) await writer.end('commit');
      }
      do state = await readOn(tail, state, 2);
      while (state.isBehind);
      await assertWhole(state.seen);
    });
    await fc.assert(property, { numRuns: Number(process.env['ORDER_PROPERTY_RUNS'] ?? 100) });
  });

  it('takes a transaction that wrote more than is read at once in parts', async () => {
    const writers = createOrderWriters(pool);
    for (let n = 0; n < 12; n += 1) await writers.write();
    const { rows } = await pool.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
    await pool.query('alter table order_events disable trigger user');
    await pool.query('update order_events set transaction_id = $1', [rows[0]!.xid]);
    const tail = createJournalTail(pool, { transactions: 50, entries: 3 });
    let place: StreamPlace = { cursor: { xmax: BigInt(rows[0]!.xid), running: [] } };
    const seen: string[] = [];
    for (let isBehind = true; isBehind;) {
      const read = await tail.after(place);
      seen.push(...read.changes.map(({ after }) => `${after.id}:${after.version}`));
      ({ next: place, isBehind } = read);
    }
    await assertWhole(seen);
  });

  it('reaches every watch whole, which is cut off and goes on at any replica', async () => {
    const replicas = [0, 1].map(() => {
      const tail = createJournalTail(pool, { transactions: 50, entries: 7 });
      const feed = createChangeFeed({
        ...{ tail, log, intervalMs: 20, spacingMs: 5, mostWaiting: 1_000, mostBytes: 1e8 },
      });
      return { feed, open: createWatchAll({ tail, feed, stopping: new AbortController().signal }) };
    });
    const start = await createJournalTail(pool).end();
    const state = { isWriting: true };
    const writing = write(createOrderWriters(pool)).finally(() => {
      state.isWriting = false;
    });
    const follow = async (): Promise<readonly string[]> => {
      const seen: string[] = [];
      let from = start;
      for (;;) {
        const wasWriting = state.isWriting;
        const watch = await replicas[randomInt(2)]!.open({ filter: {}, from, endsInMs: undefined });
        if (watch === undefined) throw new Error('the place is not known');
        // An end that comes in the midst of it, or when nothing has come for a while.
        let left = 1 + randomInt(40);
        let quiet: NodeJS.Timeout | undefined;
        const before = seen.length;
        for await (const chunk of watch.chunks) {
          clearTimeout(quiet);
          quiet = setTimeout(() => watch.end(), 300);
          const text = Buffer.from(chunk as Uint8Array).toString();
          const [, id = '', , data] = /^id: (\S+)\n(data: (.*)\n)?\n$/.exec(text) ?? [];
          from = readChangePosition(id)!;
          if (data === undefined) continue;
          const { order } = JSON.parse(data) as { readonly order: Order };
          seen.push(`${order.id}:${order.version}`);
          left -= 1;
          if (left > 0) continue;
          // As a comment of the stream tells it; while more is on its way, the last message does.
          const position = watch.position();
          if (position !== undefined) from = readChangePosition(position)!;
          break;
        }
        clearTimeout(quiet);
        watch.end();
        if (!wasWriting && seen.length === before) return seen;
      }
    };
    const all = await Promise.all(Array.from({ length: 8 }, follow));
    await writing;
    for (const seen of all) await assertWhole(seen);
    await Promise.all(replicas.map(({ feed }) => feed.stop()));
  });

  it('has the filters of ListOrders', async () => {
    const writers = createOrderWriters(pool);
    for (let n = 0; n < 150; n += 1) await writers.write();
    const index = createSearchIndex(pool);
    for (let step = await index.advance(); step !== 'current'; step = await index.advance());
    const reads = createOrderReads(pool);
    const caller = { type: 'staff', id: 'test' } as const;
    const idsBy = async (query: object): Promise<readonly string[]> => {
      const filter = listFilter(caller, query);
      if (!filter.ok) throw new Error(JSON.stringify(filter.problem));
      return (await reads.list({ ...filter.value, limit: 1_000 })).map(({ id }) => id).sort();
    };
    const everything = listFilter(caller, {});
    if (!everything.ok) throw new Error('no filter');
    const documents = await reads.list({ ...everything.value, limit: 1_000 });
    const orders = documents.map(({ document }) => JSON.parse(document) as Order);
    expect(orders.length).toBeGreaterThan(20);
    const some = orders.filter((_, at) => at % 5 === 0);
    const queries: readonly object[] = some.flatMap((order) => [
      { customer_id: order.customer_id ?? 'nobody' },
      { status: order.status },
      { status: [order.status, 'delivered'], payment_status: order.payment_status },
      { payment_status: order.payment_status },
      { created_after: order.created_at },
      { created_before: order.created_at },
      { updated_after: order.updated_at },
      { order_number: order.order_number.slice(0, -2) },
      { guest_email: order.guest_email?.toUpperCase() ?? 'nobody@example.com' },
      { payment_id: order.payment_id ?? 'none' },
      { tracking_number: order.shipments.find((parcel) => parcel.tracking_number)?.tracking_number ?? 'none' },
      { product_sku: order.items[0]!.product_sku },
      { warehouse_id: order.items[0]!.warehouse_id },
      { held: 'true' },
      { held: 'false' },
      { deadline_before: order.deadlines[0]?.at ?? order.created_at },
      { q: order.order_number.slice(0, -1).toLowerCase() },
      { q: `${order.shipping_address.recipient} ${order.order_number.slice(0, 6)}` },
    ]);
    const found = new Set<string>();
    for (const query of queries) {
      const listed = await idsBy(query).catch(() => undefined);
      // Words of a made-up name may be no words.
      if (listed === undefined) continue;
      const matches = matcherOf(watchOrdersQuery.parse(query));
      const matched = orders.filter((order) => matches(candidateOf(order))).map(({ id }) => id);
      expect({ query, ids: matched.sort() }).toStrictEqual({ query, ids: listed });
      if (listed.length > 0) Object.keys(query).forEach((name) => found.add(name));
    }
    for (const name of [
      'customer_id',
      'status',
      'created_before',
      'order_number',
      'payment_id',
      'product_sku',
      'held',
      'q',
    ])
      expect(found).toContain(name);
  });
});
