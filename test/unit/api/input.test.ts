import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { codes, code as listed } from 'currency-codes';
import { getAlpha2Codes } from 'i18n-iso-countries';
import { countries, currencies, wasCurrency } from '../../../actors/iso-codes.js';
import { customerCreated, eventData } from '../../../api/schemas/events.js';
import { email, foreignId, metadata, note, optionalText, text } from '../../../api/schemas/text.js';

/** Which currencies a country has had, and until when. */
interface CurrencyData {
  readonly supplemental: {
    readonly currencyData: {
      readonly region: Readonly<Record<string, readonly Readonly<Record<string, { readonly _to?: string }>>[]>>;
    };
  };
}

const cldr = JSON.parse(
  readFileSync(require.resolve('cldr-core/supplemental/currencyData.json'), 'utf8'),
) as CurrencyData;

describe('countries', () => {
  it('are those of an independent list of ISO 3166-1, with Kosovo', () => {
    expect([...countries].sort()).toStrictEqual(Object.keys(getAlpha2Codes()).sort());
    expect(countries.size).toBe(250);
  });

  for (const code of ['UK', 'EU', 'ZZ', 'SU', 'AN', 'XX', 'gb', 'GBR', ''])
    it(`have none ${JSON.stringify(code)}`, () => {
      expect(countries.has(code)).toBe(false);
    });
});

describe('currencies', () => {
  /** The list is of 2024: withdrawn since, or no money that is paid with. */
  const withdrawn = ['ANG', 'BGN', 'CUC'];
  const noMoney = [...['XAG', 'XAU', 'XPD', 'XPT'], ...['XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XSU', 'XUA', 'XTS', 'XXX']];
  /** Came after it. */
  const since = ['XAD', 'XCG'];

  it('are those of an independent list of ISO 4217, brought up to date', () => {
    const expected = codes().filter((code) => ![...withdrawn, ...noMoney].includes(code));
    expect([...currencies.keys()].sort()).toStrictEqual([...expected, ...since].sort());
  });

  it('have the decimals of that list', () => {
    const differing = [...currencies].filter(([code, decimals]) => decimals !== (listed(code)?.digits ?? 2));
    expect(differing).toStrictEqual([]);
    for (const [code, decimals] of Object.entries({ USD: 2, JPY: 0, KWD: 3, CLF: 4, MRU: 2, MGA: 2, XCG: 2, XAD: 2 }))
      assert.equal(currencies.get(code), decimals, code);
  });

  it('have none that every country has given up, as CLDR dates it', () => {
    const inUse = new Map<string, boolean>();
    const today = new Date().toISOString();
    for (const periods of Object.values(cldr.supplemental.currencyData.region))
      for (const [code, period] of periods.flatMap((one) => Object.entries(one)))
        inUse.set(code, inUse.get(code) === true || period._to === undefined || period._to > today);
    // El Salvador pays in dollars, but ISO 4217 keeps its colón.
    expect([...currencies.keys()].filter((code) => inUse.get(code) === false)).toStrictEqual(['SVC']);
  });

  it('of the past are known, but not in force', () => {
    for (const code of ['ANG', 'BGN', 'CUC', 'HRK'])
      assert.deepEqual([wasCurrency(code), currencies.has(code)], [true, false], code);
    for (const code of ['XYZ', 'usd', '', 'constructor']) assert.equal(wasCurrency(code), false, code);
  });
});

describe('an email address', () => {
  it.each([
    ...['mia@example.org', 'a&b@example.org', 'mia@xn--e1afmkfd.xn--p1ai', 'mia@почта.рф', 'mia@bücher.example'],
    ...['mia@localhost', "o'hara+x/y=z@example.org", 'a..b@example.org', '.a@example.org', 'A@EXAMPLE.ORG'],
  ])('may be %s', (address) => {
    expect(email.parse(address)).toBe(address);
    const event = { customer_id: 'c-1', email: address, email_verified: true };
    expect(customerCreated.parse(event)).toStrictEqual(event);
  });

  it('has no white space around it', () => {
    expect(email.parse(' mia@example.org\n')).toBe('mia@example.org');
  });

  for (const address of [
    ...['', '@example.org', 'mia@', 'mia', 'a b@example.org', 'mia@exa mple.org', 'mia@-a.org', 'mia@a-.org'],
    ...[
      'mia@a..org',
      'mia@.org',
      'mia@org.',
      'mïa@example.org',
      'mia@a@b.org',
      'mia@xn--a\u0000.org',
      'mia@почта\u200f..рф',
    ],
    ...['"a b"@example.org', '"a"@example.org', 'mia@[127.0.0.1]', 'mia@a_b.org', 'mia@xn--.org', 'mia@ex%61mple.org'],
    ...['mia@a:80', 'mia@a/b', 'mia@a#b', 'mia@a?b', 'mia@a\\b', 'mia@\u00ad.org'],
    ...[`mia@${'a'.repeat(64)}.org`, `mia@${'я'.repeat(80)}.рф`, 'mia@почта рф', `${'a'.repeat(310)}@example.org`],
  ])
    it(`is not ${JSON.stringify(address.slice(0, 40))}`, () => {
      expect(email.safeParse(address).success).toBe(false);
    });
});

describe('text', () => {
  const invisible = [
    ' ',
    '\t',
    '\n',
    '\u00a0',
    '\u2003',
    '\u3000',
    '\u200b',
    '\u2060',
    '\ufeff',
    '\u00ad',
    '\u200e',
    '\u3164',
    '\u2800',
    '\u061c',
    '\u180e',
    '\u115f',
    '\u034f',
    '\ufe0f',
    '\uffa0',
    '\u202e',
    '\u2066\u2069',
    '\u{e0001}',
  ];
  const schemas = { text: text(20), optionalText: optionalText(20), note: note(20) };

  it.each(Object.entries(schemas))('is taken without the white space around it: %s', (_name, schema) => {
    expect(schema.parse(' \t Ada  Lovelace\u00a0\r\n')).toBe('Ada  Lovelace');
    expect(schema.parse(`${' '.repeat(30)}${'x'.repeat(20)}`)).toBe('x'.repeat(20));
    expect(schema.safeParse('x'.repeat(21)).success).toBe(false);
  });

  it.each(Object.entries(schemas))('has something to see in it: %s', (_name, schema) => {
    for (const character of invisible)
      for (const value of [character, `${character}${character}`, ` ${character}\u200b`])
        assert.equal(schema.safeParse(value).success, false, JSON.stringify(value));
    for (const value of ['א', '中', '🫖', 'é', '-', '.']) expect(schema.parse(value)).toBe(value);
  });

  it('may be empty only where it may be left out', () => {
    expect(Object.values(schemas).map((schema) => schema.safeParse('').success)).toStrictEqual([false, true, true]);
  });

  it('keeps joiners of letters and emoji', () => {
    for (const value of ['👩‍🚀', 'می‌خواهم']) expect(schemas.text.parse(value)).toBe(value);
  });

  for (const character of ['\u0000', '\u0001', '\u001b', '\u007f', '\u0085', '\u009f'])
    it(`has no control character ${JSON.stringify(character)}`, () => {
      for (const schema of Object.values(schemas)) expect(schema.safeParse(`a${character}b`).success).toBe(false);
    });

  for (const character of ['\n', '\r\n', '\t', '\u2028', '\u2029'])
    it(`has ${JSON.stringify(character)} in notes only`, () => {
      const value = `a${character}b`;
      expect(schemas.note.parse(value)).toBe(value);
      for (const schema of [schemas.text, schemas.optionalText]) expect(schema.safeParse(value).success).toBe(false);
    });

  it('is not touched in ids and metadata', () => {
    for (const id of [' a ', ' ', '\u200b', 'a\nb']) expect(foreignId.parse(id)).toBe(id);
    expect(metadata.parse({ ' a ': ' \n\u200b' })).toStrictEqual({ ' a ': ' \n\u200b' });
  });
});

describe('events of other services', () => {
  const order_id = '0b7e2a10-1f2e-4f6a-8c1d-000000000001';

  it('need no more than they must say', () => {
    for (const topic of ['fulfillment.started', 'shipping.shipped', 'shipping.delivered'] as const)
      expect(eventData[topic].safeParse({ order_id }).success).toBe(true);
    const topics = ['payment.authorized', 'payment.completed', 'payment.failed', 'payment.refunded'] as const;
    for (const topic of topics) {
      expect(eventData[topic].safeParse({ order_id, payment_id: 'payment-1' }).success).toBe(true);
      // money of no payment is malformed: a dead letter
      const { error } = eventData[topic].safeParse({ order_id, amount: '10.00' });
      expect(error?.issues.map(({ path }) => path.join('.'))).toStrictEqual(['payment_id']);
    }
  });
});
