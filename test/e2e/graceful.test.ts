import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { sidecarHeaders } from '../../scripts/readiness.js';
import type { Replica } from '../../scripts/stack-types.js';
import { type Check, checkAll } from '../chaos/checks.js';
import { startLoad } from '../chaos/load.js';
import { createRandom } from '../chaos/random.js';
import { watchReadiness } from '../chaos/rotation.js';
import { newCustomer, orderBody, staff } from '../support/orders.js';
import { done, taken } from '../support/outcomes.js';
import { tokenFor } from '../support/tokens.js';
import { type Message, openStream, type Stream } from '../support/sse.js';
import { openShop, type Shop, until } from '../support/shop.js';

/** A line of a replica's log. */
interface LogLine {
  readonly msg: string;
  readonly released?: string;
  readonly clean?: boolean;
}

/** What a replica has logged since it was last told to stop. */
const sinceStopping = ({ app }: Replica): readonly LogLine[] => {
  const lines = readFileSync(app.logFile, 'utf8').trim().split('\n');
  const parsed = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  return parsed.slice(parsed.findLastIndex(({ msg }) => msg === 'stopping'));
};

/** The probe's status and what it says; undefined while nobody listens. */
const probe = async ({ rest }: Replica, name: 'livez' | 'readyz'): Promise<string | undefined> => {
  try {
    const response = await fetch(`${rest}/${name}`);
    return `${response.status} ${((await response.json()) as { status: string }).status}`;
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { readonly code?: string };
    if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return undefined;
    throw error;
  }
};

const untilProbe = (replica: Replica, name: 'livez' | 'readyz', wanted: string | undefined): Promise<boolean> =>
  until(`${name} of replica ${replica.number} is ${String(wanted)}`, async () => {
    return (await probe(replica, name)) === wanted;
  });

/** Whether actors still go to this replica, as far as its sidecar knows. */
const hosts = async ({ dapr }: Replica, daprApiToken: string): Promise<boolean> => {
  const response = await fetch(`${dapr}/v1.0/metadata`, { headers: sidecarHeaders(daprApiToken) });
  const { actorRuntime } = (await response.json()) as { readonly actorRuntime?: { readonly hostReady?: boolean } };
  return actorRuntime?.hostReady === true;
};

/** Stops by itself, however long that takes. */
const stopMs = 120_000;

// Workers before turns: once its actors have gone, a sidecar keeps the commands of its own app waiting.
const released = [
  ...['watches', 'gateways', 'workers', 'turns', 'metrics'],
  ...['Dapr client', 'sidecar connections', 'redis', 'database of the owner', 'database'],
];

describe('the life of a replica', () => {
  let shop: Shop;
  let first: Replica;

  beforeAll(async () => {
    // Longer than a load balancer looks away; the walk leaves time to cancel.
    shop = await openShop({ env: { ORDER_SHUTDOWN_DELAY_MS: '3000', ORDER_SANDBOX_STEP_MS: '2000' } });
    [first] = shop.stack.replicas as readonly [Replica];
  });
  afterAll(() => shop.stop());

  const order = async (): Promise<string> => done(await shop.checkout.createOrder(orderBody())).id;

  const assertStoppedInOrder = (replica: Replica): void => {
    const lines = sinceStopping(replica);
    expect(lines.flatMap(({ released: part }) => part ?? [])).toStrictEqual(released);
    expect(lines.find(({ msg }) => msg === 'stopped')?.clean).toBe(true);
    // a call did not end
    expect(lines.some(({ msg }) => msg.startsWith('effects were left'))).toBe(false);
  };

  it('replicas are restarted one by one under load, and no request fails', async () => {
    const rotation = watchReadiness(shop.stack.replicas);
    const load = startLoad({ shop, random: createRandom(1).fork('load'), rotation, sessions: 8 });
    const more = async (count: number): Promise<void> => {
      const goal = load.attempts.length + count;
      await until(`${count} more requests were answered`, async () => load.attempts.length >= goal);
    };
    try {
      await more(100);
      for (const replica of shop.stack.replicas) {
        await replica.app.stop(stopMs);
        assertStoppedInOrder(replica);
        // it handed its actors over
        expect(await hosts(replica, shop.stack.secrets.daprApiToken)).toBe(false);
        await replica.sidecar.stop(stopMs);
        await more(50);
        await Promise.all([replica.app.restart(), replica.sidecar.restart()]);
        await replica.ready();
        await more(100);
      }
    } finally {
      await load.stop();
      await rotation.stop();
    }
    const checks = await checkAll(shop, load, { faults: [], zero: 0, actors: false });
    expect(checks.filter(({ ok }) => !ok)).toStrictEqual([] as readonly Check[]);
    const longest = Math.max(...load.attempts.map(({ start, end }) => end - start));
    console.log(`${load.attempts.length} requests, the longest ${Math.round(longest)} ms`);
  });

  it('a command at hand is answered before its replica goes', async () => {
    const id = await order();
    const holder = new Client({ connectionString: shop.stack.databaseDsn });
    await holder.connect();
    try {
      await holder.query('begin');
      await holder.query('select 1 from orders where id = $1 for update', [id]);
      const held = shop.on(1).updateOrder(id, { metadata: { held: true } }, { caller: staff });
      await until('the commit waits for the row', async () => {
        const rows = await shop.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock'`);
        return rows.length > 0;
      });
      const stopping = first.app.stop(stopMs);
      await untilProbe(first, 'readyz', '503 stopping');
      taken(await shop.on(1).getOrder(id, { caller: staff }));
      // Nobody gets in any more.
      await untilProbe(first, 'readyz', undefined);
      await holder.query('rollback');
      expect(done(await held).metadata).toStrictEqual({ held: true });
      await stopping;
      assertStoppedInOrder(first);
    } finally {
      await holder.end();
      await first.app.restart();
      await first.ready();
    }
  });

  it('its watches end, and go on at another replica', async () => {
    const id = await order();
    const token = await tokenFor(staff, shop.stack);
    const paths = [`${id}/watch`, 'watch'];
    const open = async ({ rest }: Replica, path: string, after?: string): Promise<Stream> => {
      const { stream } = await openStream(`${rest}/api/v1/orders/${path}`, token, after);
      return stream!;
    };
    const streams = await Promise.all(paths.map((path) => open(first, path)));
    const reading = streams.map(async ({ messages }) => {
      const found: Message[] = [];
      for await (const message of messages) found.push(message);
      return found;
    });
    done(await shop.on(1).updateOrder(id, { notes: 'a' }, { caller: staff }));
    await sleep(1_000);
    await first.app.stop(stopMs);
    // Each ended by itself: a broken connection would have thrown.
    const [one, all] = await Promise.all(reading);
    expect(one!.map(({ order: { version } }) => version)).toContain(1);
    const seen = all!.filter(({ order: { id: of } }) => of === id).map(({ order: { version } }) => version);
    const [, second] = shop.stack.replicas as readonly [Replica, Replica];
    const edited = done(await shop.on(2).updateOrder(id, { notes: 'b' }, { caller: staff }));
    const resumed = await open(second, 'watch', all!.at(-1)!.id);
    for await (const { order: found } of resumed.messages) {
      if (found.id === id) seen.push(found.version);
      if (found.id === id && found.version === edited.version) break;
    }
    resumed.cut();
    expect(seen).toStrictEqual(Array.from({ length: seen.length }, (_, at) => seen[0]! + at));
    await first.app.restart();
    await first.ready();
  });

  it('without its sidecar it lives and is not ready; with it, it is', async () => {
    await Promise.all([first.app.stop(stopMs), first.sidecar.stop(stopMs)]);
    await first.app.restart();
    await untilProbe(first, 'livez', '200 ok');
    await untilProbe(first, 'readyz', '503 unavailable');
    await first.sidecar.restart();
    await untilProbe(first, 'readyz', '200 ok');
    done(await shop.on(1).createOrder(orderBody()));
  });

  it('without Redis it is ready, and takes to it once it comes', async () => {
    const redis = shop.stack.redisServer!;
    await first.app.stop(stopMs);
    await redis.handle.stop();
    await first.app.restart();
    await untilProbe(first, 'readyz', '200 ok');
    const redisOf = async (): Promise<string | undefined> => {
      const response = await fetch(`${first.rest}/api/v1/orders/health/dependencies`);
      const { dependencies } = (await response.json()) as {
        readonly dependencies: readonly { readonly name: string; readonly state: string }[];
      };
      return dependencies.find(({ name }) => name === 'redis')?.state;
    };
    expect(await redisOf()).toBe('down');
    // Customers are counted in Redis, when it is there.
    const customer = newCustomer();
    expect((await shop.on(1).listOrders({}, { caller: customer })).ok).toBe(true);
    await redis.handle.restart();
    await redis.ready();
    await until('Redis is used', async () => (await redisOf()) === 'up');
    expect((await shop.on(1).listOrders({}, { caller: customer })).ok).toBe(true);
  });

  it('without Postgres it waits, may be sent away meanwhile, and starts once it comes', async () => {
    const postgres = shop.stack.postgres!;
    const waits = (): Promise<unknown> =>
      until('it waits for the database', async () => {
        return readFileSync(first.app.logFile, 'utf8').trim().split('\n').at(-1)?.includes('not there yet');
      });
    await first.app.stop(stopMs);
    await postgres.handle.stop();
    await first.app.restart();
    await waits();
    expect(await probe(first, 'readyz')).toBeUndefined();
    await first.app.stop(stopMs);
    expect(sinceStopping(first).map(({ msg, clean }) => [msg, clean])).toStrictEqual([
      ['stopping', undefined],
      ['stopped', true],
    ]);
    await first.app.restart();
    await waits();
    await postgres.handle.restart();
    await untilProbe(first, 'readyz', '200 ok');
    done(await shop.on(1).createOrder(orderBody()));
  });
});
