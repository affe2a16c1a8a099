import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import { verifyJournal } from '../../actors/journal-audit.js';
import type { Reply } from '../../actors/command-envelope.js';
import type { OrderCommand } from '../../actors/rules/commands.js';
import { createTurns } from '../../actors/turn.js';
import { createErasures } from '../../persistence/erasures.js';
import { createInsightsStore } from '../../analytics/store/store.js';
import { auditedOrders } from '../../persistence/journal.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderReads } from '../../persistence/order-reads.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { createSearchIndex } from '../../persistence/search.js';
import { createVerifiedEmails } from '../../persistence/verified-emails.js';
import { policy } from '../support/given.js';
import { line, newOrder } from '../support/sample-orders.js';
import { useTestDatabase } from '../support/test-database.js';

const log = pino({ level: 'silent' });
const chain = createChain('x'.repeat(32));
const mark = 'zqmarker';
const email = `${mark}@example.com`;
const admin = { type: 'admin', id: 'a' } as const;
const place = {
  ...{ recipient: `Ada ${mark}`, line1: `1 ${mark}`, line2: mark, city: mark, region: mark, postal_code: mark },
  ...{ country: 'GB', phone: mark, email },
};
const guestOrder = {
  ...newOrder,
  ...({ customer_id: undefined, guest_email: email, payment_status: 'pending', payment_method: 'cod' } as const),
  ...{ shipping_address: place, billing_address: { ...place, country: 'FR' }, notes: mark, metadata: { [mark]: mark } },
  ...{ subtotal: '30.00', total_amount: '30.00', items: [line('1', 3, '10.00', { metadata: { [mark]: mark } })] },
};

describe('Erasing an order, in Postgres', () => {
  const database = useTestDatabase(4);

  const take = (orderId: string, command: OrderCommand, commandId: string = randomUUID()): Promise<Reply> =>
    createTurns(orderId, {
      store: createOrderStore(database.pool, createOrderNumbers(database.pool, 'order_number', 'UTC', log)),
      ...{ chain, policy, log, clock: () => new Date(), onCommit: () => undefined, onOvertaken: () => undefined },
    }).take({ orderId, commandId, requestHash: 'h', command, caller: admin, channel: 'rest' });

  const ordered = async (commands: readonly OrderCommand[]): Promise<string> => {
    const orderId = uuidv7();
    const all: readonly OrderCommand[] = [{ type: 'create', order: guestOrder }, ...commands];
    for (const command of all)
      expect([command.type, (await take(orderId, command)).outcome]).toStrictEqual([command.type, 'done']);
    return orderId;
  };

  const settle = (orderId: string) =>
    database.pool.query(
      `update order_effects set state = 'done', settled_at = now(), last_error = $2,
         actions = jsonb_build_array(jsonb_build_object('action', 'retry', 'reason', $2::text))
       where order_id = $1`,
      [orderId, mark],
    );

  const index = async (): Promise<void> => {
    const [search, insights] = [createSearchIndex(database.pool), createInsightsStore(database.pool)];
    for (const reader of [search, insights]) {
      let step = await reader.advance();
      while (step !== 'current') step = await reader.advance();
    }
  };

  /** The tables in which the marker stands. */
  const marked = async (): Promise<readonly string[]> => {
    const { rows: tables } = await database.pool.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c
       where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'v')`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await database.pool.query(`select from ${name} t where t::text ilike $1 limit 1`, [`%${mark}%`]);
      if (rows.length > 0) found.push(name);
    }
    return found;
  };

  const verify = async (orderId: string) => {
    const [audited] = await auditedOrders(database.pool, [orderId]);
    assert.ok(audited);
    return verifyJournal(chain, audited);
  };

  it('leaves nothing personal in any table, and the journal verifies', async () => {
    await createVerifiedEmails(database.pool).keep(email, 'customer-zq', new Date().toISOString());
    await database.pool.query('delete from verified_emails');
    const orderId = await ordered([
      {
        type: 'update',
        notes: `${mark} 2`,
        metadata: { [mark]: [mark] },
        reason: mark,
        shipping_address: { ...place, city: `${mark} 2` },
      },
      { type: 'update', items: [{ item_id: '1', metadata: { again: mark } }] },
      { type: 'hold', reason: mark },
      { type: 'release', reason: mark },
      { type: 'cancel_items', items: [{ item_id: '1', quantity: 1 }], reason: mark },
      { type: 'change_status', status: 'processing', reason: mark, notes: mark },
      { type: 'cancel', reason: `because ${mark}` },
    ]);
    await createVerifiedEmails(database.pool).keep(email, 'customer-zq', new Date().toISOString());
    const letter = `insert into dead_letters (id, topic, source, event_id, order_id, payload, reason, received_at, note)
      values ($1::uuid, 'customer.created', 's', gen_random_uuid()::text, $2::uuid, $3::json, 'x', now(), $4)`;
    await database.pool.query(letter, [uuidv7(), orderId, JSON.stringify({ name: mark }), mark]);
    await database.pool.query(letter, [uuidv7(), null, JSON.stringify({ email: email.toUpperCase() }), null]);
    await index();
    const before = await marked();
    for (const table of [
      'orders',
      'order_items',
      'order_events',
      'order_effects',
      'dead_letters',
      'verified_emails',
      'order_search',
    ])
      expect(before).toContain(table);
    expect(before.filter((name) => name.startsWith('order_insights_reasons'))).toHaveLength(2);

    const early = await take(orderId, { type: 'erase', reason: 'asked for' });
    expect(early).toMatchObject({
      outcome: 'conflict',
      reason: 'The order has effects that are not settled, or events that wait.',
    });
    await settle(orderId);
    const erasures = createErasures(database.pool);
    const subject = { guest_email: email.toUpperCase() };
    const traces = await erasures.tracesOf(subject);
    expect(traces).toStrictEqual({ orderIds: [orderId], emails: [email] });
    expect((await erasures.tracesOf({ customer_id: 'customer-zq' })).orderIds).toStrictEqual([orderId]);
    const erased = await take(orderId, { type: 'erase', reason: 'asked for' }, 'erase-1');
    expect(erased).toMatchObject({ outcome: 'done', replayed: false });
    expect(await take(orderId, { type: 'erase', reason: 'asked for' }, 'erase-1')).toMatchObject({
      outcome: 'done',
      replayed: true,
    });
    expect((await take(orderId, { type: 'erase', reason: 'asked for' })).outcome).toBe('stale');
    await erasures.forget(subject, traces);
    expect(await erasures.isTaken([orderId])).toBe(false);
    await index();
    expect(await erasures.isTaken([orderId])).toBe(true);
    expect(await marked()).toStrictEqual([]);
    expect(await verify(orderId)).toMatchObject({ verified: true });

    const reads = createOrderReads(database.pool);
    const now = await reads.byId(orderId);
    assert.ok(now);
    const last = await reads.past(orderId, { version: now.version });
    expect(JSON.parse(last?.document ?? '')).toStrictEqual(JSON.parse(now.document));
    const first = JSON.parse((await reads.past(orderId, { version: 1 }))?.document ?? '') as object;
    expect(first).toMatchObject({
      shipping_address: { recipient: 'erased', country: 'GB' },
      billing_address: { country: 'FR' },
    });
    const edits = await reads.editHistory(orderId, undefined, 100, { enoughBytes: 1_000_000 });
    const own = edits.filter(({ entry }) => /address|notes|metadata/.test(entry.field));
    expect(own.length).toBeGreaterThan(3);
    for (const { entry } of own)
      expect([entry.old_value, entry.new_value, entry.reason]).toStrictEqual([null, null, undefined]);
    const { rows } = await database.pool.query(
      `select sum(orders)::integer as orders from order_insights_reasons_day where reason = ''`,
    );
    expect(rows).toStrictEqual([{ orders: 1 }]);
  });

  it('shows a personal part that was taken away without an erasure', async () => {
    const orderId = await ordered([{ type: 'cancel', reason: 'x' }]);
    await settle(orderId);
    await take(orderId, { type: 'erase', reason: 'asked for' });
    expect((await verify(orderId)).verified).toBe(true);
    await take(orderId, { type: 'update', notes: 'later' });
    expect((await verify(orderId)).verified).toBe(true);
    await database.pool.query('update order_events set personal = null, personal_salt = null where order_id = $1', [
      orderId,
    ]);
    expect(await verify(orderId)).toMatchObject({ verified: false, first_bad_version: 3 });
  });

  it('keeps an order whose events wait', async () => {
    const orderId = await ordered([]);
    await take(orderId, { type: 'cancel', reason: 'x' });
    await settle(orderId);
    await database.pool.query(
      `insert into waiting_events (order_id, source, event_id, topic, data, received_at, decided_at_version)
       values ($1, 's', 'e', 'return.requested', '{}', now(), 1)`,
      [orderId],
    );
    expect((await take(orderId, { type: 'erase', reason: 'asked for' })).outcome).toBe('conflict');
  });
});
