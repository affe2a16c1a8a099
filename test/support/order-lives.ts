import { randomInt, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { Chain } from '../../actors/chain.js';
import type { OrderCommand } from '../../actors/rules/commands.js';
import { createTurns } from '../../actors/turn.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderReads } from '../../persistence/order-reads.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { arbitraryOrder } from './arbitrary-orders.js';
import { context } from './given.js';
import { someCommands } from './order-writers.js';

/** An order, and what a read answered after each of its commands. */
export interface Life {
  readonly id: string;
  readonly seen: readonly { readonly version: number; readonly document: string; readonly at: string }[];
}

const log = pino({ level: 'silent' });

/** Makes an order and has so many things happen to it, at random and hours apart, by the real turns over the real store. */
export const liveOrder = async (pool: Pool, chain: Chain, happenings: number): Promise<Life> => {
  const id = uuidv7();
  const reads = createOrderReads(pool);
  let at = new Date('2026-03-01T12:00:00.000Z');
  const turns = createTurns(id, {
    store: createOrderStore(pool, createOrderNumbers(pool, 'order_number', 'UTC', log)),
    chain,
    clock: () => at,
    policy: context.policy,
    log,
    onCommit: () => undefined,
    onOvertaken: () => undefined,
  });
  const caller = { type: 'service', id: 'test' } as const;
  const seen: { version: number; document: string; at: string }[] = [];
  const say = async (command: OrderCommand): Promise<void> => {
    const commandId = randomUUID();
    await turns.take({ orderId: id, commandId, requestHash: commandId, caller, channel: 'rest', command });
    const found = await reads.byId(id);
    if (found === undefined) throw new Error('the order was not created');
    if (found.version !== seen.at(-1)?.version)
      seen.push({ version: found.version, document: found.document, at: at.toISOString() });
  };
  const [order] = fc.sample(arbitraryOrder({ payment_status: 'completed' }), 1);
  if (order === undefined) throw new Error('no order was drawn');
  await say({ type: 'create', order });
  for (let n = 0; n < happenings; n += 1) {
    at = new Date(at.getTime() + randomInt(1, 3_600_000));
    const commands = someCommands(randomInt(1_000));
    const command = commands[randomInt(commands.length)];
    if (command !== undefined) await say(command);
  }
  return { id, seen };
};
