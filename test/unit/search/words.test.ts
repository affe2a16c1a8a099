import { describe, expect, it } from '@jest/globals';
import { toTsquery, wordsOfOrder, wordsOfQuery } from '../../../search/words.js';

const address = { recipient: 'José Ångström', line1: 'Hidden Street 1', city: 'Nowhere', country: 'SE' };

describe('the words of an order', () => {
  it('are those of its number, emails, recipients, ids, parcels and products', () => {
    const words = wordsOfOrder({
      order_number: 'ORD-20260301-000042',
      customer_id: '0197B2A4-7c1e-7d3a-9f00-000000000001',
      guest_email: 'Ada.Lovelace@Example.com',
      shipping_address: { ...address, email: 'desk@firma.example' },
      payment_id: 'pay_7',
      shipment: { tracking_number: '1Z 999', shipped_at: '2026-01-02T03:04:05.000Z' },
      items: [{ product_sku: 'TEA-9', product_name: "Grandma's (blue) Teapot!" }] as never,
    });
    for (const word of [
      'ord-20260301-000042',
      '000042',
      '0197b2a4-7c1e-7d3a-9f00-000000000001',
      'ada.lovelace@example.com',
      'lovelace',
      'example.com',
      'jose',
      'angstrom',
      'desk@firma.example',
      'pay_7',
      '1z',
      '999',
      'tea-9',
      "grandma's",
      'blue',
      'teapot',
    ])
      expect(words).toContain(word);
    expect(words.filter((word) => /hidden|nowhere|^7c1e$/.test(word))).toStrictEqual([]);
  });

  it('have one kind of apostrophe', () => {
    const named = (recipient: string) => wordsOfOrder({ shipping_address: { ...address, recipient } });
    for (const recipient of ["O'Brien", 'O’Brien', 'O‘Brien', 'Oʼbrien', 'O＇Brien']) {
      expect(named(recipient)).toStrictEqual(["o'brien", 'o', 'brien']);
      expect(wordsOfQuery(recipient)).toStrictEqual(["o'brien"]);
    }
  });

  it('are each there once, none of them empty', () => {
    const items = [{ product_sku: '--', product_name: 'Cup cup CUP - &' }] as never;
    expect(wordsOfOrder({ items })).toStrictEqual(['cup']);
    expect(wordsOfOrder({})).toStrictEqual([]);
  });

  it('are no more than an index entry can hold', () => {
    const items = Array.from({ length: 5_000 }, (_, n) => ({
      product_sku: `S${n}`,
      product_name: `${'語'.repeat(100)}${n}`,
    }));
    const bytes = wordsOfOrder({ items: items as never }).reduce((sum, word) => sum + Buffer.byteLength(word), 0);
    expect(bytes).toBeLessThanOrEqual(400_000);
  });
});

describe('a very long word', () => {
  it('is cut between characters, in orders and queries alike', () => {
    // The hundredth code unit is the first half of a character.
    const long = `a${'𠀀'.repeat(60)}`;
    const kept = `a${'𠀀'.repeat(49)}`;
    expect(wordsOfOrder({ items: [{ product_sku: '-', product_name: long }] as never })).toStrictEqual([kept]);
    expect(wordsOfQuery(long)).toStrictEqual([kept]);
  });
});

describe('a query', () => {
  it('asks for every word, the last one as a prefix', () => {
    expect(toTsquery('  Blue tea ')).toBe("'blue' & 'tea':*");
    expect(toTsquery("o'neil \\ (x)")).toBe("'o''neil' & 'x':*");
    expect(toTsquery('a\\b')).toBe("'a\\\\b':*");
  });

  it('has no words where it has no letter and no digit', () => {
    expect(wordsOfQuery(' - & :* ')).toStrictEqual([]);
  });
});
