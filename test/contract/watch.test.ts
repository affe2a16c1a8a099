import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import { OrderServiceClient, type WatchOrderResponse } from '../../proto/gen/order/v1/order.js';
import { openStream, type Stream } from '../support/sse.js';
import { BadRequest } from '../../proto/gen/google/rpc/error_details.js';
import { Status } from '../../proto/gen/google/rpc/status.js';
import { sharedStack } from '../support/stack.js';
import { plain } from '../support/drivers/grpc-call.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newCustomer, placed, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { goodClaims, service, signed, tokenFor } from '../support/tokens.js';

const stack = sharedStack();
const rest = createRestDriver(stack);
const replicas = stack.replicas.length;

const urlOf = (id: string, replica: number): string => `${stack.replicas[replica]!.rest}/api/v1/orders/${id}/watch`;

const watch = async (id: string, replica = 0, after?: number, token?: string): Promise<Stream> => {
  const { response, stream } = await openStream(
    urlOf(id, replica),
    token ?? (await tokenFor(service, stack)),
    after?.toString(),
  );
  assert.ok(stream, `answered ${response.status}`);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  return stream;
};

/** Reads so many messages, then cuts the stream. */
const take = async ({ messages, cut }: Stream, count: number): Promise<readonly Order[]> => {
  const orders: Order[] = [];
  for await (const { id, order } of messages) {
    expect(id).toBe(String(order.version));
    orders.push(order);
    if (orders.length === count) break;
  }
  cut();
  return orders;
};

/** Reads until the stream ends by itself. */
const drain = async ({ messages }: Stream): Promise<readonly number[]> => {
  const versions: number[] = [];
  for await (const { order } of messages) versions.push(order.version);
  return versions;
};

const edited = async (id: string, notes: string): Promise<Order> =>
  done(await createRestDriver(stack, 1 + randomInt(replicas)).updateOrder(id, { notes }, { caller: staff }));

const refusedWith = async (url: string, caller: Caller, after?: string): Promise<unknown> => {
  const { response } = await openStream(url, await tokenFor(caller, stack), after);
  const { code, errors } = (await response.json()) as { code: string; errors?: readonly { path: string }[] };
  return { status: response.status, code, paths: errors?.map(({ path }) => path) };
};

describe('Watching an order', () => {
  it('shows the order as it is, then each version as of that version, at every replica', async () => {
    const order = await placed(rest);
    for (let replica = 0; replica < replicas; replica += 1) {
      const present = done(await rest.updateOrder(order.id, { notes: `before ${replica}` }, { caller: staff }));
      const stream = await watch(order.order_number, replica);
      const seen = take(stream, 4);
      const versions = [present];
      for (const notes of ['a', 'b', 'c']) versions.push(await edited(order.id, `${notes} ${replica}`));
      expect(await seen).toStrictEqual(versions);
    }
  });

  it('continues after the version seen last, at another replica', async () => {
    const { id } = await placed(rest);
    const versions = [];
    for (const notes of ['a', 'b', 'c']) versions.push(await edited(id, notes));
    expect(await take(await watch(id, replicas - 1, 1), 3)).toStrictEqual(versions);
    const next = take(await watch(id, 0, 4), 1);
    const fourth = await edited(id, 'd');
    expect(await next).toStrictEqual([fourth]);
  });

  it('misses and repeats nothing when it is cut a hundred times', async () => {
    const { id } = await placed(rest);
    const last = 202;
    const writing = (async () => {
      for (let n = 2; n <= last; n += 1) await edited(id, `note ${n}`);
    })();
    const seen: number[] = [1];
    let cuts = 0;
    while (seen.at(-1) !== last) {
      const stream = await watch(id, randomInt(replicas), seen.at(-1));
      // Two at most: so it is cut a hundred times at least.
      const left = Math.min(1 + randomInt(2), last - (seen.at(-1) ?? 0));
      seen.push(...(await take(stream, left)).map(({ version }) => version));
      cuts += 1;
    }
    await writing;
    expect(seen).toStrictEqual([...Array(last).keys()].map((n) => n + 1));
    expect(cuts).toBeGreaterThanOrEqual(100);
  });

  it('is refused to whom the order is, and for a version that never was', async () => {
    const owner = newCustomer();
    const { id } = await placed(rest, { customer_id: owner.id });
    const url = urlOf(id, 0);
    expect(await refusedWith(url, newCustomer())).toStrictEqual({
      status: 404,
      code: 'order_not_found',
      paths: undefined,
    });
    for (const after of ['2', '0', '-1', 'x', '1.5', '99999999999999999999'])
      expect(await refusedWith(url, owner, after)).toStrictEqual({
        status: 400,
        code: 'validation_failed',
        paths: ['Last-Event-ID'],
      });
    expect(await take(await watch(id, 0, undefined, await tokenFor(owner, stack)), 1)).toHaveLength(1);
  });

  it('ends with the token', async () => {
    const { id } = await placed(rest);
    const exp = Math.floor(Date.now() / 1_000) + 3;
    const token = await signed({ ...goodClaims(service, stack), exp }, stack);
    const stream = await watch(id, 0, undefined, token);
    expect(await drain(stream)).toStrictEqual([1]);
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
  });
});

describe('WatchOrder over gRPC', () => {
  const client = new OrderServiceClient(stack.replicas[0]!.grpc, credentials.createInsecure());

  const open = async (id: string, caller: Caller, after_version?: number) => {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${await tokenFor(caller, stack)}`);
    return client.watchOrder({ id, after_version }, metadata);
  };

  it('shows the same', async () => {
    const order = await placed(rest);
    const call = await open(order.id, service);
    const seen: Order[] = [];
    const versions = [order];
    for await (const message of call) {
      seen.push(plain((message as WatchOrderResponse).order) as Order);
      if (seen.length === 3) break;
      versions.push(await edited(order.id, `note ${seen.length}`));
    }
    expect(seen).toStrictEqual(versions);
    const resumed = await open(order.id, service, 2);
    for await (const message of resumed) {
      expect(plain((message as WatchOrderResponse).order)).toStrictEqual(versions[2]);
      break;
    }
  });

  it('is refused as over REST', async () => {
    const { id } = await placed(rest, { customer_id: newCustomer().id });
    const statusOf = async (caller: Caller, after?: number): Promise<status> => {
      const call = await open(id, caller, after);
      return new Promise((resolve) => {
        call.on('error', (error: ServiceError) => {
          resolve(error.code);
        });
        call.on('data', () => {
          resolve(status.OK);
          call.cancel();
        });
      });
    };
    expect(await statusOf(newCustomer())).toBe(status.NOT_FOUND);
    expect(await statusOf(service, 2)).toBe(status.INVALID_ARGUMENT);
    expect(await statusOf(service)).toBe(status.OK);
    const refusal = await new Promise<ServiceError>((resolve) => {
      void open(id, service, 0).then((call) => call.on('error', resolve).resume());
    });
    const [details] = refusal.metadata.get('grpc-status-details-bin');
    const violations = Status.decode(details as Buffer)
      .details.filter(({ type_url }) => type_url.endsWith('BadRequest'))
      .flatMap(({ value }) => BadRequest.decode(value).field_violations);
    expect(violations.map(({ field }) => field)).toStrictEqual(['after_version']);
  });
});
