import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import type { OrderCommand } from '../../actors/rules/commands.js';
import { createTurns, type Turns } from '../../actors/turn.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { policy } from '../support/given.js';
import { newOrder } from '../support/sample-orders.js';
import { useTestDatabase } from '../support/test-database.js';

const log = pino({ level: 'silent' });
describe('Statements of a turn', () => {
  const database = useTestDatabase(2);
  const sent: string[] = [];
  let turns: Turns;
  const orderId = uuidv7();

  /** The statements that a command sends, by their names. */
  const statementsOf = async (command: OrderCommand): Promise<readonly string[]> => {
    sent.length = 0;
    const reply = await turns.take({
      ...{ orderId, commandId: `test-${command.type}`, requestHash: 'h', command, keyless: false },
      ...{ caller: { type: 'staff', id: 's' }, channel: 'rest' },
    });
    expect(reply.outcome).toBe('done');
    return [...sent];
  };

  beforeAll(async () => {
    const numbers = createOrderNumbers(database.pool, 'order_number', 'UTC', log);
    await numbers.prepare(new Date().toISOString());
    const counting = {
      query: (statement: { readonly name: string }) => {
        sent.push(statement.name);
        return database.pool.query(statement as never);
      },
    } as unknown as Pool;
    turns = createTurns(orderId, {
      ...{ store: createOrderStore(counting, numbers), clock: () => new Date(), policy, log },
      ...{ onCommit: () => undefined, onOvertaken: () => undefined, chain: createChain('x'.repeat(32)) },
    });
  });

  it('is one for a creation', async () => {
    expect(await statementsOf({ type: 'create', order: newOrder })).toStrictEqual(['create-order']);
  });

  it('is one for a change of a warm order: a status, a cancellation', async () => {
    expect(await statementsOf({ type: 'change_status', status: 'processing' })).toStrictEqual(['commit-lean-change']);
    expect(await statementsOf({ type: 'cancel', reason: 'not wanted' })).toStrictEqual(['commit-change']);
  });
});
