import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sharedStack } from '../support/stack.js';
import { createGrpcDeskDriver, createInvokeDeskDriver, createRestDeskDriver } from '../support/drivers/desk.js';
import { newCustomer, placed, placedIn } from '../support/orders.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { refused } from '../support/outcomes.js';

const stack = sharedStack();
const orders = createRestDriver(stack);

// This stack gives cancellations no grace; test/integration/desk.test.ts restores orders.
describe.each([createRestDeskDriver(stack), createGrpcDeskDriver(stack)])('Restoring orders, over $name', (desk) => {
  it('is refused without a grace, and for orders that are not cancelled', async () => {
    const { id, order_number } = await placedIn('cancelled');
    refused(desk, await desk.restore(id), 'order_not_restorable');
    refused(desk, await desk.restore(order_number, { reason: 'by mistake' }), 'order_not_restorable');
    refused(desk, await desk.restore((await placed(orders)).id), 'order_not_restorable');
    refused(desk, await desk.restore(randomUUID()), 'order_not_found');
    refused(desk, await desk.restore(id, { reason: '' }), 'validation_failed', ['reason']);
    const { actions } = await desk.actions(id);
    expect(actions.find(({ action }) => action === 'restore')?.code).toBe('order_not_restorable');
  });

  it('is for staff and admin', async () => {
    const customer = newCustomer();
    const { id } = await placed(orders, { customer_id: customer.id });
    for (const caller of [customer, { type: 'service', id: 'a-service' }] as const)
      refused(desk, await desk.restore(id, {}, { caller }), 'forbidden');
  });
});

describe('Restoring orders, over service invocation', () => {
  it('is not for services', async () => {
    const desk = createInvokeDeskDriver(stack);
    refused(desk, await desk.restore((await placed(orders)).id, {}), 'forbidden');
  });
});
