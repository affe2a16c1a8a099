import assert from 'node:assert/strict';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../actors/rules/order-parts.js';
import type { Order } from '../../actors/rules/order.js';
import { type Message, openStream, type Stream } from '../support/sse.js';
import { sharedStack } from '../support/stack.js';
import { createRestDriver } from '../support/drivers/rest.js';
import { newCustomer, newId, placed, staff } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { goodClaims, service, signed, tokenFor } from '../support/tokens.js';

const stack = sharedStack();
const rest = createRestDriver(stack);
const replicas = stack.replicas.length;

const urlOf = (query: string, replica = 0): string => `${stack.replicas[replica]!.rest}/api/v1/orders/watch?${query}`;

const open = async (query: string, replica = 0, after?: string, token?: string): Promise<Stream> => {
  const { response, stream } = await openStream(urlOf(query, replica), token ?? (await tokenFor(staff, stack)), after);
  assert.ok(stream, `answered ${response.status}`);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  return stream;
};

/** Reads so many messages, then cuts the stream. */
const take = async ({ messages, cut }: Stream, count: number): Promise<readonly Message[]> => {
  const found: Message[] = [];
  for await (const message of messages) if (found.push(message) === count) break;
  cut();
  return found;
};

const named = (found: readonly (Message | Order)[]): readonly string[] =>
  found.map((one) => ('order' in one ? one.order : one)).map(({ id, version }) => `${id}:${version}`);

const refusedWith = async (query: string, caller: Caller, after?: string): Promise<unknown> => {
  const { response } = await openStream(urlOf(query), await tokenFor(caller, stack), after);
  const { code, errors } = JSON.parse(await response.text()) as { code: string; errors?: { path: string }[] };
  return { status: response.status, code, paths: errors?.map(({ path }) => path) };
};

describe('Watching all orders', () => {
  it('shows every change of what matches before or after it, and goes on at another replica', async () => {
    const customer = newCustomer();
    const query = `customer_id=${customer.id}&status=confirmed`;
    const reading = take(await open(query), 3);
    const one = await placed(rest, { customer_id: customer.id });
    await placed(rest);
    const other = await placed(rest, { customer_id: customer.id });
    const moved = done(await rest.updateOrderStatus(one.id, { status: 'processing' }, { caller: staff }));
    const found = await reading;
    expect(found.map(({ order }) => order)).toStrictEqual([one, other, moved]);
    const edit = done(await rest.updateOrder(one.id, { notes: 'x' }, { caller: staff }));
    const cancelled = done(await rest.cancelOrder(other.id, { reason: 'fraud' }, { caller: staff }));
    const rests = await take(await open(query, replicas - 1, found[1]!.id), 2);
    expect(named(rests)).toStrictEqual(named([moved, cancelled]));
    const whole = await take(await open(`customer_id=${customer.id}`, 0, found[0]!.id), 4);
    expect(named(whole)).toStrictEqual(named([other, moved, edit, cancelled]));
  });

  it('misses and repeats nothing when it is cut many times while many write', async () => {
    const customers = [newCustomer(), newCustomer()];
    const query = `q=${encodeURIComponent(customers[0]!.id)}`;
    const first = await open(`customer_id=${customers[0]!.id}`);
    const written: string[] = [];
    const writing = Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        for (let n = 0; n < 8; n += 1) {
          const order = await placed(createRestDriver(stack, 1 + randomInt(replicas)), {
            customer_id: customers[writer % 2]!.id,
          });
          const versions = [order];
          for (const notes of ['a', 'b', 'c'])
            versions.push(
              done(
                await createRestDriver(stack, 1 + randomInt(replicas)).updateOrder(
                  order.id,
                  { notes },
                  { caller: staff },
                ),
              ),
            );
          if (writer % 2 === 0) written.push(...named(versions));
        }
      }),
    );
    const total = 3 * 8 * 4;
    const seen = [...(await take(first, 1))];
    let cuts = 0;
    while (seen.length < total) {
      const stream = await open(
        cuts % 2 === 0 ? query : `customer_id=${customers[0]!.id}`,
        randomInt(replicas),
        seen.at(-1)!.id,
      );
      seen.push(...(await take(stream, Math.min(1 + randomInt(3), total - seen.length))));
      cuts += 1;
    }
    await writing;
    expect([...named(seen)].sort()).toStrictEqual([...written].sort());
    expect(cuts).toBeGreaterThanOrEqual(total / 4);
    const latest = new Map<string, number>();
    for (const { order } of seen) {
      expect(order.version).toBe((latest.get(order.id) ?? 0) + 1);
      latest.set(order.id, order.version);
    }
  });

  it('gives an id to go on from before the first message', async () => {
    const customer = newCustomer();
    const cut = new AbortController();
    const response = await fetch(urlOf(`customer_id=${customer.id}`), {
      headers: { authorization: `Bearer ${await tokenFor(staff, stack)}` },
      signal: cut.signal,
    });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body! as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (/\nid: \S+\n\n/.test(text)) break;
    }
    cut.abort();
    expect(text).toMatch(/^retry: \d+\n\nid: \S+\n\n$/);
    const order = await placed(rest, { customer_id: customer.id });
    const [, id = ''] = /\nid: (\S+)\n/.exec(text) ?? [];
    expect(named(await take(await open(`customer_id=${customer.id}`, 0, id), 1))).toStrictEqual(named([order]));
  });

  it('is for staff and admins, and names what is wrong with a question', async () => {
    const { id } = await placed(rest);
    for (const caller of [service, newCustomer(), { type: 'guest', id }] as const)
      expect(await refusedWith('', caller)).toStrictEqual({ status: 403, code: 'forbidden', paths: undefined });
    const bad = { status: 400, code: 'validation_failed' };
    for (const [query, path] of [
      ['status=new', 'status[0]'],
      ['created_after=yesterday', 'created_after'],
      ['q=.', 'q'],
      ['held=perhaps', 'held'],
      ['page_size=10', 'page_size'],
      ['colour=red', 'colour'],
    ] as const)
      expect(await refusedWith(query, staff)).toStrictEqual({ ...bad, paths: [path] });
    const admin = { type: 'admin', id: newId('admin') } as const;
    const stream = await open('', 0, undefined, await tokenFor(admin, stack));
    await placed(rest);
    const [last] = await take(stream, 1);
    const of = (text: string): string => Buffer.from(text).toString('base64url');
    const [format, cluster] = Buffer.from(last!.id, 'base64url').toString().split('.');
    const broken = ['x', '1', `${last!.id}A`, of(`${format}.${cluster}.zzzzzzzzzzz.`), of(`${format}.7.1.`)];
    for (const after of broken)
      expect(await refusedWith('', staff, after)).toStrictEqual({ ...bad, paths: ['Last-Event-ID'] });
  });

  it('ends with the token', async () => {
    const exp = Math.floor(Date.now() / 1_000) + 3;
    const stream = await open(
      'customer_id=nobody',
      0,
      undefined,
      await signed({ ...goodClaims(staff, stack), exp }, stack),
    );
    for await (const message of stream.messages) assert.fail(message.id);
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
  });

  it('is cut off for who takes nothing for half a minute, who may go on later', async () => {
    const order = await placed(rest);
    const query = `customer_id=${order.customer_id!}`;
    const request = get(urlOf(query), { headers: { authorization: `Bearer ${await tokenFor(staff, stack)}` } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.pause();
    const versions = [];
    for (let n = 0; n < 16; n += 1)
      versions.push(
        done(await rest.updateOrder(order.id, { metadata: { n, text: 'x'.repeat(900_000) } }, { caller: staff })),
      );
    await sleep(33_000);
    let text = '';
    response.setEncoding('utf8');
    response.on('error', () => undefined);
    response.on('data', (part: string) => {
      text += part;
    });
    const closed = once(response, 'close');
    response.resume();
    await closed.catch(() => undefined);
    const seen = text
      .split('\n\n')
      .slice(0, -1)
      .filter((block) => block.includes('\ndata: '));
    // What the kernel took before is read; then the connection ends.
    expect(seen.length).toBeLessThan(versions.length);
    const [, last = ''] = /^id: (\S+)/m.exec(seen.at(-1) ?? text) ?? [];
    const others = await take(await open(query, 0, last), versions.length - seen.length);
    expect(named(others)).toStrictEqual(named(versions.slice(seen.length)));
  });
});
