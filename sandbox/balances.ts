import { Decimal } from 'decimal.js';
import { z } from 'zod';
import type { BodyOf } from './contracts.js';
import { loadJournal, openJournal, rewriteJournal } from './journal.js';

/** What the payment service knows of the money that payments hold. */
export interface Balances {
  /** An order was created: what it says is captured. Resolves when that is written down; repeats are harmless. */
  created(orderId: string, data: unknown): Promise<void>;
  /** An event of the payment service goes out. A repeat of its id counts once. */
  published(eventId: string, topic: string, data: unknown): Promise<void>;
  /** Whether a payment holds what a refund asks for. A payment that is not known holds whatever is asked. */
  allows(refundId: string, refund: Refund): boolean;
  /** A refund is made. A repeat of its id counts once. */
  refunded(refundId: string, refund: Refund): Promise<void>;
  close(): Promise<void>;
}

type Refund = Pick<BodyOf<'payment.refund'>, 'order_id' | 'payment_id' | 'amount'>;

const movementSchema = z.object({
  order_id: z.string(),
  payment_id: z.string(),
  /** The same movement again changes nothing. */
  id: z.string(),
  /** Captured; negative: refunded. Null: the payment holds an amount that was never reported. */
  amount: z.string().nullable(),
});
type Movement = z.infer<typeof movementSchema>;

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
  /** Captured by what had no capture id, and not explained by a capture with one. */
  unexplained: Decimal;
  readonly movements: Set<string>;
}

const empty = (): Account => ({
  ...{ held: new Decimal(0), captured: false, unlimited: false, unexplained: new Decimal(0) },
  movements: new Set<string>(),
});

/** The capture that creation stated. */
const told = 'capture';
/** The one of an event without a capture id. */
const anonymous = 'capture-event';

/** Captures are set against what was reported before without an id; the rest is new money. */
const post = (account: Account, { id, amount: value }: Movement): void => {
  account.movements.add(id);
  const capture = id === told || id === anonymous || id.startsWith('capture ');
  account.captured ||= capture;
  if (value === null) {
    account.unlimited = true;
    return;
  }
  // The news of a capture without an id can repeat captures with one; it is no other money then.
  if (id === anonymous && [...account.movements].some((known) => known.startsWith('capture '))) return;
  const explained = id === told ? new Decimal(0) : Decimal.min(account.unexplained, capture ? value : 0);
  if (id === told || id === anonymous) account.unexplained = account.unexplained.plus(value);
  account.unexplained = account.unexplained.minus(explained);
  account.held = account.held.plus(value).minus(explained);
};

/**
 * Balances over a journal file. Payments of the newest `limit` (default 200,000) are remembered; an older one is not known.
 * A capture counts once by its `capture_id`; without one it is the payment's only one, which creation may have stated already.
 */
export async function createBalances(deps: { file: string; limit?: number }): Promise<Balances> {
  const { file, limit = 200_000 } = deps;
  const accounts = new Map<string, Account>();
  const all: Movement[] = [];
  const keyOf = ({ order_id, payment_id }: Pick<Movement, 'order_id' | 'payment_id'>): string =>
    `${order_id} ${payment_id}`;

  /** Answers whether it was new. */
  const move = (movement: Movement): boolean => {
    const key = keyOf(movement);
    const account = accounts.get(key) ?? empty();
    if (account.movements.has(movement.id)) return false;
    post(account, movement);
    accounts.set(key, account);
    const oldest = accounts.keys().next().value;
    if (accounts.size > limit && oldest !== undefined) accounts.delete(oldest);
    all.push(movement);
    return true;
  };

  await loadJournal(file, movementSchema, move);
  if (all.length > limit * 4) {
    all.splice(0, all.length, ...all.filter((movement) => accounts.has(keyOf(movement))));
    await rewriteJournal(file, all);
  }
  const journal = await openJournal<Movement>(file);
  const note = async (movement: Movement): Promise<void> => {
    if (move(movement)) await journal.append(movement);
  };

  return {
    async created(order_id, data) {
      for (const payment of createdSchema.safeParse(data).data?.payments ?? [])
        if (payment.status === 'completed')
          await note({ order_id, payment_id: payment.payment_id, id: told, amount: payment.amount });
    },
    async published(eventId, topic, data) {
      const event = eventSchema.safeParse(data).data;
      if (event === undefined) return;
      const { order_id, payment_id, amount: value = null } = event;
      const about = { order_id, payment_id };
      if (topic === 'payment.completed') {
        const id = event.capture_id === undefined ? anonymous : `capture ${event.capture_id}`;
        await note({ ...about, id, amount: value });
      }
      if (topic === 'payment.refunded')
        await note({
          ...about,
          id: `refund ${event.refund_id ?? eventId}`,
          amount: value === null ? null : `-${value}`,
        });
    },
    allows(refundId, refund) {
      const { order_id, payment_id } = refund;
      const account = payment_id === undefined ? undefined : accounts.get(keyOf({ order_id, payment_id }));
      if (account === undefined || !account.captured || account.unlimited) return true;
      return account.movements.has(`refund ${refundId}`) || account.held.gte(refund.amount);
    },
    async refunded(refundId, { order_id, payment_id, amount: value }) {
      if (payment_id === undefined) return;
      await note({ order_id, payment_id, id: `refund ${refundId}`, amount: `-${value}` });
    },
    close: () => journal.close(),
  };
}
