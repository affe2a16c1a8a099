import { describe, expect, it } from '@jest/globals';
import { sidecarHeaders } from '../../scripts/readiness.js';
import { startCallerSidecar } from '../support/caller-sidecar.js';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { placed } from '../support/orders.js';

const stack = sharedStack();
const rest = createRestDriver(stack);

/** What a service with this app id is answered that reads an order, its histories and the list through its own sidecar. */
const statusesFor = async (appId: string): Promise<readonly number[]> => {
  const { id } = await placed(rest);
  const sidecar = await startCallerSidecar(stack, appId);
  try {
    const orders = `${sidecar.dapr}/v1.0/invoke/order-service/method/api/v1/orders`;
    const statuses: number[] = [];
    for (const path of [`/${id}`, `/${id}/status-history`, `/${id}/edit-history`, '?page_size=1']) {
      const response = await fetch(`${orders}${path}`, { headers: sidecarHeaders(stack.secrets.daprApiToken) });
      await response.body?.cancel();
      statuses.push(response.status);
    }
    return statuses;
  } finally {
    await sidecar.stop();
  }
};

describe('Services that call by Dapr service invocation', () => {
  it.each(['payment', 'fulfillment', 'shipping', 'return', 'notification'])(
    '%s-service reads the orders it is told about',
    async (name) => {
      expect(await statusesFor(`${name}-service`)).toStrictEqual([200, 200, 200, 200]);
    },
  );

  it('an app that is not listed is refused', async () => {
    expect(await statusesFor('stranger-service')).toStrictEqual([401, 401, 401, 401]);
  });
});
