import { describe, expect, it } from '@jest/globals';
import { editsIn, isForStaff } from '../../../actors/rules/history.js';
import { given } from '../../support/given.js';
import { answered, cancelItems, event, placed, started, units } from './sample-orders.js';

describe('the edit history', () => {
  it('tells of quantities, captures, refunds and holds, leaf by leaf', () => {
    const { journal } = given(
      placed({ payment_status: 'authorized' }),
      cancelItems(units('2', 1)),
      started,
      event('payment.completed', { payment_id: 'payment-0', amount: '90.00' }),
      answered(4, 'refund-1'),
    );
    const told = editsIn(journal).map(({ version, changes }) => [
      version,
      changes.map(({ field, old_value, new_value }) => [field, old_value, new_value]),
    ]);
    expect(told).toStrictEqual([
      [2, [['items.2.cancelled_quantity', 0, 1]]],
      [3, []],
      [
        4,
        [
          ['captured_amount', '0.00', '90.00'],
          ['payment_status', 'authorized', 'completed'],
          ['payments.payment-0.status', 'authorized', 'completed'],
          ['payments.payment-0.captured_amount', '0.00', '90.00'],
          ['payments.payment-0.requested_amount', '0.00', '20.00'],
        ],
      ],
      [
        5,
        [
          ['refunded_amount', '0.00', '20.00'],
          ['payment_status', 'completed', 'partially_refunded'],
          ['payments.payment-0.status', 'completed', 'partially_refunded'],
          ['payments.payment-0.refunded_amount', '0.00', '20.00'],
          ['payments.payment-0.requested_amount', '20.00', '0.00'],
        ],
      ],
    ]);
  });

  it('tells customers that fulfilment waits, not why', () => {
    const { journal } = given(
      placed({ payment_status: 'authorized' }),
      event('payment.failed', { payment_id: 'payment-0' }),
    );
    const fields = editsIn(journal).flatMap(({ changes }) => changes.map(({ field }) => field));
    expect(fields.filter((field) => field.startsWith('hold'))).toStrictEqual([
      'hold.reason',
      'hold.by.type',
      'hold.by.id',
      'hold.at',
    ]);
    expect(fields.filter(isForStaff)).toStrictEqual(['hold.reason', 'hold.by.type', 'hold.by.id']);
  });
});
