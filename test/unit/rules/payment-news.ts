import type { NewOrder } from '../../../actors/rules/commands.js';
import type { InboundData } from '../../../actors/rules/order.js';
import { type After, hoursLater } from '../../support/given.js';
import { event } from '../../support/sample-orders.js';
export type News = Omit<InboundData, 'order_id'>;

export const at = (hours: number): string => hoursLater(hours);
export const news =
  (topic: 'payment.authorized' | 'payment.completed' | 'payment.failed' | 'payment.refunded') =>
  (payment_id: string, amount?: string, more: News & { readonly time?: string } = {}) => {
    const { time, ...data } = more;
    return { ...event(topic, { payment_id, amount, ...data }), time };
  };
export const authorized = news('payment.authorized');
export const captured = news('payment.completed');
export const failed = news('payment.failed');
export const refunded = news('payment.refunded');

/** The refunds and voids that a change asks of the payment service. */
export const askedOf = ({ effects }: After, operation = 'payment.refund'): readonly unknown[] =>
  effects
    .filter((effect) => effect.operation === operation)
    .map(({ payload }) => [payload['payment_id'], payload['amount']]);

export const operations = ({ effects }: After): readonly string[] =>
  effects.map(({ operation }) => operation).filter((operation) => operation.startsWith('fulfillment.'));

export const parts = (...payments: NonNullable<NewOrder['payments']>): Partial<NewOrder> => ({
  payment_id: undefined,
  payment_method: undefined,
  payment_status: 'pending',
  payments,
});
