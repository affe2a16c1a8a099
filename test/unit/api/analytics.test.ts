import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import type { Caller } from '../../../actors/rules/order-parts.js';
import {
  type AnalyticsAnswer,
  type AnalyticsOperations,
  createAnalyticsOperations,
} from '../../../api/analytics-operations.js';
import { toCsv } from '../../../api/csv.js';
import type { Result } from '../../../api/errors.js';
import { answerSchemas } from '../../../api/openapi/components.js';
import type { Goods, Insights, SalesStep, Selection } from '../../../analytics/reads.js';

const now = new Date('2026-03-15T12:34:56.789Z');
const asOf = '2026-03-15T12:34:55.000Z';

const sales = (over: Partial<SalesStep> = {}): SalesStep => ({
  ...{ currency: 'USD', at: Date.parse('2026-03-01T00:00:00Z') },
  ...{ orders: 3, shipped_orders: 2, cancelled_orders: 1, partly_cancelled_orders: 0, returned_orders: 1 },
  ...{ units: 9, cancelled_units: 2, returned_units: 1 },
  ...{ gross_amount: '100', cancelled_amount: '10.5', returned_amount: '9.49' },
  ...{ captured_amount: '100.0000', refunded_amount: '19.99' },
  ...over,
});

const product: Goods = {
  ...{ currency: 'USD', name: '=product', orders: 2, units: 5, cancelled_units: 1, returned_units: 1, ranked: 12 },
  ...{ gross_amount: '50.5', cancelled_amount: '10', product_sku: 'SKU,1', product_name: 'A "mug"' },
};

const asked: { selection: Selection; more: readonly unknown[] }[] = [];

const found = <T>(value: T) => Promise.resolve({ asOf, found: value });

const insights: Insights = {
  sales: (selection, granularity) => {
    asked.push({ selection, more: [granularity] });
    return found([
      sales(),
      sales({ currency: 'JPY', gross_amount: '1001', cancelled_amount: '0', returned_amount: '0' }),
    ]);
  },
  paymentMethods: (selection, limit) => {
    asked.push({ selection, more: [limit] });
    return found([
      { ...sales(), payment_method: 'card', ranked: 2 },
      { ...sales(), payment_method: '', ranked: 2 },
    ]);
  },
  payments: (selection, granularity) => {
    asked.push({ selection, more: [granularity] });
    const row = {
      ...{ currency: 'USD', at: Date.parse('2026-03-01T00:00:00Z'), payment_method: 'card', status: 'completed' },
      ...{ payments: 2, authorized_amount: '30', captured_amount: '100.5', refunded_amount: '10' },
      ...{ requested_amount: '5', owed_amount: '1.25' },
    };
    const nameless = { payment_method: '', status: 'unnamed', payments: 0, captured_amount: '0.01' };
    return found([row, { ...row, ...nameless, authorized_amount: '0', owed_amount: '0' }]);
  },
  goods: (dimension, selection, by, limit) => {
    asked.push({ selection, more: [dimension, by, limit] });
    return found([dimension === 'product' ? product : { ...product, product_sku: null, product_name: null }]);
  },
  reasons: (kind, selection, limit) => {
    asked.push({ selection, more: [kind, limit] });
    const reason = { currency: 'USD', orders: 2, units: 3, amount: '10.5', ranked: 2 };
    return found({
      sales: [sales()],
      reasons: [
        { ...reason, reason: 'too late' },
        { ...reason, reason: '' },
      ],
    });
  },
  funnel: (selection) => {
    asked.push({ selection, more: [] });
    const of = (status: 'confirmed' | 'cancelled', reached: number, present: number) => ({
      currency: 'USD',
      status,
      reached,
      present,
    });
    return found({
      statuses: [of('confirmed', 4, 1), of('cancelled', 1, 1)],
      stays: [
        { currency: 'USD', status: 'confirmed', bin: 100, count: 2 },
        { currency: 'USD', status: 'confirmed', bin: 7, count: 1 },
      ],
    });
  },
};

const operations = createAnalyticsOperations({ insights, now: () => now });
const names = Object.keys(operations) as (keyof AnalyticsOperations)[];

const call = (name: keyof AnalyticsOperations, input: object, type: Caller['type'] = 'staff') =>
  operations[name](input, { caller: { type, id: 'x' }, channel: 'rest' });

const documentOf = (answer: Result<AnalyticsAnswer>): Readonly<Record<string, unknown>> => {
  assert.ok(answer.ok && answer.value.format === 'json', JSON.stringify(answer));
  return answer.value.document as Readonly<Record<string, unknown>>;
};

const faultsOf = (answer: Result<AnalyticsAnswer>): readonly string[] => {
  assert.ok(!answer.ok);
  expect(answer.problem.code).toBe('validation_failed');
  return (answer.problem.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
};

describe('order analytics', () => {
  for (const type of ['service', 'staff', 'admin', 'customer', 'guest', 'system'] as const)
    it(`${type === 'staff' || type === 'admin' ? 'are' : 'are not'} for ${type}, exports ${type === 'admin' ? 'too' : 'never'}`, async () => {
      for (const name of names) {
        const seen = await call(name, {}, type);
        assert.equal(seen.ok, type === 'staff' || type === 'admin', name);
        const exported = await call(name, { format: 'csv', from: 'nonsense' }, type);
        assert.ok(!exported.ok);
        assert.equal(exported.problem.code, type === 'admin' ? 'validation_failed' : 'forbidden', name);
        assert.equal((await call(name, { format: 'csv' }, type)).ok, type === 'admin', name);
      }
    });

  it('have no more entries than can be told quickly', async () => {
    const codes = ['USD', 'EUR', 'JPY', 'GBP', 'CHF', 'SEK'];
    const many = { ...insights, sales: () => found(codes.map((currency) => sales({ currency }))) };
    const { salesAnalytics } = createAnalyticsOperations({ insights: many, now: () => now });
    const range = { granularity: 'hour', from: '2026-02-01T00:00:00Z', to: '2026-03-10T00:00:00Z' };
    const context = { caller: { type: 'staff', id: 'x' }, channel: 'rest' } as const;
    expect(faultsOf(await salesAnalytics(range, context))).toStrictEqual([
      'currency: must be given, or fewer steps be asked for',
    ]);
    expect((await salesAnalytics({ ...range, granularity: 'day' }, context)).ok).toBe(true);
  });

  it('answer as they are described', async () => {
    for (const name of names) {
      const title = (name.charAt(0).toUpperCase() + name.slice(1)) as keyof typeof answerSchemas;
      answerSchemas[title].parse(documentOf(await call(name, { currency: 'KWD' })));
    }
  });

  it('are of the last thirty days, in whole steps, unless asked otherwise', async () => {
    const cases = [
      [{}, '2026-02-13T00:00:00.000Z', '2026-03-16T00:00:00.000Z'],
      [{ granularity: 'month' }, '2026-02-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
      [{ granularity: 'week' }, '2026-02-09T00:00:00.000Z', '2026-03-16T00:00:00.000Z'],
      [
        { granularity: 'hour', from: '2026-03-15T10:30:00+02:00' },
        '2026-03-15T08:00:00.000Z',
        '2026-03-15T13:00:00.000Z',
      ],
      [{ to: '2026-01-31T00:00:00Z' }, '2026-01-01T00:00:00.000Z', '2026-01-31T00:00:00.000Z'],
      [{ to: '0001-01-02T00:00:00Z' }, '0001-01-01T00:00:00.000Z', '0001-01-02T00:00:00.000Z'],
    ] as const;
    for (const [input, from, to] of cases) {
      const document = documentOf(await call('salesAnalytics', input));
      expect([document['from'], document['to'], document['as_of']]).toStrictEqual([from, to, asOf]);
      const { range } = asked.at(-1)!.selection;
      expect([range.from.toISOString(), range.to.toISOString()]).toStrictEqual([from, to]);
    }
  });

  it('pass on what is asked', async () => {
    await call('productAnalytics', { sort: 'units', limit: '7', currency: 'EUR' });
    expect([asked.at(-1)!.selection.currency, ...asked.at(-1)!.more]).toStrictEqual(['EUR', 'product', 'units', 7]);
    await call('warehouseAnalytics', {});
    expect([asked.at(-1)!.selection.currency, ...asked.at(-1)!.more]).toStrictEqual([
      undefined,
      'warehouse',
      'revenue',
      10,
    ]);
    await call('returnAnalytics', { limit: '100' });
    expect(asked.at(-1)!.more).toStrictEqual(['return', 100]);
  });

  it('refuse what cannot be, every fault of it, and what they do not know', async () => {
    const wrong = { from: 'yesterday', granularity: 'year', currency: 'usd', format: 'xml', limit: '0', other: 'x' };
    const paths = faultsOf(await call('paymentMethodAnalytics', wrong)).map((fault) => fault.split(':')[0]);
    expect([...new Set(paths)].sort()).toStrictEqual(Object.keys(wrong).sort());
    const both = { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z', limit: '101', sort: 'name' };
    expect(faultsOf(await call('productAnalytics', both))).toStrictEqual([
      'limit: must be 1 to 100',
      'sort: must be one of revenue, units',
      'from: must be before to',
    ]);
    const same = { from: '2026-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' };
    expect(faultsOf(await call('salesAnalytics', same))).toStrictEqual(['from: must be before to']);
    expect(faultsOf(await call('salesAnalytics', { from: '2027-01-01T00:00:00Z' }))).toStrictEqual([
      'from: must be before to',
    ]);
    for (const name of names.filter((one) => one !== 'salesAnalytics' && one !== 'paymentMethodAnalytics'))
      expect(faultsOf(await call(name, { granularity: 'hour' }))).toStrictEqual([
        'granularity: must be one of day, week, month',
      ]);
    expect(faultsOf(await call('salesAnalytics', { from: ['2026-01-01T00:00:00Z', 'x'] }))).toStrictEqual([
      'from: must be an RFC 3339 time',
    ]);
    for (const name of ['salesAnalytics', 'funnelAnalytics'] as const)
      expect(faultsOf(await call(name, { limit: '3' }))).toStrictEqual(['limit: is not known']);
  });

  it('refuse a range of too many steps', async () => {
    const from = '2023-06-19T00:00:00Z';
    expect(faultsOf(await call('salesAnalytics', { from }))).toStrictEqual([
      'granularity: the range has more than 1000 steps of this',
    ]);
    documentOf(await call('salesAnalytics', { from: '2023-06-20T00:00:00Z' }));
    documentOf(await call('salesAnalytics', { from, granularity: 'week' }));
    expect(faultsOf(await call('salesAnalytics', { from: '0001-01-01T00:00:00Z', granularity: 'hour' }))).toHaveLength(
      1,
    );
  });

  it('tell money with the decimals of its currency, rates to four, and steps without orders too', async () => {
    const { currencies } = documentOf(
      await call('salesAnalytics', { from: '2026-03-01T00:00:00Z', currency: 'KWD' }),
    ) as {
      currencies: {
        currency: string;
        total: object;
        series: { at: string; orders: number; average_order_value: unknown }[];
      }[];
    };
    expect(currencies.map(({ currency }) => currency)).toStrictEqual(['JPY', 'KWD', 'USD']);
    const [yen, dinar, dollar] = currencies;
    expect(dollar!.total).toStrictEqual({
      ...{ orders: 3, shipped_orders: 2, cancelled_orders: 1, partly_cancelled_orders: 0, returned_orders: 1 },
      ...{ cancellation_rate: 0.3333, return_rate: 0.5 },
      ...{ gross_revenue: '100.00', cancelled_amount: '10.50', returned_amount: '9.49', net_revenue: '80.01' },
      ...{ average_order_value: '33.33', captured_amount: '100.00', refunded_amount: '19.99' },
    });
    const { gross_revenue, average_order_value } = yen!.total as Readonly<Record<string, string>>;
    expect([gross_revenue, average_order_value]).toStrictEqual(['1001', '334']);
    expect(dollar!.series).toHaveLength(15);
    expect(dollar!.series.slice(0, 2).map(({ at, orders }) => [at, orders])).toStrictEqual([
      ['2026-03-01T00:00:00.000Z', 3],
      ['2026-03-02T00:00:00.000Z', 0],
    ]);
    expect(dollar!.series[1]!.average_order_value).toBeNull();
    const { gross_revenue: none, cancellation_rate } = dinar!.total as Readonly<Record<string, unknown>>;
    expect([none, cancellation_rate]).toStrictEqual(['0.000', null]);
  });

  it('tell money by payment, and what has no name yet', async () => {
    const { currencies } = documentOf(await call('paymentAnalytics', { currency: 'KWD' })) as {
      currencies: { currency: string; total: object; payments: object[] }[];
    };
    const none = { payments: 0, authorized_amount: '0.000', captured_amount: '0.000' };
    expect(currencies[0]).toStrictEqual({
      currency: 'KWD',
      total: { ...none, refunded_amount: '0.000', requested_amount: '0.000', owed_amount: '0.000' },
      payments: [],
    });
    expect(currencies[1]).toStrictEqual({
      currency: 'USD',
      total: {
        ...{ payments: 2, authorized_amount: '30.00', captured_amount: '100.51', refunded_amount: '20.00' },
        ...{ requested_amount: '10.00', owed_amount: '1.25' },
      },
      payments: [
        {
          ...{ at: '2026-03-01T00:00:00.000Z', payment_method: 'card', status: 'completed', payments: 2 },
          ...{ authorized_amount: '30.00', captured_amount: '100.50', refunded_amount: '10.00' },
          ...{ requested_amount: '5.00', owed_amount: '1.25' },
        },
        {
          ...{ at: '2026-03-01T00:00:00.000Z', payment_method: null, status: 'unnamed', payments: 0 },
          ...{ authorized_amount: '0.00', captured_amount: '0.01', refunded_amount: '10.00' },
          ...{ requested_amount: '5.00', owed_amount: '0.00' },
        },
      ],
    });
  });

  it('tell the way of orders, where none were too', async () => {
    const { currencies } = documentOf(await call('funnelAnalytics', {})) as { currencies: { statuses: object[] }[] };
    const [{ statuses } = { statuses: [] }] = currencies;
    expect(statuses[0]).toStrictEqual({
      ...{ status: 'confirmed', reached: 4, reached_rate: 1, present: 1, stays: 3 },
      ...{ p50_seconds: 0.1, p95_seconds: 0.1 },
    });
    expect(statuses[1]).toStrictEqual({
      ...{ status: 'processing', reached: 0, reached_rate: 0, present: 0, stays: 0 },
      ...{ p50_seconds: null, p95_seconds: null },
    });
    expect(statuses).toHaveLength(7);
  });

  it('say what they leave out, and what has no name', async () => {
    const { currencies: products } = documentOf(await call('productAnalytics', {})) as {
      currencies: { left_out: number }[];
    };
    expect(products[0]!.left_out).toBe(11);
    const { currencies } = documentOf(await call('cancellationAnalytics', {})) as {
      currencies: { left_out: number; reasons: { reason: string | null }[] }[];
    };
    expect(currencies[0]!.reasons.map(({ reason }) => reason)).toStrictEqual(['too late', null]);
    expect(currencies[0]!.left_out).toBe(0);
  });

  it('export tables that a spreadsheet takes for text', async () => {
    const answer = await call('productAnalytics', { format: 'csv' }, 'admin');
    assert.ok(answer.ok && answer.value.format === 'csv');
    expect(answer.value.name).toBe('order-products-2026-02-13-2026-03-16.csv');
    expect(answer.value.text.split('\r\n')).toStrictEqual([
      'currency,product_id,product_sku,product_name,orders,units,cancelled_units,returned_units,gross_revenue,cancelled_amount,revenue,as_of',
      `USD,'=product,"SKU,1","A ""mug""",2,5,1,1,50.50,10.00,40.50,${asOf}`,
      '',
    ]);
    expect(toCsv(['a', 'b'], [])).toBe('a,b\r\n');
    expect(toCsv(['a', 'b'], [{ a: null, b: -1 }, { a: '-1' }, { b: '\t@x' }])).toBe(
      "a,b\r\n,-1\r\n'-1,\r\n,'\t'@x\r\n",
    );
  });

  it('say nothing while they are being counted', async () => {
    const nothing = () => Promise.resolve(undefined);
    const none: Insights = {
      sales: nothing,
      paymentMethods: nothing,
      payments: nothing,
      goods: nothing,
      reasons: nothing,
      funnel: nothing,
    };
    const waiting = createAnalyticsOperations({ insights: none, now: () => now });
    for (const name of names) {
      const answer = await waiting[name]({}, { caller: { type: 'staff', id: 'x' }, channel: 'rest' });
      assert.ok(!answer.ok);
      expect([answer.problem.code, answer.problem.retryAfter]).toStrictEqual(['unavailable', 10]);
    }
  });

  for (const [text, cell] of [
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t'=1"],
    ['\r=1', `"'\r'=1"`],
    ['\n=1', `"'\n'=1"`],
    ['\nCup', `"'\nCup"`],
    ['＝1＋1', "'＝1＋1"],
    ['＋1', "'＋1"],
    ['－1', "'－1"],
    ['＠x', "'＠x"],
    [' =1', "' =1"],
    ['Cup,=1+1', `"Cup,'=1+1"`],
    ['Cup;@x', "Cup;'@x"],
    ['Cup\t-2', "Cup\t'-2"],
    ['Cup\n+1', `"Cup\n'+1"`],
    ['"=1', `"'""=1"`],
    ['Cup;"＝1', `"Cup;'""＝1"`],
    ['Tea-pot a=b 1+1 x@y', 'Tea-pot a=b 1+1 x@y'],
    ['Tea, pot', '"Tea, pot"'],
  ] as const)
    it(`writes ${JSON.stringify(text)} so that no spreadsheet sees a formula in it`, () => {
      const written = toCsv(['a'], [{ a: text }]).slice('a\r\n'.length, -2);
      expect(written).toBe(cell);
    });
});
