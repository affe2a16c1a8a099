import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import type { NewOrder } from '../../actors/rules/commands.js';
import { createTurns } from '../../actors/turn.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { context } from './given.js';

const log = pino({ level: 'silent' });

/**
 * Creates an order at a time in the past, by the real turn over the real store: what can only happen to an old order can be
 * tested with it. Answers its id.
 */
export const createPastOrder = async (databaseDsn: string, order: NewOrder, at: Date): Promise<string> => {
  const pool = new Pool({ connectionString: databaseDsn, max: 1 });
  try {
    const orderId = uuidv7();
    const turns = createTurns(orderId, {
      store: createOrderStore(pool, createOrderNumbers(pool, 'order_number', 'UTC', log)),
      chain: createChain('x'.repeat(32)),
      log,
      clock: () => at,
      policy: context.policy,
      onCommit: () => undefined,
      onOvertaken: () => undefined,
    });
    const commandId = randomUUID();
    const caller = { type: 'service', id: 'test' } as const;
    const command = { type: 'create', order } as const;
    const reply = await turns.take({ orderId, commandId, requestHash: commandId, caller, channel: 'rest', command });
    if (reply.outcome !== 'done') throw new Error(`the order was not created: ${JSON.stringify(reply)}`);
    return orderId;
  } finally {
    await pool.end();
  }
};
