import fc from 'fast-check';
import type { NewOrder } from '../../actors/rules/commands.js';
import type { ChangeCommand } from '../../actors/rules/decide.js';
import type { JournalEntry } from '../../actors/rules/entries.js';
import type { OrderState } from '../../actors/rules/order.js';
import { arbitraryOrder } from './arbitrary-orders.js';
import {
  announced,
  cancel,
  cancelItems,
  delivered,
  event,
  move,
  placed,
  returned,
  shipped,
  started,
  units,
} from './sample-orders.js';
import { type After, given, hoursLater, take } from './given.js';

const line = fc.integer({ min: 1, max: 4 }).map(String);
const quantity = fc.integer({ min: 1, max: 4 });
const nth = fc.nat(4);

const reasons = ['too small', '  too \n small ', 'broken', '', 'x'.repeat(300), '=1+1', '💔'.repeat(150)] as const;

type Happening = (state: OrderState) => ChangeCommand;

const always = (command: ChangeCommand): fc.Arbitrary<Happening> => fc.constant(() => command);

const refundKey = ({ refunds }: OrderState, n: number): string => refunds[n % refunds.length]?.key ?? 'none';

/** What may be said to an order, most of it at its time. */
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: always(started) },
  { weight: 4, arbitrary: always(shipped) },
  { weight: 4, arbitrary: always(delivered) },
  { weight: 2, arbitrary: nth.map((n) => () => event('shipping.shipped', { tracking_number: `T-${n}` })) },
  { weight: 2, arbitrary: nth.map((n) => () => event('shipping.delivered', { tracking_number: `T-${n}` })) },
  fc.constantFrom(...reasons.filter((reason) => reason !== '')).map((reason) => () => ({ ...cancel, reason })),
  {
    weight: 3,
    arbitrary: fc
      .record({ line, quantity, reason: fc.constantFrom(...reasons.filter((reason) => reason !== '')) })
      .map((of) => () => ({ ...cancelItems(units(of.line, of.quantity)), reason: of.reason })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ nth, line, quantity })
      .map((of) => () => announced(`return-${of.nth}`, units(of.line, of.quantity))),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ nth, line, quantity })
      .map((of) => () => returned(`return-${of.nth}`, units(of.line, of.quantity))),
  },
  {
    weight: 3,
    arbitrary: fc.record({ nth, part: nth, line, quantity }).map((of) => () => {
      const part = { return_id: `return-${of.nth}`, part_id: `part-${of.part}` };
      return event('return.completed', { ...part, items: [units(of.line, of.quantity)] });
    }),
  },
  fc
    .constantFrom(move('returned'), move('partially_returned'), {
      type: 'change_status',
      status: 'partially_returned',
    } as const)
    .map((command) => () => command),
  nth.map((n) => () => event('payment.completed', { payment_id: `payment-${n}` })),
  nth.map((n) => () => event('payment.failed', { payment_id: `payment-${n}` })),
  {
    weight: 3,
    arbitrary: fc.record({ nth, id: nth }).map((of): Happening => (state) => ({
      type: 'settle_refund',
      outcome: 'refunded',
      key: refundKey(state, of.nth),
      refund_id: `refund-${of.id}`,
    })),
  },
  nth.map(
    (n) =>
      ({ order }: OrderState) =>
        event('payment.refunded', { refund_id: `elsewhere-${n}`, amount: n === 0 ? order.shipping_amount : undefined }),
  ),
  nth.map((n) => (): ChangeCommand => ({ type: 'update', notes: `PERSONAL ${n}` })),
);

const payment: fc.Arbitrary<Partial<NewOrder>> = fc.record({
  payment_status: fc.constantFrom('completed', 'pending', 'authorized'),
  payment_method: fc.constantFrom('card', 'cod', undefined),
});

const hours = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 80, noNaN: true }));

/** The journal of an order to which this and that happens, hours apart. */
export const arbitraryJournal: fc.Arbitrary<readonly JournalEntry[]> = fc
  .record({
    order: payment.chain(arbitraryOrder),
    happenings: fc.array(fc.record({ happening, hours }), { maxLength: 14, size: 'max' }),
  })
  .map(({ order, happenings }) => {
    let at: Pick<After, 'state' | 'journal'> = given(placed(order));
    let passed = 0;
    for (const next of happenings) {
      passed += next.hours;
      at = take(at, next.happening(at.state), { now: hoursLater(passed) });
    }
    return at.journal;
  });
