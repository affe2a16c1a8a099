import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import { createCommandSigner, type CommandRequest, type Reply, type Signed } from '../../actors/command-envelope.js';
import { createOrderActor } from '../../actors/order-actor.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { policy } from '../support/given.js';
import { newOrder } from '../support/sample-orders.js';
import { useTestDatabase } from '../support/test-database.js';

const log = pino({ level: 'silent' });
const signer = createCommandSigner('x'.repeat(32));

describe('the actor of an order', () => {
  const database = useTestDatabase(4);

  const actorOf = (orderId: string) => {
    const actor = createOrderActor(orderId, {
      ...{
        store: createOrderStore(database.pool, createOrderNumbers(database.pool, 'order_number', 'UTC', log)),
        signer,
        policy,
        log,
      },
      ...{ chain: createChain('x'.repeat(32)), clock: () => new Date(), isTransient: () => false },
      ...{ onCommit: () => undefined, onOvertaken: () => undefined, onTurn: () => undefined },
    });
    return async (signed: Signed): Promise<Reply> => signer.openReply(await actor.execute(signed), signed)!;
  };

  /** @param sending numbers what the client sends with the same key */
  const signed = (orderId: string, key: string, command: CommandRequest['command'], sending = 0): Signed =>
    signer.sign(
      {
        ...{ orderId, commandId: `${key} of ${orderId}`, requestHash: key, keyless: false, channel: 'rest', command },
        caller: { type: 'staff', id: 'staff-1' },
      },
      Date.now() + 10_000 + sending,
    );

  it('does not do what it said no to when another copy of the same sending comes later', async () => {
    const id = uuidv7();
    const take = actorOf(id);
    expect((await take(signed(id, 'create', { type: 'create', order: newOrder }))).outcome).toBe('done');
    const release = signed(id, 'release', { type: 'release' });
    const no = { outcome: 'refused', refusal: { code: 'order_not_held' } };
    expect(await take(release)).toMatchObject(no);
    expect((await take(signed(id, 'hold', { type: 'hold', reason: 'checked' }))).outcome).toBe('done');
    expect(await take(release)).toMatchObject(no);
    const { rows } = await database.pool.query<{ type: string }>('select type from order_events where order_id = $1', [
      id,
    ]);
    expect(rows.map(({ type }) => type)).not.toContain('order.released');
    // The client asks again, with the same key.
    expect((await take(signed(id, 'release', { type: 'release' }, 1))).outcome).toBe('done');
  });

  it('answers a copy of what was done as done', async () => {
    const id = uuidv7();
    const take = actorOf(id);
    await take(signed(id, 'create', { type: 'create', order: newOrder }));
    const hold = signed(id, 'hold', { type: 'hold', reason: 'checked' });
    expect(await take(hold)).toMatchObject({ outcome: 'done', replayed: false });
    expect((await take(signed(id, 'release', { type: 'release' }))).outcome).toBe('done');
    expect(await take(hold)).toMatchObject({ outcome: 'done', replayed: true, order: { version: 3 } });
  });
});
