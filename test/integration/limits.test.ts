import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import type { OrderCommand } from '../../actors/rules/commands.js';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import { createTurns, type Turns } from '../../actors/turn.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderReads } from '../../persistence/order-reads.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { policy } from '../support/given.js';
import { newOrder } from '../support/sample-orders.js';
import { useTestDatabase } from '../support/test-database.js';

const log = pino({ level: 'silent' });

describe('What customers and guests may do', () => {
  const database = useTestDatabase(2);
  let now = new Date('2026-03-01T10:00:00.000Z');
  const owner: Caller = { type: 'customer', id: 'customer-1' };
  const staff: Caller = { type: 'staff', id: 's' };

  /** Turns as a replica has them that has not seen the order yet. */
  const turnsOf = (orderId: string): Turns =>
    createTurns(orderId, {
      store: createOrderStore(database.pool, createOrderNumbers(database.pool, 'order_number', 'UTC', log)),
      chain: createChain('a secret of more than 32 characters'),
      clock: () => now,
      policy,
      log,
      onCommit: () => undefined,
      onOvertaken: () => undefined,
    });
  const take = (turns: Turns, orderId: string, command: OrderCommand, caller: Caller) =>
    turns.take({ orderId, commandId: randomUUID(), requestHash: 'h', keyless: true, channel: 'rest', caller, command });
  const create = async (more: object): Promise<Order> => {
    const orderId = uuidv7();
    const reply = await take(turnsOf(orderId), orderId, { type: 'create', order: { ...newOrder, ...more } }, staff);
    if (reply.outcome !== 'done') throw new Error(JSON.stringify(reply));
    return reply.order;
  };

  it('is a hundred edits of an order on a day, whichever replica takes them', async () => {
    const { id } = await create({ customer_id: owner.id, guest_email: undefined });
    const turns = turnsOf(id);
    const edit = (by: Turns, notes: string, caller = owner) => take(by, id, { type: 'update', notes }, caller);
    for (let n = 1; n <= 100; n += 1) expect((await edit(turns, `note ${n}`)).outcome).toBe('done');
    const limited = { outcome: 'refused', refusal: { code: 'rate_limited', retryAfter: 14 * 3_600 } };
    expect(await edit(turns, 'one more')).toMatchObject(limited);
    expect(await edit(turnsOf(id), 'one more')).toMatchObject(limited);
    expect(await edit(turnsOf(id), 'by staff', staff)).toMatchObject({ outcome: 'done', order: { version: 102 } });
    now = new Date('2026-03-02T00:00:00.000Z');
    expect((await edit(turnsOf(id), 'the next day')).outcome).toBe('done');
  });

  it('leaves no receipt of a call without a key that changes nothing', async () => {
    const { id } = await create({ customer_id: owner.id, guest_email: undefined });
    const receipts = async (): Promise<number> =>
      (await database.pool.query('select from order_receipts where order_id = $1', [id])).rowCount ?? 0;
    const before = await receipts();
    expect((await take(turnsOf(id), id, { type: 'update', reason: 'x' }, owner)).outcome).toBe('done');
    expect(await receipts()).toBe(before);
  });

  it('reads nothing of an order that is not theirs', async () => {
    const reads = createOrderReads(database.pool);
    const mine = await create({ customer_id: owner.id, guest_email: undefined });
    const ofGuest = await create({ customer_id: undefined, guest_email: 'guest@example.com' });
    const guest: Caller = { type: 'guest', id: ofGuest.id };
    const seen = async (order: Order, reader: Caller): Promise<boolean> => {
      const found = [await reads.byId(order.id, reader), await reads.byNumber(order.order_number, reader)];
      expect(found[0]?.version).toBe(found[1]?.version);
      return found[0] !== undefined;
    };
    expect(await seen(mine, owner)).toBe(true);
    expect(await seen(mine, staff)).toBe(true);
    expect(await seen(ofGuest, guest)).toBe(true);
    expect(await seen(mine, { type: 'customer', id: 'customer-2' })).toBe(false);
    expect(await seen(ofGuest, owner)).toBe(false);
    expect(await seen(mine, guest)).toBe(false);
    expect(await seen(mine, { type: 'guest', id: mine.id })).toBe(false);
  });
});
