import assert from 'node:assert/strict';
import { expect, it } from '@jest/globals';
import { sharedStack } from '../support/stack.js';
import type { Driver, Query } from '../support/driver.js';
import { createGrpcDriver } from '../support/drivers/grpc.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newId, placed, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { onEachSurface } from './surfaces.js';

const mebibyte = 1_048_576;

onEachSurface('A page', (surface) => {
  const stack = sharedStack();
  const rest = createRestDriver(stack);
  /** A gRPC client as it is made without options takes 4 MiB. */
  const driver: Driver =
    surface.protocol === 'grpc'
      ? createGrpcDriver(stack, 1, { 'grpc.max_receive_message_length': 4 * mebibyte })
      : surface;

  const pages = async <T>(
    list: (query: Query) => Promise<{ readonly entries: readonly T[]; readonly nextPageToken: string | undefined }>,
  ): Promise<readonly (readonly T[])[]> => {
    const all: (readonly T[])[] = [];
    let token: string | undefined;
    do {
      const { entries, nextPageToken } = await list({ page_size: 100, ...(token ? { page_token: token } : {}) });
      assert.ok(nextPageToken !== undefined && entries.length > 0, 'a page without entries');
      // a page of more than 3.5 MiB
      expect(JSON.stringify(entries).length).toBeLessThanOrEqual(3.5 * mebibyte);
      all.push(entries);
      token = nextPageToken;
    } while (token !== '');
    return all;
  };

  it('of large orders ends early, and the next goes on', async () => {
    const customer_id = newId('customer');
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1)
      made.unshift((await placed(rest, { customer_id, metadata: { text: 'x'.repeat(950_000) } })).id);
    const found = await pages((query) => driver.listOrders({ customer_id, ...query }));
    expect(found.map((page) => page.map(({ id }) => id))).toStrictEqual([made.slice(0, 3), made.slice(3)]);
  });

  it('is measured as it is sent: numbers are longer in a message than in JSON', async () => {
    const customer_id = newId('customer');
    const metadata = { ones: Array.from({ length: 100_000 }, () => 1) };
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.unshift((await placed(rest, { customer_id, metadata })).id);
    const found = await pages((query) => driver.listOrders({ customer_id, ...query }));
    const expected = surface.protocol === 'grpc' ? [made.slice(0, 3), made.slice(3)] : [made];
    expect(found.map((page) => page.map(({ id }) => id))).toStrictEqual(expected);
  });

  it('of the edit history ends early too', async () => {
    // The old value and the new one: 0.5 MB in the first entry, 1 MB in each of the others.
    const { id } = await placed(rest);
    for (let n = 1; n <= 5; n += 1)
      done(await rest.updateOrder(id, { metadata: { text: `${n}${'x'.repeat(500_000)}` } }, { caller: staff }));
    const found = await pages((query) => driver.editHistory(id, query));
    expect(found.map((page) => page.map(({ version }) => version))).toStrictEqual([[2, 3, 4, 5], [6]]);
  });
});
