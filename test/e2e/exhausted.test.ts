import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Answer } from '../support/driver.js';
import { orderBody, staff } from '../support/orders.js';
import { done, taken } from '../support/outcomes.js';
import { configWith } from '../support/config-file.js';
import { assertSound } from '../support/invariants.js';
import { openShop, type Shop, until } from '../support/shop.js';

describe('a replica whose database is short of what it needs', () => {
  const connections = 2;
  const config = configWith({ connections: String(connections) });
  let shop: Shop;

  beforeAll(async () => {
    // No order walks by itself.
    const env = { ORDER_CONFIG_FILE: config.path, ORDER_SANDBOX_STEP_MS: '3600000' };
    shop = await openShop({ replicas: 1, env });
  });
  afterAll(async () => {
    await shop.stop();
    config.remove();
  });

  const orders = (count: number): Promise<readonly string[]> =>
    Promise.all(Array.from({ length: count }, async () => done(await shop.on(1).createOrder(orderBody())).id));

  /** Nobody else can write these orders until `release`. */
  const hold = async (ids: readonly string[]): Promise<{ release(): Promise<void> }> => {
    const holder = new Client({ connectionString: shop.stack.databaseDsn });
    // Postgres may be ended while it holds.
    holder.on('error', () => undefined);
    await holder.connect();
    await holder.query('begin');
    await holder.query('select 1 from orders where id = any($1::uuid[]) for update', [ids]);
    return { release: () => holder.end() };
  };

  const assertClean = ({ ok, status, code, retryAfter }: Answer): void => {
    if (ok) return;
    expect([status, code]).toStrictEqual([503, 'unavailable']);
    // no Retry-After
    expect(retryAfter !== undefined && retryAfter > 0).toBe(true);
  };

  /** An edit that can be told from all others, and asked for again. */
  const edit = (id: string) => {
    const key = randomUUID();
    const send = (): Promise<Answer> => shop.on(1).updateOrder(id, { metadata: { key } }, { caller: staff, key });
    return { id, key, send };
  };
  type Edit = ReturnType<typeof edit>;

  const timesStored = async ({ id, key }: Edit): Promise<number> => {
    const rows = await shop.query(
      `select 1 from order_events where order_id = $1 and personal->'metadata'->>'key' = $2`,
      ...[id, key],
    );
    return rows.length;
  };

  /** The same again until it is done; it was done once, whatever was answered before. */
  const assertDoneOnce = async (wanted: Edit, answer: Answer): Promise<void> => {
    if (answer.ok)
      // acknowledged and not stored
      expect(await timesStored(wanted)).toBe(1);
    taken(
      await until('the edit is done', async () => {
        const again = await wanted.send();
        assertClean(again);
        return again.ok && again;
      }),
    );
    expect(await timesStored(wanted)).toBe(1);
  };

  it('its pool exhausted: a clean 503 for whoever finds no connection, and all is well once it is free', async () => {
    const { pid } = shop.stack.replicas[0]!.app;
    const held = await orders(30);
    const [free] = await orders(1);
    const holder = await hold(held);
    const edits = held.map(edit);
    // One after the other, so that a connection that comes free goes to the next writer, who holds it again.
    const every100ms = <T>(send: (n: number) => Promise<T>): Promise<readonly T[]> =>
      Promise.all(held.map((_id, n) => sleep(n * 100).then(() => send(n))));
    const [answers, looked] = await Promise.all([
      every100ms((n) => edits[n]!.send()),
      every100ms(() => shop.on(1).getOrder(free!, { caller: staff })),
    ]);
    // a reader was sent away
    expect(looked.some(({ ok }) => !ok)).toBe(true);
    // a writer was sent away
    expect(answers.some(({ ok }) => !ok)).toBe(true);
    for (const answer of [...looked, ...answers]) assertClean(answer);
    await holder.release();
    for (const [index, wanted] of edits.entries()) await assertDoneOnce(wanted, answers[index]!);
    taken(await shop.on(1).getOrder(free!, { caller: staff }));
    await until('it is ready', async () => (await fetch(`${shop.stack.replicas[0]!.rest}/readyz`)).ok);
    // nobody had to restart it
    expect(shop.stack.replicas[0]!.app.pid).toBe(pid);
  });

  it('Postgres ended while turns are in it: what was acknowledged is stored, the rest can be asked for again', async () => {
    const postgres = shop.stack.postgres!;
    const held = await orders(connections);
    const holder = await hold(held);
    const edits = held.map(edit);
    const editing = Promise.all(edits.map(({ send }) => send()));
    await until('every connection has a turn in it', async () => {
      const rows = await shop.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and application_name like 'order-service%'`,
      );
      return rows.length === connections;
    });
    await postgres.handle.stop();
    await sleep(500);
    await postgres.handle.restart();
    await postgres.ready();
    const answers = await editing;
    await holder.release();
    answers.forEach(assertClean);
    for (const [index, wanted] of edits.entries()) await assertDoneOnce(wanted, answers[index]!);
  });

  it('leaves everything sound', () => assertSound(shop));
});
