import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeCommand } from '../../actors/rules/decide.js';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import type { Answer, CallOptions } from '../support/driver.js';
import { orderBody, staff } from '../support/orders.js';
import type { Shop } from '../support/shop.js';
import type { Attempt } from './attempts.js';
import { attempt, type Calls, createTokenOf, type Gateway, gatewaysOf, type Send } from './gateways.js';
import type { Operation, Payment } from './operations.js';
import type { Random } from './random.js';
import type { Rotation } from './rotation.js';
import { createStories } from './stories.js';

/** How much load, and on what it stands. */
export interface LoadOptions {
  readonly shop: Shop;
  readonly random: Random;
  readonly rotation: Rotation;
  /** Orders that are worked on at once, by three clients each. */
  readonly sessions: number;
}

/** Clients that work on orders, one after the other, and log everything. */
export interface Load {
  readonly attempts: readonly Attempt[];
  readonly operations: readonly Operation[];
  readonly payments: readonly Payment[];
  /** Begins no more; waits until what was begun is told, or given up. */
  stop(): Promise<void>;
}

/** The checkout's own name: an order that it could not place may be placed by REST or gRPC with the same key. */
const checkout: Caller = { type: 'service', id: 'checkout-service' };

const clients = 3;
/** Thinking time between two operations of a client, milliseconds. */
const thinking = [200, 1_200] as const;
/** How long a client insists. */
const insistMs = 90_000;
/** Some do not: they leave it open what became of their command. */
const impatient = 0.15;

/** One thing that a client may want of an order it knows. */
interface Wish {
  readonly call: string;
  readonly caller: Caller;
  readonly command: ChangeCommand | undefined;
  readonly ifVersion: number | undefined;
  readonly send: (driver: Calls, options: CallOptions) => Promise<Answer>;
}

const line = { item_id: '1', quantity: 1 };

/** Starts the load. */
export const startLoad = ({ shop, random, rotation, sessions }: LoadOptions): Load => {
  const attempts: Attempt[] = [];
  const operations: Operation[] = [];
  const payments: Payment[] = [];
  const stories = createStories(shop, random, payments);
  const description = shop.stack.describe();
  const gateways = gatewaysOf(description);
  const tokenOf = createTokenOf(description);
  const atCheckout: Gateway = { surface: 'checkout', replica: undefined, driver: shop.checkout };
  let stopping = false;

  const anyGateway = (): Gateway => {
    const present = rotation.present();
    return random.pick(gateways.filter(({ replica }) => replica !== undefined && present.includes(replica)));
  };

  interface Sent {
    readonly id: string;
    readonly call: string;
    readonly caller: Caller;
    readonly key: string | undefined;
    readonly ifVersion: number | undefined;
    readonly choose: () => Gateway;
    readonly send: Send<Answer>;
  }

  type Told = Pick<Operation, 'start' | 'end' | 'outcome' | 'repeated' | 'code' | 'shown'>;

  /** The same again, at any gateway, until there is an answer that settles it. */
  const insist = async ({ call, caller, key, ifVersion, choose, send }: Sent): Promise<Told> => {
    const start = performance.now();
    const until = start + (random.chance(impatient) ? 0 : insistMs);
    for (;;) {
      const gateway = choose();
      const options = {
        // The checkout has its own way to say who it is.
        ...(gateway.surface === 'checkout' ? {} : { token: await tokenOf(caller) }),
        ...(key === undefined ? {} : { key }),
        ...(ifVersion === undefined ? {} : { ifMatch: `"${ifVersion}"` }),
      };
      const { attempt: last, answer } = await attempt(call, gateway, send, options, (log) => attempts.push(log));
      const told = { start, end: last.end, repeated: answer?.replayed === true, code: answer?.code };
      const { order } = answer ?? {};
      const shown = order === undefined ? undefined : { order, start: last.start, end: last.end };
      if (last.result === 'done') return { ...told, outcome: 'done', shown };
      if (last.result === 'refused') return { ...told, outcome: 'refused', shown: undefined };
      if (last.end > until || last.result === 'wrong') return { ...told, outcome: 'unknown', shown: undefined };
      await sleep((answer?.retryAfter ?? 0) * 1_000 + random.between(50, 250));
    }
  };

  const place = async (): Promise<Order | undefined> => {
    const id = `op-${randomUUID()}`;
    const status = random.chance(0.6) ? 'completed' : 'pending';
    // Under a name of its own: what else is captured is other money.
    const paid = { payment_status: status, payment_method: 'card', payment_id: `payment-${randomUUID()}` };
    const body = orderBody({ ...paid, metadata: { op: id }, created_by_service: checkout.id });
    const told = await insist({
      ...{ id, call: 'createOrder', caller: checkout, key: id, ifVersion: undefined },
      choose: () => (random.chance(0.4) ? atCheckout : anyGateway()),
      send: (driver, options) => driver.createOrder(body, options),
    });
    const order = told.shown?.order;
    operations.push({
      ...told,
      ...{ id, call: 'createOrder', order: order?.id, command: undefined, ifVersion: undefined },
    });
    return order;
  };

  const look = ({ id, customer_id: customer }: Order): Wish => ({
    ...{ caller: staff, command: undefined, ifVersion: undefined },
    ...(random.chance(0.75) || customer === undefined
      ? { call: 'getOrder', send: (driver, options) => driver.getOrder(id, options) }
      : {
          call: 'listOrders',
          send: async (driver, options) => {
            const page = await driver.listOrders({ customer_id: customer }, options);
            return { ...page, order: page.entries[0] };
          },
        }),
  });

  const edit = ({ id }: Order, op: string, ifVersion: number | undefined): Wish => {
    const change = { metadata: { op }, reason: op };
    return {
      ...{ call: 'updateOrder', caller: staff, command: { type: 'update', ...change }, ifVersion },
      send: (driver, options) => driver.updateOrder(id, change, options),
    };
  };

  const holdOrRelease = ({ id }: Order, op: string): Wish => {
    const shared = { caller: staff, ifVersion: undefined };
    return random.chance(0.5)
      ? {
          ...{ ...shared, call: 'holdOrder', command: { type: 'hold', reason: op } },
          send: (driver, options) => driver.hold(id, { reason: op }, options),
        }
      : {
          ...{ ...shared, call: 'releaseOrder', command: { type: 'release', reason: op } },
          send: (driver, options) => driver.release(id, { reason: op }, options),
        };
  };

  const wish = (order: Order, op: string, version: number, mayHold: boolean): Wish => {
    const { id } = order;
    const drawn = random.next();
    if (drawn < 0.35) return look(order);
    if (drawn < 0.45) return mayHold ? holdOrRelease(order, op) : look(order);
    if (drawn < 0.65) return edit(order, op, undefined);
    if (drawn < 0.8) return edit(order, op, version);
    const shared = { caller: staff, ifVersion: undefined };
    if (drawn < 0.88) {
      const some = { items: [line], reason: op };
      return {
        ...{ ...shared, call: 'cancelOrderItems', command: { type: 'cancel_items', ...some } },
        send: (driver, options) => driver.cancelOrderItems(id, some, options),
      };
    }
    if (drawn < 0.95) {
      const change = { status: 'processing', reason: op } as const;
      return {
        ...{ ...shared, call: 'updateOrderStatus', command: { type: 'change_status', ...change } },
        send: (driver, options) => driver.updateOrderStatus(id, change, options),
      };
    }
    return {
      ...{ ...shared, call: 'cancelOrder', command: { type: 'cancel', reason: op } },
      send: (driver, options) => driver.cancelOrder(id, { reason: op }, options),
    };
  };

  /** One client's work on an order. Answers the version it saw last. */
  const carryOut = async (order: Order, wanted: Wish, id: string): Promise<number | undefined> => {
    const { call, caller, command, ifVersion, send } = wanted;
    const told = await insist({
      ...{ id, call, caller, ifVersion, choose: anyGateway },
      key: command === undefined ? undefined : id,
      // Only the checkout's driver is a partial one.
      send: (driver, options) => send(driver as Calls, options),
    });
    operations.push({ ...told, id, call, order: order.id, command, ifVersion });
    return told.shown?.order.version;
  };

  const work = async (order: Order, mayHold: boolean): Promise<void> => {
    let { version } = order;
    for (let left = random.between(2, 5); left > 0 && !stopping; left -= 1) {
      await sleep(random.between(...thinking));
      const id = `op-${randomUUID()}`;
      version = (await carryOut(order, wish(order, id, version, mayHold), id)) ?? version;
    }
  };

  const session = async (): Promise<void> => {
    const order = await place();
    if (order === undefined) return;
    // A parcel of others ends a hold, and fulfilment, which nobody told, would wait for ever.
    const ships = order.payment_status === 'completed' && random.chance(0.3);
    const tasks = Array.from({ length: clients }, () => work(order, !ships));
    await Promise.all([...tasks, stories.pay(order), ...(ships ? [stories.ship(order)] : [])]);
    const id = `op-${randomUUID()}`;
    await carryOut(order, look(order), id);
  };

  const slot = async (): Promise<void> => {
    while (!stopping) await session();
  };
  const outcome = Promise.allSettled(Array.from({ length: sessions }, slot));

  return {
    ...{ attempts, operations, payments },
    stop: async () => {
      stopping = true;
      for (const ended of await outcome) if (ended.status === 'rejected') throw ended.reason;
      await stories.tellAgain();
    },
  };
};
