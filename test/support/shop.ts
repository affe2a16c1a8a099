import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import type { Order } from '../../actors/rules/order.js';
import type { Stack, StackOptions } from '../../scripts/stack-types.js';
import type { CallOptions, Driver } from './driver.js';
import { createHttpDriver } from './drivers/http.js';
import { createRestDriver } from './drivers/rest.js';
import { ownStack } from './stack.js';

/** One thing that the sandbox's services were asked for. */
export interface LedgerEntry {
  readonly service: string;
  readonly operation: string;
  readonly key: string;
  readonly order_id: string;
  readonly amount?: string;
  readonly deliveries: number;
}

/** An order event as the sandbox received it. */
export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A row of the effects ledger. */
export interface EffectState {
  readonly key: string;
  readonly order_id: string;
  readonly version: number;
  readonly target: string;
  readonly operation: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly state: 'pending' | 'done' | 'rejected' | 'dead' | 'resolved' | 'withdrawn';
  readonly attempts: number;
  readonly claim: string | null;
  readonly last_error: string | null;
}

type Mode = 'ok' | 'refuse' | 'reject' | 'fail' | 'hang' | 'slow';

/** A stack of the test's own with everything a scenario does to it and looks at. */
export interface Shop {
  readonly stack: Stack;
  /** The REST gateway of a replica (1, 2). */
  on(replica: number): Driver;
  /** The sandbox's checkout: only `createOrder`. */
  readonly checkout: Pick<Driver, 'createOrder'>;
  /** Has the service that owns the topic publish this, as of `time`. Answers the id of the event. */
  publish(topic: string, data: object, id?: string, time?: string): Promise<string>;
  /** @param details how late `slow` answers, and how often the fault strikes; always, where nothing is said */
  fault(service: string, mode: Mode, details?: { delay_ms?: number; probability?: number }): Promise<void>;
  /** All services of the sandbox work again. */
  heal(): Promise<void>;
  ledger(orderId: string): Promise<readonly LedgerEntry[]>;
  events(orderId: string): Promise<readonly ReceivedEvent[]>;
  query<T extends object>(sql: string, ...values: readonly unknown[]): Promise<readonly T[]>;
  /** The stored document, also while no replica runs. */
  order(orderId: string): Promise<Order>;
  effects(orderId: string): Promise<readonly EffectState[]>;
  /**
   * A counter's value on the metrics page of a replica, all its series added up that have a label (`topic="a.b"`); 0 where
   * there is none yet.
   */
  counter(replica: number, name: string, label?: string): Promise<number>;
  stop(): Promise<void>;
}

/** How long a test waits for what must come about: for broken processes to be noticed, on a machine that is busy. */
export const patience = 60_000;

/**
 * Looks again and again until there is something to see.
 *
 * @param look undefined or false: not yet
 * @throws AssertionError naming `what` when time is up
 */
export const until = async <T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = patience,
  everyMs = 50,
): Promise<T> => {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > end) assert.fail(`not within ${timeoutMs / 1_000} s: ${what}`);
    await sleep(everyMs);
  }
};

const read = async <T>(url: string): Promise<T> => {
  const response = await fetch(url);
  assert.ok(response.ok, `GET ${url} answered ${response.status}`);
  // Not response.json(): its arrays are of another realm than this test's, and strictly never equal to them.
  return JSON.parse(await response.text()) as T;
};

const put = async (method: string, url: string, body: object | undefined): Promise<Response> => {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(url, { method, ...json });
  assert.ok(response.ok, `${method} ${url} answered ${response.status}`);
  return response;
};

const orderIdAs = (id: string): string => `order_id=${encodeURIComponent(id)}`;

/** Starts a stack and opens the shop over it. The test must `stop()` it. */
export const openShop = async (options: StackOptions = {}): Promise<Shop> => {
  const stack = await ownStack(options);
  const description = stack.describe();
  const sandbox = description.sandbox!.url;
  const pool = new Pool({ connectionString: stack.databaseDsn, max: 4 });
  // Some tests end Postgres: the pool makes a new connection then.
  pool.on('error', () => undefined);
  const query = async <T extends object>(sql: string, ...values: readonly unknown[]): Promise<readonly T[]> =>
    (await pool.query<T>(sql, [...values])).rows;
  const drivers = stack.replicas.map(({ number }) => createRestDriver(description, number));

  return {
    stack,
    on: (replica) => drivers[replica - 1]!,
    checkout: createHttpDriver({
      name: 'checkout',
      orders: `${sandbox}/checkout`,
      fixedCaller: undefined,
      identify: (_options: CallOptions) => Promise.resolve({}),
    }),
    publish: async (topic, data, id, time) => {
      const query = new URLSearchParams({
        ...(id === undefined ? {} : { id }),
        ...(time === undefined ? {} : { time }),
      });
      const response = await put('POST', `${sandbox}/events/${topic}?${query.toString()}`, data);
      return ((await response.json()) as { id: string }).id;
    },
    fault: async (service, mode, details = {}) => {
      await put('PUT', `${sandbox}/faults/${service}`, { mode, ...details });
    },
    heal: async () => {
      await put('DELETE', `${sandbox}/faults`, undefined);
    },
    ledger: (orderId) => read(`${sandbox}/ledger?${orderIdAs(orderId)}`),
    events: (orderId) => read(`${sandbox}/events?${orderIdAs(orderId)}`),
    query,
    order: async (orderId) => {
      const [row] = await query<{ document: Order }>('select document from orders where id = $1', orderId);
      assert.ok(row, `there is no order ${orderId}`);
      return row.document;
    },
    effects: (orderId) => query('select * from order_effects where order_id = $1 order by version, position', orderId),
    counter: async (replica, name, label = '') => {
      const page = await (await fetch(stack.replicas[replica - 1]!.metrics)).text();
      const values = page.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
      return values
        .filter((line) => line.includes(label))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    stop: async () => {
      await pool.end();
      await stack.stop();
    },
  };
};

/** Waits until an order has this status. */
export const untilStatus = (shop: Shop, orderId: string, status: Order['status'], timeoutMs?: number): Promise<Order> =>
  until(
    `order ${orderId} is ${status}`,
    async () => {
      const order = await shop.order(orderId);
      return order.status === status && order;
    },
    timeoutMs,
  );

/** Waits until the one effect of an order with this operation is as wanted. */
export const untilEffect = (
  shop: Shop,
  orderId: string,
  operation: string,
  what: string,
  holds: (effect: EffectState) => boolean,
  timeoutMs?: number,
): Promise<EffectState> =>
  until(
    `${operation} of order ${orderId} ${what}`,
    async () => {
      const found = (await shop.effects(orderId)).filter((effect) => effect.operation === operation);
      assert.ok(found.length <= 1, `${operation} is asked for ${found.length} times`);
      return found.find(holds);
    },
    timeoutMs,
    20,
  );
