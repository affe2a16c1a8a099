import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import type { OrderState } from '../../../actors/rules/order.js';
import { given, minor, take, type After } from '../../support/given.js';
import { arbitraryOrder, valueLeft, written } from '../../support/arbitrary-orders.js';
import {
  announced,
  cancel,
  cancelItems,
  delivered,
  event,
  placed,
  returned,
  shipped,
  started,
  units,
} from '../../support/sample-orders.js';

// Every step of every run below is also held against what is always true: see `take` in given.ts.

const line = fc.integer({ min: 1, max: 4 }).map(String);
const quantity = fc.integer({ min: 1, max: 4 });
const nth = fc.nat(4);

/** What a happening means for the order as it is by then. Shown by its name where a run fails. */
type Happening = (state: OrderState) => ChangeCommand;

const named = <F extends object>(name: string, happening: F): F =>
  Object.assign(happening, { [fc.toStringMethod]: () => name });

const fixed = (name: string, command: ChangeCommand): fc.Arbitrary<Happening> =>
  fc.constant(named(name, () => command));

const drawn = <T>(
  name: string,
  details: fc.Arbitrary<T>,
  meaning: (details: T, state: OrderState) => ChangeCommand,
): fc.Arbitrary<Happening> =>
  details.map((chosen) => named(`${name} ${fc.stringify(chosen)}`, (state) => meaning(chosen, state)));

const partOf = (value: string, decimals: number, percent: bigint): string =>
  written((minor(value, decimals) * percent) / 100n, decimals);

const percent = fc.constantFrom(1n, 30n, 50n, 100n, 101n);

const cancelSome = drawn('cancel items', fc.record({ line, quantity }), (of) =>
  cancelItems(units(of.line, of.quantity)),
);
const paid = drawn('paid', fc.record({ nth, percent }), (of, { order, decimals }) =>
  event('payment.completed', {
    payment_id: `payment-${of.nth}`,
    amount: partOf(order.total_amount, decimals, of.percent),
  }),
);
const paymentFailed = drawn('payment failed', nth, (n) => event('payment.failed', { payment_id: `payment-${n}` }));
const edited = drawn('edited', nth, (n) => ({ type: 'update', notes: `PERSONAL ${n}` }));

const keyOf = ({ refunds }: OrderState, n: number): string => refunds[n % refunds.length]?.key ?? 'none';

/** All that can be said to an order, by services that contradict themselves and each other. */
const anything: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: cancelSome },
  { weight: 3, arbitrary: paid },
  paymentFailed,
  edited,
  fixed('cancel', cancel),
  fixed('started', started),
  fixed('shipped', shipped),
  fixed('delivered', delivered),
  fixed('reconsider', { type: 'reconsider' }),
  {
    weight: 4,
    arbitrary: drawn('refund answered', fc.record({ nth, id: nth, refused: fc.boolean() }), (of, state) => {
      const answer = { type: 'settle_refund', key: keyOf(state, of.nth) } as const;
      return of.refused
        ? { ...answer, outcome: 'refused', reason: 'declined' }
        : { ...answer, outcome: 'refunded', refund_id: `refund-${of.id}` };
    }),
  },
  {
    weight: 3,
    arbitrary: drawn(
      'refund event',
      fc.record({ nth, id: fc.option(nth), bare: fc.integer({ min: 0, max: 9 }).map((n) => n === 0) }),
      (of, { order, refunds, decimals }) =>
        event('payment.refunded', {
          refund_id: of.id === null ? undefined : `refund-${of.id}`,
          amount: of.bare ? undefined : (refunds[of.nth]?.amount ?? partOf(order.total_amount, decimals, 30n)),
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: drawn('refund retried', nth, (n, state) => ({
      type: 'retry_refund',
      key: keyOf(state, n),
      reason: 'x',
    })),
  },
  drawn('return announced', fc.record({ nth, line, quantity }), (of) =>
    announced(`return-${of.nth}`, units(of.line, of.quantity)),
  ),
  {
    weight: 2,
    arbitrary: drawn('returned', fc.record({ nth, line, quantity }), (of) =>
      returned(`return-${of.nth}`, units(of.line, of.quantity)),
    ),
  },
);

const payment = fc.constantFrom('completed', 'pending', 'authorized');
const anyOrder = payment.chain((payment_status) => arbitraryOrder({ payment_status }));
const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(arbitrary, { maxLength: 20, size: 'max' });

const captured = ({ order, decimals }: OrderState): bigint => minor(order.captured_amount, decimals);
const open = ({ refunds, decimals }: OrderState): bigint =>
  refunds.reduce((sum, { state, amount }) => sum + (state === 'requested' ? minor(amount, decimals) : 0n), 0n);

describe('money, whatever happens', () => {
  it('stays within what was captured and what was bought, and the journal tells it all', () => {
    fc.assert(
      fc.property(anyOrder, some(anything), (order, happenings) => {
        let at: Pick<After, 'state' | 'journal'> = given(placed(order));
        for (const happening of happenings) at = take(at, happening(at.state), {});
      }),
      { numRuns: 150 },
    );
  });

  it('is refunded by differences that add up: asked for = paid − value of what remains', () => {
    fc.assert(
      fc.property(arbitraryOrder(), some(fc.record({ line, quantity })), (order, cancellations) => {
        let at: Pick<After, 'state' | 'journal'> = given(placed(order));
        let due = 0n;
        for (const each of cancellations) {
          at = take(at, cancelItems(units(each.line, each.quantity)), {});
          const now = captured(at.state) - valueLeft(at.state.order, order.decimals);
          if (now > due) due = now;
          expect(open(at.state)).toBe(due);
        }
        at = take(at, cancel, {});
        expect(open(at.state)).toBe(captured(at.state));
      }),
      { numRuns: 150 },
    );
  });
});
