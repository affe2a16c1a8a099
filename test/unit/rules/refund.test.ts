import { describe, expect, it } from '@jest/globals';
import type { NewOrder } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { given } from '../../support/given.js';
import { cancel, cancelItems, line, placed, returned, units, unpaid, wayTo } from '../../support/sample-orders.js';
import { asks, paid, refunded } from './refund-steps.js';

/** Orders whose refunds were worked out by hand. */
const examples: Readonly<
  Record<
    string,
    { readonly order: Partial<NewOrder>; readonly steps: readonly (readonly [ChangeCommand, ...string[]])[] }
  >
> = {
  // 37.69 paid; shares of A per unit kept: discount 1/3, tax 1/6; beyond the lines -1.80, by line total.
  'two decimals, discount and tax on a line and beyond': {
    order: {
      subtotal: '35.00',
      discount_amount: '3.50',
      tax_amount: '1.20',
      shipping_amount: '4.99',
      total_amount: '37.69',
      items: [line('A', 3, '10.00', { discount_amount: '1.00', tax_amount: '0.50' }), line('B', 1, '5.00')],
    },
    steps: [
      [cancelItems(units('A', 1)), '9.32'], // 19.67 + 5.00 - 1.29 + 4.99 = 28.37 remain
      [cancelItems(units('B', 1)), '4.74'], // 19.67 - 1.03 + 4.99 = 23.63 remain
      [cancelItems(units('A', 1)), '9.32'], // 9.83 - 0.51 + 4.99 = 14.31 remain
      [cancelItems(units('A', 1)), '14.31'], // nothing remains, the shipping neither
    ],
  },
  'no decimals': {
    order: {
      currency: 'JPY',
      decimals: 0,
      subtotal: '300',
      discount_amount: '100',
      tax_amount: '10',
      shipping_amount: '50',
      total_amount: '260',
      items: [line('A', 3, '100', { discount_amount: '100' })],
    },
    steps: [
      [cancelItems(units('A', 1)), '70'], // 133 + 7 + 50 = 190 remain
      [cancelItems(units('A', 1)), '70'], // 67 + 3 + 50 = 120 remain
      [cancel, '120'],
    ],
  },
  'three decimals': {
    order: {
      currency: 'KWD',
      decimals: 3,
      subtotal: '2.331',
      discount_amount: '0.005',
      tax_amount: '0.100',
      shipping_amount: '1.250',
      total_amount: '3.676',
      items: [line('A', 7, '0.333', { tax_amount: '0.100' })],
    },
    steps: [
      [cancelItems(units('A', 3)), '1.040'], // 1.389 - 0.003 + 1.250 = 2.636 remain
      [cancelItems(units('A', 4)), '2.636'],
    ],
  },
  'half a cent, from a share that is no finite decimal': {
    order: {
      subtotal: '0.06',
      discount_amount: '0.03',
      total_amount: '0.03',
      items: [line('A', 6, '0.01', { discount_amount: '0.03' })],
    },
    steps: [
      [cancelItems(units('A', 5)), '0.02'], // 0.01 - 0.03 × 1/6 = 0.005, rounded once: 0.01 remains
      [cancel, '0.01'],
    ],
  },
  'an order discount that eats into the shipping': {
    order: {
      subtotal: '10.00',
      discount_amount: '14.00',
      shipping_amount: '5.00',
      total_amount: '1.00',
      items: [line('A', 2, '5.00')],
    },
    steps: [
      [cancelItems(units('A', 1))], // 5.00 - 7.00 + 5.00 = 3.00 remain, more than was paid
      [cancel, '1.00'],
    ],
  },
  'gifts: nothing paid, nothing back': {
    order: { subtotal: '0.00', total_amount: '0.00', items: [line('A', 2, '0.00')] },
    steps: [[cancelItems(units('A', 1))], [cancel]],
  },
  'gifts, but the shipping was paid': {
    order: {
      subtotal: '0.00',
      tax_amount: '0.95',
      shipping_amount: '5.00',
      total_amount: '5.95',
      items: [line('A', 2, '0.00')],
    },
    steps: [[cancelItems(units('A', 1))], [cancel, '5.95']],
  },
};

describe('the refund rule, by hand', () => {
  it.each(Object.entries(examples))('%s', (_name, { order, steps }) => {
    steps.reduce((at, [command, ...amounts]) => at.when(command).then(asks(...amounts)), given(placed(order)));
  });

  it('asks nothing for units that were returned: the return service does that', () => {
    given(placed(), ...wayTo.delivered)
      .when(returned('return-1', units('1', 3), units('2', 1)))
      .then(asks())
      .when(refunded('60.00', 'refund-of-return'))
      .then((after) => {
        asks()(after);
        expect(after.state.order.payment_status).toBe('partially_refunded');
      })
      .when(returned('return-2', units('3', 2)))
      .then(asks());
  });

  it('follows what was captured, not what was agreed', () => {
    given(placed(unpaid), cancelItems(units('2', 1)))
      .when(paid('100.00'))
      .then(asks('30.00'));
    given(placed(unpaid), paid('50.00'))
      .when(cancelItems(units('2', 1)))
      .then(asks())
      .when(cancel)
      .then(asks('50.00'));
  });

  it('gives back what was captured beyond the total', () => {
    given(placed(unpaid), paid('100.00')).when(paid('100.00', 'payment-2')).then(asks('100.00'));
    given(placed(unpaid)).when(paid('100.01')).then(asks('0.01'));
  });

  it('gives back a payment that completes on a cancelled order', () => {
    given(placed(unpaid), cancel)
      .when(paid('100.00'))
      .then((after) => {
        asks('100.00')(after);
        expect(after.state.order.status).toBe('cancelled');
      });
  });

  it('voids what was authorised and never captured', () => {
    given(placed({ payment_status: 'authorized' }), cancelItems(units('2', 1)))
      .when(cancelItems(units('1', 3), units('3', 2)))
      .then((after) => {
        asks()(after);
        expect(after.effects.filter(({ operation }) => operation === 'payment.void')).toHaveLength(1);
      });
    given(placed({ payment_status: 'authorized' }), paid('100.00', 'payment-0'))
      .when(cancel)
      .then((after) => {
        asks('100.00')(after);
        expect(after.effects.filter(({ operation }) => operation === 'payment.void')).toHaveLength(0);
      });
  });
});
