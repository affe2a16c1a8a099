import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { NewOrder } from '../../../actors/rules/commands.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { type Effect, effectsOf } from '../../../actors/rules/effects.js';
import type { Entry } from '../../../actors/rules/entries.js';
import { evolve } from '../../../actors/rules/evolve.js';
import { given, hoursLater, orderId as id, secret, type Given } from '../../support/given.js';
import {
  address,
  announced,
  answered,
  cancel,
  cancelItems,
  declined,
  event,
  guestEmail,
  line,
  move,
  placed,
  retried,
  returned,
  shipped,
  started,
  units,
  unpaid,
  wayTo,
} from '../../support/sample-orders.js';

const number = 'ORD-20260301-000001';

/** The effects of every entry of a journal, entry by entry. */
const effectsIn = ({ journal }: Given): readonly (readonly [Entry['type'], readonly Effect[]])[] => {
  let state: Given['state'] | undefined;
  return journal.map((placedEntry) => {
    const before = state;
    state = evolve(before, placedEntry);
    return [placedEntry.entry.type, effectsOf(before, state, placedEntry.entry)];
  });
};

/** What the last entry sets going: operation, version of the key, payload. */
const last = (order: Given): readonly Effect[] => effectsIn(order).at(-1)?.[1] ?? [];

const effect = (version: number, operation: Effect['operation'], payload: Effect['payload']): Effect => ({
  key: `${id}:${version}:${operation}:0`,
  target: operation === 'event.publish' ? 'events' : (operation.split('.')[0] as Effect['target']),
  operation,
  payload,
});

const publish = (version: number): Effect => effect(version, 'event.publish', {});

const notify = (version: number, more: Effect['payload']): Effect =>
  effect(version, 'notification.send', { order_id: id, order_number: number, customer_id: 'customer-1', ...more });

const refund = (version: number, amount: string): Effect =>
  effect(version, 'payment.refund', {
    order_id: id,
    payment_id: 'payment-0',
    currency: 'USD',
    amount,
    reason: 'order changed',
  });

const line1 = { product_sku: 'sku-1', warehouse_id: 'warehouse-1', reservation_id: 'reservation-1' };
const line2 = { product_sku: 'sku-2', warehouse_id: 'warehouse-2', reservation_id: 'reservation-2' };

/** Two lines, 2 × 10.00 and 1 × 30.00, paid. */
const two: Partial<NewOrder> = {
  subtotal: '50.00',
  total_amount: '50.00',
  items: [line('1', 2, '10.00'), line('2', 1, '30.00', { warehouse_id: 'warehouse-2' })],
};

/** Entry type by entry type: the commands that write such an entry last, and all that it sets going. */
const examples: Readonly<Record<string, readonly [Partial<NewOrder>, readonly ChangeCommand[], readonly Effect[]]>> = {
  'order.created: its event, fulfilment, a notice': [
    two,
    [],
    [
      publish(1),
      effect(1, 'fulfillment.start', {
        order_id: id,
        order_number: number,
        items: [
          { item_id: '1', product_id: 'product-1', product_sku: 'sku-1', quantity: 2, warehouse_id: 'warehouse-1' },
          { item_id: '2', product_id: 'product-2', product_sku: 'sku-2', quantity: 1, warehouse_id: 'warehouse-2' },
        ],
      }),
      notify(1, { kind: 'status', status: 'confirmed' }),
    ],
  ],
  'order.status_changed: its event, a notice': [
    two,
    [started],
    [publish(2), notify(2, { kind: 'status', status: 'processing' })],
  ],
  'order.updated: its event': [two, [{ type: 'update', notes: `${secret} ring twice` }], [publish(2)]],
  'order.items_cancelled: stock released, fulfilment told, the refund asked for': [
    two,
    [cancelItems(units('1', 1))],
    [
      publish(2),
      effect(2, 'warehouse.release', {
        order_id: id,
        items: [{ item_id: '1', quantity: 1, ...line1 }],
        reason: 'too many',
      }),
      effect(2, 'fulfillment.change', { order_id: id, items: [{ item_id: '1', quantity: 1 }], reason: 'too many' }),
      refund(2, '10.00'),
    ],
  ],
  'order.items_cancelled, not paid: no refund': [
    { ...two, ...unpaid },
    [cancelItems(units('2', 1))],
    [
      publish(2),
      effect(2, 'warehouse.release', {
        order_id: id,
        items: [{ item_id: '2', quantity: 1, ...line2 }],
        reason: 'too many',
      }),
      effect(2, 'fulfillment.change', { order_id: id, items: [{ item_id: '2', quantity: 1 }], reason: 'too many' }),
    ],
  ],
  'order.cancelled: what was still open released, fulfilment stopped, a notice, the refund asked for': [
    two,
    [cancelItems(units('1', 1)), cancel],
    [
      publish(3),
      effect(3, 'warehouse.release', {
        order_id: id,
        items: [
          { item_id: '1', quantity: 1, ...line1 },
          { item_id: '2', quantity: 1, ...line2 },
        ],
        reason: 'changed my mind',
      }),
      effect(3, 'fulfillment.stop', { order_id: id, reason: 'changed my mind' }),
      notify(3, { kind: 'status', status: 'cancelled' }),
      refund(3, '40.00'),
    ],
  ],
  'order.cancelled, authorised: the payment is voided': [
    { ...two, payment_status: 'authorized', items: [line('1', 5, '10.00', { reservation_id: undefined })] },
    [cancel],
    [
      publish(2),
      effect(2, 'warehouse.release', {
        order_id: id,
        items: [{ item_id: '1', quantity: 5, product_sku: 'sku-1', warehouse_id: 'warehouse-1' }],
        reason: 'changed my mind',
      }),
      effect(2, 'fulfillment.stop', { order_id: id, reason: 'changed my mind' }),
      notify(2, { kind: 'status', status: 'cancelled' }),
      effect(2, 'payment.void', {
        order_id: id,
        payment_id: 'payment-0',
        currency: 'USD',
        amount: '50.00',
        reason: 'order cancelled',
      }),
    ],
  ],
  'order.return_requested: its event': [two, [...wayTo.delivered, announced('return-1', units('1', 1))], [publish(5)]],
  'order.returned that moves the order: its event, a notice': [
    two,
    [...wayTo.delivered, returned('return-1', units('1', 1))],
    [publish(5), notify(5, { kind: 'status', status: 'partially_returned' })],
  ],
  'order.returned that moves nothing: its event': [
    two,
    [...wayTo.delivered, returned('return-1', units('1', 1)), returned('return-2', units('1', 1))],
    [publish(6)],
  ],
  'order.payment_updated, completed: its event, and fulfilment starts': [
    { ...two, ...unpaid },
    [event('payment.completed', { payment_id: 'payment-1', amount: '50.00' })],
    [
      publish(2),
      effect(2, 'fulfillment.start', {
        order_id: id,
        order_number: number,
        items: [
          { item_id: '1', product_id: 'product-1', product_sku: 'sku-1', quantity: 2, warehouse_id: 'warehouse-1' },
          { item_id: '2', product_id: 'product-2', product_sku: 'sku-2', quantity: 1, warehouse_id: 'warehouse-2' },
        ],
      }),
    ],
  ],
  'order.payment_updated, completed on a cancelled order: the refund, of the payment that completed': [
    { ...two, ...unpaid },
    [cancel, event('payment.completed', { payment_id: 'payment-1', amount: '50.00' })],
    [
      publish(3),
      effect(3, 'payment.refund', {
        order_id: id,
        payment_id: 'payment-1',
        currency: 'USD',
        amount: '50.00',
        reason: 'order changed',
      }),
    ],
  ],
  'order.payment_updated, failed on the way: its event': [
    { ...two, ...unpaid },
    [started, shipped, event('payment.failed', { payment_id: 'payment-1' })],
    [publish(4)],
  ],
  'order.payment_updated, refunded: its event, a notice': [
    two,
    [cancelItems(units('1', 1)), answered(2, 'refund-1')],
    [publish(3), notify(3, { kind: 'refund', amount: '10.00', currency: 'USD' })],
  ],
  'order.payment_updated, refunded as its event has told already: its event, the difference, no second notice': [
    two,
    [
      cancelItems(units('1', 1)),
      event('payment.refunded', { payment_id: 'payment-0', amount: '9.50', refund_id: 'refund-1' }),
      answered(2, 'refund-1'),
    ],
    [publish(4), refund(4, '0.50')],
  ],
  'order.payment_updated, refused: its event': [two, [cancelItems(units('1', 1)), declined(2)], [publish(3)]],
  'order.payment_updated, retried: its event; the refund goes again under its old key': [
    two,
    [cancelItems(units('1', 1)), declined(2), retried(2)],
    [publish(4)],
  ],
};

describe('what an entry sets going', () => {
  it.each(Object.entries(examples))('%s', (_name, [order, commands, effects]) =>
    expect(last(given(placed(order), ...commands))).toStrictEqual(effects),
  );

  it('order.completed: its event', () => {
    given(placed(two), ...wayTo.delivered)
      .when({ type: 'meet_deadline', what: 'return_window', at: hoursLater(30 * 24) }, { now: hoursLater(30 * 24) })
      .then({ entries: [{ type: 'order.completed' }], effects: [publish(5)] });
  });

  it('a guest’s notices name no customer', () => {
    const guest = given(placed({ ...two, customer_id: undefined, guest_email: guestEmail }), started);
    expect(last(guest)).toStrictEqual([
      publish(2),
      effect(2, 'notification.send', { order_id: id, order_number: number, kind: 'status', status: 'processing' }),
    ]);
  });

  it('several entries of one command: each its own, under its own version', () => {
    given(placed({ ...two, payment_status: 'authorized' }), started)
      .when(event('payment.failed', { payment_id: 'payment-0', reason: 'declined' }))
      .then(({ effects }) =>
        expect(effects.map(({ key }) => key)).toStrictEqual([
          `${id}:3:event.publish:0`,
          `${id}:4:event.publish:0`,
          `${id}:4:fulfillment.hold:0`,
        ]),
      );
  });
});

describe('a long life', () => {
  const edited: ChangeCommand = {
    type: 'update',
    shipping_address: address({ line1: `${secret} new line`, line2: undefined, phone: `${secret} new phone` }),
    billing_address: address({ email: `${secret}@new.example` }),
    notes: `${secret} new notes`,
    metadata: { gift: false },
    reason: 'moved house',
  };
  const guest: Partial<NewOrder> = { ...unpaid, customer_id: undefined, guest_email: guestEmail };
  const life = given(
    placed(guest),
    edited,
    { type: 'link_customer', customer_id: 'customer-9', email: guestEmail },
    event('payment.completed', { payment_id: 'payment-1', amount: '100.00' }),
    cancelItems(units('1', 1)),
    declined(5),
    retried(5),
    event('payment.refunded', { payment_id: 'payment-1', amount: '10.00', refund_id: 'refund-1' }),
    answered(5, 'refund-1'),
    ...wayTo.delivered,
    announced('return-1', units('1', 1)),
    returned('return-1', units('1', 1)),
  )
    .when({ type: 'meet_deadline', what: 'return_window', at: hoursLater(30 * 24) }, { now: hoursLater(30 * 24) })
    .then({ verdict: 'accepted' });
  const cancelled = given(placed(guest), edited, cancel);

  it('meets every entry type', () => {
    const types = [...life.journal, ...cancelled.journal].map(({ entry }) => entry.type);
    expect([...new Set(types)].sort()).toStrictEqual([
      'order.cancelled',
      'order.completed',
      'order.created',
      'order.items_cancelled',
      'order.payment_updated',
      'order.return_requested',
      'order.returned',
      'order.status_changed',
      'order.updated',
    ]);
  });

  it('publishes every entry exactly once, first of its effects', () => {
    for (const [version, [, effects]] of effectsIn(life).entries()) {
      expect(effects[0]).toStrictEqual(publish(version + 1));
      expect(effects.filter(({ operation }) => operation === 'event.publish')).toHaveLength(1);
    }
  });

  it('never uses a key twice', () => {
    for (const order of [life, cancelled]) {
      const keys = effectsIn(order).flatMap(([, effects]) => effects.map(({ key }) => key));
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('keeps personal data out of effects and out of what is published, yet knows it', () => {
    for (const order of [life, cancelled]) {
      for (const { version, entry } of order.journal)
        assert.ok(!JSON.stringify(entry.data).includes(secret), `${entry.type} ${version}`);
      expect(JSON.stringify(effectsIn(order))).not.toContain(secret);
      const { shipping_address, billing_address, notes, guest_email } = order.state.order;
      for (const value of [shipping_address.line1, shipping_address.phone, billing_address?.email, notes, guest_email])
        expect(value?.includes(secret)).toBeTruthy();
    }
  });

  it('carries from_status and to_status on every entry that moves the order', () => {
    let before: string | undefined;
    for (const { version, entry } of life.journal) {
      const { data } = entry;
      const to = 'to_status' in data ? data.to_status : undefined;
      if (version > 1 && to !== undefined) expect('from_status' in data ? data.from_status : undefined).toBe(before);
      before = to ?? before;
    }
    expect(before).toBe(life.state.order.status);
  });

  it.each([
    ['processing', wayTo.confirmed],
    ['shipped', wayTo.processing],
    ['delivered', wayTo.shipped],
    ['partially_returned', wayTo.delivered],
    ['returned', wayTo.delivered],
    ['cancelled', wayTo.processing],
  ] as const)('keeps the note on a move by hand to %s for the status history, and does not publish it', (to, way) => {
    const lastEntry = (notes?: string) => given(placed(), ...way, move(to, notes)).journal.at(-1)!.entry;
    const { data, personal } = { personal: undefined, ...lastEntry('SPOKEN WITH THE CUSTOMER') };
    expect(personal).toStrictEqual({ notes: 'SPOKEN WITH THE CUSTOMER' });
    expect(JSON.stringify(data)).not.toMatch(/SPOKEN/);
    expect('notes' in data).toBe(false);
    // nothing was said
    expect('personal' in lastEntry()).toBe(false);
  });
});
