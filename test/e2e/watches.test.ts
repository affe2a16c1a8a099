import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Replica } from '../../scripts/stack-types.js';
import { newCustomer, newId, orderBody, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { tokenFor } from '../support/tokens.js';
import { openShop, type Shop, until } from '../support/shop.js';

const watches = 1_000;
const mebibyte = 1_048_576;

/** What a process has in memory, in bytes. */
const residentBytes = ({ app }: Replica): number => {
  const status = readFileSync(`/proc/${String(app.pid)}/status`, 'utf8');
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  assert.ok(kibibytes);
  return Number(kibibytes) * 1_024;
};

describe('a thousand watches of all orders at one replica', () => {
  let shop: Shop;
  let first: Replica;

  beforeAll(async () => {
    shop = await openShop({ replicas: 1 });
    [first] = shop.stack.replicas as readonly [Replica];
  });
  afterAll(() => shop.stop());

  /** Milliseconds that so many creates take, eight at a time. */
  const create = async (count: number): Promise<number> => {
    let left = count;
    const begun = performance.now();
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (left > 0) {
          left -= 1;
          done(await shop.on(1).createOrder(orderBody()));
        }
      }),
    );
    return performance.now() - begun;
  };

  it('take little memory and time, and each gets what concerns it', async () => {
    const token = await tokenFor(staff, shop.stack);
    const customers = Array.from({ length: watches / 4 }, () => newCustomer().id);
    const agent = new Agent({ maxSockets: Infinity });
    const texts = new Map<IncomingMessage, string>();
    const open = (query: string): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}` };
        const request = get(`${first.rest}/api/v1/orders/watch?${query}`, { headers, agent }, (response) => {
          response.setEncoding('utf8');
          response.on('error', () => undefined);
          response.on('data', (part: string) => void texts.set(response, `${texts.get(response) ?? ''}${part}`));
          resolve(response);
        });
        request.on('error', reject);
      });
    await create(400);
    const alone = [await create(300)];
    const before = residentBytes(first);
    const queries = customers.flatMap((id) => [
      ...[`customer_id=${id}`, `customer_id=${id}&status=confirmed`],
      ...[`product_sku=${newId('sku')}`, `q=${newId('word')}`],
    ]);
    const responses: IncomingMessage[] = [];
    for (let from = 0; from < watches; from += 50)
      responses.push(...(await Promise.all(queries.slice(from, from + 50).map(open))));
    expect(responses.map(({ statusCode }) => statusCode)).toStrictEqual(Array.from({ length: watches }, () => 200));
    const watched = [await create(300), await create(300)];
    const grown = residentBytes(first) - before;
    const order = done(await shop.on(1).createOrder(orderBody({ customer_id: customers[7] })));
    const [one, other] = [responses[28]!, responses[29]!];
    await until('both watches tell of the order', async () =>
      [one, other].every((response) => texts.get(response)?.includes(`{"order":{"id":"${order.id}"`)),
    );
    expect([...texts.values()].filter((text) => text.includes(order.id))).toHaveLength(2);
    agent.destroy();
    alone.push(await create(300));
    const average = (all: readonly number[]): number => all.reduce((sum, ms) => sum + ms, 0) / all.length / 300;
    console.log(
      `${watches} watches: ${Math.round(grown / mebibyte)} MiB; a create takes ${average(watched).toFixed(2)} ms, ` +
        `without them ${average(alone).toFixed(2)} ms`,
    );
    expect(grown).toBeLessThan(100 * 1_000_000);
  });
});
