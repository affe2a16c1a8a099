import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { credentials } from '@grpc/grpc-js';
import type { z } from 'zod';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import { answerSchemas } from '../../api/openapi/components.js';
import { OrderStaffServiceClient } from '../../proto/gen/order/v1/staff.js';
import { sharedStack } from '../support/stack.js';
import { createGrpcCall } from '../support/drivers/grpc-call.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { errorTable } from '../support/error-table.js';
import { newCustomer, newId, oneLineBody, placed, staff } from '../support/orders.js';
import { done, eventually, refused } from '../support/outcomes.js';
import { tokenFor } from '../support/tokens.js';

const stack = sharedStack();
const rest = createRestDriver(stack);
const base = `${stack.replicas[0]!.rest}/api/v1/orders`;

const reports = {
  orders: answerSchemas.SalesAnalytics,
  'payment-methods': answerSchemas.PaymentMethodAnalytics,
  payments: answerSchemas.PaymentAnalytics,
  funnel: answerSchemas.FunnelAnalytics,
  cancellations: answerSchemas.CancellationAnalytics,
  returns: answerSchemas.ReturnAnalytics,
  products: answerSchemas.ProductAnalytics,
  warehouses: answerSchemas.WarehouseAnalytics,
} as const;
type Report = keyof typeof reports;
const names = Object.keys(reports) as readonly Report[];

const admin: Caller = { type: 'admin', id: 'admin-of-the-suite' };
/** Three decimals, and no other test's. */
const currency = 'BHD';

const ask = async (path: string, caller: Caller = staff, method = 'GET'): Promise<Response> =>
  fetch(`${base}/analytics/${path}`, {
    method,
    headers: { authorization: `Bearer ${await tokenFor(caller, stack)}` },
  });

const read = async <R extends Report>(report: R, query = ''): Promise<z.output<(typeof reports)[R]>> => {
  const response = await ask(`${report}?${query}`);
  assert.equal(response.status, 200, report);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('private, no-cache');
  return reports[report].parse(await response.json()) as z.output<(typeof reports)[R]>;
};

/** The answer once all is counted that was committed until now, by the database's clock and this machine's alike. */
const upToDate = async <R extends Report>(report: R, query: string): Promise<z.output<(typeof reports)[R]>> => {
  const now = new Date().toISOString();
  return eventually(
    () => read(report, query),
    (answer) => answer.as_of > now,
    60_000,
  );
};

const own = `currency=${currency}&granularity=month&limit=100`;
const ofCurrency = <T extends { readonly currency: string }>({
  currencies,
}: {
  readonly currencies: readonly T[];
}): T => currencies.find((one) => one.currency === currency)!;

const refusedAs = async (response: Response, code: keyof typeof errorTable): Promise<readonly string[]> => {
  const problem = (await response.json()) as { code: string; errors?: { path: string }[] };
  assert.equal(problem.code, code, JSON.stringify(problem));
  expect(response.status).toBe(errorTable[code].http);
  return (problem.errors ?? []).map(({ path }) => path).sort();
};

describe('Order analytics, over REST', () => {
  let guestOrder: Order;
  beforeAll(async () => {
    guestOrder = await placed(rest, { customer_id: undefined, guest_email: `${newId('guest')}@example.com` });
  });

  for (const type of ['service', 'staff', 'admin', 'customer', 'guest'] as const)
    it(`are ${type === 'staff' || type === 'admin' ? '' : 'not '}for ${type}; exports are ${type === 'admin' ? '' : 'not'}`, async () => {
      const callers: Readonly<Record<string, Caller>> = {
        ...{ customer: newCustomer(), guest: { type: 'guest', id: guestOrder.id } },
      };
      const caller = callers[type] ?? { type, id: newId(type) };
      for (const name of names) {
        const seen = await ask(name, caller);
        if (type === 'staff' || type === 'admin') expect(seen.status).toBe(200);
        else await refusedAs(seen, 'forbidden');
        const exported = await ask(`${name}?format=csv`, caller);
        if (type === 'admin') expect(exported.status).toBe(200);
        else await refusedAs(exported, 'forbidden');
      }
    });

  it('need a token', async () => {
    for (const name of names) await refusedAs(await fetch(`${base}/analytics/${name}`), 'unauthenticated');
  });

  it('are no orders, and have one method', async () => {
    for (const name of names) await refusedAs(await ask(name, staff, 'POST'), 'method_not_allowed');
    await refusedAs(await ask('nonsense'), 'not_found');
    await refusedAs(
      await fetch(`${base}/analytics`, { headers: { authorization: `Bearer ${await tokenFor(staff, stack)}` } }),
      'order_not_found',
    );
  });

  it('refuse what cannot be, with every path', async () => {
    const wrong = 'from=2026-02-30T00:00:00Z&granularity=century&currency=usd&format=pdf&page_size=7';
    const paths = await refusedAs(await ask(`orders?${wrong}`), 'validation_failed');
    expect(paths).toStrictEqual(['currency', 'format', 'from', 'granularity', 'page_size']);
    const twisted = 'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z&limit=0&sort=price';
    expect(await refusedAs(await ask(`products?${twisted}`), 'validation_failed')).toStrictEqual([
      'from',
      'limit',
      'sort',
    ]);
    const long = 'from=2000-01-01T00:00:00Z&granularity=hour';
    expect(await refusedAs(await ask(`orders?${long}`), 'validation_failed')).toStrictEqual(['granularity']);
  });

  it('count what happens to orders, to the last decimal, and say since when', async () => {
    const method = newId('method').slice(0, 50);
    const [product, warehouse] = [newId('product'), newId('warehouse')];
    const line = { product_id: product, warehouse_id: warehouse, product_sku: 'SKU', product_name: 'Falcon' };
    const priced = { ...line, unit_price: '1.125', quantity: 3, total_price: '3.375' };
    const body = oneLineBody(priced, { currency, payment_method: method, payment_status: 'completed' });
    const [first, second, third] = [
      done(await rest.createOrder(body)),
      done(await rest.createOrder(body)),
      done(await rest.createOrder(body)),
    ];
    for (const status of ['processing', 'shipped', 'delivered', 'returned'])
      done(await rest.updateOrderStatus(first.id, { status, reason: 'too heavy' }, { caller: staff }));
    done(await rest.cancelOrder(second.id, { reason: 'flew away' }, { caller: staff }));
    done(
      await rest.cancelOrderItems(
        third.id,
        { items: [{ item_id: third.items[0]!.id, quantity: 1 }], reason: 'one is enough' },
        { caller: staff },
      ),
    );

    const { payment_methods } = ofCurrency(await upToDate('payment-methods', own));
    const figures = payment_methods.find(({ payment_method }) => payment_method === method);
    const { refunded_amount, ...rests } = figures!;
    expect(rests).toStrictEqual({
      payment_method: method,
      ...{ orders: 3, shipped_orders: 1, cancelled_orders: 1, partly_cancelled_orders: 1, returned_orders: 1 },
      ...{ cancellation_rate: 0.3333, return_rate: 1 },
      ...{ gross_revenue: '10.125', cancelled_amount: '4.500', returned_amount: '0.000', net_revenue: '5.625' },
      ...{ average_order_value: '3.375', captured_amount: '10.125' },
    });
    expect(refunded_amount).toMatch(/^\d\.\d{3}$/);

    const goods = {
      ...{ orders: 3, units: 9, cancelled_units: 4, returned_units: 3 },
      ...{ gross_revenue: '10.125', cancelled_amount: '4.500', revenue: '5.625' },
    };
    const { products } = ofCurrency(await read('products', `${own}&sort=units`));
    expect(products.find(({ product_id }) => product_id === product)).toStrictEqual({
      product_id: product,
      product_sku: 'SKU',
      product_name: 'Falcon',
      ...goods,
    });
    const { warehouses } = ofCurrency(await read('warehouses', own));
    expect(warehouses.find(({ warehouse_id }) => warehouse_id === warehouse)).toStrictEqual({
      warehouse_id: warehouse,
      ...goods,
    });

    const cancellations = ofCurrency(await read('cancellations', own));
    const reason = (text: string) => cancellations.reasons.find((one) => one.reason === text);
    expect(reason('flew away')!.orders).toBeGreaterThanOrEqual(1);
    expect(reason('one is enough')!.units).toBeGreaterThanOrEqual(1);
    const returns = ofCurrency(await read('returns', own));
    expect(returns.reasons.find((one) => one.reason === 'too heavy')!.units).toBeGreaterThanOrEqual(3);
    const { statuses } = ofCurrency(await read('funnel', `currency=${currency}`));
    expect(statuses.map(({ status }) => status)).toStrictEqual([
      'confirmed',
      'processing',
      'shipped',
      'delivered',
      'partially_returned',
      'returned',
      'cancelled',
    ]);
    const confirmed = statuses[0]!;
    expect(confirmed.reached >= 3 && confirmed.stays >= 2).toBe(true);
    expect(confirmed.p95_seconds!).toBeGreaterThanOrEqual(confirmed.p50_seconds!);

    const all = ofCurrency(await read('orders', `currency=${currency}&granularity=hour`));
    const sum = all.series.reduce((total, { orders }) => total + orders, 0);
    expect([all.total.orders, sum >= 3]).toStrictEqual([sum, true]);
    const other = await read('orders', 'currency=TND&from=2001-01-01T00:00:00Z&to=2001-01-03T00:00:00Z');
    expect(other.currencies.map((one) => [one.currency, one.total.gross_revenue, one.series.length])).toStrictEqual([
      ['TND', '0.000', 2],
    ]);
  });

  it('tell money by payment: what was captured, given back and asked for, by method and status', async () => {
    const [gift, card] = [newId('gift').slice(0, 50), newId('card').slice(0, 50)];
    const priced = { unit_price: '1.125', quantity: 2, total_price: '2.250' };
    const payments = [
      { payment_id: newId('payment'), method: gift, status: 'completed', amount: '1.250' },
      { payment_id: newId('payment'), method: card, status: 'authorized', amount: '1.000' },
    ];
    const body = oneLineBody(priced, {
      ...{ currency, payments, payment_id: undefined, payment_method: undefined, payment_status: undefined },
    });
    const order = done(await rest.createOrder(body));
    done(
      await rest.cancelOrderItems(
        order.id,
        { items: [{ item_id: order.items[0]!.id, quantity: 1 }], reason: 'one is enough' },
        { caller: staff },
      ),
    );
    const rowsOf = async (): Promise<readonly (readonly unknown[])[]> => {
      const { total, payments: rows } = ofCurrency(await upToDate('payments', `currency=${currency}&granularity=day`));
      const captured = rows.reduce((sum, one) => sum + Number(one.captured_amount), 0);
      expect(Number(total.captured_amount)).toBeCloseTo(captured, 3);
      return rows
        .filter(({ payment_method }) => payment_method === gift || payment_method === card)
        .sort((a, b) => (a.payment_method! < b.payment_method! ? -1 : 1))
        .map(({ at: _at, payment_method: _method, ...row }) => Object.values(row));
    };
    // The sandbox pays back the 0.125 that were paid by gift card for what was cancelled.
    const answer = await eventually(rowsOf, (rows) => rows[1]?.[0] === 'partially_refunded', 60_000);
    expect(answer).toStrictEqual([
      ['authorized', 1, '1.000', '0.000', '0.000', '0.000', '0.000'],
      ['partially_refunded', 1, '0.000', '1.250', '0.125', '0.000', '0.000'],
    ]);
  });

  it('are exported as files', async () => {
    for (const name of names) {
      const response = await ask(`${name}?format=csv&currency=${currency}`, admin);
      expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(response.headers.get('content-disposition') ?? '').toMatch(
        /^attachment; filename="order-[a-z-]+[0-9-]+\.csv"$/,
      );
      expect(response.headers.get('cache-control')).toBe('private, no-cache');
      const [header = '', ...lines] = (await response.text()).split('\r\n');
      expect(header).toMatch(/^currency,.*,as_of$/);
      expect(lines.at(-1)).toBe('');
      for (const line of lines.slice(0, -1)) expect(line).toMatch(new RegExp(`^${currency},.*,20[0-9TZ:.-]+$`));
    }
  });

  it('have their age on the metrics page', async () => {
    const page = await (await fetch(stack.replicas[0]!.metrics)).text();
    const [, seconds] = /^order_insights_lag_seconds ([0-9.e+-]+)$/m.exec(page) ?? [];
    assert.ok(Number(seconds) >= 0 && Number(seconds) < 60, seconds);
  });
});

describe('Order analytics, over gRPC', () => {
  const client = new OrderStaffServiceClient(stack.replicas[0]!.grpc, credentials.createInsecure());
  afterAll(() => client.close());
  const call = createGrpcCall(stack, client);

  /** The JSON of REST as a message has it: without nulls, and without what differs from call to call. */
  const comparable = (document: unknown): unknown =>
    JSON.parse(
      JSON.stringify(document, (key, value: unknown) => (value === null || key === 'as_of' ? undefined : value)),
    );

  const calls = {
    orders: [client.getSalesAnalytics, {}],
    'payment-methods': [client.getPaymentMethodAnalytics, { limit: 2 }],
    payments: [client.getPaymentAnalytics, {}],
    funnel: [client.getFunnelAnalytics, {}],
    cancellations: [client.getCancellationAnalytics, { limit: 2 }],
    returns: [client.getReturnAnalytics, { limit: 2 }],
    products: [client.getProductAnalytics, { limit: 2, sort: 'units' }],
    warehouses: [client.getWarehouseAnalytics, { limit: 2 }],
  } as const;

  // A day that is over: no other test adds to it.
  const range = { from: '2001-01-01T00:00:00Z', to: '2001-01-03T00:00:00Z', granularity: 'day', currency };

  it.each(names)('answer %s as REST does', async (name) => {
    const [method, more] = calls[name];
    const [answer, message] = await call(
      method as typeof client.getSalesAnalytics,
      { ...range, ...more },
      { caller: staff },
    );
    assert.ok(answer.ok, answer.code);
    const asked: Readonly<Record<string, string | number>> = { ...range, ...more };
    const query = Object.entries(asked).map(([key, value]) => `${key}=${value}`);
    expect(comparable(message)).toStrictEqual(comparable(await read(name, query.join('&'))));
    expect(message?.as_of).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('have the figures of orders', async () => {
    const body = oneLineBody({ product_id: newId('product') }, { currency, payment_method: newId('m').slice(0, 50) });
    done(await rest.createOrder(body));
    const asked = { granularity: 'month', currency };
    await upToDate('orders', `currency=${currency}&granularity=month`);
    const [, message] = await call(client.getSalesAnalytics, asked, { caller: staff });
    const [sales] = message!.currencies;
    expect(sales?.currency).toBe(currency);
    expect(sales?.total?.orders).toBeGreaterThanOrEqual(1);
    expect(sales?.total?.gross_revenue).toMatch(/^\d+\.\d{3}$/);
  });

  it('are for staff and admin, and refuse what cannot be', async () => {
    for (const [method] of Object.values(calls)) {
      const ask = async (input: object, caller: Caller) =>
        (await call(method as typeof client.getSalesAnalytics, input, { caller }))[0];
      refused({ protocol: 'grpc' }, await ask({}, newCustomer()), 'forbidden');
      refused({ protocol: 'grpc' }, await ask({ currency: 'usd' }, staff), 'validation_failed', ['currency']);
    }
  });
});
