import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import { sharedStack } from '../support/stack.js';
import type { Body, CallOptions } from '../support/driver.js';
import {
  createGrpcDeskDriver,
  createInvokeDeskDriver,
  createRestDeskDriver,
  type DeskDriver,
  type EraseAnswer,
} from '../support/drivers/desk.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newEmail, newId, placed, staff } from '../support/orders.js';
import { refused, taken } from '../support/outcomes.js';

const stack = sharedStack();
const orders = createRestDriver(stack);
const admin: Caller = { type: 'admin', id: 'admin-of-the-suite' };
const reason = 'asked for by mail';

/** Erases once the effects of the orders are settled. */
const eraseSettled = async (
  driver: DeskDriver,
  body: Body,
  options: CallOptions = { caller: admin },
): Promise<EraseAnswer> => {
  for (let tries = 0; ; tries += 1) {
    const answer = await driver.erase(body, options);
    const waits = answer.kept.some(({ why }) => why.includes('not settled'));
    if (!waits || tries === 60) return answer;
    await sleep(250);
  }
};

describe.each([createRestDeskDriver(stack), createGrpcDeskDriver(stack)])('Erasing, over $name', (driver) => {
  it('erases the orders of a guest that are over, keeps the others, and says why', async () => {
    const guest_email = newEmail();
    const guest = { customer_id: undefined, guest_email, notes: 'Ring twice.', metadata: { gift: 'for Ada' } };
    const [over, open] = [await placed(orders, guest), await placed(orders, guest)];
    taken(await orders.cancelOrder(over.id, { reason: 'moved house' }, { caller: staff }));
    const answer = await eraseSettled(driver, { guest_email: guest_email.toUpperCase(), reason });
    assert.ok(answer.ok, answer.code);
    expect([answer.erased, answer.kept.map(({ order_id }) => order_id)]).toStrictEqual([1, [open.id]]);
    expect(answer.kept[0]?.why).toMatch(/^The order is .*: neither cancelled nor completed\.$/);

    const {
      shipping_address,
      notes,
      metadata,
      guest_email: email,
      cancellation_reason,
    } = taken(await orders.getOrder(over.id, { caller: staff }));
    expect(shipping_address).toStrictEqual({ recipient: 'erased', line1: 'erased', city: 'erased', country: 'GB' });
    expect([notes, metadata, email, cancellation_reason]).toStrictEqual([undefined, {}, undefined, undefined]);
    const found = await orders.listOrders({ q: guest_email }, { caller: staff });
    expect(found.entries.map(({ id }) => id)).toStrictEqual([open.id]);

    const again = await driver.erase({ guest_email, reason }, { caller: admin });
    expect([again.erased, again.kept.length]).toStrictEqual([0, 1]);
  });

  it('erases nothing of a customer without orders, and repeats by its key', async () => {
    const customer_id = newId('customer');
    const none = await driver.erase({ customer_id, reason }, { caller: admin });
    expect([none.ok, none.erased, none.kept]).toStrictEqual([true, 0, []]);
    const order = await placed(orders, { customer_id });
    taken(await orders.cancelOrder(order.id, { reason: 'x' }, { caller: staff }));
    await eraseSettled(driver, { customer_id: newId('customer'), reason });
    const key = randomUUID();
    expect((await eraseSettled(driver, { customer_id, reason }, { caller: admin, key })).erased).toBe(1);
    expect((await driver.erase({ customer_id, reason }, { caller: admin, key })).erased).toBe(1);
    refused(
      driver,
      await driver.erase({ customer_id, reason: 'other' }, { caller: admin, key }),
      'idempotency_key_reused',
    );
  });

  it('is for admin, and refuses bad input', async () => {
    const customer_id = newId('customer');
    refused(driver, await driver.erase({ customer_id, reason }, { caller: staff }), 'forbidden');
    const bad = async (body: Body, ...paths: readonly string[]): Promise<void> => {
      refused(driver, await driver.erase(body, { caller: admin }), 'validation_failed', paths);
    };
    await bad({ reason }, 'customer_id');
    await bad({ customer_id, guest_email: newEmail(), reason }, 'guest_email');
    await bad({}, 'reason', 'customer_id');
    await bad({ customer_id, guest_email: newEmail() }, 'reason', 'guest_email');
    await bad({ customer_id }, 'reason');
    await bad({ customer_id, reason: ' ' }, 'reason');
    await bad({ customer_id, reason: 'x'.repeat(2_001) }, 'reason');
    await bad({ guest_email: 'nobody', reason }, 'guest_email');
    await bad({ customer_id: 'x'.repeat(256), reason }, 'customer_id');
    const dry = await driver.erase({ customer_id, reason }, { caller: admin, dryRun: 'true' });
    expect(dry.code).toBe('validation_failed');
    refused(
      driver,
      await driver.erase({ customer_id, reason }, { caller: admin, ifMatch: '"1"' }),
      'validation_failed',
    );
  });
});

it('is not for services that invoke it', async () => {
  const driver = createInvokeDeskDriver(stack);
  refused(driver, await driver.erase({ customer_id: newId('customer'), reason }), 'forbidden');
});
