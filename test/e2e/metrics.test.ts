import assert from 'node:assert/strict';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../../actors/rules/order.js';
import type { Body } from '../support/driver.js';
import { openBrowser } from '../support/browser.js';
import { createGrpcDriver } from '../support/drivers/grpc.js';
import { createRestStaffDriver } from '../support/drivers/staff.js';
import { newCustomer, newId, orderBody, staff } from '../support/orders.js';
import { done, refused } from '../support/outcomes.js';
import { drawDashboard } from '../support/drawn-panels.js';
import { dashboards, filledIn, ruleFile, rules } from '../support/dashboards.js';
import { quiet } from '../support/invariants.js';
import { type Prometheus, prometheusPrograms, type Sample, startPrometheus } from '../support/prometheus.js';
import { operands } from '../support/promql.js';
import { describeUnless } from '../support/skip.js';
import { openShop, patience, type Shop, until, untilEffect, untilStatus } from '../support/shop.js';

const ofBusyMachines = ['OrderCallsSlow', 'OrderEventLoopLags'];

/** Every query that a person or an alert may send, with where it stands. */
const queries = (): readonly (readonly [where: string, expression: string])[] => [
  ...dashboards().flatMap(({ file, panels }) =>
    panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => [`${file}: ${title} ${refId}`, filledIn(expr)] as const),
    ),
  ),
  ...rules().flatMap(({ alert, record, expr }) => [
    ...(record === undefined ? [] : [[`rule ${record}`, record] as const]),
    ...operands(expr).map((operand) => [`rule ${alert ?? record ?? ''}`, operand] as const),
  ]),
];

const programs = prometheusPrograms();

describeUnless('missing' in programs && programs.missing)('metrics, as a Prometheus sees them', () => {
  let shop: Shop;
  let prometheus: Prometheus;

  beforeAll(async () => {
    assert.ok(!('missing' in programs));
    shop = await openShop({ env: { ORDER_METRICS_ON_HTTP_PORT: 'true' } });
    const pages = shop.stack.replicas.map(({ metrics }) => metrics);
    prometheus = await startPrometheus(programs.prometheus, { pages, ruleFile });
  });
  afterAll(async () => {
    await prometheus.stop();
    await shop.stop();
  });

  const withPrometheus = (test: (prometheus: Prometheus) => Promise<void>) => (): Promise<void> => test(prometheus);

  const one = async (from: Prometheus, expression: string): Promise<number | undefined> =>
    (await from.query(expression))[0]?.value;

  const untilValue = (from: Prometheus, expression: string, holds: (value: number) => boolean): Promise<true> =>
    until(
      expression,
      async () => {
        const value = await one(from, expression);
        return value !== undefined && holds(value);
      },
      60_000,
      500,
    ).then(() => true as const);

  /** Asks every query until it has an answer as wanted; those that have none in time. */
  const withoutAnswer = async (
    from: Prometheus,
    asked: ReturnType<typeof queries>,
    good: (found: readonly Sample[]) => boolean,
  ): Promise<readonly string[]> => {
    const left = new Set(asked);
    const look = async (): Promise<boolean> => {
      for (const query of left) if (good(await from.query(query[1]))) left.delete(query);
      return left.size === 0;
    };
    const end = Date.now() + patience;
    while (!(await look()) && Date.now() < end) await sleep(500);
    return [...left].map(([where, expression]) => `${where}: ${expression}`);
  };

  /** Alerts that are pending or fire, but those that a busy machine may raise for a while. */
  const raised = async (from: Prometheus): Promise<readonly string[]> =>
    (await from.rules())
      .filter(({ name, state }) => state === 'firing' || (state === 'pending' && !ofBusyMachines.includes(name)))
      .map(({ name }) => name)
      .sort();

  it('are on the REST port too, where that is switched on', async () => {
    for (const { rest, metrics } of shop.stack.replicas) {
      const [there, here] = await Promise.all([fetch(metrics), fetch(`${rest}/metrics`)]);
      expect([here.status, here.headers.get('content-type')]).toStrictEqual([200, there.headers.get('content-type')]);
      const names = (page: string): readonly string[] => page.split('\n').filter((line) => line.startsWith('# TYPE'));
      expect(names(await here.text())).toStrictEqual(names(await there.text()));
    }
  });

  it(
    'load its rules, and scrape every replica',
    withPrometheus(async (from) => {
      await untilValue(from, 'sum(up{job="order-service"})', (value) => value === 2);
      await until('every rule was evaluated', async () =>
        (await from.rules()).every(({ lastEvaluation }) => !lastEvaluation.startsWith('0001')),
      );
      const loaded = await from.rules();
      expect(loaded).toHaveLength(rules().length);
      expect(loaded.filter(({ health }) => health !== 'ok')).toStrictEqual([]);
    }),
  );

  it(
    'have every series of a counter or a state before anything has happened',
    withPrometheus(async (from) => {
      // Without an order there is no average value, nor a currency.
      const later = /currency|order_average_value/;
      const now = queries().filter(([, text]) => !later.test(text));
      expect(await withoutAnswer(from, now, (found) => found.length > 0)).toStrictEqual([]);
    }),
  );

  it(
    'count a small load, over both replicas',
    withPrometheus(async (from) => {
      const grpc = createGrpcDriver(shop.stack.describe(), 2);
      const ordered = async (over: Body = {}): Promise<Order> => done(await shop.checkout.createOrder(orderBody(over)));
      const walked = [
        await ordered(),
        done(await grpc.createOrder(orderBody())),
        done(await shop.on(1).createOrder(orderBody())),
      ];
      for (const { id } of walked) await untilStatus(shop, id, 'delivered');
      const [first, second] = walked as [Order, Order];
      const returned = { order_id: first.id, return_id: newId('return'), items: [{ item_id: '1', quantity: 1 }] };
      await shop.publish('return.requested', returned);
      await shop.publish('return.completed', returned);
      await untilStatus(shop, first.id, 'partially_returned');

      await shop.fault('fulfillment', 'refuse');
      await shop.fault('payment', 'reject');
      const { id: cancelled } = await ordered();
      done(await shop.on(2).cancelOrder(cancelled, { reason: 'not wanted' }, { caller: staff }));
      const { id: parted } = await ordered();
      const part = { items: [{ item_id: '1', quantity: 1 }], reason: 'one less' };
      done(await grpc.cancelOrderItems(parted, part, { caller: staff }));
      for (const id of [cancelled, parted])
        await untilEffect(shop, id, 'payment.refund', 'is rejected', ({ state }) => state === 'rejected');
      const unpaid = await ordered({ payment_status: 'pending' });
      await shop.publish('payment.failed', { order_id: unpaid.id, payment_id: newId('payment') });
      await until('the payment has failed', async () => {
        const { payment_status } = done(await shop.on(1).getOrder(unpaid.id, { caller: staff }));
        return payment_status === 'failed';
      });
      done(await shop.on(1).cancelOrder(unpaid.id, { reason: 'never paid' }, { caller: staff }));
      await shop.publish('shipping.shipped', { order_id: cancelled });

      for (let n = 0; n < 5; n += 1)
        for (const driver of [shop.on(1), shop.on(2), grpc]) {
          expect((await driver.getOrder(second.id, { caller: staff })).ok).toBe(true);
          refused(driver, await driver.createOrder(orderBody({ total_amount: '1.00' })), 'validation_failed');
          refused(driver, await driver.listOrders({}, { token: null }), 'unauthenticated');
          refused(driver, await driver.getOrder(second.id, { caller: newCustomer() }), 'order_not_found');
        }

      await untilValue(from, 'sum(order_created_total)', (value) => value === 6);
      await untilValue(from, 'sum(order_status_changes_total{to="delivered"})', (value) => value === 3);
      await untilValue(from, 'sum(order_status_changes_total{to="cancelled"})', (value) => value === 2);
      await untilValue(
        from,
        'sum(order_total_value_created{currency="USD"})',
        (value) => Math.abs(value - 6 * 30.29) < 0.01,
      );
      await untilValue(from, 'min(order_average_value{currency="USD"})', (value) => Math.abs(value - 30.29) < 0.01);
      for (const by of ['min', 'max'])
        await untilValue(from, `${by}(order_cancellation_rate)`, (value) => Math.abs(value - 2 / 6) < 0.001);
      await untilValue(from, 'sum(order_creation_duration_seconds_count)', (value) => value === 6);
      await untilValue(from, 'sum(order_answers_total{code="unauthenticated"})', (value) => value === 15);
      await untilValue(
        from,
        'sum(order_call_duration_seconds_count{call="get_order",code="order_not_found"})',
        (value) => value === 15,
      );
      await untilValue(from, 'max(order_effects_unsettled{target="payment",state="rejected"})', (value) => value === 2);
      await untilValue(from, 'max(order_dead_letters_open)', (value) => value === 1);
    }),
  );

  it(
    'answer every query of every panel and alert with figures',
    withPrometheus(async (from) => {
      const figures = (found: readonly Sample[]): boolean => found.some(({ value }) => !Number.isNaN(value));
      expect(await withoutAnswer(from, queries(), figures)).toStrictEqual([]);
    }),
  );

  it(
    'make alerts of what waits for a person, and of nothing else',
    withPrometheus(async (from) => {
      const expected = ['OrderDeadLetters', 'OrderEffectsRejected'];
      await until('both alerts are pending', async () => {
        const names = await raised(from);
        return expected.every((name) => names.includes(name));
      });
      expect(await raised(from)).toStrictEqual(expected);
    }),
  );

  it(
    'raise no alert once all is well again',
    withPrometheus(async (from) => {
      await shop.heal();
      const desk = createRestStaffDriver(shop.stack.describe());
      for (const { order_id, key } of (await desk.effects({})).entries)
        expect((await desk.retryEffect(order_id, key, { reason: 'the bank is up' })).ok).toBe(true);
      const [letter] = (await desk.deadLetters({})).entries;
      expect((await desk.discardDeadLetter(letter!.id, { reason: 'a parcel of the test' })).ok).toBe(true);
      await quiet(shop);
      await until('no alert is pending', async () => (await raised(from)).length === 0, patience, 500);
    }),
  );

  it(
    'draw every panel of every dashboard',
    withPrometheus(async (from) => {
      // So that the pictures show something: a shop for a while, with a cancellation and a return now and then.
      const began = Date.now();
      const grpc = createGrpcDriver(shop.stack.describe(), 1);
      for (let n = 1; n <= 60; n += 1) {
        const { id } = done(await (n % 3 === 0 ? grpc : shop.on((n % 2) + 1)).createOrder(orderBody()));
        for (const driver of [grpc, shop.on(1), shop.on(2)]) done(await driver.getOrder(id, { caller: staff }));
        // Late ones have been shipped already, which is an answer as well.
        if (n % 5 === 0) await shop.on(1).cancelOrder(id, { reason: 'not wanted' }, { caller: staff });
        if (n % 10 === 1) {
          await untilStatus(shop, id, 'delivered');
          const back = { order_id: id, return_id: newId('return'), items: [{ item_id: '1', quantity: 1 }] };
          await shop.publish('return.requested', back);
          await shop.publish('return.completed', back);
        }
        await sleep(500);
      }
      await quiet(shop);
      const seconds = Math.max(120, Math.round((Date.now() - began) / 1_000) + 10);
      const browser = await openBrowser();
      try {
        for (const dashboard of dashboards()) {
          const { picture, panels, empty, complaints, drawn } = await drawDashboard(browser, from, dashboard, seconds);
          expect({ empty, complaints, drawn }).toStrictEqual({ empty: [], complaints: [], drawn: panels });
          console.log(`${panels} panels: ${picture}`);
        }
      } finally {
        await browser.close();
      }
    }),
  );

  it(
    'are all there but those of the database while Postgres is away',
    withPrometheus(async () => {
      const postgres = shop.stack.postgres!;
      await postgres.handle.kill('SIGQUIT');
      const [replica] = shop.stack.replicas;
      const away = [
        'order_dependency_up{dependency="postgres"} 0',
        ...['orders', 'effects', 'deadlines', 'dead_letters', 'waiting_events'].map(
          (source) => `order_scrape_source_up{source="${source}"} 0`,
        ),
      ];
      const page = await until('the page says that Postgres is away', async () => {
        const response = await fetch(replica!.metrics);
        expect(response.status).toBe(200);
        const text = await response.text();
        return away.every((line) => text.includes(line)) && text;
      });
      for (const there of [
        'order_answers_total{',
        'order_actors_active ',
        'order_postgres_waiting ',
        'nodejs_eventloop',
      ])
        assert.ok(page.includes(there), there);
      expect(page).not.toMatch(/^(order_effects_unsettled|order_dead_letters_open|order_cancellation_rate)\b/m);
      await postgres.handle.restart();
      await postgres.ready();
      await until('the figures are back', async () =>
        (await (await fetch(replica!.metrics)).text()).includes('order_scrape_source_up{source="effects"} 1'),
      );
    }),
  );
});
