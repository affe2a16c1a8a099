import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CommandRequest } from '../../../actors/command-envelope.js';
import { dryRun } from '../../../actors/dry-run.js';
import type { OrderStore } from '../../../actors/order-store.js';
import { changesBetween } from '../../../actors/rules/changes.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { replay } from '../../../actors/rules/evolve.js';
import type { OrderState } from '../../../actors/rules/order.js';
import type { Preview } from '../../../actors/rules/preview.js';
import { statuses } from '../../../actors/rules/transitions.js';
import { arbitraryJournal } from '../../support/arbitrary-journals.js';
import { context, hoursLater, minor, orderId, take } from '../../support/given.js';
import { address, move, newOrder, placed } from '../../support/sample-orders.js';

/** What any caller may ask of an order. */
const anyCommand: fc.Arbitrary<ChangeCommand> = fc.oneof(
  fc.constantFrom(...statuses).map((status) => move(status)),
  fc.constant({ type: 'cancel', reason: 'x' } as const),
  fc
    .record({ item_id: fc.constantFrom('1', '2', '3'), quantity: fc.integer({ min: 1, max: 4 }) })
    .map((item) => ({ type: 'cancel_items', items: [item], reason: 'x' }) as const),
  fc.constantFrom<ChangeCommand>(
    { type: 'update', shipping_address: address({ city: 'PERSONAL other' }) },
    { type: 'update', notes: 'PERSONAL other' },
    { type: 'update', metadata: { gift: false } },
    { type: 'hold', reason: 'PERSONAL x' },
    { type: 'hold', reason: 'PERSONAL x', until: hoursLater(9_000) },
    { type: 'release' },
  ),
);

const now = hoursLater(700);
const request = (command: CommandRequest['command'], over: Partial<CommandRequest> = {}): CommandRequest => ({
  ...{ orderId, commandId: 'command', requestHash: 'hash', caller: context.caller, channel: 'rest', command },
  ...over,
});

/** A store that holds one order, and in which every attempt to write fails. */
const holding = (state: OrderState | undefined, receipt?: string): OrderStore =>
  ({
    load: () => Promise.resolve(state),
    recall: () => Promise.resolve({ version: state?.order.version, requestHash: receipt }),
    findCreation: () => Promise.resolve(undefined),
    verifiedCustomer: () => Promise.resolve(undefined),
  }) as unknown as OrderStore;

const tried = async (state: OrderState, command: ChangeCommand): Promise<Preview | string> => {
  const asked = { type: 'dry_run', of: command } as const;
  const reply = await dryRun(request(asked), asked, { ...context, now }, holding(state));
  if (reply.outcome === 'previewed') return reply.preview;
  return reply.outcome === 'refused' ? reply.refusal.code : reply.outcome;
};

describe('a dry run', () => {
  it('reports exactly what the command then does', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryJournal, anyCommand, async (journal, command) => {
        const state = replay(journal);
        assert.ok(state);
        const preview = await tried(state, command);
        const after = take({ state, journal }, command, { now });
        if (typeof preview === 'string') {
          assert.equal(preview, after.verdict);
          return;
        }
        assert.equal(after.verdict, 'accepted');
        assert.equal(preview.version, state.order.version);
        assert.deepEqual(preview.order, after.state.order);
        assert.deepEqual(preview.changes, changesBetween(state.order, after.state.order));
        assert.deepEqual(
          preview.effects,
          after.effects
            .filter(({ target }) => target !== 'events')
            .map(({ target, operation, payload }) => ({ target, operation, payload })),
        );
        const refunds = after.effects.filter(({ operation }) => operation === 'payment.refund');
        assert.deepEqual(
          preview.refund?.payments.map(({ payment_id, amount }) => [payment_id, amount]) ?? [],
          refunds.map(({ payload }) => [payload['payment_id'], payload['amount']]),
        );
        if (preview.refund === undefined) return;
        const { amount, lines, other_amount, payments } = preview.refund;
        const units = (value: string): bigint =>
          value.startsWith('-') ? -minor(value.slice(1), state.decimals) : minor(value, state.decimals);
        const sum = (values: readonly string[]): bigint => values.reduce((all, value) => all + units(value), 0n);
        assert.equal(sum(payments.map((payment) => payment.amount)), units(amount));
        assert.equal(sum([...lines.map((line) => line.amount), other_amount]), units(amount));
      }),
      { numRuns: 200 },
    );
  });

  it('answers a known key as the command would, and nothing where the order cannot be seen', async () => {
    const order = replay(placed());
    assert.ok(order);
    const command = { type: 'dry_run', of: { type: 'cancel', reason: 'x' } } as const;
    const ask = (store: OrderStore, over: Partial<CommandRequest> = {}) =>
      dryRun(request(command, over), command, { ...context, now, caller: over.caller ?? context.caller }, store);
    expect(await ask(holding(order, 'hash'), { ifVersions: [9] })).toStrictEqual({
      outcome: 'done',
      order: order.order,
      replayed: true,
    });
    expect(await ask(holding(order, 'other'))).toStrictEqual({
      outcome: 'refused',
      refusal: { code: 'idempotency_key_reused' },
    });
    expect(await ask(holding(order), { ifVersions: [9] })).toMatchObject({
      refusal: { code: 'version_conflict', actual: 1 },
    });
    expect(await ask(holding(undefined))).toMatchObject({ refusal: { code: 'order_not_found' } });
    expect(await ask(holding(order), { caller: { type: 'customer', id: 'another' } })).toMatchObject({
      refusal: { code: 'order_not_found' },
    });
  });

  it('of a creation shows an order without id and number', async () => {
    const command = { type: 'dry_run', of: { type: 'create', order: newOrder } } as const;
    const reply = await dryRun(request(command), command, context, holding(undefined));
    assert.equal(reply.outcome, 'previewed');
    const { version, order, changes, effects, refund } = reply.preview;
    expect([version, order.id, order.order_number, order.version, refund]).toStrictEqual([
      undefined,
      undefined,
      undefined,
      1,
      undefined,
    ]);
    expect(order.total_amount).toBe(newOrder.total_amount);
    expect(changes.every(({ path, old }) => old === null && path !== 'id' && path !== 'order_number')).toBe(true);
    expect(effects.map(({ operation }) => operation)).toStrictEqual(['fulfillment.start', 'notification.send']);
    expect(JSON.stringify(effects)).not.toMatch(/order_number/);
  });
});
