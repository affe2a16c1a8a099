import { Decimal } from 'decimal.js';
import { z } from 'zod';
import type { BodyOf } from './contracts.js';
import type { Store } from './store.js';

/** What the payment service knows of the money that payments hold. */
export interface Balances {
  /** An order was created: what it says is captured. Repeats are harmless. */
  created(orderId: string, data: unknown): void;
  /** An event of the payment service goes out. A repeat of its id counts once. */
  published(eventId: string, topic: string, data: unknown): void;
  /** Whether a payment holds what a refund asks for. A payment that is not known holds whatever is asked. */
  allows(refundId: string, refund: Refund): boolean;
  /** A refund is made. A repeat of its id counts once. */
  refunded(refundId: string, refund: Refund): void;
}

type Refund = Pick<BodyOf<'payment.refund'>, 'order_id' | 'payment_id' | 'amount'>;

/** What happened to the money of a payment. */
interface Movement {
  /** The same movement again changes nothing. */
  id: string;
  /** Captured; negative: refunded. Null: the payment holds an amount that was never reported. */
  amount: string | null;
}

const amount = z.string().regex(/^\d{1,15}(\.\d{1,4})?$/);
const createdSchema = z.object({
  payments: z.array(z.object({ payment_id: z.string(), status: z.string(), amount })),
});
const eventSchema = z.object({
  order_id: z.string(),
  payment_id: z.string(),
  amount: amount.optional(),
  capture_id: z.string().optional(),
  refund_id: z.string().optional(),
});

interface Account {
  held: Decimal;
  /** Some capture is known, so that it holds no more than is known. */
  captured: boolean;
  /** A movement without an amount: it holds whatever is asked. */
  unlimited: boolean;
}

/** The capture that creation stated. */
const told = 'capture';
/** The one of an event without a capture id. */
const anonymous = 'capture-event';

/** Captures are set against what was reported before without an id; the rest is new money. */
const accountOf = (movements: readonly Movement[]): Account => {
  const account: Account = { held: new Decimal(0), captured: false, unlimited: false };
  /** Captured by what had no capture id, and not explained by a capture with one. */
  let unexplained = new Decimal(0);
  let identified = false;
  for (const { id, amount: value } of movements) {
    identified ||= id.startsWith('capture ');
    const capture = id === told || id === anonymous || id.startsWith('capture ');
    account.captured ||= capture;
    account.unlimited ||= value === null;
    // The news of a capture without an id can repeat captures with one; it is no other money then.
    if (value === null || (id === anonymous && identified)) continue;
    const explained = id === told ? new Decimal(0) : Decimal.min(unexplained, capture ? value : 0);
    if (id === told || id === anonymous) unexplained = unexplained.plus(value);
    unexplained = unexplained.minus(explained);
    account.held = account.held.plus(value).minus(explained);
  }
  return account;
};

/**
 * Balances in the store; a payment that it has forgotten is not known. A capture counts once by its `capture_id`; without
 * one it is the payment's only one, which creation may have stated already.
 */
export function createBalances(store: Store): Balances {
  const payments = store.table<Movement[]>('payments');
  const keyOf = (orderId: string, paymentId: string): string => `${orderId} ${paymentId}`;

  const note = (orderId: string, paymentId: string, movement: Movement): void => {
    const key = keyOf(orderId, paymentId);
    const movements = payments.get(key) ?? [];
    if (movements.every(({ id }) => id !== movement.id)) payments.put([...movements, movement], { key });
  };

  return {
    created(orderId, data) {
      for (const payment of createdSchema.safeParse(data).data?.payments ?? [])
        if (payment.status === 'completed') note(orderId, payment.payment_id, { id: told, amount: payment.amount });
    },
    published(eventId, topic, data) {
      const event = eventSchema.safeParse(data).data;
      if (event === undefined) return;
      const { order_id, payment_id, amount: value = null } = event;
      if (topic === 'payment.completed') {
        const id = event.capture_id === undefined ? anonymous : `capture ${event.capture_id}`;
        note(order_id, payment_id, { id, amount: value });
      }
      if (topic === 'payment.refunded')
        note(order_id, payment_id, {
          id: `refund ${event.refund_id ?? eventId}`,
          amount: value === null ? null : `-${value}`,
        });
    },
    allows(refundId, { order_id, payment_id, amount: asked }) {
      const movements = payment_id === undefined ? [] : (payments.get(keyOf(order_id, payment_id)) ?? []);
      const { held, captured, unlimited } = accountOf(movements);
      if (!captured || unlimited) return true;
      return movements.some(({ id }) => id === `refund ${refundId}`) || held.gte(asked);
    },
    refunded(refundId, { order_id, payment_id, amount: value }) {
      if (payment_id !== undefined) note(order_id, payment_id, { id: `refund ${refundId}`, amount: `-${value}` });
    },
  };
}
