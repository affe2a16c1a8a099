import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import type { Caller } from '../../actors/rules/order-parts.js';
import { createTurns } from '../../actors/turn.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderReads } from '../../persistence/order-reads.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { fillOrders } from '../support/fill-orders.js';
import { policy } from '../support/given.js';
import { newOrder } from '../support/sample-orders.js';
import { useTestDatabase } from '../support/test-database.js';

const log = pino({ level: 'silent' });
const staff: Caller = { type: 'staff', id: 'desk' };

describe('Reads of orders by their ids', () => {
  const database = useTestDatabase(2);
  let ids: readonly string[];
  const sent: string[] = [];

  /** What reads, one of them under way at once; `sent` names its statements. */
  const reading = (most: number) => {
    const counting = {
      query: (statement: { readonly name?: string }, ...values: never[]) => {
        sent.push(statement.name ?? 'without a name');
        return database.pool.query(statement as never, ...values);
      },
    } as unknown as Pool;
    sent.length = 0;
    return createOrderReads(counting, { atOnce: 1, most, mostText: 65_536, patienceMs: 10_000 });
  };

  beforeAll(async () => {
    const numbers = createOrderNumbers(database.pool, 'order_number', 'UTC', log);
    await numbers.prepare(new Date().toISOString());
    const orderId = uuidv7();
    const turns = createTurns(orderId, {
      ...{ store: createOrderStore(database.pool, numbers), clock: () => new Date(), policy, log },
      ...{ onCommit: () => undefined, onOvertaken: () => undefined, chain: createChain('x'.repeat(32)) },
    });
    await turns.take({
      ...{ orderId, commandId: 'create', requestHash: 'h', command: { type: 'create', order: newOrder } },
      ...{ keyless: false, caller: { type: 'service', id: 'shop' }, channel: 'rest' },
    });
    await fillOrders(database.pool, 2_000, () => undefined);
    const { rows } = await database.pool.query<{ id: string }>('select id from orders order by id limit 20');
    ids = rows.map(({ id }) => id);
  });

  it('share a statement where they wait, and each gets its own order', async () => {
    const [reads, unknown] = [reading(64), uuidv7()];
    const asked = [...ids, unknown, ...ids.map((id) => id.toUpperCase())];
    const found = await Promise.all(asked.map((id) => reads.byId(id, staff)));
    expect(found.map((order) => order?.id)).toStrictEqual([...ids, undefined, ...ids]);
    for (const order of found)
      if (order !== undefined) expect(JSON.parse(order.document)).toMatchObject({ id: order.id });
    expect(sent).toStrictEqual(['order-by-id', 'orders-by-id']);
  });

  it('are as many in a statement as may be', async () => {
    const reads = reading(5);
    await Promise.all(ids.slice(0, 12).map((id) => reads.byId(id, undefined)));
    expect(sent).toStrictEqual(['order-by-id', 'orders-by-id', 'orders-by-id', 'order-by-id']);
  });

  it('stay alone where the reader may see some orders only', async () => {
    const reads = reading(64);
    const otherCustomer: Caller = { type: 'customer', id: 'customer-without-orders' };
    const found = await Promise.all(
      ids.map(async (id, n) => [n % 2 === 0, await reads.byId(id, n % 2 === 0 ? otherCustomer : staff)] as const),
    );
    for (const [isOther, order] of found) expect(order === undefined).toBe(isOther);
    expect(new Set(sent)).toStrictEqual(new Set(['order-by-id-of-customer', 'order-by-id', 'orders-by-id']));
  });

  it('leave an order of an older release to a statement of its own', async () => {
    const [older = ''] = ids;
    await database.pool.query(`update orders set document = (document::jsonb - 'shipments')::json where id = $1`, [
      older,
    ]);
    const reads = reading(64);
    const found = await Promise.all([...ids].reverse().map((id) => reads.byId(id, staff)));
    expect(found.map((order) => order?.id)).toStrictEqual([...ids].reverse());
    expect(JSON.parse(found.at(-1)?.document ?? '')).toMatchObject({ id: older, shipments: [] });
    expect(sent).toStrictEqual(['order-by-id', 'orders-by-id', 'order-by-id', 'without a name']);
  });

  it('fail together with their statement, and not with what another one asked for', async () => {
    const reads = reading(64);
    const found = await Promise.allSettled([...ids, 'no id', ...ids].map((id) => reads.byId(id, staff)));
    expect(found.map(({ status }) => status)).toStrictEqual([
      ...ids.map(() => 'fulfilled'),
      'rejected',
      ...ids.map(() => 'fulfilled'),
    ]);
  });

  it('find each order by its key, however the statement is planned', async () => {
    const client = await database.pool.connect();
    try {
      await client.query("set plan_cache_mode = 'force_generic_plan'");
      await client.query('prepare several(uuid[]) as select id, document from orders where id = any($1)');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain execute several('{${ids.join(',')}}'::uuid[])`,
      );
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('Index Scan using orders_pkey');
    } finally {
      client.release(true);
    }
  });
});
