import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { statuses } from '../../actors/rules/transitions.js';
import { sharedStack } from '../support/stack.js';
import {
  type ActionsView,
  createGrpcDeskDriver,
  createInvokeDeskDriver,
  createRestDeskDriver,
} from '../support/drivers/desk.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newCustomer, placed, placedIn } from '../support/orders.js';
import { done, refused } from '../support/outcomes.js';

const stack = sharedStack();
const orders = createRestDriver(stack);
const desk = createRestDeskDriver(stack);

const allowedIn = ({ actions }: ActionsView): readonly string[] =>
  actions.filter(({ allowed }) => allowed).map(({ action, to }) => to ?? action);

describe.each([desk, createGrpcDeskDriver(stack), createInvokeDeskDriver(stack)])(
  'The actions of an order, over $name',
  (driver) => {
    const service = driver.name === 'service invocation';

    it('are all listed, each with its reason and remedy', async () => {
      const order = await placed(orders);
      const answer = await driver.actions(order.order_number);
      assert.ok(answer.ok, answer.code);
      expect(answer.version).toBe(order.version);
      expect(answer.etag).toBe(`"${order.version}"`);
      const names = answer.actions.map(({ action, to }) => to ?? action);
      expect(names.slice(0, 7)).toStrictEqual(statuses);
      expect(names).toEqual(
        expect.arrayContaining([
          'cancel',
          'cancel_items',
          'update_addresses',
          'update_notes',
          'hold',
          'release',
          'restore',
        ]),
      );
      for (const { allowed, code, detail, remedy } of answer.actions)
        expect([code, detail, remedy].map((text) => text === undefined)).toStrictEqual([allowed, allowed, allowed]);
      expect(allowedIn(answer)).toStrictEqual([
        'processing',
        'cancelled',
        'cancel',
        'cancel_items',
        'update_addresses',
        'update_notes',
        ...(service ? [] : ['hold']),
      ]);
      const items = answer.actions.find(({ action }) => action === 'cancel_items')?.items;
      expect(items).toStrictEqual(order.items.map(({ id, quantity }) => ({ item_id: id, max_quantity: quantity })));
    });

    it('change with the order', async () => {
      const { id, items } = await placed(orders);
      done(await orders.cancelOrderItems(id, { items: [{ item_id: items[0]!.id, quantity: 2 }], reason: 'x' }));
      done(await desk.hold(id, { reason: 'x' }));
      const held = await driver.actions(id);
      expect(held.actions.find(({ to }) => to === 'processing')?.code).toBe('order_on_hold');
      expect(held.actions.find(({ action }) => action === 'cancel_items')?.items?.[0]?.max_quantity).toBe(0);
      expect(allowedIn(held).includes('release')).toBe(!service);
      const { id: delivered, deadlines } = await placedIn('delivered');
      const after = await driver.actions(delivered);
      expect(allowedIn(after)).toStrictEqual(['partially_returned', 'returned', 'update_notes']);
      expect(after.actions.find(({ to }) => to === 'returned')?.until).toBe(deadlines[0]?.at);
      expect(after.actions.find(({ action }) => action === 'cancel')?.code).toBe('order_not_cancellable');
    });

    it('are not told of orders that are not there', async () => {
      refused(driver, await driver.actions(randomUUID()), 'order_not_found');
      refused(driver, await driver.actions('x'), 'order_not_found');
    });

    if (!service)
      it('name what is not for the role of the caller', async () => {
        const customer = newCustomer();
        const { id } = await placed(orders, { customer_id: customer.id });
        const mine = await driver.actions(id, { caller: customer });
        expect(allowedIn(mine)).toStrictEqual(['cancel', 'cancel_items', 'update_addresses', 'update_notes']);
        for (const { action, code } of mine.actions)
          if (['change_status', 'hold', 'release', 'restore'].includes(action)) expect(code).toBe('forbidden');
        refused(driver, await driver.actions(id, { caller: newCustomer() }), 'order_not_found');
      });
  },
);
