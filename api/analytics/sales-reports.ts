import { stepsOf } from '../../insights/ranges.js';
import type { Counted, MethodSales, SalesStep } from '../../insights/reads.js';
import {
  type paymentMethodAnalytics,
  paymentMethodSales,
  type salesAnalytics,
  salesStep,
} from '../schemas/analytics-responses.js';
import { addSales, noSales, toFigures } from './figures.js';
import { type Asked, type CurrencyOf, currenciesOf, type Report, scopeOf, toReport } from './report.js';

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
    const own = new Map(found.filter((row) => row.currency === currency).map((row) => [row.at, row]));
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
    const own = found.filter((row) => row.currency === currency);
    return {
      currency,
      payment_methods: own.map((row) => ({
        payment_method: row.payment_method === '' ? null : row.payment_method,
        ...toFigures(row),
      })),
      left_out: (own[0]?.ranked ?? 0) - own.length,
    };
  });
  const document = { ...scopeOf(asked, asOf), currencies };
  return toReport(document, paymentMethodSales.shape, ({ payment_methods }) => payment_methods);
};
