import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Metadata } from '../../../actors/rules/order.js';
import type { ChangeCommand } from '../../../actors/rules/decide.js';
import { given, take } from '../../support/given.js';
import { address, guestEmail, placed, wayTo } from '../../support/sample-orders.js';

const metadataOf = (metadata: Metadata): ChangeCommand => ({ type: 'update', metadata });

describe('an edit', () => {
  it('is one change for each leaf that differs, with its value before and after', () => {
    given(placed({ shipping_address: address({ city: 'PERSONAL Ulm', phone: undefined }) }))
      .when({
        type: 'update',
        shipping_address: address({ city: 'PERSONAL Bonn', line2: undefined }),
        reason: 'moved',
      })
      .then({
        entries: [
          {
            type: 'order.updated',
            data: {
              fields: ['shipping_address.line2', 'shipping_address.city', 'shipping_address.phone'],
              reason: 'moved',
            },
            personal: {
              changes: [
                { field: 'shipping_address.line2', old_value: 'PERSONAL line 2', new_value: null },
                { field: 'shipping_address.city', old_value: 'PERSONAL Ulm', new_value: 'PERSONAL Bonn' },
                { field: 'shipping_address.phone', old_value: null, new_value: 'PERSONAL phone' },
              ],
            },
          },
        ],
        state: { order: { version: 2, shipping_address: { city: 'PERSONAL Bonn', line2: undefined } } },
      });
  });

  it('compares own properties only', () => {
    const nested = JSON.parse('{"l":[{"__proto__":{}}]}') as Metadata;
    for (const [before, after] of [
      [nested, { l: [{ c: 1 }] }],
      [{ l: [{ c: 1 }] }, nested],
      [JSON.parse('{"l":[{"constructor":{}}]}') as Metadata, { l: [{ c: 1 }] }],
    ] as const)
      given(placed({ metadata: before }))
        .when(metadataOf(after))
        .then(({ state: { order } }) => {
          expect(order.version).toBe(2);
          expect(JSON.stringify(order.metadata)).toBe(JSON.stringify(after));
        });
  });

  it.each(['customer', 'guest'] as const)('is one of at most a hundred of a %s on a day', (type) => {
    const caller = { type, id: 'x' };
    const notes = (text: string): ChangeCommand => ({ type: 'update', notes: text });
    let order = given(placed());
    for (let n = 1; n <= 100; n += 1)
      order = order.when(notes(`PERSONAL ${n}`), { caller }).then({ verdict: 'accepted' });
    order.when(notes('PERSONAL more'), { caller }).then({
      decision: { refusal: { code: 'rate_limited', retryAfter: 12 * 3_600 } },
    });
    // What changes nothing is no edit, and others may go on.
    order.when(notes('PERSONAL 100'), { caller }).then({ verdict: 'accepted', entries: [] });
    order.when(notes('PERSONAL more')).then({ verdict: 'accepted' });
    const now = '2026-03-02T00:00:00.000Z';
    order.when(notes('PERSONAL more'), { caller, now }).then({ verdict: 'accepted' });
  });

  it('replaces an address whole and leaves the rest alone', () => {
    const bare = { recipient: 'PERSONAL A', line1: 'PERSONAL B', city: 'PERSONAL C', country: 'FR' };
    const before = given(placed());
    before.when({ type: 'update', billing_address: bare }).then(({ state: { order } }) => {
      expect(order.billing_address).toStrictEqual(bare);
      expect(order.shipping_address).toStrictEqual(before.state.order.shipping_address);
      expect(order.notes).toBe(before.state.order.notes);
      expect(order.metadata).toStrictEqual(before.state.order.metadata);
    });
  });

  it('gives a first billing address, every leaf of it new', () => {
    const bare = { recipient: 'PERSONAL A', line1: 'PERSONAL B', city: 'PERSONAL C', country: 'FR' };
    given(placed({ billing_address: undefined }))
      .when({ type: 'update', billing_address: bare })
      .then({
        entries: [
          {
            data: { fields: Object.keys(bare).map((key) => `billing_address.${key}`) },
            personal: { changes: Object.values(bare).map((new_value) => ({ old_value: null, new_value })) },
          },
        ],
      });
  });

  it('goes into metadata, arrays being leaves', () => {
    given(placed({ metadata: { gift: { wrap: 'red', to: ['a', { b: 1 }] }, n: 1, gone: true } }))
      .when(metadataOf({ gift: { to: ['a', { b: 2 }], wrap: 'red' }, n: null, more: {} }))
      .then({
        entries: [
          {
            personal: {
              changes: [
                { field: 'metadata.gift.to', old_value: ['a', { b: 1 }], new_value: ['a', { b: 2 }] },
                { field: 'metadata.n', old_value: 1, new_value: null },
                { field: 'metadata.gone', old_value: true, new_value: null },
                { field: 'metadata.more', old_value: null, new_value: {} },
              ],
            },
          },
        ],
      });
  });

  it('is no new version when nothing differs, whatever the order of keys', () => {
    const order = placed({ metadata: { a: 1, b: [{ x: 1, y: 2 }] } });
    const { country, ...rest } = address();
    given(order)
      .when({
        type: 'update',
        shipping_address: { country, ...rest },
        notes: 'PERSONAL notes',
        metadata: { b: [{ y: 2, x: 1 }], a: 1 },
      })
      .then({ verdict: 'accepted', entries: [], effects: [], state: { order: { version: 1 } } });
  });

  it('makes metadata what was asked for, whatever it was', () => {
    const key = fc.oneof(fc.constantFrom('a', 'b', 'a.b', 'b.a', '', '[', '["a', '"]'), fc.string({ maxLength: 3 }));
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom(null, 0, 1, true, 'x', ''),
        fc.dictionary(key, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
        fc.array(tie('tree'), { maxLength: 2 }),
      ),
    }));
    const metadata = fc
      .dictionary(key, tree, { maxKeys: 3, noNullPrototype: true })
      .map((value) => JSON.parse(JSON.stringify(value)) as Metadata);
    fc.assert(
      fc.property(metadata, metadata, (before, after) => {
        const once = take(given(placed({ metadata: before })), metadataOf(after), {});
        expect(once.state.order.metadata).toStrictEqual(after);
        // the second time changes something
        expect(take(once, metadataOf(after), {}).entries).toHaveLength(0);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['a dot', 'a.b', 'metadata["a.b"]'],
    ['dots and quotes', 'a."b', 'metadata["a.\\"b"]'],
    ['a bracket', 'a["b', 'metadata["a[\\"b"]'],
  ] as const)('writes a key with %s in it so that it is not taken for two', (_name, key, field) => {
    given(placed({ metadata: { [key]: { c: 1 }, x: { [key]: {} } } }))
      .when(metadataOf({ [key]: { c: 2 }, x: { [key]: 3 } }))
      .then({
        entries: [
          {
            data: { fields: [`${field}.c`, field.replace('metadata', 'metadata.x')] },
            personal: {
              changes: [
                { old_value: 1, new_value: 2 },
                { old_value: {}, new_value: 3 },
              ],
            },
          },
        ],
      });
  });

  it.each([
    ['a key with a dot', { 'a.b': 1 }, { a: { b: 1 } }],
    ['a key that looks like a path', { 'a["b': { 'c"]': 1 } }, { a: { 'b.c': 1 } }],
  ] as const)('tells %s from a key inside a key', (_name, before, after) => {
    given(placed({ metadata: before }))
      .when(metadataOf(after))
      .then({ entries: [{ type: 'order.updated' }], state: { order: { metadata: after } } });
  });

  it('is refused once the address can no longer matter, in words', () => {
    given(placed(), ...wayTo.shipped)
      .when({ type: 'update', shipping_address: address({ city: 'PERSONAL Bonn' }) })
      .then({
        decision: {
          refusal: { code: 'order_not_editable', detail: 'Addresses change only until shipped; the order is shipped.' },
        },
      });
  });
});

describe('an address sent along as it is', () => {
  const same: ChangeCommand = { type: 'update', shipping_address: address(), notes: 'PERSONAL ring twice' };

  it('changes nothing and forbids nothing, even after shipment', () => {
    given(placed(), ...wayTo.delivered)
      .when(same)
      .then({
        entries: [{ data: { fields: ['notes'] }, personal: { changes: [{ field: 'notes' }] } }],
        state: { order: { notes: 'PERSONAL ring twice' } },
      });
  });

  it('does not carry another one that differs', () => {
    given(placed(), ...wayTo.delivered)
      .when({ ...same, billing_address: address({ city: 'PERSONAL Bonn' }) })
      .then({ verdict: 'order_not_editable' });
  });
});

describe('a guest order', () => {
  const guest = given(placed({ customer_id: undefined, guest_email: guestEmail }));

  it('becomes a customer’s by the same email, in any case', () => {
    guest
      .when({ type: 'link_customer', customer_id: 'customer-2', email: guestEmail.toUpperCase() })
      .then({
        entries: [
          {
            type: 'order.updated',
            data: { fields: ['customer_id'], customer_id: 'customer-2' },
            personal: { changes: [{ field: 'customer_id', old_value: null, new_value: 'customer-2' }] },
          },
        ],
        state: { order: { customer_id: 'customer-2' } },
      })
      .when({ type: 'link_customer', customer_id: 'customer-3', email: guestEmail })
      .then({ verdict: 'stale', state: { order: { customer_id: 'customer-2' } } });
  });
});
