import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Client, type Pool } from 'pg';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createChain } from '../../actors/chain.js';
import { verifyJournal } from '../../actors/journal-audit.js';
import type { Reply } from '../../actors/command-envelope.js';
import type { NewOrder, OrderCommand } from '../../actors/rules/commands.js';
import { createTurns, type Turns } from '../../actors/turn.js';
import type { EffectClaims } from '../../persistence/born-effects.js';
import { type ClaimedEffect, createEffectQueue } from '../../persistence/effects.js';
import { auditedOrders } from '../../persistence/journal.js';
import { createOrderNumbers } from '../../persistence/order-numbers.js';
import { createOrderStore } from '../../persistence/order-store.js';
import { createPool, isTransient } from '../../persistence/pool.js';
import type { TogetherLimits } from '../../persistence/together.js';
import { policy } from '../support/given.js';
import { startTestDatabases, type TestDatabases } from '../support/postgres.js';
import { newOrder } from '../support/sample-orders.js';

const log = pino({ level: 'silent' });
const chain = createChain('a secret of more than 32 characters');
/** One statement at a time, so that all that comes meanwhile goes together. */
const together: TogetherLimits = { atOnce: 1, most: 16, mostText: 1_000_000, patienceMs: 60_000 };
const apart: TogetherLimits = { ...together, atOnce: 1_000 };
/** A text that Postgres refuses. */
const refusedText = 'a\u0000b';
const tooMuch = `${'9'.repeat(30)}.00`;

interface Statement {
  readonly name?: string;
  readonly values?: readonly unknown[];
}

/** One order in the hands of one replica. */
interface Held {
  readonly id: string;
  readonly turns: Turns;
}

describe('Orders that share a statement', () => {
  let databases: TestDatabases;
  let dsn: string;
  let pool: Pool;
  let statements: string[] = [];
  /** What is done to the next statement of several orders. */
  let fate: ((send: () => Promise<unknown>) => Promise<unknown>) | undefined;
  let gate: Promise<void> | undefined;
  let taken: ClaimedEffect[] = [];
  const claims: EffectClaims = {
    ...{ leaseMs: 30_000, reserve: () => true, release: () => undefined, wake: () => undefined },
    take: (effects) => {
      taken.push(...effects);
    },
  };

  /** The real pool; statements can be counted, held up and cut off. */
  const watched = (real: Pool): Pool =>
    ({
      query: async (statement: Statement) => {
        const { name = '', values = [] } = statement;
        const several = ['create-orders', 'commit-changes'].includes(name);
        statements.push(several ? `${name} ${(JSON.parse(String(values[0])) as unknown[]).length}` : name);
        const held = gate;
        gate = undefined;
        await held;
        const send = (): Promise<unknown> => real.query(statement as never);
        if (!several || fate === undefined) return send();
        const own = fate;
        fate = undefined;
        return own(send);
      },
    }) as unknown as Pool;

  const storeOn = (real: Pool, limits: TogetherLimits) =>
    createOrderStore(watched(real), createOrderNumbers(real, 'order_number', 'UTC', log), claims, limits);
  type Store = ReturnType<typeof storeOn>;
  let store: Store;

  const held = (by: Store = store, id = uuidv7(), at?: Date): Held => ({
    id,
    turns: createTurns(id, {
      ...{ store: by, chain, clock: () => at ?? new Date(), policy, log },
      ...{ onCommit: () => undefined, onOvertaken: () => undefined },
    }),
  });
  let commands = 0;
  interface How {
    readonly commandId?: string;
    readonly requestHash?: string;
  }
  const say = ({ id, turns }: Held, command: OrderCommand, how: How = {}): Promise<Reply> => {
    commands += 1;
    return turns.take({
      ...{ orderId: id, command, requestHash: how.requestHash ?? 'h', channel: 'rest', keyless: false },
      ...{ commandId: how.commandId ?? `together-${commands}`, caller: { type: 'staff', id: 's' } },
    });
  };
  const create = (order: Partial<NewOrder> = {}): OrderCommand => ({
    type: 'create',
    order: { ...newOrder, ...order },
  });
  const note = (notes: string): OrderCommand => ({ type: 'update', notes });
  const created = async (by: Store = store): Promise<Held> => {
    const order = held(by);
    expect(await say(order, create())).toMatchObject({ outcome: 'done' });
    return order;
  };
  /** Says these things at once, while another statement is under way, so that they all wait for it. */
  const atOnce = async (...sayings: (() => Promise<Reply>)[]): Promise<readonly (Reply | Error)[]> => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const order = held();
    // Of the same kind of statement: new orders wait for new orders, changes for changes.
    const first = isChange ? say(busy, note(`busy ${commands}`)) : say(order, create());
    await sleep(0);
    statements = [];
    const answers = sayings.map((saying) => saying().catch((error: unknown) => error as Error));
    await sleep(10);
    open();
    await first;
    return Promise.all(answers);
  };
  let isChange = false;
  let busy: Held;
  const outcomes = (replies: readonly (Reply | Error)[]): readonly string[] =>
    replies.map((reply) => {
      if (!('outcome' in reply)) return isTransient(reply) ? 'unavailable' : 'failed';
      if (reply.outcome === 'refused') return reply.refusal.code;
      return reply.outcome === 'done' && reply.replayed ? 'replayed' : reply.outcome;
    });
  const verified = async (...orders: readonly Held[]): Promise<void> => {
    const found = await auditedOrders(
      pool,
      orders.map(({ id }) => id),
    );
    expect(found).toHaveLength(orders.length);
    for (const one of found) expect(verifyJournal(chain, one)).toMatchObject({ verified: true });
  };
  const versions = async (...orders: readonly Held[]): Promise<readonly (number | undefined)[]> => {
    const { rows } = await pool.query<{ id: string; version: number }>(
      'select id, version from orders where id = any($1)',
      [orders.map(({ id }) => id)],
    );
    return orders.map(({ id }) => rows.find((row) => row.id === id)?.version);
  };
  /** Holds locks in a transaction of its own while something is done. */
  const whileLocked = async (sql: string, values: unknown[], work: (release: () => Promise<void>) => Promise<void>) => {
    const client = new Client({ connectionString: dsn });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(sql, values);
      await work(async () => {
        await client.query('rollback');
      });
    } finally {
      await client.end();
    }
  };
  /** Ends the session of a statement that waits for a lock. */
  const endWaiting = async (): Promise<void> => {
    for (;;) {
      const { rows } = await pool.query<{ ended: boolean }>(
        `select pg_terminate_backend(pid) as ended from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%with input as materialized%'`,
      );
      if (rows.some(({ ended }) => ended)) return;
      await sleep(10);
    }
  };

  beforeAll(async () => {
    databases = await startTestDatabases();
    dsn = await databases.create();
    pool = createPool({ dsn, connections: 8, lifetimeSeconds: 300, name: 'test' }, log);
    store = storeOn(pool, together);
    busy = await created();
  });
  afterAll(async () => {
    await pool.end();
    await databases.stop();
  });
  beforeEach(() => {
    [statements, fate, gate, taken, isChange] = [[], undefined, undefined, [], false];
  });

  describe('when they are new', () => {
    it('are stored as alone: rows, journal, number, effects', async () => {
      const orders = [held(), held(), held()];
      const replies = await atOnce(...orders.map((order, n) => () => say(order, create({ notes: `"${n}" \\ ü €` }))));
      expect(statements).toStrictEqual(['create-orders 3']);
      expect(outcomes(replies)).toStrictEqual(['done', 'done', 'done']);
      await verified(...orders);
      const numbers = replies.map((reply) => 'order' in reply && reply.order.order_number);
      expect(new Set(numbers).size).toBe(3);
      for (const number of numbers) expect(number).toMatch(/^ORD-\d{8}-\d{6,}$/);

      const ours = taken.filter(({ orderId }) => orders.some(({ id }) => id === orderId));
      expect(ours).toHaveLength(9);
      await pool.query(
        'update order_effects set claim = null, attempts = 0, next_at = now() where order_id = any($1)',
        [orders.map(({ id }) => id)],
      );
      const free = new Map([...new Set(ours.map(({ target }) => target))].map((target) => [target, 100]));
      const again = await createEffectQueue(pool).claim(free, 30_000);
      const plain = (effects: readonly ClaimedEffect[]): unknown =>
        effects
          .filter(({ orderId }) => orders.some(({ id }) => id === orderId))
          .toSorted((a, b) => a.key.localeCompare(b.key))
          .map(({ claim: _claim, ...effect }) => JSON.parse(JSON.stringify(effect)) as unknown);
      expect(plain(ours)).toStrictEqual(plain(again));
    });

    it('lose alone to an earlier creation under their key', async () => {
      const first = held();
      await say(first, create(), { commandId: 'taken' });
      const others = [held(), held(), held()];
      const replies = await atOnce(
        () => say(others[0]!, create()),
        () => say(others[1]!, create(), { commandId: 'taken' }),
        () => say(others[2]!, create(), { commandId: 'taken', requestHash: 'another' }),
      );
      expect(statements.slice(0, 1)).toStrictEqual(['create-orders 3']);
      expect(outcomes(replies)).toStrictEqual(['done', 'elsewhere', 'idempotency_key_reused']);
      expect(replies[1]).toStrictEqual({ outcome: 'elsewhere', orderId: first.id });
      expect(await versions(...others)).toStrictEqual([1, undefined, undefined]);
    });

    it('make one order of one key that stands among them twice', async () => {
      const orders = [held(), held(), held()];
      const replies = await atOnce(
        () => say(orders[0]!, create(), { commandId: 'twice' }),
        () => say(orders[1]!, create(), { commandId: 'twice' }),
        () => say(orders[2]!, create()),
      );
      expect(statements.slice(0, 1)).toStrictEqual(['create-orders 3']);
      expect([...outcomes(replies)].sort()).toStrictEqual(['done', 'done', 'elsewhere']);
      expect((await versions(...orders)).filter((version) => version === 1)).toHaveLength(2);
      const { rowCount } = await pool.query(`select from order_receipts where command_id = 'twice'`);
      expect(rowCount).toBe(1);
    });

    it.each([
      ['a text that Postgres refuses', { payment_method: refusedText }],
      ['such a text deep inside', { metadata: { gift: refusedText } }],
      ['an amount out of range', { total_amount: tooMuch }],
    ])('fail alone for %s', async (_, bad) => {
      const orders = [held(), held(), held()];
      const alone = await say(held(storeOn(pool, apart)), create(bad)).catch((error: unknown) => error as Error);
      const replies = await atOnce(
        () => say(orders[0]!, create()),
        () => say(orders[1]!, create(bad)),
        () => say(orders[2]!, create()),
      );
      expect(statements).toStrictEqual(['create-orders 3', 'create-order', 'create-order', 'create-order']);
      expect(outcomes(replies)).toStrictEqual(['done', ...outcomes([alone]), 'done']);
      await verified(orders[0]!, orders[2]!);
    });

    it('fail alone for an order that exists', async () => {
      const [existing, other] = [await created(), held()];
      const replies = await atOnce(
        () => say(held(store, existing.id), create()),
        () => say(other, create()),
      );
      expect(outcomes(replies)).toStrictEqual(['failed', 'done']);
      await verified(existing, other);
    });

    it('have their numbers made on the first day of a sequence', async () => {
      const at = new Date('2031-05-06T07:08:09.000Z');
      const orders = [held(store, uuidv7(), at), held(store, uuidv7(), at), held()];
      const replies = await atOnce(...orders.map((order) => () => say(order, create())));
      expect(outcomes(replies)).toStrictEqual(['done', 'done', 'done']);
      expect(JSON.stringify(replies[0])).toContain('ORD-20310506-');
      await verified(...orders);
      statements = [];
      const next = [held(store, uuidv7(), at), held()];
      expect(outcomes(await atOnce(...next.map((order) => () => say(order, create()))))).toStrictEqual([
        'done',
        'done',
      ]);
      expect(statements).toStrictEqual(['create-orders 2']);
    });
  });

  describe('when they change', () => {
    beforeEach(() => {
      isChange = true;
    });

    it('are stored as alone, with what is not of the usual kind beside', async () => {
      const orders = [await created(), await created(), await created()];
      const replies = await atOnce(
        () => say(orders[0]!, note('one')),
        () => say(orders[1]!, { type: 'change_status', status: 'processing' }),
        () => say(orders[2]!, { type: 'cancel', reason: 'not wanted' }),
      );
      expect(outcomes(replies)).toStrictEqual(['done', 'done', 'done']);
      expect(statements.toSorted()).toStrictEqual(['commit-change', 'commit-changes 2']);
      await verified(...orders);
      expect(await versions(...orders)).toStrictEqual([2, 2, 2]);
    });

    it('decide again alone where another activation was quicker', async () => {
      const orders = [await created(), await created(), await created()];
      await say(held(store, orders[1]!.id), note('by another replica'));
      const replies = await atOnce(...orders.map((order) => () => say(order, note('mine'))));
      expect(statements.slice(0, 2)).toStrictEqual(['commit-changes 3', 'commit-lean-change']);
      expect(outcomes(replies)).toStrictEqual(['done', 'done', 'done']);
      expect(await versions(...orders)).toStrictEqual([2, 3, 2]);
      await verified(...orders);
    });

    it('are answered as repeats alone where the command was taken before', async () => {
      const orders = [await created(), await created(), await created()];
      const nothing: OrderCommand = { type: 'update', reason: 'changes nothing' };
      expect(outcomes([await say(orders[1]!, nothing, { commandId: 'once' })])).toStrictEqual(['done']);
      const replies = await atOnce(
        () => say(orders[0]!, note('x')),
        () => say(orders[1]!, note('x'), { commandId: 'once' }),
        () => say(orders[2]!, note('x')),
      );
      expect(statements.slice(0, 4)).toStrictEqual([
        'commit-changes 3',
        'commit-lean-change',
        'commit-lean-change',
        'commit-lean-change',
      ]);
      expect(outcomes(replies)).toStrictEqual(['done', 'replayed', 'done']);
      expect(await versions(...orders)).toStrictEqual([2, 1, 2]);
      await verified(...orders);
    });

    it('are refused alone where the key stands for a call on another order', async () => {
      const orders = [await created(), await created(), await created()];
      await say(await created(), note('x'), { commandId: 'of-another' });
      const replies = await atOnce(
        () => say(orders[0]!, note('x')),
        () => say(orders[1]!, note('x'), { commandId: 'of-another', requestHash: 'other' }),
        () => say(orders[2]!, note('x')),
      );
      expect(outcomes(replies)).toStrictEqual(['done', 'idempotency_key_reused', 'done']);
      expect(await versions(...orders)).toStrictEqual([2, 1, 2]);
      await verified(...orders);
    });

    it('fail alone for a text that Postgres refuses', async () => {
      const orders = [await created(), await created(), await created()];
      const bad: OrderCommand = { type: 'change_status', status: 'processing', reason: refusedText };
      const alone = await say(await created(storeOn(pool, apart)), bad).catch((error: unknown) => error as Error);
      const replies = await atOnce(
        () => say(orders[0]!, note('x')),
        () => say(orders[1]!, bad),
        () => say(orders[2]!, note('x')),
      );
      expect(statements[0]).toBe('commit-changes 3');
      expect(outcomes(replies)).toStrictEqual(['done', ...outcomes([alone]), 'done']);
      await verified(orders[0]!, orders[2]!);
    });

    it('do not wait for one whose row another holds', async () => {
      const orders = [await created(), await created(), await created()];
      await whileLocked('select from orders where id = $1 for update', [orders[1]!.id], async (release) => {
        let late: readonly (Reply | Error)[] = [];
        const answers = atOnce(...orders.map((order) => () => say(order, note('mine')))).then((replies) => {
          late = replies;
        });
        while ((await versions(orders[0]!, orders[2]!)).some((version) => version !== 2)) await sleep(10);
        expect(late).toStrictEqual([]);
        expect(await versions(orders[1]!)).toStrictEqual([1]);
        await release();
        await answers;
        expect(outcomes(late)).toStrictEqual(['done', 'done', 'done']);
      });
      expect(await versions(...orders)).toStrictEqual([2, 2, 2]);
      await verified(...orders);
    });

    it('keep the order of their lanes: an effect is born claimed only where none is before it', async () => {
      const orders = [await created(), await created()];
      await pool.query(
        `update order_effects set state = 'done', settled_at = now(), claim = null where order_id = $1`,
        [orders[1]!.id],
      );
      taken = [];
      await atOnce(...orders.map((order) => () => say(order, { type: 'change_status', status: 'processing' })));
      expect(statements).toStrictEqual(['commit-changes 2']);
      expect(taken.some(({ orderId }) => orderId === orders[0]!.id)).toBe(false);
      expect(taken.some(({ orderId, target }) => orderId === orders[1]!.id && target === 'events')).toBe(true);
      const { rows } = await pool.query<{ claimed: boolean }>(
        `select claim is not null as claimed from order_effects where order_id = $1 and version = 2`,
        [orders[0]!.id],
      );
      expect(rows.every(({ claimed }) => !claimed)).toBe(true);
    });
  });

  describe.each([false, true])('when their connection breaks (changes: %s)', (changes) => {
    const made = async (): Promise<readonly Held[]> =>
      changes ? [await created(), await created(), await created()] : [held(), held(), held()];
    const saying = (order: Held, commandId: string) => () => say(order, changes ? note('x') : create(), { commandId });
    const before = changes ? 1 : undefined;
    const after = changes ? 2 : 1;

    it('are all unavailable before the commit, and nothing is written', async () => {
      const orders = await made();
      isChange = changes;
      const ids = orders.map(({ id }) => `broken-${id}`);
      fate = async (send) => {
        let sent: Promise<unknown> = Promise.resolve();
        await whileLocked('lock table order_receipts in exclusive mode', [], async () => {
          sent = send();
          sent.catch(() => undefined);
          await endWaiting();
        });
        return sent;
      };
      const replies = await atOnce(...orders.map((order, n) => saying(order, ids[n]!)));
      expect(statements).toHaveLength(1);
      expect(outcomes(replies)).toStrictEqual(['unavailable', 'unavailable', 'unavailable']);
      expect(await versions(...orders)).toStrictEqual([before, before, before]);
      for (const [n, order] of orders.entries())
        expect(outcomes([await saying(order, ids[n]!)()])).toStrictEqual(['done']);
      await verified(...orders);
    });

    it('are all unavailable after it, and repeats are answered with what was stored', async () => {
      const orders = await made();
      isChange = changes;
      const ids = orders.map(({ id }) => `lost-${id}`);
      fate = async (send) => {
        await send();
        throw new Error('Connection terminated unexpectedly');
      };
      const replies = await atOnce(...orders.map((order, n) => saying(order, ids[n]!)));
      expect(statements).toHaveLength(1);
      expect(outcomes(replies)).toStrictEqual(['unavailable', 'unavailable', 'unavailable']);
      expect(await versions(...orders)).toStrictEqual([after, after, after]);
      for (const [n, order] of orders.entries())
        expect(outcomes([await saying(order, ids[n]!)()])).toStrictEqual(['replayed']);
      expect(await versions(...orders)).toStrictEqual([after, after, after]);
      await verified(...orders);
    });
  });

  describe('whatever they are told', () => {
    /** What one order is told in a round; `foreign`: another activation tells it something just before. */
    const kinds = ['fine', 'status', 'cancel', 'hold', 'refused text', 'key of another', 'repeat', 'foreign'] as const;
    type Kind = (typeof kinds)[number];
    const creations = ['fine', 'refused text', 'too much', 'key of another'] as const;
    type CreationKind = (typeof creations)[number];
    interface Story {
      readonly creations: readonly CreationKind[];
      readonly rounds: readonly (readonly Kind[])[];
    }
    const story: fc.Arbitrary<Story> = fc.record({
      creations: fc.array(fc.constantFrom(...creations, 'fine' as const), { minLength: 2, maxLength: 7 }),
      rounds: fc.array(fc.array(fc.constantFrom(...kinds, 'fine' as const), { minLength: 7, maxLength: 7 }), {
        minLength: 1,
        maxLength: 3,
      }),
    });

    /** Tells a story, its sayings of a round together or one after the other; answers all replies and all that is stored. */
    const tell = async ({ creations: made, rounds }: Story, name: string, isTogether: boolean): Promise<unknown> => {
      const by = storeOn(pool, isTogether ? together : apart);
      const all = async (sayings: (() => Promise<Reply>)[]): Promise<readonly string[]> => {
        if (isTogether) return outcomes(await atOnce(...sayings));
        const replies: (Reply | Error)[] = [];
        for (const saying of sayings) replies.push(await saying().catch((error: unknown) => error as Error));
        return outcomes(replies);
      };
      const other = held(by);
      await say(other, create(), { commandId: `${name}-other` });
      const orders = made.map(() => held(by));
      [busy, store] = [await created(by), by];
      isChange = false;
      const replies = [
        await all(
          orders.map((order, n) => () => {
            const kind = made[n]!;
            const bad = { 'refused text': { payment_method: refusedText }, 'too much': { total_amount: tooMuch } };
            const command = create(kind === 'refused text' || kind === 'too much' ? bad[kind] : {});
            const commandId = kind === 'key of another' ? `${name}-other` : `${name}-create-${n}`;
            return say(order, command, { commandId, requestHash: kind === 'key of another' ? 'x' : 'h' });
          }),
        ),
      ];
      isChange = true;
      for (const [round, told] of rounds.entries()) {
        for (const [n, order] of orders.entries())
          if (told[n] === 'foreign')
            await say(held(by, order.id), note(`foreign ${round}`), { commandId: `${name}-foreign-${round}-${n}` });
        replies.push(
          await all(
            orders.map((order, n) => () => {
              const commandId = `${name}-${round}-${n}`;
              switch (told[n]) {
                case 'status':
                  return say(order, { type: 'change_status', status: 'processing' }, { commandId });
                case 'cancel':
                  return say(order, { type: 'cancel', reason: 'not wanted' }, { commandId });
                case 'hold':
                  return say(order, { type: 'hold', reason: 'why' }, { commandId });
                case 'refused text':
                  return say(order, note(`${round}`), { commandId: `${commandId}${refusedText}` });
                case 'key of another':
                  return say(order, note(`${round}`), { commandId: `${name}-other`, requestHash: 'x' });
                case 'repeat':
                  return say(order, note(`${round}`), { commandId: `${name}-create-${n}` });
                default:
                  return say(order, note(`${round}`), { commandId });
              }
            }),
          ),
        );
      }
      const stored = await Promise.all(
        orders.map(async (order) => {
          const { rows } = await pool.query<{ all: unknown }>(
            `select json_build_object(
               'order', (select json_build_array(status, version, held, requested_amount) from orders where id = $1),
               'journal', (select json_agg(json_build_array(version, type, by_type, by_id, channel,
                  replace(command_id, $2, '')) order by version) from order_events where order_id = $1),
               'receipts', (select json_agg(replace(command_id, $2, '') || version order by command_id)
                  from order_receipts where order_id = $1),
               'keys', (select json_agg(replace(command_id, $2, '') order by command_id)
                  from order_creations where order_id = $1),
               'lines', (select json_agg(json_build_array(id, cancelled_quantity) order by id) from order_items
                  where order_id = $1),
               'effects', (select json_agg(json_build_array(version, position, target, operation, state, attempts,
                  claim is null) order by version, position) from order_effects where order_id = $1)) as all`,
            [order.id, name],
          );
          return rows[0]!.all;
        }),
      );
      const known = (await versions(...orders)).flatMap((version, n) => (version === undefined ? [] : [orders[n]!]));
      await verified(...known);
      return { replies, stored };
    };

    it('are answered and stored as alone', async () => {
      let told = 0;
      await fc.assert(
        fc.asyncProperty(story, async (drawn) => {
          told += 1;
          const alone = await tell(drawn, `alone-${told}-`, false);
          expect(await tell(drawn, `shared-${told}-`, true)).toStrictEqual(alone);
        }),
        { numRuns: Number(process.env['ORDER_PROPERTY_RUNS'] ?? 25), endOnFailure: true },
      );
    });
  });
});
