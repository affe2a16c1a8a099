import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { NewOrder } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { owed } from '../../../actors/rules/refund.js';
import { type After, given, hoursLater, minor, take } from '../../support/given.js';
import { arbitraryOrder, valueLeft, written } from '../../support/arbitrary-orders.js';
import { createPaymentWorld, type PaymentWorld } from './payment-world.js';
import { cancel, cancelItems, event, move, placed, shipped, started, units } from '../../support/sample-orders.js';

/*
 * Up to four payments, whose service keeps its books; the order hears of them in any order, repeated, with and without
 * amounts and ids, and is cancelled, in part and whole, by people and by its deadline, while refunds are answered early,
 * late, twice, not at all, or refused. Each step is also held against what is always true: see `take` in given.ts.
 *
 * `ORDER_PROPERTY_RUNS` sets the number of stories of each property; `npm run test:properties` tells more than 100,000 in all.
 */
const numRuns = Number(process.env['ORDER_PROPERTY_RUNS'] ?? 25);

type At = Pick<After, 'state' | 'journal'>;

/** One thing that happens; undefined: nothing can happen here. */
type Deed = (world: PaymentWorld, at: At) => ChangeCommand | undefined;

const named = (name: string, deed: Deed): Deed => Object.assign(deed, { [fc.toStringMethod]: () => name });

const nth = fc.nat(3);
const many = fc.nat(40);
const percent = fc.constantFrom(10n, 30n, 50n, 100n, 120n);

const drawn = <T>(name: string, details: fc.Arbitrary<T>, deed: (details: T) => Deed): fc.Arbitrary<Deed> =>
  details.map((chosen) => named(`${name} ${fc.stringify(chosen)}`, deed(chosen)));

const cancelSome = drawn(
  'cancel items',
  fc.record({ line: fc.integer({ min: 1, max: 4 }), quantity: fc.integer({ min: 1, max: 4 }) }),
  ({ line, quantity }) =>
    () =>
      cancelItems(units(String(line), quantity)),
);

/** What payments do at their service. Nobody hears of it at once. */
const atTheService: fc.Arbitrary<Deed> = fc.oneof(
  drawn(
    'authorize',
    fc.record({ nth, percent }),
    ({ nth: n, percent: part }) =>
      (world) =>
        world.authorize(n, part),
  ),
  {
    weight: 3,
    arbitrary: drawn(
      'capture',
      fc.record({ nth, percent }),
      ({ nth: n, percent: part }) =>
        (world) =>
          world.capture(n, part),
    ),
  },
  drawn('fail', nth, (n) => (world) => world.fail(n)),
);

/** The same event without its amount, where the order can tell: nothing but this is authorized of the payment. */
const lean = (command: ReturnType<PaymentWorld['next']>, { state: { order } }: At): typeof command => {
  const known = order.payments.find(({ payment_id }) => payment_id === command?.data.payment_id);
  const told = command?.topic === 'payment.completed' && known?.authorized_amount === command.data.amount;
  if (!told || minor(known?.captured_amount ?? '0', 4) > 0n) return command;
  return { ...command, data: { ...command.data, amount: undefined } };
};

const heard: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(named('next event', (world) => world.next())) },
  { weight: 2, arbitrary: fc.constant(named('next event, leanly', (world, at) => lean(world.next(), at))) },
  { weight: 4, arbitrary: drawn('event', many, (n) => (world) => world.event(n)) },
);

const answers: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: drawn(
      'refund answered',
      nth,
      (n) =>
        (world, { state }) =>
          world.answer(state, n),
    ),
  },
  drawn('refund paid, the answer lost', nth, (n) => (world, { state }) => {
    world.answer(state, n);
    return undefined;
  }),
  drawn(
    'refund refused',
    nth,
    (n) =>
      (world, { state }) =>
        world.refuse(state, n),
  ),
  drawn('refused refund retried', nth, (n) => (_world, { state }) => {
    const refused = state.refunds.filter((refund) => refund.state === 'refused');
    const key = refused[n % Math.max(1, refused.length)]?.key;
    return key === undefined ? undefined : { type: 'retry_refund', key, reason: 'by staff' };
  }),
);

const givenUp = drawn(
  'refund paid, and given up before the answer',
  nth,
  (n) =>
    (world, { state }) =>
      world.giveUp(state, n),
);

const meetDeadline: Deed = named('payment deadline', (_world, { state }) => {
  const due = state.order.deadlines.find(({ what }) => what === 'payment');
  return due === undefined ? undefined : { type: 'meet_deadline', ...due };
});

const life: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: cancelSome },
  fc.constant(named('started', () => started)),
  fc.constant(named('edited', () => ({ type: 'update', notes: 'PERSONAL' }) as const)),
  fc.constant(meetDeadline),
  fc.constant(named('reconsider', () => ({ type: 'reconsider' }) as const)),
);

const ending: fc.Arbitrary<Deed> = fc.constantFrom(
  named('cancel', () => cancel),
  named('nothing', () => undefined),
);

const outside = drawn(
  'refunded by hand',
  fc.record({ nth, percent, back: fc.boolean() }),
  (of) => (world) => world.refundByHand(of.nth, of.percent, of.back),
);

const orders: fc.Arbitrary<NewOrder> = fc
  .record({
    order: arbitraryOrder(),
    how: fc.constantFrom('completed', 'authorized', 'pending', 'unnamed', 'none', 'parts'),
    share: fc.bigInt(0n, 100n),
  })
  .map(({ order, how, share }): NewOrder => {
    const total = minor(order.total_amount, order.decimals);
    const text = (value: bigint): string => written(value, order.decimals);
    const first = (total * share) / 100n;
    if (how === 'unnamed') return { ...order, payment_id: undefined, payment_status: 'completed' };
    if (how === 'none') return { ...order, payment_id: undefined, payment_status: 'pending' };
    if (how !== 'parts') return { ...order, payment_status: how };
    const payments = [
      { payment_id: 'payment-0', method: 'gift', status: 'completed', amount: text(first) },
      { payment_id: 'payment-1', method: 'card', status: 'authorized', amount: text(total - first) },
    ] as const;
    return { ...order, payment_id: undefined, payment_status: 'pending', payments };
  });

const deeds = (...more: readonly fc.Arbitrary<Deed>[]): fc.Arbitrary<Deed[]> =>
  fc.array(fc.oneof(atTheService, { weight: 2, arbitrary: heard }, answers, life, ...more), {
    maxLength: 22,
    size: 'max',
  });

const isUnnamed = ({ payment_id, payment_status }: NewOrder): boolean =>
  payment_id === undefined && payment_status === 'completed';

/** The story of an order, and the books of the payment service. */
const createStory = (order: NewOrder, vague?: readonly number[]) => {
  const world = createPaymentWorld(order, vague);
  let at: At = given(placed(order));
  const valueNow = (): bigint => valueLeft(at.state.order, at.state.decimals);
  let [now, least] = [0, valueNow()];
  const tell = (command: ChangeCommand | undefined, hours = 0): After | undefined => {
    if (command === undefined) return undefined;
    now += hours;
    const late = command.type === 'meet_deadline' ? { now: command.at } : { now: hoursLater(now) };
    const after = take(at, command, late);
    at = after;
    if (valueNow() < least) least = valueNow();
    return after;
  };
  return {
    world,
    tell,
    at: () => at,
    /**
     * The least that the order was ever worth. A cancellation that takes a discount along can make the rest dearer than it
     * was before; what was given back till then is not asked for again.
     */
    leastValue: () => least,
    happens: (deed: Deed) => tell(deed(world, at)),
    /** Everything is heard, answered, retried and given up until nothing moves any more. */
    settle: (): void => {
      for (let round = 0; round < 60; round += 1) {
        const { version } = at.state.order;
        for (let next = world.next(); next !== undefined; next = world.next()) tell(next);
        // As many as there are now: answers of earlier rounds are repeated, too.
        const requests = at.state.refunds.length;
        for (let n = 0; n < requests; n += 1) tell(world.answer(at.state, n));
        for (const { key, state } of at.state.refunds)
          if (state === 'refused' && !world.overdrawn.includes(key))
            tell({ type: 'retry_refund', key, reason: 'by staff' });
        const due = at.state.order.deadlines.find(({ what }) => what === 'payment');
        if (due !== undefined) tell({ type: 'meet_deadline', ...due });
        if (version === at.state.order.version && world.isQuiet(at.state)) return;
      }
      assert.fail('it goes on for ever');
    },
  };
};

const amounts = ({ state: { order, decimals } }: At) => {
  const [value, total] = [valueLeft(order, decimals), minor(order.total_amount, decimals)];
  return {
    captured: minor(order.captured_amount, decimals),
    refunded: minor(order.refunded_amount, decimals),
    value,
    // Nobody pays what a cancellation that takes a discount along makes dearer than the order.
    due: value < total ? value : total,
  };
};

describe('payments, whatever happens to them', () => {
  it('are captured once, refunded never above what they hold, and at rest hold what remains', () => {
    fc.assert(
      fc.property(orders, deeds(), ending, (order, happenings, end) => {
        const story = createStory(order);
        for (const deed of happenings) story.happens(deed);
        story.happens(end);
        story.settle();
        const { world } = story;
        const { captured, refunded, value } = amounts(story.at());
        // Whose money without a name is, the first capture that is heard of decides, which may be another's.
        if (!isUnnamed(order))
          // more was asked of a payment than it holds
          expect(world.overdrawn).toStrictEqual([]);
        assert.equal(captured, world.captured(), 'captured');
        assert.equal(refunded, world.refunded(), 'refunded');
        expect(story.at().state.waiting).toStrictEqual([]);
        const cancelled = story.at().state.order.status === 'cancelled';
        const [kept, least] = cancelled ? [0n, 0n] : [value, story.leastValue()];
        const owing =
          story.at().state.refunds.some(({ state }) => state === 'refused') && !owed(story.at().state).isZero();
        if (!owing) {
          // Paid on account of an authorization, an order may wait for its capture for ever.
          const open = captured - refunded < least;
          if (!open)
            // kept for goods: just that, unless they became dearer than the order
            expect(captured - refunded).toBeLessThanOrEqual(kept);
          else
            expect(
              story.at().state.order.payments.some(({ status }) => status === 'authorized' || status === 'completed'),
            ).toBe(true);
        }
      }),
      { numRuns },
    );
  });

  it('are refunded by others too: what was captured is kept for goods, refunded, or owed', () => {
    fc.assert(
      fc.property(
        orders,
        deeds(outside, fc.constant(named('shipped', () => shipped))),
        ending,
        (order, happenings, end) => {
          const story = createStory(order);
          for (const deed of happenings) story.happens(deed);
          story.happens(end);
          story.settle();
          const { world } = story;
          const { state } = story.at();
          const { captured, refunded, value } = amounts(story.at());
          expect(refunded).toBeLessThanOrEqual(captured);
          assert.equal(captured, world.captured(), 'captured');
          assert.equal(refunded + world.untold(state), world.refunded(), 'refunded');
          const kept = state.order.status === 'cancelled' ? 0n : value;
          const unpaid = minor(owed(state).toFixed(state.decimals), state.decimals);
          const forReturns = minor(state.refundedForReturns.toFixed(state.decimals), state.decimals);
          const beyond = captured - kept - (refunded - forReturns);
          const held = captured - refunded;
          assert.equal(unpaid, beyond < 0n ? 0n : beyond < held ? beyond : held, 'what is owed is visible');
          if (unpaid > 0n)
            // owed, and nobody sees it
            expect(state.refunds.some((refund) => refund.state === 'refused')).toBe(true);
        },
      ),
      { numRuns },
    );
  });

  it('of which the news is vague, or the answers late, never hold less than nothing, and what is owed is seen', () => {
    const vague = fc.array(fc.nat(3), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(orders, vague, deeds(outside, givenUp), ending, (order, kinds, happenings, end) => {
        const story = createStory(order, kinds);
        const accepted: Extract<ChangeCommand, { type: 'take_event' }>[] = [];
        const holds = (): void => {
          for (const payment of story.at().state.order.payments) {
            const read = (value: string): bigint => minor(value, order.decimals);
            const { payment_id, captured_amount, refunded_amount, requested_amount } = payment;
            assert.ok(
              read(refunded_amount) + read(requested_amount) <= read(captured_amount),
              `${payment_id} gives back more than it captured`,
            );
          }
        };
        for (const deed of happenings) {
          const command = deed(story.world, story.at());
          const after = story.tell(command);
          holds();
          if (command?.type === 'take_event' && after?.verdict === 'accepted') accepted.push(command);
        }
        story.happens(end);
        story.settle();
        holds();
        const { state } = story.at();
        const { captured, refunded, value } = amounts(story.at());
        const kept = state.order.status === 'cancelled' ? 0n : value;
        const unpaid = minor(owed(state).toFixed(state.decimals), state.decimals);
        const forReturns = minor(state.refundedForReturns.toFixed(state.decimals), state.decimals);
        // Kept for goods, refunded, or owed; a refund by others can be of more than was owed, or for goods that came back.
        assert.ok(
          captured <= kept + (refunded - forReturns) + unpaid || unpaid === captured - refunded,
          'a cent is lost',
        );
        if (unpaid > 0n)
          // owed, and nobody sees it
          expect(state.refunds.some((refund) => refund.state === 'refused')).toBe(true);
        for (const { topic, data, time } of accepted) {
          if (topic === 'payment.refunded' && data.refund_id === undefined) continue;
          if (topic.startsWith('payment.'))
            assert.deepEqual(take(story.at(), { ...event(topic, data), time }, {}).entries, [], `${topic} again`);
        }
      }),
      { numRuns },
    );
  });

  it('change nothing by repeats, under other event ids and later', () => {
    fc.assert(
      fc.property(orders, deeds(outside), (order, happenings) => {
        const story = createStory(order);
        const accepted: Extract<ChangeCommand, { type: 'take_event' }>[] = [];
        for (const deed of happenings) {
          const command = deed(story.world, story.at());
          const after = story.tell(command);
          if (command?.type !== 'take_event' || after?.verdict !== 'accepted') continue;
          if (command.topic !== 'payment.refunded' || command.data.refund_id !== undefined) accepted.push(command);
          for (const { topic, data, time } of accepted) {
            if (!topic.startsWith('payment.')) continue;
            const { state } = story.at();
            const again = take(story.at(), { ...event(topic, data), time }, {});
            assert.deepEqual(again.entries, [], `${topic} again`);
            expect(again.state.order).toStrictEqual(state.order);
          }
        }
      }),
      { numRuns },
    );
  });

  it('come to the same books in every order of arrival', () => {
    fc.assert(
      fc.property(
        orders,
        fc.array(atTheService, { maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (order, acts, luck) => {
          const inOrder = createStory(order);
          for (const act of acts) inOrder.happens(act);
          const events: ChangeCommand[] = [];
          for (let next = inOrder.world.next(); next !== undefined; next = inOrder.world.next()) events.push(next);
          for (const one of events) inOrder.tell(one);
          const shuffled = createStory(order);
          const keys = new Map(events.map((one) => [one, luck.next().value]));
          for (const one of events.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0))) shuffled.tell(one);
          expect(shuffled.at().state.order.captured_amount).toBe(inOrder.at().state.order.captured_amount);
        },
      ),
      { numRuns },
    );
  });

  it('never ship before they cover the order, unless a person says so', () => {
    fc.assert(
      fc.property(orders, deeds(), (order, happenings) => {
        const story = createStory(order);
        const asked = (effects: After['effects']): boolean =>
          effects.some(({ operation }) => operation === 'fulfillment.start' || operation === 'fulfillment.release');
        for (const deed of happenings) {
          const after = story.happens(deed);
          if (after === undefined || !asked(after.effects)) continue;
          const { captured, due } = amounts(after);
          const { payments } = after.state.order;
          const { decimals } = after.state;
          const open = payments.reduce((sum, { authorized_amount: a, captured_amount: c }) => {
            const left = minor(a, decimals) - minor(c, decimals);
            return sum + (left > 0n ? left : 0n);
          }, 0n);
          // fulfilment is asked for an order that is not covered
          expect(captured + open).toBeGreaterThanOrEqual(due);
        }
        expect(take(story.at(), move('shipped'), {}).verdict).not.toBe('order_on_hold');
      }),
      { numRuns },
    );
  });
});
