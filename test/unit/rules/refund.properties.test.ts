import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import type { OrderState, RefundRequest } from '../../../actors/rules/order.js';
import { given, hoursLater, minor, take, type After } from '../../support/given.js';
import { arbitraryOrder, valueLeft, written } from './arbitrary-orders.js';
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
} from './sample-orders.js';

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
const refunded = ({ order, decimals }: OrderState): bigint => minor(order.refunded_amount, decimals);
const open = ({ refunds, decimals }: OrderState): bigint =>
  refunds.reduce((sum, { state, amount }) => sum + (state === 'requested' ? minor(amount, decimals) : 0n), 0n);

/** What was refunded by nobody's request. */
const elsewhere = ({ journal, state: { decimals } }: Pick<After, 'state' | 'journal'>): bigint =>
  journal.reduce((sum, { entry }) => {
    if (entry.type !== 'order.payment_updated' || entry.data.change !== 'refunded') return sum;
    const { refund_id, amount } = entry.data;
    return refund_id?.startsWith('elsewhere') === true ? sum + minor(amount ?? '', decimals) : sum;
  }, 0n);

/**
 * A payment service that keeps to its contract: one refund at a time, in order; a key names one refund for ever; an answer may be lost and
 * given again; the event comes before or after it, once or twice. Its own staff refunds too, as `elsewhere`.
 */
const createPaymentService = () => {
  const done = new Map<string, string>();
  const settled = new Set<string>();
  let elsewhere = 0;
  const next = ({ refunds }: OrderState) => refunds.find(({ key }) => !settled.has(key));
  return {
    retried: (key: string) => settled.delete(key),
    pay: (state: OrderState): void => {
      const request = next(state);
      if (request !== undefined) done.set(request.key, request.amount);
    },
    answer: (state: OrderState, willing: boolean): ChangeCommand | undefined => {
      const request = next(state);
      if (request === undefined) return undefined;
      const { key, amount } = request;
      settled.add(key);
      if (!willing && !done.has(key)) return { type: 'settle_refund', key, outcome: 'refused', reason: 'declined' };
      done.set(key, amount);
      return { type: 'settle_refund', key, outcome: 'refunded', refund_id: `refund of ${key}` };
    },
    event: (n: number): ChangeCommand | undefined => {
      const [key, amount] = [...done][n % done.size] ?? [];
      return key === undefined ? undefined : event('payment.refunded', { refund_id: `refund of ${key}`, amount });
    },
    refundElsewhere: (amount: string): ChangeCommand =>
      event('payment.refunded', { refund_id: `elsewhere-${(elsewhere += 1)}`, amount }),
    sum: (decimals: number): bigint => [...done.values()].reduce((total, value) => total + minor(value, decimals), 0n),
  };
};

type PaymentService = ReturnType<typeof createPaymentService>;
type Deed = (service: PaymentService, state: OrderState) => ChangeCommand | undefined;

const ofOrder = (happening: fc.Arbitrary<Happening>): fc.Arbitrary<Deed> =>
  happening.map((meaning) => named(fc.stringify(meaning), (_service, state) => meaning(state)));

const deed = (name: string, does: Deed): fc.Arbitrary<Deed> => fc.constant(named(name, does));

const retryOf = ({ key }: RefundRequest): ChangeCommand => ({ type: 'retry_refund', key, reason: 'by staff' });

const refusedIn = ({ refunds }: OrderState): readonly RefundRequest[] =>
  refunds.filter(({ state }) => state === 'refused');

const honest: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: ofOrder(cancelSome) },
  { weight: 2, arbitrary: ofOrder(paid) },
  ofOrder(paymentFailed),
  ofOrder(edited),
  ofOrder(fixed('started', started)),
  ofOrder(fixed('cancel', cancel)),
  {
    weight: 2,
    arbitrary: deed('refund paid, no answer yet', (service, state) => {
      service.pay(state);
      return undefined;
    }),
  },
  { weight: 2, arbitrary: deed('refund answered', (service, state) => service.answer(state, true)) },
  { weight: 2, arbitrary: deed('refund refused', (service, state) => service.answer(state, false)) },
  { weight: 3, arbitrary: nth.map((n) => named<Deed>(`refund event ${n}`, (service) => service.event(n))) },
  fc
    .record({ nth, percent })
    .map((of) =>
      named<Deed>(`refunded elsewhere ${fc.stringify(of)}`, (service, { order, refunds, decimals }) =>
        service.refundElsewhere(refunds[of.nth]?.amount ?? partOf(order.total_amount, decimals, of.percent)),
      ),
    ),
  {
    weight: 2,
    arbitrary: nth.map((n) =>
      named<Deed>(`refused refund retried ${n}`, (_service, state) => refusedIn(state).slice(n).map(retryOf)[0]),
    ),
  },
);

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
          assert.equal(open(at.state), due);
        }
        at = take(at, cancel, {});
        assert.equal(open(at.state), captured(at.state));
      }),
      { numRuns: 150 },
    );
  });

  it('is all given back once everything is cancelled and answered', () => {
    fc.assert(
      fc.property(anyOrder, some(honest), (order, deeds) => {
        const service = createPaymentService();
        let at: Pick<After, 'state' | 'journal'> = given(placed(order));
        const tell = (command: ChangeCommand | undefined): string | undefined => {
          if (command === undefined) return undefined;
          const after = take(at, command, {});
          at = after;
          if (command.type === 'retry_refund' && after.verdict === 'accepted') service.retried(command.key);
          return after.verdict;
        };
        for (const does of deeds) tell(does(service, at.state));
        tell(cancel);
        do while (tell(service.answer(at.state, true)) !== undefined);
        while (refusedIn(at.state).some((refund) => tell(retryOf(refund)) === 'accepted'));
        for (let n = 0; n < at.state.refunds.length; n += 1) assert.match(tell(service.event(n)) ?? 'stale', /stale/);
        // What still waits is what nobody paid for in the first place.
        if (captured(at.state) > 0n) assert.deepEqual(at.state.waiting, []);
        at = take(at, { type: 'reconsider' }, { now: hoursLater(24) });
        assert.deepEqual(at.state.waiting, []);
        assert.equal(at.state.order.status, 'cancelled');
        assert.equal(open(at.state), 0n);
        assert.equal(refunded(at.state), captured(at.state));
        assert.equal(refunded(at.state), service.sum(order.decimals) + elsewhere(at));
        if (captured(at.state) > 0n) assert.equal(at.state.order.payment_status, 'refunded');
      }),
      { numRuns: 150 },
    );
  });
});
