import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Effect } from '../../actors/rules/effects.js';
import type { OrderState } from '../../actors/rules/order.js';
import { minor } from '../support/given.js';
import { assertSound } from '../support/invariants.js';
import { valueLeft } from '../support/arbitrary-orders.js';
import { configWith } from '../support/config-file.js';
import { differences, isRefundOfOurs } from './model/explain.js';
import { asJson } from './model/judge.js';
import { beginLife, type Life, type Parts } from './model/life.js';
import { arbitraryPlan, type Plan } from './model/plans.js';
import { createSend } from './model/senders.js';
import { takeSnapshot } from './model/snapshot.js';
import { followVerdicts } from './model/verdicts.js';
import { aDayLater, type World } from './model/world.js';
import { openShop, type Shop, until } from '../support/shop.js';

const runs = Number(process.env['ORDER_MODEL_RUNS'] ?? 80);
const seed = Number(process.env['ORDER_MODEL_SEED'] ?? randomInt(2 ** 31));
/** The name of one order, as a failure tells it: only this one is tried again. */
const only = process.env['ORDER_MODEL_ONLY'];

/** Orders that live at the same time. */
const atOnce = 12;

/** Paid back is at least what was paid for more than the order still has; reckoned without the rules. */
const assertNothingOwed = ({ order, decimals, refunds }: OrderState): void => {
  if (refunds.some(({ state }) => state === 'refused')) return;
  const [captured, refunded] = [order.captured_amount, order.refunded_amount].map((text) => minor(text, decimals));
  assert.ok(captured! - refunded! <= valueLeft(order, decimals), `order ${order.id}: money is owed`);
};

describe(`orders as the rules have them (ORDER_MODEL_SEED=${seed}, ORDER_MODEL_RUNS=${runs})`, () => {
  // Customers may call as often as they like.
  const config = configWith({ customer_per_second: '100000', guest_per_second: '100000' });
  const lives: Life[] = [];
  let voids: readonly Effect[] = [];
  /** Every order at the end of its life, as the model has it. */
  let ends: readonly World[] = [];
  const deadLetters: string[] = [];
  let shop: Shop;
  let parts: Parts;

  beforeAll(async () => {
    // No order walks by itself; the logs tell what became of each event.
    const env = { ORDER_SANDBOX_STEP_MS: '3600000', ORDER_LOG_LEVEL: 'debug', ORDER_CONFIG_FILE: config.path };
    shop = await openShop({ env });
    parts = { shop, send: createSend(shop), verdicts: followVerdicts(shop.stack.describe()), tally: new Map() };
    // Work that is done and not acknowledged is asked for again.
    for (const service of ['payment', 'warehouse', 'fulfillment', 'notification'])
      await shop.fault(service, 'fail', { probability: 0.15 });
  });
  afterAll(async () => {
    await parts.verdicts.stop();
    await shop.stop();
    config.remove();
  });

  const live = async (tag: string, plan: Plan): Promise<void> => {
    const life = await beginLife(parts, tag, plan);
    for (const step of plan.steps) await life.step(step);
    lives.push(life);
  };

  /** Does this for all of them, some at once; what would begin after a failure is left out. */
  const forEach = async <T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> => {
    const failures: unknown[] = [];
    const rest = all.values();
    const worker = async (): Promise<void> => {
      for (const one of rest) {
        if (failures.length > 0) return;
        await work(one).catch((error: unknown) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    if (failures.length > 0) throw failures[0];
  };

  const liveAll = async (name: 'a' | 'b', numRuns: number): Promise<void> => {
    parts.tally.clear();
    const refusing = name === 'b';
    const drawn = fc
      .sample(arbitraryPlan(refusing), { seed: refusing ? seed + 1 : seed, numRuns })
      .map((plan, n) => ({ tag: `${name}${n}`, plan }));
    const wanted = drawn.filter(({ tag }) => only === undefined || tag === only);
    await forEach(wanted, ({ tag, plan }) => live(tag, plan));
    const outcomes = [...parts.tally].sort().map(([kind, times]) => `${kind} ${times}`);
    console.log(`${wanted.length} orders; ${outcomes.join(', ')}`);
  };

  it('whatever happens to them, in whatever order, however often', () => liveAll('a', runs));

  it('where the payment service refuses, until it does not', async () => {
    await shop.fault('payment', 'reject');
    const before = lives.length;
    await liveAll('b', Math.ceil(runs / 5));
    await shop.fault('payment', 'ok');
    const refused = lives.slice(before);
    await forEach(refused, (life) => life.retryRefunds());
    // Nobody asks for these again.
    const effects = refused.flatMap((life) => life.world().effects);
    voids = effects.filter(({ operation }) => operation === 'payment.void');
  });

  it('wait no longer than a day for what does not come', async () => {
    await shop.heal();
    ends = lives.map((life) => aDayLater(life.world()));
    await shop.query(`update waiting_events set received_at = received_at - interval '25 hours'`);
    await until('nothing waits any more', async () => (await shop.query('select 1 from waiting_events')).length === 0);
    for (const world of ends) {
      const snapshot = await takeSnapshot(shop, world.state.order.id);
      expect(differences(world, snapshot)).toStrictEqual([]);
      expect(snapshot.journal).toHaveLength(world.state.order.version);
      deadLetters.push(...snapshot.letters.map(({ topic, reason }) => `${topic} ${reason}`));
    }
  });

  it('set going just what the rules say, and leave everything sound', async () => {
    for (const { state, effects } of ends) {
      const stored = (await takeSnapshot(shop, state.order.id)).effects.map(({ state: _state, ...effect }) => effect);
      expect(stored).toStrictEqual(asJson(effects));
      assertNothingOwed(state);
    }
    const states = ends.map(({ state }) => state);
    const refused = states.flatMap(({ refunds }) => refunds.filter(({ state }) => state === 'refused'));
    await assertSound(shop, {
      deadLetters,
      rejected: [...voids, ...refused].map(({ key }) => key),
      refundedElsewhere: states.flatMap(({ seenRefunds }) => seenRefunds.filter((id) => !isRefundOfOurs(id))),
    });
  });
});
