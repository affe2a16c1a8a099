import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import { accept } from '../../../actors/rules/decision.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import type { JournalEntry } from '../../../actors/rules/entries.js';
import { replay } from '../../../actors/rules/evolve.js';
import { editsIn } from '../../../actors/rules/history.js';
import { fromStored, type StoredEntry, toStored } from '../../../actors/rules/stored-entry.js';
import { type After, context, hoursLater, noon, orderId, take } from '../../support/given.js';
import {
  address,
  cancel,
  deadline,
  delivered,
  event,
  guestEmail,
  line,
  move,
  placed,
  shipped,
  started,
  units,
} from '../../support/sample-orders.js';

const word = 'FREETEXT';
const erase = { type: 'erase', reason: 'asked for' } as const satisfies ChangeCommand;
const wares = {
  metadata: { [`${word} key`]: word },
  items: [line('1', 3, '10.00', { metadata: { engraving: word } })],
};
const sums = { subtotal: '30.00', total_amount: '30.00' };

/** An order of a guest after these commands. */
const after = (...commands: readonly ChangeCommand[]): After => {
  const journal = placed({
    ...wares,
    ...sums,
    customer_id: undefined,
    guest_email: guestEmail,
    payment_status: 'pending',
  });
  const state = replay(journal);
  assert.ok(state);
  const begun: After = { state, journal, verdict: '', decision: accept(), entries: [], effects: [] };
  return commands.reduce<After>((before, command) => take(before, command, {}), begun);
};

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const rows = (journal: readonly JournalEntry[]): readonly StoredEntry[] =>
  journal.map(({ entry }) => json(toStored(entry)) as StoredEntry);

const journalOf = (journal: readonly JournalEntry[], stored: readonly StoredEntry[]): readonly JournalEntry[] =>
  journal.map((placedEntry, n) => ({ ...placedEntry, entry: fromStored(stored[n]!) }));

const edit: ChangeCommand = {
  type: 'update',
  reason: word,
  notes: word,
  billing_address: address({ city: word, country: 'FR' }),
  metadata: { [word]: { [word]: word } },
  items: [{ item_id: '1', metadata: { [word]: 1 } }],
};
const busy = [
  event('payment.failed', { payment_id: 'payment-0', reason: word }),
  edit,
  { type: 'hold', reason: word },
  { type: 'release', reason: word },
  { type: 'cancel_items', items: [units('1', 1)], reason: word },
] as const satisfies readonly ChangeCommand[];
const cancelledOrder = [...busy, { type: 'cancel', reason: word }] as const;

describe('an entry in the journal', () => {
  it('keeps every free text apart, and reads as it was written', () => {
    const { journal } = after(...cancelledOrder);
    const stored = rows(journal);
    expect(JSON.stringify(stored.map(({ data }) => data))).not.toContain(word);
    expect(json(journalOf(journal, stored))).toStrictEqual(json(journal));
  });

  it('of an earlier release, with its texts in its data, reads the same', () => {
    const { journal } = after(...cancelledOrder);
    const older = journal.map(({ entry }) =>
      json({ type: entry.type, data: entry.data, personal: 'personal' in entry ? (entry.personal ?? null) : null }),
    ) as readonly StoredEntry[];
    expect(json(journalOf(journal, older))).toStrictEqual(json(journal));
  });

  it('that is erased has null in place of what an edit changed', () => {
    const { journal } = after(...cancelledOrder);
    const erased = rows(journal).map((row) => ({ ...row, personal: null }));
    const edits = editsIn(journalOf(journal, erased));
    const own = edits
      .flatMap(({ changes }) => changes)
      .filter(({ field }) => /address|notes|metadata|hold\.reason/.test(field));
    expect(new Set(own.map(({ field }) => field.split('.')[0]))).toStrictEqual(
      new Set(['billing_address', 'notes', 'metadata', 'items', 'hold']),
    );
    for (const { old_value, new_value } of own) expect([old_value, new_value]).toStrictEqual([null, null]);
  });
});

describe('erasing an order', () => {
  it('leaves amounts, quantities, ids and countries, and the replay of the erased journal tells the same order', () => {
    const before = after(...cancelledOrder);
    const { verdict, state, journal } = after(...cancelledOrder, erase);
    expect(verdict).toBe('accepted');
    const { order } = state;
    expect(order).toMatchObject({ status: 'cancelled', version: before.state.order.version + 1, metadata: {} });
    expect(order.shipping_address).toStrictEqual({
      recipient: 'erased',
      line1: 'erased',
      city: 'erased',
      country: 'DE',
    });
    expect(order.billing_address).toStrictEqual({
      recipient: 'erased',
      line1: 'erased',
      city: 'erased',
      country: 'FR',
    });
    expect([order.guest_email, order.notes, order.cancellation_reason]).toStrictEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(order.items).toStrictEqual(before.state.order.items.map((item) => ({ ...item, metadata: {} })));
    expect(order.total_amount).toBe(before.state.order.total_amount);
    const erased = rows(journal).map((row, n) => (n === journal.length - 1 ? row : { ...row, personal: null }));
    expect(JSON.stringify(erased)).not.toMatch(/FREETEXT|PERSONAL/);
    expect(json(replay(journalOf(journal, erased))?.order)).toStrictEqual(json(order));
    const first = replay(journalOf(journal, erased).slice(0, 1))?.order;
    expect(first?.shipping_address.country).toBe('DE');
  });

  it('takes an order that is over, once', () => {
    const paid = { metadata: {} };
    const completed = [started, shipped, delivered] as const;
    const [journal] = [placed(paid)];
    const state = replay(journal);
    assert.ok(state);
    let current = { state, journal } as Pick<After, 'state' | 'journal'>;
    for (const command of completed) current = take(current, command, {});
    const over = take(current, deadline('return_window', hoursLater(720)), { now: hoursLater(720) });
    expect(over.state.order.completed_at).toBe(hoursLater(720));
    expect(take(current, erase, {}).verdict).toBe('conflict');
    const erased = take(over, erase, { now: hoursLater(721) });
    expect(erased.verdict).toBe('accepted');
    expect(take(erased, erase, { now: hoursLater(722) }).verdict).toBe('stale');
    const noted = take(erased, { type: 'update', notes: word }, { now: hoursLater(723) });
    expect(noted.state.erased).toBeUndefined();
  });

  it.each([
    ['is confirmed', [], 'The order is confirmed: neither cancelled nor completed.'],
    ['is shipped', [started, move('shipped')], 'The order is shipped: neither cancelled nor completed.'],
  ] as const)('keeps one that %s', (_what, commands, why) => {
    const journal = placed({ payment_status: 'completed' });
    const state = replay(journal);
    assert.ok(state);
    let current = { state, journal } as Pick<After, 'state' | 'journal'>;
    for (const command of commands) current = take(current, command, {});
    const { decision } = take(current, erase, { ...context, now: noon });
    expect(decision).toStrictEqual({ outcome: 'conflict', reason: why });
    expect(current.state.order.id).toBe(orderId);
  });

  it('keeps one with a refund that is not answered', () => {
    const journal = placed();
    const state = replay(journal);
    assert.ok(state);
    const { decision } = take(take({ state, journal }, cancel, {}), erase, {});
    expect(decision).toMatchObject({ outcome: 'conflict', reason: 'A refund is requested and not answered.' });
  });
});
