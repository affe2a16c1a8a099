import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { decide } from '../../../actors/rules/decide.js';
import { evolveAll, replay } from '../../../actors/rules/evolve.js';
import { requestedIn } from '../../../actors/rules/funds.js';
import type { OrderState } from '../../../actors/rules/order.js';
import { fromStored, toStored } from '../../../actors/rules/stored-entry.js';
import { effectsOf } from '../../../actors/rules/effects.js';
import type { ImportContext } from '../../../importing/beginning.js';
import { type Journaled, journalOf } from '../../../importing/journal-of.js';
import type { OldOrder } from '../../../importing/old-orders.js';
import { contributionOf } from '../../../analytics/contribution.js';
import { policy } from '../../support/given.js';
import { oldItem, oldOrder } from '../../support/old-orders.js';

const now = '2026-02-01T00:00:00.000Z';
const context: ImportContext = { now, policy };

const imported = (change: Partial<OldOrder> = {}): Journaled => {
  const result = journalOf(oldOrder(change), context);
  if ('why' in result) throw new Error(result.why);
  return result;
};
const whyNot = (change: Partial<OldOrder>): string => {
  const result = journalOf(oldOrder(change), context);
  return 'why' in result ? result.why : 'it fits';
};
const after = (state: OrderState, command: ChangeCommand): OrderState => {
  const decision = decide(state, command, { ...context, caller: { type: 'staff', id: 's' } });
  assert.equal(decision.outcome, 'accepted', JSON.stringify(decision));
  return evolveAll(state, decision.entries, now);
};
const requestedAfter = (state: OrderState, command: ChangeCommand): string =>
  requestedIn(after(state, command)).toFixed(2);
const cancel: ChangeCommand = { type: 'cancel', reason: 'changed my mind' };
const cancelOne = (item_id: string): ChangeCommand => ({
  type: 'cancel_items',
  items: [{ item_id, quantity: 1 }],
  reason: 'too many',
});
const move = (from_status: string | null, to_status: string, changed_at: string) => ({
  ...{ from_status, to_status, changed_at, reason: null, notes: null },
  ...{ changed_by: 'warehouse', changed_by_type: 'service' },
});

describe('An imported order', () => {
  it('keeps its id, number, item ids, times and amounts', () => {
    const { state, entries } = imported({ notes: 'ring twice' });
    expect(entries.map(({ version, entry }) => [version, entry.type])).toStrictEqual([[1, 'order.imported']]);
    expect(state.order).toMatchObject({
      id: '0b7e2a10-1f2e-4f6a-8c1d-000000000001',
      order_number: 'ORD-20260122-000001',
      status: 'confirmed',
      created_at: '2026-01-22T10:00:00.000Z',
      updated_at: '2026-01-23T10:00:00.000Z',
      total_amount: '25.50',
      captured_amount: '25.50',
      payment_status: 'completed',
      notes: 'ring twice',
      items: [{ id: '4711', quantity: 1, total_price: '25.50' }],
    });
    expect(replay(entries)).toStrictEqual(state);
  });

  it('keeps why it was cancelled, whether a history tells of that or not, and erases it', () => {
    const cancelled = { status: 'cancelled', cancellation_reason: 'out of stock' };
    const told = { ...move('confirmed', 'cancelled', now), reason: 'by phone' };
    for (const moves of [[], [told], [move('confirmed', 'cancelled', now)]]) {
      const { state, entries } = imported({ ...cancelled, moves });
      expect(state.order.cancellation_reason).toBe('out of stock');
      const stored = entries.map(({ entry }) => toStored(entry));
      // free text is in the part that can be erased
      for (const { data } of stored) expect(JSON.stringify(data)).not.toContain('out of stock');
      const read = entries.map((placed, index) => ({ ...placed, entry: fromStored(stored[index]!) }));
      expect(replay(read)?.order.cancellation_reason).toBe('out of stock');
    }
    const { state } = imported({ ...cancelled, cancellation_reason: null, moves: [told] });
    expect(state.order.cancellation_reason).toBe('by phone');
    expect(imported({ ...cancelled, cancellation_reason: null }).state.order.cancellation_reason).toBeUndefined();
  });

  it('has no effect and publishes nothing, and its figures count', () => {
    const { state, entries } = imported({ status: 'cancelled', moves: [move('confirmed', 'cancelled', now)] });
    for (const { entry } of entries) expect(effectsOf(undefined, state, entry)).toStrictEqual([]);
    expect(contributionOf(entries)?.cells.length).toBeGreaterThan(0);
  });

  it('fits in every status and payment status that this service knows', () => {
    for (const status of [
      'confirmed',
      'processing',
      'shipped',
      'delivered',
      'partially_returned',
      'returned',
      'cancelled',
    ])
      for (const payment_status of ['pending', 'authorized', 'completed', 'failed', 'refunded'])
        for (const payment_id of ['pay-1', null]) {
          const { state, entries } = imported({ status, payment_status, payment_id });
          assert.equal(state.order.status, status);
          const derived = payment_status === 'failed' && payment_id === null ? 'pending' : payment_status;
          const voided = status === 'cancelled' && payment_status === 'authorized';
          assert.equal(
            state.order.payment_status,
            voided ? 'pending' : derived,
            `${status} ${payment_status} ${payment_id}`,
          );
          expect(replay(entries)).toStrictEqual(state);
        }
  });

  it('does not fit where its status is not known', () => {
    expect(whyNot({ status: 'draft' })).toBe('unknown status: "draft"');
    expect(whyNot({ payment_status: 'chargeback' })).toBe('unknown payment status: "chargeback"');
    expect(whyNot({ payment_status: null })).toBe('unknown payment status: none');
  });

  it('need not satisfy the checks of a creation', () => {
    const { state } = imported({
      ...{
        customer_id: null,
        shipping_address: '"not an address"',
        metadata: '[1]',
        currency: 'ZZZ',
        total_amount: '99.99',
      },
      items: [oldItem({ quantity: 0, total_price: '7.77', product_sku: null })],
    });
    expect(state.order).toMatchObject({ total_amount: '99.99', metadata: { value: [1] }, currency: 'ZZZ' });
    expect(state.order.shipping_address).toMatchObject({ country: 'US', original: { value: 'not an address' } });
    expect(state.order.guest_email).toBeUndefined();
    const yen = { currency: 'JPY', subtotal: '100.00', items: [] };
    expect(imported({ ...yen, total_amount: '100.00' }).state.order.total_amount).toBe('100');
    expect(imported({ ...yen, total_amount: '100.50' }).state.order.total_amount).toBe('100.50');
  });
});

describe('The history of an imported order', () => {
  it('is what its tables tell, with authors and times', () => {
    const { state, entries } = imported({
      status: 'delivered',
      updated_at: '2026-01-30T00:00:00.000Z',
      moves: [
        move(null, 'confirmed', '2026-01-22T10:00:00.000Z'),
        move('confirmed', 'processing', '2026-01-22T11:00:00.000Z'),
        move('processing', 'shipped', '2026-01-23T10:00:00.000Z'),
        move('shipped', 'delivered', '2026-01-25T10:00:00.000Z'),
      ],
      edits: [
        {
          ...{ field: 'notes', old_value: null, new_value: 'call first', reason: 'asked' },
          ...{ changed_by: 'a@b.example', changed_by_type: 'staff', changed_at: '2026-01-22T10:30:00.000Z' },
        },
      ],
    });
    expect(entries.map(({ entry, at, author }) => [entry.type, at, author.type, author.id])).toStrictEqual([
      ['order.imported', '2026-01-22T10:00:00.000Z', 'system', 'import'],
      ['order.updated', '2026-01-22T10:30:00.000Z', 'staff', 'import'],
      ['order.status_changed', '2026-01-22T11:00:00.000Z', 'service', 'warehouse'],
      ['order.status_changed', '2026-01-23T10:00:00.000Z', 'service', 'warehouse'],
      ['order.status_changed', '2026-01-25T10:00:00.000Z', 'service', 'warehouse'],
    ]);
    expect(state.order.updated_at).toBe('2026-01-30T00:00:00.000Z');
    expect(state.order.deadlines).toStrictEqual([{ what: 'return_window', at: '2026-02-24T10:00:00.000Z' }]);
  });

  it('ends in the status of the order, whatever it tells', () => {
    const { state, entries } = imported({
      status: 'shipped',
      moves: [
        move('draft', 'confirmed', '2026-01-22T10:00:00.000Z'),
        move('confirmed', 'lost', '2026-01-22T12:00:00.000Z'),
      ],
    });
    expect(state.order.status).toBe('shipped');
    expect(entries.map(({ entry }) => entry.type)).toStrictEqual(['order.imported', 'order.status_changed']);
  });
});

describe('After the import', () => {
  it('a cancelled order refunds what was paid, to its payment', () => {
    const state = after(imported({ status: 'processing' }).state, cancel);
    expect(state.refunds).toMatchObject([{ payment_id: 'pay-1', amount: '25.50', state: 'requested' }]);
    expect(requestedAfter(imported({ payment_id: null }).state, cancel)).toBe('25.50');
    expect(requestedAfter(imported({ payment_status: 'pending' }).state, cancel)).toBe('0.00');
    expect(requestedAfter(imported({ payment_status: 'refunded' }).state, cancel)).toBe('0.00');
  });

  it('only what changes is refunded where the sums of the order never agreed', () => {
    const lines = [oldItem({ id: '1', unit_price: '40.00' }), oldItem({ id: '2', unit_price: '60.00' })];
    for (const total_amount of ['90.00', '100.00', '110.00']) {
      const { state } = imported({ items: lines, subtotal: '100.00', total_amount });
      const untouched: ChangeCommand = { type: 'change_status', status: 'processing' };
      assert.equal(requestedAfter(state, untouched), '0.00', total_amount);
      assert.equal(requestedAfter(state, cancelOne('1')), '40.00', total_amount);
      assert.equal(requestedAfter(after(state, cancelOne('1')), cancelOne('2')), total_amount, total_amount);
    }
  });

  it('nothing is owed for an order that was cancelled before', () => {
    const { state } = imported({ status: 'cancelled', cancelled_at: '2026-01-23T00:00:00.000Z' });
    expect(state.order.cancelled_at).toBe('2026-01-23T00:00:00.000Z');
    const edited = after(state, { type: 'update', notes: 'x' });
    expect(requestedIn(edited).toFixed(2)).toBe('0.00');
    expect(edited.refunds).toStrictEqual([]);
  });

  it('an unpaid order has a payment deadline from the import, and its fulfilment has not started', () => {
    const { state } = imported({ payment_status: 'pending' });
    expect(state.order.deadlines).toStrictEqual([{ what: 'payment', at: '2026-02-02T00:00:00.000Z' }]);
    expect(state.fulfilment).toStrictEqual({ asked: false, started: false });
    expect(imported({ payment_status: 'authorized' }).state.fulfilment).toStrictEqual({ asked: true, started: true });
    expect(imported({ payment_status: 'pending', payment_method: 'cod' }).state.order.deadlines).toStrictEqual([]);
    expect(imported({ payment_status: 'pending', status: 'processing' }).state.fulfilment.started).toBe(true);
  });

  it('a return window that is over has completed the order, one that is open has not', () => {
    const open = imported({ status: 'delivered', completed_at: '2026-01-23T10:00:00.000Z' }).state.order;
    expect(open.deadlines).toStrictEqual([{ what: 'return_window', at: '2026-02-22T10:00:00.000Z' }]);
    expect(
      after(imported({ status: 'delivered' }).state, { type: 'change_status', status: 'returned' }).order,
    ).toMatchObject({
      status: 'returned',
      items: [{ returned_quantity: 1 }],
    });
    const { state, entries } = imported({
      status: 'delivered',
      updated_at: '2025-12-01T00:00:00.000Z',
      created_at: '2025-11-01T00:00:00.000Z',
    });
    expect(entries.map(({ entry }) => entry.type)).toStrictEqual(['order.imported', 'order.completed']);
    expect(state.order).toMatchObject({ completed_at: '2025-12-31T00:00:00.000Z', deadlines: [] });
  });
});
