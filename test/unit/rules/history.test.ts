import { describe, expect, it } from '@jest/globals';
import { editsIn, isForStaff } from '../../../actors/rules/history.js';
import { given, noon } from '../../support/given.js';
import { answered, cancelItems, event, placed, shipped, started, units } from '../../support/sample-orders.js';

describe('the edit history', () => {
  it('reports of quantities, captures, refunds and holds, leaf by leaf', () => {
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

  it('reports of parcels, those that move the status and those that do not', () => {
    const { journal } = given(
      placed(),
      started,
      shipped,
      event('shipping.shipped', { tracking_number: 'T-2', shipped_at: noon, items: [units('1', 1)] }),
      event('shipping.delivered', { tracking_number: 'T-2', delivered_at: noon }),
      event('shipping.delivered', { delivered_at: noon }),
    );
    const told = editsIn(journal)
      .slice(1)
      .map(({ changes }) => changes.map(({ field, old_value, new_value }) => [field, old_value, new_value]));
    expect(told).toStrictEqual([
      [
        ['shipments.0.carrier', null, 'DHL'],
        ['shipments.0.tracking_number', null, 'T-1'],
        ['shipments.0.shipped_at', null, noon],
      ],
      [
        ['shipments.1.tracking_number', null, 'T-2'],
        ['shipments.1.shipped_at', null, noon],
        ['shipments.1.items', null, [{ item_id: '1', quantity: 1 }]],
      ],
      [['shipments.1.delivered_at', null, noon]],
      [['shipments.0.delivered_at', null, noon]],
    ]);
  });

  it('reports customers that fulfilment waits, not why', () => {
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
