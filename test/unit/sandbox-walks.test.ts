import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { CloudEvent } from '../../sandbox/cloud-event.js';
import { createPublications } from '../../sandbox/publications.js';
import { createPublisher } from '../../sandbox/publisher.js';
import { openStore } from '../../sandbox/store.js';
import { createWalks, fulfillmentId } from '../../sandbox/walks.js';

const log = pino({ level: 'silent' });
const TYPES = ['fulfillment.started', 'shipping.shipped', 'shipping.delivered'];

const until = async (what: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error('waited 5 s in vain');
    await sleep(5);
  }
};

/** A broker that keeps what it takes and can be down. */
const createBroker = () => {
  const broker = {
    down: false,
    tries: 0,
    taken: [] as CloudEvent[],
    publish: (event: CloudEvent): Promise<void> => {
      broker.tries += 1;
      if (broker.down) return Promise.reject(new Error('down'));
      broker.taken.push(event);
      return Promise.resolve();
    },
    types: (orderId: string) => broker.taken.filter(({ subject }) => subject === orderId).map(({ type }) => type),
  };
  return broker;
};

describe('sandbox fulfilment walks', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-walks-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const setUp = (name: string, stepMs: number) => {
    const broker = createBroker();
    const state = { paused: false };
    const load = () => {
      const publisher = createPublisher({ publish: broker.publish, log, longestPauseMs: 10 });
      const store = openStore(join(folder, name));
      const walks = createWalks({ store, stepMs, paused: () => state.paused, publisher, log });
      const close = async (): Promise<void> => {
        publisher.close();
        await walks.close();
        await store.close();
      };
      return { walks, close };
    };
    return { broker, state, load };
  };

  it('go through started, shipped and delivered, a step apart, once per order', async () => {
    const { broker, load } = setUp('a', 30);
    const { walks, close } = load();
    const began = Date.now();
    expect(walks.start('o-1')).toBe(fulfillmentId('o-1'));
    expect(walks.start('o-1')).toBe(fulfillmentId('o-1'));
    expect(broker.tries).toBe(0);
    await until(() => broker.taken.length === 3);
    expect(Date.now() - began).toBeGreaterThanOrEqual(85);
    await sleep(60);
    expect(broker.types('o-1')).toStrictEqual(TYPES);
    const [started, shipped, delivered] = broker.taken;
    assert.ok(started);
    expect(started.data).toStrictEqual({ order_id: 'o-1', fulfillment_id: fulfillmentId('o-1') });
    expect(started.source).toBe('fulfillment-service');
    assert.ok(shipped);
    expect(shipped.id).toBe('shipping.shipped:o-1');
    const { order_id, ...parcel } = shipped.data as Record<string, string>;
    expect(order_id).toBe('o-1');
    expect(Object.keys(parcel)).toStrictEqual(['carrier', 'tracking_number', 'tracking_url', 'shipped_at']);
    expect(Object.keys(delivered?.data as object)).toStrictEqual(['order_id', 'delivered_at']);
    await close();
  });

  it('end where they are stopped, also before they began', async () => {
    const { broker, load } = setUp('b', 20);
    const { walks, close } = load();
    walks.start('o-1');
    await until(() => broker.taken.length === 1);
    walks.stop('o-1');
    walks.stop('o-2');
    walks.start('o-2');
    await sleep(80);
    expect(broker.types('o-1')).toStrictEqual(['fulfillment.started']);
    expect(broker.types('o-2')).toStrictEqual([]);
    await close();
  });

  it('stop trying to publish a step once stopped', async () => {
    const { broker, load } = setUp('c', 5);
    const { walks, close } = load();
    broker.down = true;
    walks.start('o-1');
    await until(() => broker.tries > 1);
    walks.stop('o-1');
    broker.down = false;
    await sleep(50);
    expect(broker.taken).toStrictEqual([]);
    await close();
  });

  it('take a step once that is held and released while it is published', async () => {
    const { broker, load } = setUp('f', 10);
    const { walks, close } = load();
    broker.down = true;
    walks.start('o-1');
    await until(() => broker.tries > 1);
    walks.hold('o-1');
    walks.release('o-1');
    const tries = broker.tries;
    await until(() => broker.tries > tries + 2);
    broker.down = false;
    await until(() => broker.types('o-1').includes('shipping.delivered'));
    expect([...new Set(broker.types('o-1'))]).toStrictEqual(TYPES);
    await close();
  });

  it('rest while held, also before they began', async () => {
    const { broker, load } = setUp('g', 10);
    const first = load();
    first.walks.hold('o-1');
    first.walks.start('o-1');
    await first.close();
    const { walks, close } = load();
    await sleep(60);
    expect(broker.taken).toStrictEqual([]);
    walks.release('o-1');
    await until(() => broker.taken.length === 3);
    expect(broker.types('o-1')).toStrictEqual(TYPES);
    await close();
  });

  it('rest while the service refuses', async () => {
    const { broker, state, load } = setUp('d', 10);
    const { walks, close } = load();
    state.paused = true;
    walks.start('o-1');
    await sleep(60);
    expect(broker.taken).toStrictEqual([]);
    state.paused = false;
    await until(() => broker.taken.length === 3);
    await close();
  });

  it('lose no step while the broker is down, and go on after a restart', async () => {
    const { broker, load } = setUp('e', 10);
    const first = load();
    first.walks.start('o-1', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    await until(() => broker.taken.length === 1);
    broker.down = true;
    const tries = broker.tries;
    await until(() => broker.tries > tries);
    await first.close();
    broker.down = false;
    const second = load();
    await until(() => broker.taken.length === 3);
    expect(broker.types('o-1')).toStrictEqual(TYPES);
    expect(broker.taken[2]?.traceparent ?? '').toMatch(/^00-0af7/);
    await second.close();
    const third = load();
    third.walks.start('o-1');
    await sleep(40);
    expect(broker.taken).toHaveLength(3);
    await third.close();
  });
});

describe('sandbox publications', () => {
  it('are made once per id, whatever happens to the broker or the sandbox', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-publications-'));
    const broker = createBroker();
    const load = () => {
      const store = openStore(folder);
      const publisher = createPublisher({ publish: broker.publish, log, longestPauseMs: 5 });
      const publications = createPublications({ store, publisher, log });
      const close = async (): Promise<void> => {
        publisher.close();
        await publications.close();
        await store.close();
      };
      return { publications, close };
    };
    const event: CloudEvent = {
      specversion: '1.0',
      id: 'payment.refunded:re_1',
      source: 'payment-service',
      type: 'payment.refunded',
      time: new Date(0).toISOString(),
      datacontenttype: 'application/json',
      data: { order_id: 'o-1' },
    };
    broker.down = true;
    const first = load();
    first.publications.promise(event);
    first.publications.promise(event);
    await until(() => broker.tries > 1);
    await first.close();
    broker.down = false;
    const second = load();
    await until(() => broker.taken.length === 1);
    second.publications.promise(event);
    await second.close();
    const third = load();
    third.publications.promise(event);
    await third.close();
    expect(broker.taken).toStrictEqual([event]);
    await rm(folder, { recursive: true });
  });
});
