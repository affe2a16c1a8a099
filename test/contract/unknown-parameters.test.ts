import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import { mayCall } from '../../api/caller.js';
import { operationTable } from '../../api/table/table.js';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { orderBody, placed, staff } from '../support/orders.js';
import { taken } from '../support/outcomes.js';
import { service, tokenFor } from '../support/tokens.js';

const stack = sharedStack();
const rest = createRestDriver(stack);
const admin: Caller = { type: 'admin', id: 'admin-of-the-suite' };

const send = async (method: string, path: string, caller: Caller, body?: object) => {
  const response = await fetch(`${stack.replicas[0]!.rest}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await tokenFor(caller, stack)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { code, errors } = (await response.json()) as {
    readonly code?: string;
    readonly errors?: readonly { readonly path: string }[];
  };
  return { status: response.status, code, paths: errors?.map(({ path: where }) => where) };
};

const refusal = (path: string) => ({ status: 400, code: 'validation_failed', paths: [path] });

describe('A query parameter that a call does not know', () => {
  it('is refused by every call', async () => {
    const { id } = await placed(rest);
    for (const { path, method, id: name, call } of operationTable) {
      const caller = [admin, service].find((one) => mayCall(one, call));
      assert.ok(caller, name);
      const url = path.replace(/\{\w+\}/g, id);
      const answer = await send(method.toUpperCase(), `${url}?dryrun=true`, caller);
      assert.equal(answer.status, 400, name);
      assert.equal(answer.code, 'validation_failed', name);
      assert.ok(answer.paths?.includes('dryrun'), `${name}: ${String(answer.paths)}`);
    }
  });

  it('does not turn a dry run into the change itself', async () => {
    const order = await placed(rest);
    const url = `/api/v1/orders/${order.id}`;
    expect(await send('POST', `${url}/cancel?dryRun=true`, staff, { reason: 'x' })).toStrictEqual(refusal('dryRun'));
    expect(await send('POST', `${url}/hold?dry-run=true`, staff, { reason: 'x' })).toStrictEqual(refusal('dry-run'));
    const bulk = { action: 'cancel', order_ids: [order.id], reason: 'x' };
    expect(await send('POST', '/api/v1/orders/bulk?dry_runs=true', staff, bulk)).toStrictEqual(refusal('dry_runs'));
    const { customer_id, ...body } = orderBody();
    const create = { ...body, customer_id };
    expect(await send('POST', '/api/v1/orders?dryrun=true', service, create)).toStrictEqual(refusal('dryrun'));
    expect((await rest.listOrders({ customer_id: String(customer_id) }, { caller: staff })).entries).toHaveLength(0);
    expect(taken(await rest.getOrder(order.id))).toStrictEqual(order);
  });
});
