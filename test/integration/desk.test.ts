import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { DryRun, Reply } from '../../actors/command-envelope.js';
import { createChain } from '../../actors/chain.js';
import type { OrderCommand } from '../../actors/rules/commands.js';
import { targets } from '../../actors/rules/effects.js';
import { createTurns } from '../../actors/turn.js';
import { createBulkRequests } from '../../persistence/bulk-requests.js';
import { createEffectQueue } from '../../persistence/effects.js';
import { createLedger } from '../../persistence/ledger.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { policy } from '../support/given.js';
import { newOrder } from '../support/sample-orders.js';
import { useTestDatabase } from '../support/test-database.js';

const log = pino({ level: 'silent' });
const staff = { type: 'staff', id: 's' } as const;
const cancel = { type: 'cancel', reason: 'x' } as const;
const restore = { type: 'restore' } as const;

describe('The support desk, in Postgres', () => {
  const database = useTestDatabase(4);
  let orderId: string;
  let take: (command: OrderCommand | DryRun, commandId?: string) => Promise<Reply>;

  beforeEach(async () => {
    const numbers = createOrderNumbers(database.pool, 'order_number', 'UTC', log);
    await numbers.prepare(new Date().toISOString());
    const store = createOrderStore(database.pool, numbers);
    orderId = uuidv7();
    take = (command, commandId = randomUUID()) =>
      createTurns(orderId, {
        chain: createChain('x'.repeat(32)),
        ...{ store, clock: () => new Date(), log, onCommit: () => undefined, onOvertaken: () => undefined },
        policy: { ...policy, cancelGraceSeconds: 3_600 },
      }).take({ orderId, commandId, requestHash: 'h', command, caller: staff, channel: 'rest' });
    expect((await take({ type: 'create', order: newOrder })).outcome).toBe('done');
  });

  const states = async (): Promise<readonly (readonly [string, string])[]> => {
    const { rows } = await database.pool.query<{ operation: string; state: string }>(
      'select operation, state from order_effects where order_id = $1 and version > 1 order by version, position',
      [orderId],
    );
    return rows.map(({ operation, state }) => [operation, state]);
  };

  /** Everything that is written down anywhere, and the next order number of today. */
  const everything = async (): Promise<unknown> => {
    const tables = ['orders', 'order_items', 'order_events', 'order_receipts', 'order_creations', 'order_effects'];
    const counts = await Promise.all(
      [...tables, 'waiting_events', 'dead_letters'].map(async (table) => {
        const { rows } = await database.pool.query<{ all: string | null }>(
          `select md5(string_agg(t::text, ',' order by t::text)) as all from ${table} t`,
        );
        return [table, rows[0]?.all];
      }),
    );
    const { rows } = await database.pool.query('select sequencename, last_value from pg_sequences order by 1');
    return { counts, rows };
  };

  it('writes nothing for a dry run', async () => {
    const before = await everything();
    const commands: readonly OrderCommand[] = [
      cancel,
      { type: 'create', order: newOrder },
      { type: 'hold', reason: 'x' },
      { type: 'change_status', status: 'processing' },
      { type: 'update', notes: 'other' },
      { type: 'change_status', status: 'delivered' },
    ];
    for (const of of commands)
      expect((await take({ type: 'dry_run', of })).outcome).toBe(
        of.type === 'change_status' && of.status === 'delivered' ? 'refused' : 'previewed',
      );
    expect(await everything()).toStrictEqual(before);
  });

  it('lets the effects of a cancellation wait, whatever is done about the rest of their lanes', async () => {
    expect((await take(cancel)).outcome).toBe('done');
    const queue = createEffectQueue(database.pool);
    const free = new Map(targets.map((target) => [target, 10] as const));
    const claimed: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const effects = await queue.claim(free, 30_000);
      claimed.push(...effects.filter(({ version }) => version > 1).map(({ operation }) => operation));
      await queue.settle(effects.map((effect) => ({ effect, outcome: { kind: 'done' } })));
      await createLedger(database.pool).retry(`${orderId}:2:warehouse.release:0`, staff, 'now');
    }
    expect(claimed.sort()).toStrictEqual(['event.publish', 'fulfillment.hold']);
    await database.pool.query(
      `update order_effects set not_before = now(), next_at = now() where not_before is not null`,
    );
    const later = await queue.claim(free, 30_000);
    expect(later.map(({ operation }) => operation).sort()).toStrictEqual([
      'fulfillment.stop',
      'notification.send',
      'payment.refund',
      'warehouse.release',
    ]);
  });

  it('withdraws them with the statement that restores the order', async () => {
    expect((await take(cancel)).outcome).toBe('done');
    const key = randomUUID();
    expect((await take({ type: 'dry_run', of: restore })).outcome).toBe('previewed');
    const reply = await take(restore, key);
    expect(reply).toMatchObject({ outcome: 'done', replayed: false, order: { status: 'confirmed', deadlines: [] } });
    expect(await states()).toStrictEqual([
      ['event.publish', 'pending'],
      ['fulfillment.hold', 'pending'],
      ['warehouse.release', 'withdrawn'],
      ['fulfillment.stop', 'withdrawn'],
      ['notification.send', 'withdrawn'],
      ['payment.refund', 'withdrawn'],
      ['event.publish', 'pending'],
      ['fulfillment.release', 'pending'],
      ['notification.send', 'pending'],
    ]);
    expect(await take(restore, key)).toMatchObject({ outcome: 'done', replayed: true });
    const { rows } = await database.pool.query(
      `select o.status, o.cancelled_at, o.deadline_at, sum(i.cancelled_quantity)::integer as cancelled
       from orders o join order_items i on i.order_id = o.id where o.id = $1 group by o.id`,
      [orderId],
    );
    expect(rows).toStrictEqual([{ status: 'confirmed', cancelled_at: null, deadline_at: null, cancelled: 0 }]);
  });

  it('does not restore an order once one of them is under way, and writes nothing then', async () => {
    expect((await take(cancel)).outcome).toBe('done');
    await database.pool.query(`update order_effects set claim = $2, attempts = 1 where key = $1`, [
      `${orderId}:2:warehouse.release:0`,
      randomUUID(),
    ]);
    const before = await everything();
    const refused = { outcome: 'refused', refusal: { code: 'order_not_restorable' } };
    expect(await take(restore)).toMatchObject(refused);
    expect(await take({ type: 'dry_run', of: restore })).toMatchObject(refused);
    expect(await everything()).toStrictEqual(before);
  });

  it('lets either the worker or the restore have them, never both', async () => {
    for (let round = 0; round < 10; round += 1) {
      await take(cancel);
      await database.pool.query(
        `update order_effects set not_before = now(), next_at = now() where order_id = $1 and not_before is not null`,
        [orderId],
      );
      const queue = createEffectQueue(database.pool);
      const [reply, claimed] = await Promise.all([take(restore), queue.claim(new Map([['warehouse', 50]]), 30_000)]);
      const mine = claimed.filter((effect) => effect.orderId === orderId && effect.operation === 'warehouse.release');
      const { rows } = await database.pool.query<{ state: string; attempts: number }>(
        `select state, attempts from order_effects where order_id = $1 and operation = 'warehouse.release' order by version desc limit 1`,
        [orderId],
      );
      expect([reply.outcome, mine.length, rows[0]]).toStrictEqual(
        reply.outcome === 'done'
          ? ['done', 0, { state: 'withdrawn', attempts: 0 }]
          : ['refused', 1, { state: 'pending', attempts: 1 }],
      );
      if (reply.outcome !== 'done') return;
    }
  });

  it('keeps what a key of a bulk request stands for, once', async () => {
    const requests = createBulkRequests(database.pool);
    const key = randomUUID();
    expect(await requests.find(key)).toBeUndefined();
    const kept = await Promise.all(['a', 'b', 'c', 'd'].map((hash) => requests.keep(key, hash)));
    expect(new Set(kept).size).toBe(1);
    expect(await requests.find(key)).toBe(kept[0]);
    expect(await requests.keep(key, 'e')).toBe(kept[0]);
  });
});
