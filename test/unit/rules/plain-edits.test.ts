import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mostOwnCharacters } from '../../../actors/rules/edit.js';
import type { Entry } from '../../../actors/rules/entries.js';
import { evolve, replay } from '../../../actors/rules/evolve.js';
import { arbitraryJournal } from '../../support/arbitrary-journals.js';
import { type After, given, take } from '../../support/given.js';
import { address, placed } from '../../support/sample-orders.js';

const update = fc.record({
  notes: fc.constantFrom('', 'ring twice', 'x'.repeat(50)),
  shipping: fc.boolean(),
  billing: fc.boolean(),
  metadata: fc.constantFrom<Readonly<Record<string, string>> | undefined>(undefined, {}, { gift: 'yes' }),
  by: fc.constantFrom('customer' as const, 'staff' as const),
});

describe('An edit of addresses, notes and metadata alone', () => {
  it('leaves the order as if everything had been worked out again', () => {
    fc.assert(
      fc.property(arbitraryJournal, update, (journal, { notes, shipping, billing, metadata, by }) => {
        const before = replay(journal);
        if (before === undefined) throw new Error('the journal is empty');
        const entry: Extract<Entry, { type: 'order.updated' }> = {
          type: 'order.updated',
          data: { fields: ['notes'], reason: 'x', metadata, items: undefined },
          personal: {
            changes: [{ field: 'notes', old_value: null, new_value: notes }],
            shipping_address: shipping ? address({ city: 'Elsewhere' }) : undefined,
            billing_address: billing ? address() : undefined,
            notes,
          },
        };
        const { id, version } = before.order;
        const placedAt = { order_id: id, version: version + 1, at: '2026-05-01T12:00:00.000Z', by };
        const plain = evolve(before, { ...placedAt, entry });
        // An edit that also names the customer takes the long way.
        const data = { ...entry.data, customer_id: undefined };
        const whole = evolve(before, { ...placedAt, entry: { ...entry, data } });
        expect(JSON.stringify(plain)).toBe(JSON.stringify(whole));
        expect(plain.order.items).toBe(before.order.items);
      }),
    );
  });
});

describe('The characters that customer or guest set on a day', () => {
  const owner = { type: 'customer', id: 'customer-1' } as const;
  const start = () => given(placed({ customer_id: owner.id, guest_email: undefined }));
  const notes = (text: string) => ({ type: 'update', notes: text }) as const;

  it('are bounded for one order, whoever else edits it', () => {
    let at: Pick<After, 'state' | 'journal'> = start();
    for (let n = 0; n < mostOwnCharacters / 10_000; n += 1)
      at = take(at, notes(String(n).padEnd(10_000, 'x')), { caller: owner, now: '2026-03-01T12:00:00.000Z' });
    expect(at.state.ownEdits).toStrictEqual({ day: '2026-03-01', count: 10, characters: mostOwnCharacters });
    const once = { caller: owner, now: '2026-03-01T22:00:00.000Z' };
    expect(take(at, notes('y'), once)).toMatchObject({
      decision: { outcome: 'refused', refusal: { code: 'rate_limited', retryAfter: 2 * 3_600 } },
    });
    // To set nothing is no character.
    expect(take(at, notes(''), once)).toMatchObject({ decision: { outcome: 'accepted' } });
    const staff = { caller: { type: 'staff', id: 's' } as const, now: once.now };
    expect(take(at, notes('z'.repeat(10_000)), staff)).toMatchObject({ decision: { outcome: 'accepted' } });
    const tomorrow = { caller: owner, now: '2026-03-02T00:00:00.000Z' };
    expect(take(at, notes('y'.repeat(10_000)), tomorrow)).toMatchObject({ decision: { outcome: 'accepted' } });
  });
});
