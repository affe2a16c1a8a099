import assert from 'node:assert/strict';
import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, CallOptions, Driver } from '../support/driver.js';
import { orderBody, staff } from '../support/orders.js';
import { type Shop, until } from '../support/shop.js';

/** An answer that a client did not want, though its request was right. */
interface Trouble {
  readonly status: number | 'no answer';
  readonly code: string | undefined;
  readonly retryAfter: number | undefined;
  readonly what: string;
}

/** An order, and what its client has been told was done. */
interface Told {
  readonly id: string;
  /** `metadata.n` of the edits acknowledged, in order. */
  readonly edits: number[];
  cancelledItems: number;
  cancelled: boolean;
  /** Any of its commands again, exactly as it was sent. */
  repeat: (() => Promise<Answer>) | undefined;
}

/** Clients that send commands for many orders to one gateway, each order's one after the other. */
export interface Traffic {
  /** Requests that were not answered as they should be; their clients then sent the same again until they were. */
  readonly troubles: readonly Trouble[];
  /** Ids of the orders that are edited all the while. */
  readonly edited: readonly string[];
  /** Commands acknowledged until now. */
  acknowledged(): number;
  /** The longest that a request took, milliseconds. */
  longestMs(): number;
  /** Waits until so many more commands were acknowledged. */
  more(count: number, timeoutMs?: number): Promise<void>;
  /** Waits until one more edit of each order was acknowledged. */
  everyOrder(): Promise<void>;
  /** Lets the clients finish what they are at. */
  stop(): Promise<void>;
  /** Each acknowledged command is in its order's journal, once; asked again, it is only a repeat. */
  assertExactlyOnce(): Promise<void>;
}

const deadlineMs = 90_000;

/**
 * Starts clients at a gateway: `editors` edit one order each, over and over; `cancellers` make one order after the other
 * and cancel a unit of it, then all. Nothing may ship meanwhile, or cancelling would rightly be refused.
 */
export const startTraffic = async (
  shop: Shop,
  gateway: Driver,
  { editors = 12, cancellers = 2 }: { editors?: number; cancellers?: number } = {},
): Promise<Traffic> => {
  const troubles: Trouble[] = [];
  const told: Told[] = [];
  let acknowledged = 0;
  let longest = 0;
  let stopping = false;

  /** As a client of this service should: the same again after an error that may pass. */
  const insist = async (what: string, send: () => Promise<Answer>): Promise<Answer> => {
    const end = Date.now() + deadlineMs;
    for (;;) {
      const began = performance.now();
      const answer = await send().catch(() => undefined);
      longest = Math.max(longest, performance.now() - began);
      if (answer?.ok === true) {
        acknowledged += 1;
        return answer;
      }
      const { status = 'no answer', code, retryAfter } = answer ?? {};
      troubles.push({ status, code, retryAfter, what });
      const mayPass = status === 'no answer' || status === 503 || status === 429;
      assert.ok(mayPass && Date.now() < end, `${what} answered ${status} ${code ?? ''}`);
      await sleep((retryAfter ?? 0) * 1_000 + 100);
    }
  };

  const place = async (): Promise<Told> => {
    const [body, options]: [object, CallOptions] = [orderBody(), { key: randomUUID() }];
    const answer = await insist('create', () => gateway.createOrder(body, options));
    const order: Told = { id: answer.order!.id, edits: [], cancelledItems: 0, cancelled: false, repeat: undefined };
    told.push(order);
    return order;
  };

  const edit = async (order: Told): Promise<void> => {
    for (let n = 1; !stopping; n += 1) {
      const options = { caller: staff, key: randomUUID() };
      const send = (): Promise<Answer> => gateway.updateOrder(order.id, { metadata: { n } }, options);
      await insist(`edit ${n} of ${order.id}`, send);
      order.edits.push(n);
      order.repeat = send;
      await sleep(40 + Math.random() * 40);
    }
  };

  const cancelOneAfterTheOther = async (): Promise<void> => {
    while (!stopping) {
      const order = await place();
      const { id } = order;
      const some = { items: [{ item_id: '1', quantity: 1 }], reason: 'one too many' };
      const [someOptions, allOptions] = [
        { caller: staff, key: randomUUID() },
        { caller: staff, key: randomUUID() },
      ];
      await insist(`cancel a unit of ${id}`, () => gateway.cancelOrderItems(id, some, someOptions));
      order.cancelledItems = 1;
      const cancel = (): Promise<Answer> => gateway.cancelOrder(id, { reason: 'not wanted' }, allOptions);
      await insist(`cancel ${id}`, cancel);
      order.cancelled = true;
      order.repeat = cancel;
      await sleep(100);
    }
  };

  const edited = await Promise.all(Array.from({ length: editors }, place));
  const clients = [...edited.map(edit), ...Array.from({ length: cancellers }, cancelOneAfterTheOther)];
  // Looked at in stop(); until then a client that gave up must not end the test run.
  const outcome = Promise.allSettled(clients);

  const journalOf = (id: string) =>
    shop.query<{ type: string; personal: { metadata?: { n?: number } } | null }>(
      'select type, personal from order_events where order_id = $1 order by version',
      id,
    );

  return {
    troubles,
    edited: edited.map(({ id }) => id),
    acknowledged: () => acknowledged,
    longestMs: () => longest,
    more: async (count, timeoutMs) => {
      const goal = acknowledged + count;
      await until(`${count} more commands are acknowledged`, async () => acknowledged >= goal, timeoutMs);
    },
    everyOrder: async () => {
      const before = new Map(edited.map((order) => [order, order.edits.length]));
      const moved = (order: Told): boolean => order.edits.length > (before.get(order) ?? 0);
      await until('every order took another edit', async () => edited.every(moved));
    },
    stop: async () => {
      stopping = true;
      for (const client of await outcome) if (client.status === 'rejected') throw client.reason;
    },
    assertExactlyOnce: async () => {
      for (const order of told) {
        const journal = await journalOf(order.id);
        const count = (type: string): number => journal.filter((entry) => entry.type === type).length;
        const edits = journal
          .filter(({ type }) => type === 'order.updated')
          .map(({ personal }) => personal?.metadata?.n);
        assert.deepEqual(edits, order.edits, `order ${order.id}: edits`);
        expect(count('order.created')).toBe(1);
        assert.equal(count('order.items_cancelled'), order.cancelledItems, `order ${order.id}: units cancelled`);
        assert.equal(count('order.cancelled'), order.cancelled ? 1 : 0, `order ${order.id}: cancellations`);
        const again = await order.repeat?.();
        if (again !== undefined) {
          assert.deepEqual([again.status, again.replayed], [200, true], `order ${order.id}: its last command again`);
          expect(again.order!.version).toBe((await journalOf(order.id)).length);
        }
      }
    },
  };
};
