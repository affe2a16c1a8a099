import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from '@jest/globals';
import type { Answer, Driver } from '../support/driver.js';
import { placed, staff } from '../support/orders.js';
import { refused, taken } from '../support/outcomes.js';
import { onEachSurface } from './surfaces.js';
import { itUnless, type Reason } from '../support/skip.js';

const unknown = [
  randomUUID(),
  '00000000-0000-0000-0000-000000000000',
  'ORD-20200101-000001',
  'ORD-',
  'ORD-_',
  'ORD-\u{1f600}',
  'x'.repeat(2_000),
  '1',
  'null',
  "' or 1=1 --",
];

/** The sidecar takes a path apart before the service sees it. */
const touchy = ['ORD-20200101-000001\u0000', 'ORD-%', '../../health', 'a/b', '%2e%2e', '\u0000'];

const needsOwnPath = ({ fixedCaller }: Driver): Reason =>
  fixedCaller !== undefined && 'by design: the sidecar reads such a path itself';

const name = (id: string): string => JSON.stringify(id.slice(0, 40));

onEachSurface('GetOrder', (driver) => {
  it('finds an order by its id, in either case, and by its number', async () => {
    const order = await placed(driver);
    for (const id of [order.id, order.id.toUpperCase(), order.order_number])
      assert.deepEqual(taken(await driver.getOrder(id)), order, id);
  });

  for (const id of [...unknown, ...touchy])
    itUnless(touchy.includes(id) ? needsOwnPath(driver) : false)(
      `says of ${name(id)} that there is no such order`,
      async () => {
        refused(driver, await driver.getOrder(id), 'order_not_found');
      },
    );

  for (const id of [randomUUID(), 'ORD-20200101-000001', '1', 'ORD-\u0000', '%00'])
    itUnless(/^[\w-]+$/.test(id) ? false : needsOwnPath(driver))(
      `neither do the other calls know ${name(id)}`,
      async () => {
        const answers: Answer[] = [
          await driver.updateOrderStatus(id, { status: 'processing' }),
          await driver.cancelOrder(id, { reason: 'x' }),
          await driver.cancelOrderItems(id, { items: [{ item_id: '1', quantity: 1 }], reason: 'x' }),
          await driver.statusHistory(id),
          await driver.editHistory(id),
        ];
        if (driver.fixedCaller === undefined)
          answers.push(await driver.updateOrder(id, { notes: 'x' }, { caller: staff }));
        for (const answer of answers) refused(driver, answer, 'order_not_found');
      },
    );
});
