import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../../actors/rules/order.js';
import type { Shop } from '../support/shop.js';
import { minor } from '../support/given.js';
import { written } from '../support/arbitrary-orders.js';
import type { Payment } from './operations.js';
import type { Random } from './random.js';

/** What other services tell of orders: payments of all kinds, and parcels that fulfilment did not announce. */
export interface Stories {
  /** How an order that is not paid comes to its money; of one that is paid, perhaps a second charge. */
  pay(order: Order): Promise<void>;
  /** A parcel more than the one that fulfilment sends. */
  ship(order: Order): Promise<void>;
  /** Tells everything once more, as it was: a broker that is killed loses what it had not yet written to disk. */
  tellAgain(): Promise<void>;
}

/** Between two events, milliseconds. */
const thinking = [200, 1_200] as const;
/** Other services say things again, under another event id. */
const repeated = 0.3;
const decimals = 2;

/** @param payments takes every capture that the broker has */
export const createStories = (shop: Shop, random: Random, payments: Payment[]): Stories => {
  const pause = (): Promise<unknown> => sleep(random.between(...thinking));

  const told: { readonly topic: string; readonly data: object; readonly id: string }[] = [];

  /** As the service that owns the topic would: until the broker has it. */
  const tell = async (topic: string, data: object, id: string = randomUUID()): Promise<void> => {
    told.push({ topic, data, id });
    for (;;) {
      try {
        await shop.publish(topic, data, id);
        return;
      } catch {
        // The sandbox's sidecar or the broker is away; the same event again, until they are back.
        await sleep(300);
      }
    }
  };

  const tellTwice = async (topic: string, data: object): Promise<void> => {
    await tell(topic, data);
    if (random.chance(repeated)) await tell(topic, data);
  };

  const capture = async ({ id, currency }: Order, paymentId: string, amount: string, captureId?: string) => {
    const data = { order_id: id, payment_id: paymentId, amount, currency, capture_id: captureId };
    await tellTwice('payment.completed', data);
    payments.push({ order: id, paymentId, amount });
  };

  const authorize = ({ id, currency, total_amount }: Order, payment_id: string): Promise<void> =>
    tellTwice('payment.authorized', { order_id: id, payment_id, amount: total_amount, currency });

  const unpaid: readonly ((order: Order) => Promise<void>)[] = [
    // At once, without a capture id.
    (order) => capture(order, randomUUID(), order.total_amount),
    // By gift card and card.
    async (order) => {
      const total = minor(order.total_amount, decimals);
      const gift = (total * 4n) / 10n;
      await capture(order, randomUUID(), written(gift, decimals), randomUUID());
      await pause();
      await capture(order, randomUUID(), written(total - gift, decimals), randomUUID());
    },
    // Authorized, and captured in two parts, perhaps after the order was cancelled.
    async (order) => {
      const paymentId = randomUUID();
      await authorize(order, paymentId);
      await pause();
      const total = minor(order.total_amount, decimals);
      await capture(order, paymentId, written(total / 2n, decimals), randomUUID());
      await pause();
      await capture(order, paymentId, written(total - total / 2n, decimals), randomUUID());
    },
    // A first attempt fails, and its failure may be told late.
    async (order) => {
      const failure = { order_id: order.id, payment_id: randomUUID(), reason: 'declined' };
      const paymentId = randomUUID();
      const late = random.chance(0.5);
      if (!late) await tellTwice('payment.failed', failure);
      await authorize(order, paymentId);
      if (late) await tellTwice('payment.failed', failure);
      await pause();
      await capture(order, paymentId, order.total_amount);
    },
  ];

  return {
    pay: async (order) => {
      await pause();
      if (order.payment_status === 'pending') await random.pick(unpaid)(order);
      // Whatever is paid beyond the order goes back.
      if (random.chance(0.2)) await capture(order, randomUUID(), order.total_amount, randomUUID());
    },
    ship: async ({ id }) => {
      await pause();
      await tellTwice('shipping.shipped', { order_id: id, carrier: 'Another', tracking_number: `X-${randomUUID()}` });
    },
    tellAgain: async () => {
      for (const { topic, data, id } of told) await shop.publish(topic, data, id);
    },
  };
};
