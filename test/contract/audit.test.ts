import { describe, expect, it } from '@jest/globals';
import { answerSchemas } from '../../api/openapi/components.js';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { sidecarHeaders } from '../../scripts/readiness.js';
import { createGrpcStaffDriver, createRestStaffDriver } from '../support/drivers/staff.js';
import { newCustomer, newId, placed, placedIn, staff } from '../support/orders.js';
import { done, refused } from '../support/outcomes.js';

const stack = sharedStack();
const orders = createRestDriver(stack);

describe.each([createRestStaffDriver(stack), createGrpcStaffDriver(stack)])(
  'The journal of an order, over $name',
  (driver) => {
    it('reports what happened, by whom, and how, page by page', async () => {
      const order = await placed(orders);
      done(await orders.updateOrder(order.id, { notes: 'Ring twice.' }, { caller: staff }));
      done(await orders.cancelOrder(order.id, { reason: 'fraud' }, { caller: staff }));
      const whole = await driver.orderEntries(order.id);
      expect(whole.nextPageToken).toBe('');
      expect(
        whole.entries.map(({ version, type, by, channel }) => ({ version, type, by: by.type, channel })),
      ).toStrictEqual([
        { version: 1, type: 'order.created', by: 'service', channel: 'rest' },
        { version: 2, type: 'order.updated', by: 'staff', channel: 'rest' },
        { version: 3, type: 'order.cancelled', by: 'staff', channel: 'rest' },
      ]);
      for (const entry of whole.entries) answerSchemas.JournalEntry.required({ hash: true }).parse(entry);
      expect(whole.entries[2]?.data['reason']).toBe('fraud');
      const first = await driver.orderEntries(order.order_number, { page_size: 2 });
      expect(first.entries).toStrictEqual(whole.entries.slice(0, 2));
      const second = await driver.orderEntries(order.id, { page_size: 2, page_token: first.nextPageToken! });
      expect(second.entries).toStrictEqual(whole.entries.slice(2));
      expect(second.nextPageToken).toBe('');
    });

    it('verifies, and ends with the hash of its newest entry', async () => {
      const order = await placedIn('returned');
      const { found } = await driver.verifyOrder(order.order_number);
      const head = (await driver.orderEntries(order.id)).entries.at(-1)?.hash;
      expect(head).toMatch(/^[0-9a-f]{64}$/);
      expect(found).toStrictEqual({ verified: true, entries: 5, head });
    });

    it('knows bad pages', async () => {
      const { id } = await placed(orders);
      refused(driver, await driver.orderEntries(id, { page_size: 0 }), 'validation_failed', ['page_size']);
      refused(driver, await driver.orderEntries(id, { page_token: 'x' }), 'validation_failed', ['page_token']);
    });

    it('is not found where there is no order', async () => {
      for (const id of ['0190a7e2-0000-7000-8000-000000000000', 'ORD-20200101-999999', newId('no')]) {
        refused(driver, await driver.orderEntries(id), 'order_not_found');
        refused(driver, await driver.verifyOrder(id), 'order_not_found');
      }
    });

    it('is for staff and admins only', async () => {
      const customer = newCustomer();
      const { id } = await placed(orders, { customer_id: customer.id });
      const admin = await driver.verifyOrder(id, { caller: { type: 'admin', id: newId('admin') } });
      expect(admin.found?.verified).toBe(true);
      for (const caller of [customer, { type: 'guest', id }, { type: 'service', id: newId('service') }] as const) {
        refused(driver, await driver.orderEntries(id, {}, { caller }), 'forbidden');
        refused(driver, await driver.verifyOrder(id, { caller }), 'forbidden');
      }
    });
  },
);

describe('The journal of an order, over service invocation', () => {
  const base = `${stack.sandbox!.dapr}/v1.0/invoke/order-service/method/api/v1/orders`;

  it.each([
    ['GET', 'journal'],
    ['POST', 'verify'],
  ])('is not for services: %s %s', async (method, call) => {
    const { id } = await placed(orders);
    const headers = sidecarHeaders(stack.secrets.daprApiToken);
    const response = await fetch(`${base}/${id}/${call}`, { method, headers });
    expect(JSON.parse(await response.text())).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it('is not watched by services', async () => {
    const response = await fetch(`${base}/watch`, { headers: sidecarHeaders(stack.secrets.daprApiToken) });
    expect(JSON.parse(await response.text())).toMatchObject({ status: 403, code: 'forbidden' });
  });
});
