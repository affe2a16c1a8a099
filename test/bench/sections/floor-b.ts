import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { chainTime, createChain, sealPersonal } from '../../../actors/chain.js';
import type { OrderStore } from '../../../actors/order-store.js';
import { effectsOf } from '../../../actors/rules/effects.js';
import { evolve } from '../../../actors/rules/evolve.js';
import { decideCreate } from '../../../actors/rules/lifecycle.js';
import type { Context } from '../../../actors/rules/commands.js';
import { createOrderReader } from '../../../api/schemas/create-order.js';
import { noClaims } from '../../../persistence/born-effects.js';
import { createOrderNumbers } from '../../../persistence/order-numbers.js';
import { createOrderStore } from '../../../persistence/order-store.js';
import { policy } from '../../support/given.js';
import { orderBody } from '../order-body.js';

const chain = createChain('x'.repeat(32));
const caller = { type: 'service', id: 'bench' } as const;
const readCreate = createOrderReader('US', { guestCheckout: true, multipleWarehouses: true, promotions: true });

const createOne = async (store: OrderStore, n: number): Promise<void> => {
  const context: Context = { caller, now: new Date().toISOString(), policy };
  const order = readCreate(JSON.parse(orderBody(n)), caller.id);
  if (!order.ok) throw new Error(JSON.stringify(order.problem));
  const entry = decideCreate(order.value, randomUUID(), context);
  const state = evolve(undefined, { order_id: uuidv7(), version: 1, at: context.now, entry });
  const commandId = randomUUID();
  const seal = sealPersonal(JSON.stringify(entry.personal));
  const link = chain.link(undefined, state.order.order_number, {
    order_id: state.order.id,
    version: 1,
    type: entry.type,
    data: JSON.stringify(entry.data),
    by_type: caller.type,
    by_id: caller.id,
    channel: 'rest',
    command_id: commandId,
    traceparent: null,
    at: chainTime(context.now),
    personal_digest: seal.personal_digest,
    sealed_at: null,
  });
  await store.create({
    caller,
    channel: 'rest',
    commandId,
    requestHash: randomUUID(),
    isCallerKey: false,
    traceparent: undefined,
    at: context.now,
    order: state.order,
    entry: { version: 1, entry, effects: effectsOf(undefined, state, entry), link, seal },
  });
};

/** Floor B: rows of creations written by the very statement, without actor, sidecar or gateway. Answers how many a second. */
export const createDirectly = async (dsn: string, atOnce: number, seconds: number): Promise<number> => {
  const pool = new Pool({ connectionString: dsn, max: 25 });
  const numbers = createOrderNumbers(pool, 'order_number', 'UTC', pino({ level: 'silent' }));
  // Each by a statement of its own, so that the floor stays what it was.
  const limits = { atOnce: Infinity, most: 1, mostText: 0, patienceMs: 0 };
  const store = createOrderStore(pool, numbers, noClaims, limits);
  const begun = performance.now();
  const end = begun + seconds * 1_000;
  let created = 0;
  const writer = async (): Promise<void> => {
    while (performance.now() < end) {
      await createOne(store, created);
      created += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, writer));
  const perSecond = (created * 1_000) / (performance.now() - begun);
  await pool.end();
  return perSecond;
};
