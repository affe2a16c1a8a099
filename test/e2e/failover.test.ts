import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { AppHandles } from '../../scripts/stack-types.js';
import { orderBody } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { assertSound } from '../support/invariants.js';
import { openShop, type Shop, untilStatus } from '../support/shop.js';
import { startTraffic, type Traffic } from './traffic.js';

/** How often the app is killed one time after the other. */
const rounds = Number(process.env['ORDER_FAILOVER_ROUNDS'] ?? 3);

describe('a replica that fails while clients talk to the other', () => {
  let shop: Shop;
  let traffic: Traffic | undefined;

  beforeAll(async () => {
    // No order walks by itself, so that cancelling is never refused.
    shop = await openShop({ env: { ORDER_SANDBOX_STEP_MS: '3600000' } });
  });
  afterEach(async () => {
    const running = traffic;
    traffic = undefined;
    await running?.stop();
  });
  afterAll(() => shop.stop());

  const commands = async (): Promise<Traffic> => {
    traffic = await startTraffic(shop, shop.on(2));
    return traffic;
  };

  const newOrder = async (): Promise<string> => done(await shop.on(2).createOrder(orderBody())).id;

  /** Ends what hosts half of the orders while commands come in at replica 2, and starts it again. */
  const killAndRestart = async (part: 'app' | 'sidecar'): Promise<void> => {
    const clients = await commands();
    const replica: AppHandles = shop.stack.replicas[0]!;
    await clients.more(100);
    await replica[part].kill('SIGKILL');
    // Events come in meanwhile, too; whichever replica has them in hand, they arrive.
    await Promise.all(clients.edited.map((id) => shop.publish('fulfillment.started', { order_id: id })));
    // Also those orders that lived there answer while it is down.
    await clients.everyOrder();
    await replica[part].restart();
    await replica.ready();
    await clients.more(100);
    await clients.stop();
    // a client noticed
    expect(clients.troubles).toStrictEqual([]);
    for (const id of clients.edited) await untilStatus(shop, id, 'processing', 90_000);
    await clients.assertExactlyOnce();
    console.log(`${clients.acknowledged()} commands, the longest ${Math.round(clients.longestMs())} ms`);
  };

  it('app killed: commands at the other are delayed, none fails, each counts once', () => killAndRestart('app'));

  it('app killed over and over beside its sidecar: no event is lost, and it comes back each time', async () => {
    const clients = await commands();
    const { app, ready } = shop.stack.replicas[0]!;
    for (let round = 1; round <= rounds; round += 1) {
      const ids = await Promise.all(Array.from({ length: 12 }, newOrder));
      await app.kill('SIGKILL');
      await Promise.all(ids.map((id) => shop.publish('fulfillment.started', { order_id: id })));
      await clients.everyOrder();
      await app.restart();
      await ready();
      for (const id of ids) await untilStatus(shop, id, 'processing');
    }
    await clients.stop();
    // a client noticed
    expect(clients.troubles).toStrictEqual([]);
  });

  it('sidecar killed: like app killed', () => killAndRestart('sidecar'));

  it('app frozen while its orders move: no lost update, nothing twice', async () => {
    const clients = await commands();
    const { app, ready } = shop.stack.replicas[0]!;
    await clients.more(100);
    await app.kill('SIGSTOP');
    await Promise.all([clients.everyOrder(), sleep(15_000)]);
    await app.kill('SIGCONT');
    await ready();
    await clients.more(200);
    await clients.stop();
    // A request that was with the frozen process may be told to try again; nothing else may happen to it.
    const told = clients.troubles.filter(({ status, code, retryAfter }) => {
      return !(status === 503 && code === 'unavailable' && retryAfter !== undefined);
    });
    // a client noticed more than a delay
    expect(told).toStrictEqual([]);
    await clients.assertExactlyOnce();
    console.log(
      `${clients.acknowledged()} commands, ${clients.troubles.length} told to try again, ` +
        `the longest ${Math.round(clients.longestMs())} ms`,
    );
  });

  it('leaves everything sound', () => assertSound(shop));
});
