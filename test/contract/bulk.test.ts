import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sharedStack } from '../support/stack.js';
import {
  type BulkAnswer,
  createGrpcDeskDriver,
  createInvokeDeskDriver,
  createRestDeskDriver,
} from '../support/drivers/desk.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newCustomer, newId, placed, placedIn, staff } from '../support/orders.js';
import { done, refused, taken } from '../support/outcomes.js';

const stack = sharedStack();
const orders = createRestDriver(stack);

const outcomes = ({ results }: BulkAnswer): readonly (readonly [string, string | undefined])[] =>
  results.map(({ outcome, problem }) => [outcome, problem?.code]);

describe.each([createRestDeskDriver(stack), createGrpcDeskDriver(stack)])('Bulk changes, over $name', (driver) => {
  it('change each order by itself, in the order of the ids', async () => {
    const [first, second, shipped] = [await placed(orders), await placed(orders), await placedIn('shipped')];
    const ids = [second.id, shipped.id, randomUUID(), first.id];
    const answer = await driver.bulk({ action: 'cancel', order_ids: ids, reason: 'recall' });
    assert.ok(answer.ok, answer.code);
    expect(answer.results.map(({ order_id }) => order_id)).toStrictEqual(ids);
    expect(outcomes(answer)).toStrictEqual([
      ['done', undefined],
      ['refused', 'order_not_cancellable'],
      ['refused', 'order_not_found'],
      ['done', undefined],
    ]);
    expect(answer.results.map(({ version }) => version)).toStrictEqual([2, undefined, undefined, 2]);
    for (const { id } of [first, second]) expect(taken(await orders.getOrder(id)).status).toBe('cancelled');
  });

  it('hold, release and move, with the fields of those calls', async () => {
    const ids = [(await placed(orders)).id, (await placed(orders)).id];
    const each = async (body: object): Promise<void> => {
      expect(outcomes(await driver.bulk({ ...body, order_ids: ids }))).toStrictEqual([
        ['done', undefined],
        ['done', undefined],
      ]);
    };
    await each({ action: 'hold', reason: 'recall', until: new Date(Date.now() + 3_600_000).toISOString() });
    await each({ action: 'release' });
    await each({ action: 'change_status', status: 'processing', notes: 'by bulk' });
    for (const id of ids) expect(taken(await orders.getOrder(id)).status).toBe('processing');
  });

  it('repeated with the same key answer done for what was done and try the others again', async () => {
    const [held, free] = [await placed(orders), await placed(orders)];
    const key = newId('key');
    const options = { caller: staff, key };
    done(await createRestDeskDriver(stack).hold(held.id, { reason: 'x' }));
    const body = { action: 'change_status', status: 'processing', order_ids: [held.id, free.id] };
    expect(outcomes(await driver.bulk(body, options))).toStrictEqual([
      ['refused', 'order_on_hold'],
      ['done', undefined],
    ]);
    done(await createRestDeskDriver(stack).release(held.id));
    expect(outcomes(await driver.bulk(body, options))).toStrictEqual([
      ['done', undefined],
      ['done', undefined],
    ]);
    const versions = async () => [(await orders.getOrder(held.id)).etag, (await orders.getOrder(free.id)).etag];
    const after = await versions();
    expect(outcomes(await driver.bulk(body, options))).toHaveLength(2);
    expect(await versions()).toStrictEqual(after);
    refused(driver, await driver.bulk({ ...body, order_ids: [free.id] }, options), 'idempotency_key_reused');
    refused(
      driver,
      await driver.bulk({ ...body, notes: 'other' }, { ...options, dryRun: 'true' }),
      'idempotency_key_reused',
    );
  });

  it('can be tried', async () => {
    const [free, shipped] = [await placed(orders), await placedIn('shipped')];
    const key = newId('key');
    const body = { action: 'cancel', order_ids: [free.id, shipped.id], reason: 'recall' };
    const { results } = await driver.bulk(body, { caller: staff, key, dryRun: 'true' });
    expect(results.map(({ outcome }) => outcome)).toStrictEqual(['done', 'refused']);
    expect(results[0]?.preview?.order.status).toBe('cancelled');
    expect(results[0]?.version).toBe(1);
    expect(taken(await orders.getOrder(free.id))).toStrictEqual(free);
    // No key was used up.
    const other = { ...body, order_ids: [free.id] };
    expect(outcomes(await driver.bulk(other, { caller: staff, key }))).toStrictEqual([['done', undefined]]);
  });

  it('name faulty input', async () => {
    const ids = (count: number): readonly string[] => Array.from({ length: count }, () => randomUUID());
    const [one] = ids(1);
    const faulty: readonly (readonly [object, readonly string[]])[] = [
      [{ action: 'erase', order_ids: ids(1) }, ['action']],
      [{ action: 'cancel', order_ids: ids(1) }, ['reason']],
      [{ action: 'cancel', order_ids: ids(501), reason: 'x' }, ['order_ids']],
      [{ action: 'cancel', order_ids: [], reason: 'x' }, ['order_ids']],
      [{ action: 'cancel', order_ids: [one, 'x'], reason: 'x' }, ['order_ids[1]']],
      [{ action: 'cancel', order_ids: [one, one], reason: 'x' }, ['order_ids[1]']],
      [{ action: 'cancel', order_ids: ids(1), reason: 'x', status: 'processing' }, ['status']],
    ];
    for (const [body, paths] of faulty) refused(driver, await driver.bulk(body as never), 'validation_failed', paths);
    const body = { action: 'cancel', order_ids: ids(1), reason: 'x' };
    for (const ifMatch of ['"1"', '*'])
      refused(driver, await driver.bulk(body, { caller: staff, ifMatch }), 'validation_failed', ['If-Match']);
  });

  it('are for staff and admin', async () => {
    const body = { action: 'cancel', order_ids: [randomUUID()], reason: 'x' };
    for (const caller of [newCustomer(), { type: 'service', id: 'a-service' }] as const)
      refused(driver, await driver.bulk(body, { caller }), 'forbidden');
  });
});

describe('Bulk changes, over REST', () => {
  it('are asked for by an object', async () => {
    const driver = createRestDeskDriver(stack);
    const answer = await driver.bulk([] as never);
    refused(driver, answer, 'validation_failed', ['']);
    expect(answer.errors[0]?.message).toBe('must be object');
  });
});

describe('Bulk changes, over service invocation', () => {
  it('are not for services', async () => {
    const driver = createInvokeDeskDriver(stack);
    refused(driver, await driver.bulk({ action: 'cancel', order_ids: [randomUUID()], reason: 'x' }), 'forbidden');
  });
});
