import { statuses } from '../../actors/rules/transitions.js';
import { percentile } from '../../insights/durations.js';
import type { Counted, Goods, ReasonCount, Sales, StatusCount, StayCount } from '../../insights/reads.js';
import {
  type cancellationAnalytics,
  cancellationReason,
  type funnelAnalytics,
  funnelStatus,
  type productAnalytics,
  productFigures,
  type returnAnalytics,
  returnReason,
  type warehouseAnalytics,
  warehouseFigures,
} from '../schemas/analytics-responses.js';
import { money, noSales, rate, toFigures, toGoodsFigures } from './figures.js';
import { type Asked, type CurrencyOf, currenciesOf, type Report, scopeOf, toReport } from './report.js';

const ofCurrency = <T extends { readonly currency: string }>(rows: readonly T[], currency: string): readonly T[] =>
  rows.filter((row) => row.currency === currency);

const leftOut = (rows: readonly { readonly ranked: number }[]): number => (rows[0]?.ranked ?? 0) - rows.length;

const inSeconds = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms) / 1_000);

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
