import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { orderBody } from '../support/orders.js';
import { done } from '../support/outcomes.js';
import { assertSound } from '../support/invariants.js';
import { describeUnless } from '../support/skip.js';
import { broker } from '../support/stack.js';
import { openShop, type Shop, until, untilStatus } from '../support/shop.js';
import { startTraffic, type Traffic } from './traffic.js';

const skip = broker === 'redis' && 'needs Kafka (Java and Maven): npm run test:kafka';

describeUnless(skip)('events through Kafka', () => {
  let shop: Shop;
  let traffic: Traffic | undefined;

  beforeAll(async () => {
    shop = await openShop({ env: { ORDER_SANDBOX_STEP_MS: '3600000' } });
  });
  afterEach(async () => {
    const running = traffic;
    traffic = undefined;
    await running?.stop();
  });
  afterAll(() => shop.stop());

  const newOrder = async (): Promise<string> => done(await shop.checkout.createOrder(orderBody())).id;
  const started = (ids: readonly string[]): Promise<readonly string[]> =>
    Promise.all(ids.map((id) => shop.publish('fulfillment.started', { order_id: id })));

  it('a broker that is killed loses nothing: events before, during and after arrive', async () => {
    const { kafka } = shop.stack;
    const clients = await startTraffic(shop, shop.on(2));
    traffic = clients;
    await clients.more(100);
    const before = await Promise.all(Array.from({ length: 12 }, newOrder));
    await started(before);
    await kafka!.handle.kill('SIGKILL');
    await clients.more(100);
    await kafka!.handle.restart();
    await kafka!.ready();
    const after = await Promise.all(Array.from({ length: 12 }, newOrder));
    await started(after);
    for (const id of [...before, ...after]) await untilStatus(shop, id, 'processing', 120_000);
    await clients.stop();
    expect(clients.troubles).toStrictEqual([]);
    await clients.assertExactlyOnce();
  });

  it('keeps all events of an order in one partition, by its id', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, newOrder));
    await started(ids);
    for (const id of ids) await untilStatus(shop, id, 'processing');
    const print = ['print.key=true', 'print.partition=true', 'print.value=false'];
    const output = await shop.stack.kafka!.tool(
      'org.apache.kafka.tools.consumer.ConsoleConsumer',
      ...['--topic', 'order.status_changed', '--from-beginning', '--timeout-ms', '10000'],
      ...print.flatMap((property) => ['--formatter-property', property]),
    );
    const partitions = new Map<string, Set<string>>();
    for (const [, partition = '', key = ''] of output.matchAll(/Partition:(\d+)\s+(\S+)/g))
      partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
    expect(ids.map((id) => partitions.get(id)?.size)).toStrictEqual(ids.map(() => 1));
    expect(new Set([...partitions.values()].flatMap((of) => [...of])).size).toBeGreaterThan(1);
  });

  it('leaves everything sound, and no consumer behind', async () => {
    await assertSound(shop);
    const lags = async (): Promise<readonly number[]> => {
      const described = await shop.stack.kafka!.tool(
        'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
        ...['--describe', '--all-groups'],
      );
      // group, topic, partition, current offset, end offset, lag
      return [...described.matchAll(/^\S+-service\s+\S+\s+\d+\s+\d+\s+\d+\s+(\d+)/gm)].map(([, lag]) => Number(lag));
    };
    await until('all consumers are at the end', async () => {
      const found = await lags();
      return found.length > 0 && found.every((lag) => lag === 0);
    });
  });
});
