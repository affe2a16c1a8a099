import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Order } from '../../actors/rules/order.js';
import type { Body, Driver } from '../support/driver.js';
import { createGrpcDriver } from '../support/drivers/grpc.js';
import { createRestStaffDriver } from '../support/drivers/staff.js';
import { errorTable } from '../support/error-table.js';
import { firstLine, newId, orderBody, secondLine } from '../support/orders.js';
import { done, refused } from '../support/outcomes.js';
import { goodClaims, signed, tokenFor } from '../support/tokens.js';
import { type Collector, startCollector } from '../support/collector.js';
import { impatientConfig } from '../support/config-file.js';
import { quiet } from '../support/invariants.js';
import { leaksIn, logsBelow, type Output } from '../support/leaks.js';
import { openShop, type Shop, until, untilEffect, untilStatus } from '../support/shop.js';

const mark = (): string => `zq${randomBytes(6).toString('hex')}`;
const [name, street, town, note, reason, word, customerId] = Array.from({ length: 7 }, mark) as [string, ...string[]];
const email = `${mark()}.${mark()}@example.com`;
const phone = `+44${BigInt(`0x${randomBytes(6).toString('hex')}`)
  .toString()
  .padStart(15, '7')}`;

/** Everything personal of this run, by what it is; what is found out on the way is added. */
const plants: Record<string, string> = {
  ...{ name: `Ada ${name}`, surname: name, street: street!, town: town!, note: note!, email, phone },
  ...{ reason: reason!, 'word at fault': word!, 'customer id': customerId! },
};

const address: Body = {
  ...{ recipient: plants['name'], line1: `1 ${street!} Street`, line2: `c/o ${name}`, city: town, region: town },
  ...{ postal_code: street, country: 'GB', phone, email },
};
const metadata: Body = { customer_name: plants['name'], contact: { email, phone }, [word!]: [note] };
const personal: Body = {
  ...{ customer_id: customerId, shipping_address: address, billing_address: address, notes: note, metadata },
  items: [
    { ...firstLine, metadata: { engraving: name } },
    { ...secondLine, product_name: `Mug for ${name}` },
  ],
};
const asGuest: Body = { ...personal, customer_id: undefined, guest_email: email };
const faulty: Body = {
  ...{ ...personal, currency: word, subtotal: word, total_amount: phone, guest_email: `${name} at home` },
  ...{ [word!]: email, shipping_address: { ...address, country: name, [street!]: town } },
  items: [{ ...firstLine, unit_price: phone, product_name: '', metadata: { engraving: name } }],
};

describe('personal data', () => {
  const config = impatientConfig();
  let collector: Collector;
  let shop: Shop;
  let rest: Driver;
  let grpc: Driver;
  let staff: string;
  let fresh: Awaited<ReturnType<typeof labels>>;

  beforeAll(async () => {
    const env = { ORDER_LOG_LEVEL: 'debug', ORDER_CONFIG_FILE: config.path, ORDER_SANDBOX_STEP_MS: '3600000' };
    collector = await startCollector();
    shop = await openShop({ env: { ...env, ...collector.env } });
    fresh = await labels();
    [rest, grpc] = [shop.on(1), createGrpcDriver(shop.stack.describe(), 2)];
    staff = await token({ type: 'staff', id: newId('staff') });
  });
  afterAll(async () => {
    await shop.stop();
    await collector.close();
    config.remove();
  });

  /** A token, which must not turn up anywhere either: its signature is what opens doors. */
  const token = async (caller: Parameters<typeof tokenFor>[0]): Promise<string> =>
    planted(caller.type, await tokenFor(caller, shop.stack.describe()));

  const planted = (what: string, secret: string): string => {
    plants[`token of ${what} ${Object.keys(plants).length}`] = secret.slice(secret.lastIndexOf('.') + 1);
    return secret;
  };

  const ordered = async (body: Body = personal): Promise<Order> => {
    const answer = await shop.checkout.createOrder(orderBody(body), { key: `${email}:${randomUUID()}` });
    if (answer.guestToken !== undefined) planted('guest', answer.guestToken);
    return done(answer);
  };

  const raw = async (base: string, path: string, init: RequestInit = {}): Promise<number> => {
    const response = await fetch(`${base}${path}`, init);
    await response.text();
    return response.status;
  };

  const outputs = async (): Promise<readonly Output[]> => {
    const { replicas, logsDir, portOffset } = shop.stack;
    const pages = [
      ...replicas.map(({ metrics }) => metrics),
      ...[9104, 9114, 9190].map((port) => `http://127.0.0.1:${port + portOffset}/metrics`),
    ];
    const read = async (url: string): Promise<Output> => {
      const response = await fetch(url);
      assert.equal(response.status, 200, url);
      return { name: url, text: await response.text() };
    };
    const column = async (title: string, sql: string): Promise<Output> => ({
      ...{ name: title, text: JSON.stringify(await shop.query(sql)) },
    });
    return [
      { name: 'traces', text: JSON.stringify(collector.spans()) },
      ...logsBelow(logsDir),
      ...(await Promise.all(pages.map(read))),
      await column('last errors', 'select last_error from order_effects where last_error is not null'),
      await column('reasons of dead letters', 'select reason from dead_letters'),
    ];
  };

  /** The values of every label of our own series, over both replicas. */
  const labels = async (): Promise<Map<string, Set<string>>> => {
    const found = new Map<string, Set<string>>();
    for (const { metrics } of shop.stack.replicas)
      for (const [, series, text] of (await (await fetch(metrics)).text()).matchAll(/^(order_\w+)\{(.*)\} /gm))
        for (const [, label, value] of text!.matchAll(/(\w+)="([^"]*)"/g)) {
          const values = found.get(`${series!} ${label!}`) ?? new Set();
          found.set(`${series!} ${label!}`, values.add(value!));
        }
    return found;
  };

  it('is in orders, by every way in', async () => {
    const { id } = await ordered();
    const guest = await ordered(asGuest);
    const customer = await token({ type: 'customer', id: customerId! });
    const service = await token({ type: 'service', id: newId('service') });
    const overGrpc = done(await grpc.createOrder(orderBody(personal), { token: service, key: email }));
    done(await rest.createOrder(orderBody(asGuest), { token: service, key: name }));
    for (const driver of [rest, grpc]) {
      const { entries } = await driver.listOrders({ guest_email: email }, { token: staff });
      expect(entries).toHaveLength(2);
      expect((await driver.listOrders({ customer_id: customerId! }, { token: customer })).entries).toHaveLength(2);
      for (const query of [{ order_number: word! }, { guest_email: name }])
        expect((await driver.listOrders(query, { token: staff })).ok).toBe(true);
      for (const query of [{ page_token: email }, { status: name }])
        refused(driver, await driver.listOrders(query, { token: staff }), 'validation_failed');
      for (const other of [email, name, `ORD-${word!}`, randomUUID()])
        refused(driver, await driver.getOrder(other, { token: staff }), 'order_not_found');
      refused(driver, await driver.createOrder(faulty, { token: service }), 'validation_failed');
      const mine = driver === rest ? id : overGrpc.id;
      const moved = { shipping_address: { ...address, line1: `2 ${street!}` }, notes: `${note!}!`, reason };
      done(await driver.updateOrder(mine, moved, { token: customer, key: randomUUID() }));
      done(await driver.updateOrder(mine, { metadata: { ...metadata, again: name } }, { token: staff }));
      refused(driver, await driver.updateOrder(mine, { metadata }, { token: customer }), 'forbidden');
      const wrong = { token: staff, ifMatch: `"${phone}"` };
      refused(driver, await driver.updateOrder(id, { notes: note }, wrong), 'version_conflict');
      expect((await driver.updateOrder(guest.id, { [word!]: email }, { token: customer })).ok).toBe(false);
      expect((await driver.editHistory(mine, {}, { token: customer })).entries.length).toBeGreaterThan(0);
      refused(driver, await driver.cancelOrder(guest.id, { reason: '' }, { token: staff }), 'validation_failed');
      refused(driver, await driver.updateOrderStatus(id, { status: word }, { token: staff }), 'validation_failed');
    }
  });

  it('is in tokens that open nothing, in addresses and in headers', async () => {
    const stack = shop.stack.describe();
    const claims = { ...goodClaims({ type: 'staff', id: name }, stack), email, name: plants['name'] };
    const tokens = [word!, `${name}.${street!}.${town!}`];
    tokens.push(await signed({ ...claims, aud: 'another' }, stack), await signed({ ...claims, exp: 1 }, stack));
    for (const bad of tokens)
      for (const driver of [rest, grpc])
        refused(driver, await driver.getOrder(randomUUID(), { token: planted('nobody', bad) }), 'unauthenticated');
    const { rest: base } = shop.stack.replicas[0]!;
    const headers = { authorization: `Bearer ${staff}`, baggage: `user=${email}`, 'user-agent': `${name} ${phone}` };
    const json = { ...headers, 'content-type': 'application/json' };
    for (const path of [
      `/${email}`,
      `/${name}/cancel?email=${email}`,
      `/%E0%A4%A${name}`,
      `/${name}/effects/${email}/retry`,
    ])
      await raw(base, `/api/v1/orders${path}`, { headers });
    for (const body of [`{"name": "${plants['name']!}", ${email}`, `"${note!}"`, name])
      expect(await raw(base, `/api/v1/orders/${randomUUID()}`, { method: 'PUT', headers: json, body })).toBe(400);
    const strange = { ...headers, 'content-type': word! };
    await raw(base, `/api/v1/orders/${randomUUID()}`, { method: 'PUT', headers: strange, body: note! });
    await raw(base, '/api/v1/orders', { method: 'POST', headers: strange, body: note! });
    await raw(base, `/${email}?${name}`, { method: 'POST', headers });
  });

  it('is in events, good and bad', async () => {
    const { id, total_amount } = await ordered({ ...personal, payment_status: 'pending' });
    const more = { customer_name: plants['name'], email, phone, address, [word!]: note };
    const payment = { order_id: id, payment_id: newId('payment'), amount: total_amount, currency: 'USD', ...more };
    await shop.publish('payment.completed', { ...payment, reason });
    await shop.publish('payment.completed', { ...payment, order_id: email, amount: word, reason: { name } });
    await shop.publish('customer.created', { customer_id: customerId, email_verified: true, ...more });
    await shop.publish('customer.created', { customer_id: customerId, email: name, email_verified: word });
    await shop.publish('return.requested', {
      order_id: id,
      return_id: word,
      items: [{ item_id: email, quantity: name }],
    });
    const { id: cancelled } = await ordered();
    done(await rest.cancelOrder(cancelled, { reason: reason! }, { token: staff }));
    await shop.publish('shipping.shipped', { order_id: cancelled, carrier: name, tracking_number: phone, ...more });
    await until('three events are dead letters', async () => {
      const letters = await shop.query<{ topic: string }>('select topic from dead_letters');
      return new Set(letters.map(({ topic }) => topic)).size >= 4;
    });
    const headers = { 'dapr-api-token': shop.stack.secrets.appApiToken, 'content-type': 'application/json' };
    const ofNoTopic = JSON.stringify({ id: '1', source: '2', topic: word, data: more });
    for (const { callback } of shop.stack.replicas) {
      for (const body of [JSON.stringify(more), `{"id": "${email}`, ofNoTopic])
        await raw(callback, '/events/payment', { method: 'POST', headers, body });
      for (const body of [`"${name}"`, `{${name}`])
        for (const actor of [randomUUID(), encodeURIComponent(email)])
          await raw(callback, `/actors/OrderActor/${actor}/method/execute`, { method: 'PUT', headers, body });
      await raw(callback, `/actors/${name}/${email}/method/${word!}`, { method: 'PUT', headers, body: note! });
    }
    const { dapr } = shop.stack.sandbox!;
    const plain = { 'content-type': 'text/plain', 'dapr-api-token': shop.stack.secrets.daprApiToken };
    const text = { method: 'POST', headers: plain, body: `${name} <${email}>` };
    await raw(dapr, '/v1.0/publish/pubsub/payment.failed', text);
  });

  it('is in walks that fail, and in faults of ours', async () => {
    for (const [service, mode] of [
      ...Object.entries({ warehouse: 'fail', payment: 'reject', notification: 'hang' }),
    ] as const)
      await shop.fault(service, mode as 'fail');
    const { id } = await ordered();
    for (const status of ['processing'])
      done(await grpc.updateOrderStatus(id, { status, reason, notes: note }, { token: staff }));
    refused(
      rest,
      await rest.updateOrderStatus(id, { status: 'returned', reason, notes: note }, { token: staff }),
      'illegal_transition',
    );
    done(await rest.cancelOrderItems(id, { items: [{ item_id: '1', quantity: 1 }], reason }, { token: staff }));
    await untilEffect(shop, id, 'payment.refund', 'is rejected', ({ state }) => state === 'rejected');
    await untilEffect(shop, id, 'warehouse.release', 'was tried', ({ last_error }) => last_error !== null);
    await shop.heal();
    const desk = createRestStaffDriver(shop.stack.describe());
    const { entries } = await desk.effects({}, { token: staff });
    expect((await desk.retryEffect(id, entries[0]!.key, { reason: `asked by ${email}` }, { token: staff })).ok).toBe(
      true,
    );
    await shop.stack.replicas[1]!.app.kill('SIGKILL');
    const later = ordered(asGuest);
    await shop.stack.replicas[1]!.app.restart();
    await later;
    await shop.stack.ready();

    // Nothing personal fits any more: statements fail, and Postgres says with which row.
    await shop.query(
      'alter table orders add constraint broken check (guest_email is null and cancellation_reason is null) not valid',
    );
    try {
      const service = await token({ type: 'service', id: newId('service') });
      for (const driver of [rest, grpc]) {
        expect((await driver.createOrder(orderBody(asGuest), { token: service })).code).toBe('internal');
        expect((await driver.cancelOrder(id, { reason: reason! }, { token: staff })).code).toBe('internal');
      }
    } finally {
      await shop.query('alter table orders drop constraint broken');
    }
    await untilStatus(shop, id, 'processing');
    await quiet(shop);
  });

  it('is not needed to follow a command: its log lines name order, trace, call and kind of caller', async () => {
    const { id } = await ordered();
    refused(rest, await rest.updateOrderStatus(id, { status: 'delivered' }, { token: staff }), 'illegal_transition');
    const line = (msg: string): Promise<Readonly<Record<string, unknown>>> =>
      until(`${msg} is written down`, async () =>
        logsBelow(shop.stack.logsDir)
          .filter((log) => /^order-service-\d\.log$/.test(log.name))
          .flatMap(({ text }) => text.split('\n'))
          .filter((text) => text.includes(id) && text.includes('illegal_transition'))
          .map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>)
          .find((fields) => fields['msg'] === msg),
      );
    const [answered, turn] = [await line('call answered'), await line('turn taken')];
    const common = { caller: 'staff', code: 'illegal_transition', order_id: id, service: 'order-service' };
    const pick = (fields: typeof turn, ...names: readonly string[]) => names.map((key) => fields[key]);
    expect(pick(answered, ...Object.keys(common))).toStrictEqual(Object.values(common));
    expect(pick(turn, ...Object.keys(common))).toStrictEqual(Object.values(common));
    expect(pick(answered, 'level', 'gateway', 'call')).toStrictEqual(['info', 'rest', 'update_order_status']);
    expect(pick(turn, 'command', 'channel', 'outcome')).toStrictEqual(['change_status', 'rest', 'refused']);
    expect(String(answered['trace_id'])).toMatch(/^[0-9a-f]{32}$/);
    // one trace, whichever replica took the turn
    expect(answered['trace_id']).toBe(turn['trace_id']);
  });

  it('is in no log, no metrics, no trace, no error and no reason that is kept', async () => {
    const found = await outputs();
    assert.ok(found.length >= 15, found.map((output) => output.name).join());
    const stored = await shop.query<{ text: string }>('select document::text as text from orders');
    const whole: Output = { name: 'orders', text: stored.map(({ text }) => text).join('\n') };
    for (const what of ['name', 'street', 'town', 'note', 'email', 'phone'])
      assert.equal(leaksIn([whole], { [what]: plants[what]! }).length, 1, `${what} was never given`);
    expect(leaksIn(found, plants)).toStrictEqual([]);
    const traced = Object.entries(plants).filter(([, plant]) => collector.mentions(plant));
    // whatever part of a span we do not read
    expect(traced).toStrictEqual([]);
    // spans were collected
    expect(collector.spans().length).toBeGreaterThan(500);
  });

  it('makes no series: labels have the values that they had before anything came in', async () => {
    const now = await labels();
    const codes = [...Object.keys(errorTable), 'internal', 'ok'];
    const known: Readonly<Record<string, readonly string[]>> = {
      'order_call_duration_seconds_bucket code': codes,
      'order_turn_duration_seconds_bucket outcome': ['done', 'refused', 'stale', 'conflict', 'broken', 'unavailable'],
      'order_total_value_created currency': ['USD'],
      'order_average_value currency': ['USD'],
    };
    for (const [label, values] of now) {
      const allowed = new Set([
        ...(fresh.get(label) ?? []),
        ...(known[label.replace(/_(sum|count) /, '_bucket ')] ?? []),
      ]);
      assert.deepEqual(
        [...values].filter((value) => !allowed.has(value)),
        [],
        label,
      );
    }
    expect(now.get('order_events_taken_total topic')?.has('unknown')).toBeTruthy();
  });
});
