import { describe, it } from '@jest/globals';
import { refundKey } from '../../../actors/rules/entries.js';
import { resolvedRefundId } from '../../../actors/rules/payments.js';
import { given, orderId } from '../../support/given.js';
import { answered, cancelItems, declined, event, placed, units } from '../../support/sample-orders.js';

const news = (amount: string, refund_id: string) =>
  event('payment.refunded', { payment_id: 'payment-0', amount, refund_id });

describe('a refund that staff settled by hand', () => {
  it('is not counted again by the event of the payment service', () => {
    given(placed(), cancelItems(units('2', 1)), declined(2), answered(2, resolvedRefundId(refundKey(orderId, 2))))
      .when(news('30.00', 'refund-9'))
      .then({ verdict: 'stale', state: { order: { refunded_amount: '30.00' } } });
  });
});

describe('an answer whose refund was counted by an event with another amount', () => {
  it('closes its request, and the difference is asked for', () => {
    given(placed(), cancelItems(units('2', 1)), news('29.50', 'refund-1'))
      .when(answered(2, 'refund-1'))
      .then({
        verdict: 'accepted',
        state: {
          order: { refunded_amount: '29.50' },
          refunds: [
            { amount: '30.00', state: 'refunded' },
            { amount: '0.50', state: 'requested' },
          ],
        },
      });
  });
});
