import { expect } from '@jest/globals';
import { type After } from '../../support/given.js';
import { event } from '../../support/sample-orders.js';
export const refunded = (amount: string | undefined, refund_id?: string) =>
  event('payment.refunded', { payment_id: 'payment-0', amount, currency: 'USD', refund_id });
export const paid = (amount: string, payment_id = 'payment-1') => event('payment.completed', { payment_id, amount });

/** The refunds a command asks the payment service for. */
export const asked = ({ effects }: After): readonly unknown[] =>
  effects.filter(({ operation }) => operation === 'payment.refund').map(({ payload }) => payload['amount']);

export const asks =
  (...amounts: readonly string[]) =>
  (after: After) => {
    expect(after.verdict).toBe('accepted');
    expect(asked(after)).toStrictEqual(amounts);
  };
