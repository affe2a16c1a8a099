import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import type { NewOrder } from '../../actors/rules/commands.js';
import type { OrderCommand } from '../../actors/rules/commands.js';
import type { OrderTopic } from '../../actors/rules/order.js';
import { createTurns } from '../../actors/turn.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { isTransient } from '../../persistence/pool.js';
import { arbitraryOrder } from './arbitrary-orders.js';
import { cancelItems, delivered, event, move, placed, returned, shipped, started, units } from './sample-orders.js';
import { context } from './given.js';

/** A commit, and a moment of the database's clock after it was acknowledged; RFC 3339 UTC. */
export interface Committed {
  readonly id: string;
  readonly by: string;
}

/** Writers of orders: the real turns over the real store, without a service around them. */
export interface OrderWriters {
  /** Creates an order or changes one, at random. */
  write(): Promise<void>;
  /** A foreign transaction that writes to the journal, lasts a while, and commits or not. */
  linger(): Promise<void>;
  readonly committed: readonly Committed[];
}

const log = pino({ level: 'silent' });

const pick = <T>(values: readonly T[]): T => values[randomInt(values.length)]!;

/** News of one of two payments; every third names no amount. */
const paid = (topic: OrderTopic, n: number): OrderCommand => ({
  ...event(topic, { payment_id: `payment-${n % 2}`, amount: n % 3 === 0 ? undefined : String(1 + (n % 5)) }),
  event_id: randomUUID(),
});

/** What may be said to an order of any state; much of it is refused. */
export const someCommands = (n: number): readonly OrderCommand[] => [
  { type: 'cancel', reason: pick(['changed my mind', 'too slow']) },
  cancelItems(units(String(1 + (n % 3)), 1)),
  { ...started, event_id: randomUUID() },
  { ...started, event_id: randomUUID() },
  { ...shipped, event_id: randomUUID() },
  { ...delivered, event_id: randomUUID() },
  returned(`return-${n}`, units('1', 1)),
  paid('payment.completed', n),
  paid('payment.authorized', n),
  paid('payment.failed', n),
  paid('payment.refunded', n),
  move('returned'),
  { type: 'update', notes: `note ${n}` },
];

/** Orders in several currencies, made now or, for other steps of time, up to ninety days ago. */
export const createOrderWriters = (pool: Pool): OrderWriters => {
  const store = createOrderStore(pool, createOrderNumbers(pool, 'order_number', 'UTC', log));
  const drawn = fc.sample(arbitraryOrder({ payment_status: 'completed' }), 60);
  const ids: string[] = [];
  const committed: Committed[] = [];

  const takeTurn = async (orderId: string, command: OrderCommand, at: Date): Promise<void> => {
    const turns = createTurns(orderId, {
      store,
      log,
      clock: () => at,
      policy: context.policy,
      onCommit: () => undefined,
      onOvertaken: () => undefined,
      chain: createChain('x'.repeat(32)),
    });
    const [commandId, caller] = [randomUUID(), { type: 'service', id: 'test' } as const];
    const request = { orderId, commandId, requestHash: commandId, caller, channel: 'rest', command } as const;
    // Clients retry a command on a transient storage error, such as a lock time-out.
    const reply = await turns.take(request).catch((error: unknown) => {
      if (isTransient(error)) return turns.take(request);
      throw error;
    });
    if (reply.outcome !== 'done') return;
    const { rows } = await pool.query<{ now: string }>('select clock_timestamp() as now');
    const by = new Date(rows[0]!.now).toISOString();
    committed.push({ id: `${orderId}:${reply.order.version}`, by });
    if (command.type === 'create') ids.push(orderId);
  };

  const make = (): NewOrder => ({ ...pick(drawn), payment_method: pick(['card', 'cod', undefined]) });

  return {
    committed,
    write: async () => {
      const ago = pick([0, 0, 3_600_000, 86_400_000, 40 * 86_400_000]);
      const at = new Date(Date.now() - ago);
      if (ids.length < 5 || randomInt(4) === 0) await takeTurn(uuidv7(), { type: 'create', order: make() }, at);
      else await takeTurn(pick(ids), pick(someCommands(randomInt(1_000))), new Date());
    },

    linger: async () => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const [first] = placed({ ...make() });
        const { type, data, personal } = first!.entry as { type: string; data: unknown; personal: unknown };
        await client.query(
          `insert into order_events (order_id, version, type, data, personal, by_type, by_id, channel, command_id, at)
           values ($1, 1, $2, $3, $4, 'service', 'test', 'test', 'test', date_trunc('milliseconds', now()))`,
          [uuidv7(), type, JSON.stringify(data), JSON.stringify(personal)],
        );
        await sleep(randomInt(400));
        await client.query(randomInt(3) === 0 ? 'rollback' : 'commit');
      } finally {
        client.release();
      }
    },
  };
};
