import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import { SignJWT } from 'jose';
import { createHmac } from 'node:crypto';
import { pino } from 'pino';
import type { OrderReads, StoredDocument } from '../../../actors/order-reads.js';
import type { Order } from '../../../actors/rules/order.js';
import type { Commands } from '../../../api/commands.js';
import { ok } from '../../../api/errors.js';
import { createGuestTokens } from '../../../api/guest-token.js';
import { createChangeOrder } from '../../../api/change-order.js';
import { createOperations } from '../../../api/operations.js';
import { createVisibleOrder } from '../../../api/visible-order.js';
import { createApp, mountRest } from '../../../api/rest/app.js';
import { byToken } from '../../../api/rest/caller.js';
import { listen, type Listening } from '../../../api/rest/listen.js';
import { createOrderReader } from '../../../api/schemas/create-order.js';
import { createTokens } from '../../../api/tokens.js';
import { noHandlers } from './no-handlers.js';

const secret = 'a secret of at least thirty-two characters';
const guests = createGuestTokens(secret);
const day = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * day);
const id = '0197b2a4-7c1e-7d3a-9f00-000000000001';

/** What was issued before guest tokens had times of their own. */
const tokenWithoutTimes = (): Promise<string> =>
  new SignJWT({ order: id })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('order-service')
    .setAudience('order-service-guest')
    .sign(new Uint8Array(createHmac('sha256', secret).update('guest-token').digest()));

describe('a guest token', () => {
  let order: Partial<Order>;
  let server: Listening;
  let url: string;

  const stored = (): StoredDocument => ({ id, version: 1, document: JSON.stringify(order) });
  const pass: RequestHandler = (_request, _response, next) => {
    next();
  };

  beforeAll(async () => {
    const reads = { byId: async () => stored() } as unknown as OrderReads;
    const commands = {
      create: async () => ok({ orderId: id, order: undefined, replayed: true }),
    } as unknown as Commands;
    const readCreate = createOrderReader('US', { guestCheckout: true, multipleWarehouses: true, promotions: true });
    const log = pino({ level: 'silent' });
    const operations = createOperations({
      ...{
        guests,
        reads,
        commands,
        change: createChangeOrder({ commands, reads }),
        readCreate,
        requests: { find: async () => undefined },
        now: () => new Date(),
        log,
      },
      visibleOrder: createVisibleOrder(reads, () => new Date()),
      checkPrices: async () => [],
    });
    const options = {
      jwksUrl: 'http://127.0.0.1:9/',
      issuer: 'i',
      audience: 'a',
      clockSkewSeconds: 5,
      maxLifetimeSeconds: 86_400,
      claims: { role: 'role', scope: 'scope', subject: 'sub' },
    };
    const guestOrService = byToken(createTokens(options, guests, Date.now, log));
    const app = createApp();
    mountRest(app, {
      ...noHandlers,
      ...{ operations, guards: [], health: pass, shed: pass, log },
      callerOf: async (request: Parameters<typeof guestOrService>[0]) =>
        request.method === 'POST' ? ok({ type: 'service', id: 'checkout' }) : guestOrService(request),
      ...{ channel: 'rest', onAnswer: () => undefined },
    } as unknown as Parameters<typeof mountRest>[1]);
    server = await listen(app, 0);
    url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}/api/v1/orders`;
  });
  afterAll(() => server.close());

  const createdDaysAgo = (days: number, over: Partial<Order> = {}): void => {
    order = { id, guest_email: 'a@b.example', status: 'cancelled', deadlines: [], ...over };
    order = { ...order, created_at: daysAgo(days).toISOString() };
  };
  const get = async (token: string): Promise<readonly [number, string | undefined]> => {
    const answer = await fetch(`${url}/${id}`, { headers: { authorization: `Bearer ${token}` } });
    return [answer.status, ((await answer.json()) as { code?: string }).code];
  };
  const expired = [401, 'unauthenticated'] as const;

  it('is good for 400 days from the creation of its order', async () => {
    for (const token of [await guests.sign(id), await tokenWithoutTimes()]) {
      createdDaysAgo(399);
      expect(await get(token)).toStrictEqual([200, undefined]);
      createdDaysAgo(400);
      expect(await get(token)).toStrictEqual(expired);
    }
    createdDaysAgo(1);
    expect(await get(await guests.sign(id, { orderCreatedAt: daysAgo(401) }))).toStrictEqual(expired);
  });

  it('is good until the return window of its order ends', async () => {
    const token = await guests.sign(id);
    const until = (at: Date): Partial<Order> => ({ deadlines: [{ what: 'return_window', at: at.toISOString() }] });
    createdDaysAgo(40, until(daysAgo(-1)));
    expect(await get(token)).toStrictEqual([200, undefined]);
    createdDaysAgo(40, until(daysAgo(1)));
    expect(await get(token)).toStrictEqual(expired);
    createdDaysAgo(40, { completed_at: daysAgo(1).toISOString() });
    expect(await get(token)).toStrictEqual(expired);
  });

  it('reaches nothing of an order that became a customer’s', async () => {
    createdDaysAgo(1, { customer_id: 'c-1' });
    expect(await get(await guests.sign(id))).toStrictEqual([404, 'order_not_found']);
  });

  const replay = async (): Promise<string | undefined> => {
    const item = { product_id: 'p', product_sku: 's', product_name: 'n', quantity: 1, warehouse_id: 'w' };
    const sums = { subtotal: '1', tax_amount: '0', shipping_amount: '0', discount_amount: '0', total_amount: '1' };
    const body = {
      ...{ guest_email: 'a@b.example', shipping_address: { recipient: 'r', line1: 'l', city: 'c' } },
      ...{ items: [{ ...item, unit_price: '1', total_price: '1' }], ...sums },
    };
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(url, init);
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { guest_token?: string }).guest_token;
  };

  it('is the same one in the answer to a repeated create, and ends no later', async () => {
    createdDaysAgo(399);
    const token = await replay();
    expect(token).toBe(await guests.sign(id, { orderCreatedAt: new Date(order.created_at!) }));
    expect(await get(token!)).toStrictEqual([200, undefined]);
    createdDaysAgo(401);
    expect(await guests.verify((await replay()) ?? '')).toBeUndefined();
  });

  it('is not issued again once the order is a customer’s', async () => {
    createdDaysAgo(1, { customer_id: 'c-1' });
    expect(await replay()).toBeUndefined();
  });
});
