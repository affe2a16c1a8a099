import { amount } from '../actors/rules/money.js';
import { statuses } from '../actors/rules/transitions.js';
import { percentile } from './durations.js';
import { stepsOf } from './ranges.js';
import type {
  Counted,
  Goods,
  MethodSales,
  PaymentSums,
  ReasonCount,
  Sales,
  SalesStep,
  StatusCount,
  StayCount,
} from './reads.js';
import {
  addSales,
  type Asked,
  currenciesOf,
  type CurrencyOf,
  money,
  noSales,
  rate,
  type Report,
  scopeOf,
  toFigures,
  toGoodsFigures,
  toReport,
} from './report.js';
import {
  type cancellationAnalytics,
  cancellationReason,
  type funnelAnalytics,
  funnelStatus,
  type paymentAnalytics,
  type paymentMethodAnalytics,
  paymentMethodSales,
  paymentSums,
  type productAnalytics,
  productFigures,
  type returnAnalytics,
  returnReason,
  type salesAnalytics,
  salesStep,
  type warehouseAnalytics,
  warehouseFigures,
} from './responses.js';

const ofCurrency = <T extends { readonly currency: string }>(rows: readonly T[], currency: string): readonly T[] =>
  rows.filter((row) => row.currency === currency);

const leftOut = (rows: readonly { readonly ranked: number }[]): number => (rows[0]?.ranked ?? 0) - rows.length;

const inSeconds = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms) / 1_000);

/** How many entries a report of these sales has: every step of every currency. */
export const salesEntries = ({ found }: Counted<readonly SalesStep[]>, asked: Asked): number =>
  currenciesOf(found, asked).length * stepsOf(asked.granularity, asked.range, Infinity).length;

/** Sales in steps of time, those without orders too. */
export const salesReport = (
  { asOf, found }: Counted<readonly SalesStep[]>,
  asked: Asked,
): Report<CurrencyOf<typeof salesAnalytics>> => {
  const steps = stepsOf(asked.granularity, asked.range, Infinity);
  const currencies = currenciesOf(found, asked).map((currency) => {
    const own = new Map(ofCurrency(found, currency).map((row) => [row.at, row]));
    return {
      currency,
      total: toFigures([...own.values()].reduce(addSales, noSales(currency))),
      series: steps.map((at) => ({
        at: at.toISOString(),
        ...toFigures(own.get(at.getTime()) ?? noSales(currency)),
      })),
    };
  });
  return toReport({ ...scopeOf(asked, asOf), currencies }, salesStep.shape, ({ series }) => series);
};

/** Sales by payment method. */
export const paymentMethodReport = (
  { asOf, found }: Counted<readonly MethodSales[]>,
  asked: Asked,
): Report<CurrencyOf<typeof paymentMethodAnalytics>> => {
  const currencies = currenciesOf(found, asked).map((currency) => {
    const own = ofCurrency(found, currency);
    return {
      currency,
      payment_methods: own.map((row) => ({
        payment_method: row.payment_method === '' ? null : row.payment_method,
        ...toFigures(row),
      })),
      left_out: leftOut(own),
    };
  });
  const document = { ...scopeOf(asked, asOf), currencies };
  return toReport(document, paymentMethodSales.shape, ({ payment_methods }) => payment_methods);
};

type PaymentFigures = Omit<PaymentSums, 'currency' | 'at' | 'payment_method' | 'status'>;

const noPayments: PaymentFigures = {
  payments: 0,
  ...{ authorized_amount: '0', captured_amount: '0', refunded_amount: '0', requested_amount: '0', owed_amount: '0' },
};

const addPayments = (a: PaymentFigures, b: PaymentFigures): PaymentFigures => {
  const sum = (of: Exclude<keyof PaymentFigures, 'payments'>): string => amount(a[of]).plus(b[of]).toFixed();
  return {
    payments: a.payments + b.payments,
    authorized_amount: sum('authorized_amount'),
    captured_amount: sum('captured_amount'),
    refunded_amount: sum('refunded_amount'),
    requested_amount: sum('requested_amount'),
    owed_amount: sum('owed_amount'),
  };
};

const toPaymentFigures = (figures: PaymentFigures, currency: string): PaymentFigures => ({
  payments: figures.payments,
  authorized_amount: money(figures.authorized_amount, currency),
  captured_amount: money(figures.captured_amount, currency),
  refunded_amount: money(figures.refunded_amount, currency),
  requested_amount: money(figures.requested_amount, currency),
  owed_amount: money(figures.owed_amount, currency),
});

type PaymentEntry = CurrencyOf<typeof paymentAnalytics>['payments'][number];

/** Money by payment: an entry for each step, method and status that has any. */
export const paymentReport = (
  { asOf, found }: Counted<readonly PaymentSums[]>,
  asked: Asked,
): Report<CurrencyOf<typeof paymentAnalytics>> => {
  const currencies = currenciesOf(found, asked).map((currency) => {
    const own = ofCurrency(found, currency);
    return {
      currency,
      total: toPaymentFigures(own.reduce<PaymentFigures>(addPayments, noPayments), currency),
      payments: own.map((row) => ({
        at: new Date(row.at).toISOString(),
        payment_method: row.payment_method === '' ? null : row.payment_method,
        // Only statuses that contributions have are ever stored.
        status: row.status as PaymentEntry['status'],
        ...toPaymentFigures(row, currency),
      })),
    };
  });
  return toReport({ ...scopeOf(asked, asOf), currencies }, paymentSums.shape, ({ payments }) => payments);
};

/** How far orders came, in the order of their life. */
export const funnelReport = (
  { asOf, found }: Counted<{ readonly statuses: readonly StatusCount[]; readonly stays: readonly StayCount[] }>,
  asked: Asked,
): Report<CurrencyOf<typeof funnelAnalytics>> => {
  const currencies = currenciesOf(found.statuses, asked).map((currency) => {
    const [counts, stays] = [ofCurrency(found.statuses, currency), ofCurrency(found.stays, currency)];
    const created = counts.find(({ status }) => status === 'confirmed')?.reached ?? 0;
    return {
      currency,
      statuses: statuses.map((status) => {
        const { reached = 0, present = 0 } = counts.find((count) => count.status === status) ?? {};
        const bins = stays.filter((stay) => stay.status === status);
        return {
          ...{ status, reached, reached_rate: rate(reached, created), present },
          stays: bins.reduce((sum, { count }) => sum + count, 0),
          p50_seconds: inSeconds(percentile(bins, 0.5)),
          p95_seconds: inSeconds(percentile(bins, 0.95)),
        };
      }),
    };
  });
  return toReport({ ...scopeOf(asked, asOf), currencies }, funnelStatus.shape, (one) => one.statuses);
};

type Reasons = Counted<{ readonly sales: readonly Sales[]; readonly reasons: readonly ReasonCount[] }>;

const reasonText = (reason: string): string | null => (reason === '' ? null : reason);

/** Cancellations, whole and in part, and why. */
export const cancellationReport = (
  { asOf, found }: Reasons,
  asked: Asked,
): Report<CurrencyOf<typeof cancellationAnalytics>> => {
  const currencies = currenciesOf(found.sales, asked).map((currency) => {
    const own = ofCurrency(found.reasons, currency);
    const sales = ofCurrency(found.sales, currency)[0] ?? noSales(currency);
    const { orders, cancelled_orders, partly_cancelled_orders, cancellation_rate } = toFigures(sales);
    return {
      ...{ currency, orders, cancelled_orders, partly_cancelled_orders, cancellation_rate },
      cancelled_units: sales.cancelled_units,
      cancelled_amount: money(sales.cancelled_amount, currency),
      reasons: own.map((row) => ({
        ...{ reason: reasonText(row.reason), orders: row.orders, units: row.units },
        amount: money(row.amount, currency),
      })),
      left_out: leftOut(own),
    };
  });
  return toReport({ ...scopeOf(asked, asOf), currencies }, cancellationReason.shape, ({ reasons }) => reasons);
};

/** Returns, and why. */
export const returnReport = ({ asOf, found }: Reasons, asked: Asked): Report<CurrencyOf<typeof returnAnalytics>> => {
  const currencies = currenciesOf(found.sales, asked).map((currency) => {
    const own = ofCurrency(found.reasons, currency);
    const sales = ofCurrency(found.sales, currency)[0] ?? noSales(currency);
    const { shipped_orders, returned_orders, return_rate, returned_amount } = toFigures(sales);
    return {
      ...{ currency, shipped_orders, returned_orders, return_rate },
      ...{ returned_units: sales.returned_units, returned_amount },
      reasons: own.map(({ reason, orders, units }) => ({ reason: reasonText(reason), orders, units })),
      left_out: leftOut(own),
    };
  });
  return toReport({ ...scopeOf(asked, asOf), currencies }, returnReason.shape, ({ reasons }) => reasons);
};

/** The first products. */
export const productReport = (
  { asOf, found }: Counted<readonly Goods[]>,
  asked: Asked,
): Report<CurrencyOf<typeof productAnalytics>> => {
  const currencies = currenciesOf(found, asked).map((currency) => {
    const own = ofCurrency(found, currency);
    const products = own.map((goods) => ({
      product_id: goods.name,
      product_sku: goods.product_sku ?? '',
      product_name: goods.product_name ?? '',
      ...toGoodsFigures(goods),
    }));
    return { currency, products, left_out: leftOut(own) };
  });
  return toReport({ ...scopeOf(asked, asOf), currencies }, productFigures.shape, ({ products }) => products);
};

/** The first warehouses. */
export const warehouseReport = (
  { asOf, found }: Counted<readonly Goods[]>,
  asked: Asked,
): Report<CurrencyOf<typeof warehouseAnalytics>> => {
  const currencies = currenciesOf(found, asked).map((currency) => {
    const own = ofCurrency(found, currency);
    const warehouses = own.map((goods) => ({ warehouse_id: goods.name, ...toGoodsFigures(goods) }));
    return { currency, warehouses, left_out: leftOut(own) };
  });
  return toReport({ ...scopeOf(asked, asOf), currencies }, warehouseFigures.shape, ({ warehouses }) => warehouses);
};
