import assert from 'node:assert/strict';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { sharedStack } from '../support/stack.js';
import type { Answer, CallOptions, Driver } from '../support/driver.js';
import { createGrpcDriver } from '../support/drivers/grpc.js';
import { createInvokeDriver } from '../support/drivers/invoke.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newId, oneLineBody, orderBody, placed, staff, unpaid } from '../support/orders.js';
import { done, eventually, refused, taken } from '../support/outcomes.js';

const stack = sharedStack();
const rest = [createRestDriver(stack, 1), createRestDriver(stack, 2)];
const grpc = [createGrpcDriver(stack, 1), createGrpcDriver(stack, 2)];
const invoke = [createInvokeDriver(stack)];

const atOnce = <T>(
  count: number,
  over: readonly Driver[],
  call: (driver: Driver, n: number) => Promise<T>,
): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, n) => call(over[n % over.length]!, n)));

interface JournalRow {
  readonly version: number;
  readonly type: string;
  readonly reason: string | null;
  readonly command_id: string;
}

describe('At once', () => {
  const pool = new Pool({ connectionString: stack.databaseDsn, max: 2 });
  afterAll(() => pool.end());

  const journalOf = async (id: string): Promise<readonly JournalRow[]> => {
    const text = `select version, type, personal ->> 'reason' as reason, command_id from order_events where order_id = $1 order by version`;
    return (await pool.query<JournalRow>(text, [id])).rows;
  };

  const assertGapless = (journal: readonly JournalRow[]): void => {
    expect(journal.map(({ version }) => version)).toStrictEqual(journal.map((_, n) => n + 1));
  };

  it.each(Object.entries({ REST: rest, gRPC: grpc, 'service invocation': invoke }))(
    '20 identical creates with one key make one order, over %s',
    async (_name, over) => {
      const [key, body] = [newId('key'), orderBody()];
      const answers = await atOnce(20, over, (driver) => driver.createOrder(body, { key }));
      const ids = new Set(answers.map((answer) => taken(answer).id));
      expect(ids.size).toBe(1);
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
      if (over[0]?.protocol === 'http')
        expect(answers.map(({ status }) => status).sort()).toStrictEqual([...Array<number>(19).fill(200), 201]);
      const { entries } = await rest[0]!.listOrders({ customer_id: body['customer_id'] as string });
      expect(new Set(entries.map(({ id }) => id))).toStrictEqual(ids);
      expect((await journalOf([...ids][0]!)).filter(({ type }) => type === 'order.created')).toHaveLength(1);
    },
  );

  it('of creates with one key and different bodies one wins', async () => {
    const [key, body] = [newId('key'), orderBody()];
    const answers = await atOnce(20, rest, (driver, n) => driver.createOrder({ ...body, notes: String(n) }, { key }));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    for (const answer of answers.filter(({ ok }) => !ok)) refused(rest[0]!, answer, 'idempotency_key_reused');
    expect((await rest[0]!.listOrders({ customer_id: body['customer_id'] as string })).entries).toHaveLength(1);
  });

  it('50 cancels through both replicas cancel once and refund once', async () => {
    const { id } = done(await rest[0]!.createOrder(orderBody()));
    const over = [...rest, ...grpc];
    const answers = await atOnce(50, over, async (driver, n) => {
      const answer = await driver.cancelOrder(id, { reason: `cancel ${n}` });
      if (!answer.ok) refused(driver, answer, 'order_not_cancellable');
      return answer;
    });
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    const settled = await eventually(
      async () => taken(await rest[0]!.getOrder(id)),
      ({ payment_status }) => payment_status === 'refunded',
    );
    expect([settled.payment_status, settled.refunded_amount]).toStrictEqual(['refunded', settled.total_amount]);
    const journal = await journalOf(id);
    assertGapless(journal);
    expect(journal.filter(({ type }) => type === 'order.cancelled')).toHaveLength(1);
    const refunds = await pool.query(`select from order_effects where order_id = $1 and operation = 'payment.refund'`, [
      id,
    ]);
    expect(refunds.rowCount).toBe(1);
  });

  it('50 repeats of one cancel through both replicas are all answered', async () => {
    const { id } = await placed(rest[0]!);
    const options = { key: newId('key'), ifMatch: '"1"' };
    const answers = await atOnce(50, rest, (driver) => driver.cancelOrder(id, { reason: 'x' }, options));
    for (const answer of answers) expect(taken(answer).status).toBe('cancelled');
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await journalOf(id)).toHaveLength(2);
  });

  it('of 30 edits of one version one wins', async () => {
    const { id } = await placed(rest[0]!);
    const options = { caller: staff, ifMatch: '"1"' };
    const answers = await atOnce(30, rest, (driver, n) => driver.updateOrder(id, { notes: `edit ${n}` }, options));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    for (const answer of answers.filter(({ ok }) => !ok)) refused(rest[0]!, answer, 'version_conflict');
    const winner = answers.find(({ ok }) => ok)?.order;
    expect(taken(await rest[1]!.getOrder(id))).toStrictEqual(winner);
  });

  it('200 mixed commands through both replicas lose nothing', async () => {
    const quantity = 1_000;
    const order = done(
      await rest[0]!.createOrder(oneLineBody({ quantity, unit_price: '1', total_price: '1000' }, unpaid)),
    );
    const items = [{ item_id: order.items[0]!.id, quantity: 1 }];
    const call = (driver: Driver, n: number, options: CallOptions): Promise<Answer> => {
      const reason = `command ${n}`;
      switch (n % 5) {
        case 0:
          return driver.cancelOrderItems(order.id, { items, reason }, options);
        case 1:
          return driver.updateOrder(order.id, { notes: reason, reason }, options);
        case 2:
          return driver.updateOrder(order.id, { metadata: { [`key ${n}`]: n }, reason }, options);
        case 3:
          return driver.updateOrderStatus(order.id, { status: n % 2 ? 'processing' : 'delivered', reason }, options);
        default:
          return driver.updateOrder(
            order.id,
            { shipping_address: { ...order.shipping_address, city: reason }, reason },
            options,
          );
      }
    };
    // Every third command is sent twice under one key: it counts once all the same.
    const over = [...rest, ...grpc];
    const answers = await atOnce(200, over, async (driver, n) => {
      const options = { caller: staff, key: newId('key') };
      // On a loaded machine a command may not get its turn in time; it is sent again under its key, as a client would.
      const until = async (by: Driver): Promise<Answer> => {
        const answer = await call(by, n, options);
        return answer.code === 'unavailable' ? until(by) : answer;
      };
      const [answer, twin] = await Promise.all([
        until(driver),
        n % 3 === 0 ? until(over[(n + 1) % over.length]!) : undefined,
      ]);
      for (const one of [answer, ...(twin === undefined ? [] : [twin])])
        assert.ok(
          one.ok || ['illegal_transition', 'order_busy'].includes(one.code ?? ''),
          `${n}: ${one.status} ${one.code ?? ''}`,
        );
      return answer.ok || twin?.ok === true;
    });
    const acknowledged = answers.flatMap((ok, n) => (ok ? [`command ${n}`] : []));
    const journal = await journalOf(order.id);
    assertGapless(journal);
    expect(journal.flatMap(({ reason }) => reason ?? []).sort()).toStrictEqual(acknowledged.sort());
    expect(new Set(journal.map(({ command_id }) => command_id)).size).toBe(journal.length);

    const now = taken(await rest[0]!.getOrder(order.id));
    expect(taken(await rest[1]!.getOrder(order.id))).toStrictEqual(now);
    expect(now.version).toBe(journal.length);
    expect(now.status).toBe('processing');
    const cancelled = journal.filter(({ type }) => type === 'order.items_cancelled').length;
    expect(now.items[0]?.cancelled_quantity).toBe(cancelled);
    assert.ok(cancelled >= 1 && acknowledged.length >= 100, `${acknowledged.length} of 200 acknowledged`);
    const edits = journal.filter(({ type }) => type === 'order.updated').map(({ reason }) => reason!);
    const last = (kind: number): string | undefined =>
      edits.findLast((reason) => Number(reason.split(' ')[1]) % 5 === kind);
    expect([now.notes, now.shipping_address.city]).toStrictEqual([last(1), last(4)]);
    expect(Object.keys(now.metadata)).toStrictEqual([last(2)?.replace('command', 'key')]);
  });

  it('more commands than may wait for one order are told so', async () => {
    const { id } = await placed(rest[0]!);
    const answers = await atOnce(500, [rest[0]!], (driver, n) =>
      driver.updateOrder(id, { notes: `note ${n}` }, { caller: staff }),
    );
    const busy = answers.filter(({ ok }) => !ok);
    // A replica that other orders keep busy may turn a command away before its order is looked at (ADR 16).
    const turnedAway = busy.filter(({ code }) => code === 'unavailable');
    for (const answer of busy) {
      if (turnedAway.includes(answer)) expect(answer.status).toBe(503);
      else refused(rest[0]!, answer, 'order_busy');
      expect(answer.retryAfter !== undefined).toBe(true);
      expect(answer.retryAfter).toBeGreaterThanOrEqual(1);
    }
    // none was told to wait
    expect(busy.length).toBeGreaterThan(turnedAway.length);
    const journal = await journalOf(id);
    assertGapless(journal);
    const acknowledged = 1 + answers.length - busy.length;
    expect(journal.length).toBeGreaterThanOrEqual(acknowledged);
    expect(journal.length).toBeLessThanOrEqual(acknowledged + turnedAway.length);
  });
});
