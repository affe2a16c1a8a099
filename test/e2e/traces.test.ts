import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import type { Body } from '../support/driver.js';
import { createGrpcDriver } from '../support/drivers/grpc.js';
import { newEmail, newId, orderBody, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { tokenFor } from '../support/tokens.js';
import { type Collector, startCollector } from '../support/collector.js';
import { quiet } from '../support/invariants.js';
import { tableOf } from '../support/markdown.js';
import type { CollectedSpan } from '../support/otlp.js';
import { bySidecar, wayTo } from '../support/trace-tree.js';
import { openShop, type Shop, until, untilStatus } from '../support/shop.js';

/** From the checkout to the order's gateway. */
const toGateway = [
  'checkout-service server POST /checkout',
  'checkout-service client POST /api/v1/orders',
  'sidecar of checkout-service',
  'sidecar of order-service',
  'order-service server POST /api/v1/orders',
];
/** From there to the turn, which may be in the other replica. */
const toTurn = ['order-service client OrderActor/execute', 'sidecar of order-service'];

/** Everything personal in these tests has this in it, or is one of `secrets`. */
const word = `PERSONAL${randomUUID()}`;
const person: Body = {
  recipient: `${word} Lovelace`,
  line1: `12 ${word} Square`,
  city: `${word} Town`,
  postal_code: word.slice(0, 20),
  country: 'GB',
  phone: '+44 20 5550 9473',
  email: `${word}@example.com`,
};
const secrets: string[] = [word, encodeURIComponent(word), '5550 9473', '5550%209473'];

describe('the traces of a shop', () => {
  let collector: Collector;
  let shop: Shop;

  beforeAll(async () => {
    collector = await startCollector();
    // An order that nobody pays is cancelled after two seconds.
    shop = await openShop({ env: { ...collector.env, ORDER_AUTO_CANCEL_DRAFT_HOURS: String(2 / 3_600) } });
  });
  afterAll(async () => {
    await shop.stop();
    await collector.close();
  });

  /** Waits for a span like this one. */
  const untilSpan = (what: string, holds: (span: CollectedSpan) => boolean): Promise<CollectedSpan> =>
    until(what, async () => collector.spans().find(holds));

  /** Waits until the whole way to a span is there: parents end, and so leave, after their children. */
  const untilWay = async (traceId: string, wanted: readonly string[]): Promise<CollectedSpan> => {
    const seen = new Set<string>();
    const look = async (): Promise<CollectedSpan | undefined> => {
      const spans = collector.spans().filter((span) => span.traceId === traceId);
      const ways = spans.map((span) => [span, wayTo(span, spans).join('\n')] as const);
      for (const [, way] of ways) seen.add(way);
      return ways.find(([, way]) => way === wanted.join('\n'))?.[0];
    };
    return until('the way to a span', look).catch((error: unknown) => {
      throw new Error(`wanted:\n${wanted.join('\n')}\n\nseen:\n${[...seen].join('\n\n')}`, { cause: error });
    });
  };

  const ofOrder = (id: string, name: string) => (span: CollectedSpan) =>
    span.name === name && span.attributes['order.id'] === id;

  const guestBody = (): Body =>
    orderBody({
      ...{ customer_id: undefined, guest_email: `${word}-${newEmail()}`, notes: `ring for ${word}` },
      ...{ shipping_address: person, billing_address: person },
    });

  it('lead from the checkout to everything that comes of it', async () => {
    const response = await fetch(`${shop.stack.sandbox!.url}/checkout`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': newId('key') },
      body: JSON.stringify(guestBody()),
    });
    const traceId = response.headers.get('x-trace-id');
    const { order, guest_token } = (await response.json()) as { readonly order: Order; readonly guest_token: string };
    assert.ok(traceId !== null);
    expect(guest_token.length).toBeGreaterThan(20);
    secrets.push(guest_token);
    await untilStatus(shop, order.id, 'delivered');

    const turn = [...toGateway, ...toTurn, 'order-service server turn create'];
    const { attributes } = await untilWay(traceId, turn);
    const { 'order.id': id, 'order.command': command, 'order.version': version, 'order.outcome': outcome } = attributes;
    expect([id, command, version, outcome]).toStrictEqual([order.id, 'create', 1, 'done']);
    await untilWay(traceId, [...turn, 'order-service internal decide create']);
    const statement = await untilWay(traceId, [...turn, 'order-service client create-order']);
    expect(statement.attributes['db.system.name']).toBe('postgresql');

    const gateway = await untilWay(traceId, toGateway);
    expect(gateway.attributes['http.route']).toBe('/api/v1/orders');
    expect(gateway.attributes['http.response.status_code']).toBe(201);
    expect(gateway.attributes['order.id']).toBe(order.id);

    await untilWay(traceId, [
      ...[...toGateway, 'order-service producer publish order.created'],
      ...['sidecar of order-service', 'checkout-service consumer process order.created'],
    ]);
    const fulfilment = [
      ...[...toGateway, 'order-service client POST /api/v1/fulfillments', 'sidecar of order-service'],
      'checkout-service server POST /api/v1/fulfillments',
    ];
    await untilWay(traceId, fulfilment);
    const started = [
      ...[...fulfilment, 'checkout-service producer publish fulfillment.started'],
      ...['sidecar of checkout-service', 'order-service consumer process fulfillment.started'],
    ];
    await untilWay(traceId, [
      ...started,
      ...toTurn,
      'order-service server turn take_event',
      'order-service client commit-lean-change',
    ]);
    await untilWay(traceId, [
      ...[...started, 'order-service producer publish order.status_changed'],
      ...['sidecar of order-service', 'checkout-service consumer process order.status_changed'],
    ]);

    // One trace, nothing of this order outside of it, and nothing without its parent.
    await quiet(shop);
    const all = await until('every parent', async () => {
      const spans = collector.spans().filter((span) => span.traceId === traceId);
      return spans.every((span) => !wayTo(span, spans).includes('(gap)')) && spans;
    });
    expect(all.filter(({ parentId }) => parentId === undefined)).toHaveLength(1);
    const told = collector.spans().filter((span) => span.attributes['order.id'] === order.id);
    expect([...new Set(told.map((span) => span.traceId))]).toStrictEqual([traceId]);
  });

  it('stay apart where events are published together', async () => {
    const placed = await Promise.all(
      Array.from({ length: 60 }, () => shop.on(1).createOrder(orderBody({ payment_status: 'pending' }))),
    );
    for (const { id } of placed.map(done)) {
      const publication = await untilSpan('the publication', ofOrder(id, 'publish order.created'));
      // A parent may arrive after its children.
      await until('the way from the publication to its arrival', async () => {
        const spans = collector.spans().filter(({ traceId }) => traceId === publication.traceId);
        return spans.some(
          (span) =>
            span.name === 'process order.created' &&
            wayTo(span, spans).includes('order-service producer publish order.created'),
        );
      });
    }
    // So some of them were.
    await untilSpan('a request for several', ({ name }) => name === '/v1.0/publish/bulk/pubsub/order.created');
    // These orders are not paid, so they are cancelled. Wait for that: the events of the next test must not share a request
    // with these cancellations.
    for (const { id } of placed.map(done)) await untilStatus(shop, id, 'cancelled');
    await quiet(shop);
  });

  it('begin at a gRPC call, too', async () => {
    const { id } = done(await createGrpcDriver(shop.stack.describe(), 2).createOrder(guestBody()));
    const call = await untilSpan('the call', ofOrder(id, 'order.v1.OrderService/CreateOrder'));
    const { 'rpc.system.name': system, 'rpc.response.status_code': status, 'order.outcome': outcome } = call.attributes;
    expect([call.kind, call.parentId, system, status, outcome]).toStrictEqual([
      'server',
      undefined,
      'grpc',
      'OK',
      'ok',
    ]);
    const way = [
      'order-service server order.v1.OrderService/CreateOrder',
      ...toTurn,
      'order-service server turn create',
    ];
    await untilWay(call.traceId, way);
  });

  it('begin anew at a deadline, with a link to what the order went through before', async () => {
    await shop.fault('fulfillment', 'refuse');
    try {
      const { id } = done(await shop.checkout.createOrder(orderBody({ payment_status: 'pending' })));
      await untilStatus(shop, id, 'cancelled');
      // Each replica sends a deadline that is due; the one that comes first cancels the order and publishes that.
      const { traceId } = await untilSpan('the publication', ofOrder(id, 'publish order.cancelled'));
      const isDeadline = ofOrder(id, 'deadline payment');
      const deadline = await untilSpan('the deadline', (span) => span.traceId === traceId && isDeadline(span));
      const turn = await untilSpan('the turn of the creation', ofOrder(id, 'turn create'));
      expect(deadline.parentId).toBeUndefined();
      expect(deadline.links.map((link) => link.traceId)).toStrictEqual([turn.traceId]);
      expect(deadline.attributes['order.outcome']).toBe('done');
      const way = ['order-service internal deadline payment'];
      await untilWay(deadline.traceId, [...way, ...toTurn, 'order-service server turn meet_deadline']);
      await untilWay(deadline.traceId, [
        ...[...way, 'order-service producer publish order.cancelled'],
        ...['sidecar of order-service', 'checkout-service consumer process order.cancelled'],
      ]);
    } finally {
      await shop.heal();
    }
  });

  it('tell a refusal from a failure', async () => {
    await shop.fault('warehouse', 'refuse');
    try {
      const order = done(
        await shop.checkout.createOrder(orderBody({ payment_status: 'pending', payment_method: 'cod' })),
      );
      done(await shop.on(1).cancelOrder(order.id, { reason: `${word} has changed their mind` }));
      const again = await shop.on(1).cancelOrder(order.id, { reason: word });
      expect(again.code).toBe('order_not_cancellable');
      const isRefused = (span: CollectedSpan): boolean => span.attributes['order.refusal'] === again.code;
      const turn = await untilSpan('the refusal', (span) => span.name === 'turn cancel' && isRefused(span));
      expect([turn.failed, turn.attributes['order.outcome']]).toStrictEqual([false, 'refused']);
      const gateway = await untilSpan('the answer', (span) => span.attributes['order.outcome'] === again.code);
      expect([gateway.failed, gateway.attributes['http.response.status_code']]).toStrictEqual([false, 409]);

      const isTry = ofOrder(order.id, 'POST /api/v1/releases');
      const second = await untilSpan(
        'a second try',
        (span) => isTry(span) && span.attributes['order.effect.attempt'] === 2,
      );
      expect([second.failed, second.attributes['order.outcome']]).toStrictEqual([true, 'retry']);
      await shop.heal();
      const last = await untilSpan(
        'the last try',
        (span) => isTry(span) && span.attributes['order.outcome'] === 'done',
      );
      expect([last.failed, last.traceId]).toStrictEqual([false, second.traceId]);
    } finally {
      await shop.heal();
    }
  });

  it('hold nothing personal, whatever is asked and however wrongly', async () => {
    const [rest, grpc] = [shop.on(1), createGrpcDriver(shop.stack.describe())];
    const customer = newId('customer');
    const asStaff = { caller: staff };
    const email = `${word}@example.com`;
    secrets.push(customer, await tokenFor(staff, shop.stack.describe()));
    for (const driver of [rest, grpc]) {
      expect((await driver.listOrders({ guest_email: email, customer_id: customer }, asStaff)).ok).toBe(true);
      expect((await driver.getOrder(email, asStaff)).code).toBe('order_not_found');
      expect((await driver.createOrder(orderBody({ shipping_address: { ...person, country: word } }))).ok).toBe(false);
    }
    const base = shop.stack.replicas[0]!.rest;
    for (const path of [`/${email}`, `/api/v1/orders/${email}/${word}`, `/api/v1/orders?token=${word}`])
      await (await fetch(`${base}${path}`, { headers: { 'x-name': word, baggage: `name=${word}` } })).text();
    const order = done(await shop.checkout.createOrder({ ...guestBody(), guest_email: email }));
    done(await rest.updateOrder(order.id, { notes: `for ${word}`, reason: word, billing_address: person }, asStaff));
    await shop.publish('customer.created', { customer_id: customer, email, email_verified: true });
    await shop.publish('payment.failed', { order_id: word, payment_id: newId('payment'), reason: word });
    await until('the order has its customer', async () => (await shop.order(order.id)).customer_id === customer);
    await untilSpan('the last event', ({ name }) => name === 'process payment.failed');
    await quiet(shop);

    // Sent after all of that, so when it is here, all of that is.
    const { id } = done(await shop.checkout.createOrder(orderBody()));
    await untilSpan('the last order', ofOrder(id, 'turn create'));
    for (const secret of secrets) assert.ok(!collector.mentions(secret), `${secret} is in a trace`);
    // what is in a trace would be found
    expect(collector.mentions(id)).toBe(true);
  });

  it('are made of the spans that docs/observability.md describes', () => {
    const rows = tableOf('observability.md', 'span', 'kind', 'what it covers', 'attributes');
    const shapes: Readonly<Record<string, string>> = { METHOD: '[A-Z_]+', route: '/.*', path: '/.*' };
    const known = rows.map(({ span = '', kind = '', attributes = '' }) => ({
      name: new RegExp(`^${span.replace(/<(\w+)>/g, (_, what: string) => shapes[what] ?? '\\S+')}$`),
      kind,
      attributes: new Set([...attributes.matchAll(/[\w.]+/g)].map(([name]) => name)),
    }));
    const usual = new Set(['order.id', 'order.version', 'order.outcome', 'error.type']);
    for (const span of collector.spans().filter((one) => !bySidecar(one))) {
      const row = known.find(({ name, kind }) => kind === span.kind && name.test(span.name));
      assert.ok(row, `${span.kind} ${span.name} is not described`);
      const strange = Object.keys(span.attributes).filter((name) => !usual.has(name) && !row.attributes.has(name));
      assert.deepEqual(strange, [], `${span.kind} ${span.name} says more than is described`);
    }
  });
});
