import type { z } from 'zod';
import type { Counted, Insights } from '../analytics/reads.js';
import type { Asked, Report } from '../analytics/report.js';
import {
  cancellationReport,
  funnelReport,
  paymentMethodReport,
  paymentReport,
  productReport,
  returnReport,
  salesEntries,
  salesReport,
  warehouseReport,
} from '../analytics/reports.js';
import { type Call, forbidden, mayCall } from './caller.js';
import type { CallContext } from './commands.js';
import { toCsv } from './csv.js';
import { fail, ok, type Problem, type Result } from './errors.js';
import {
  type AnalyticsOptions,
  type AnalyticsQuery,
  funnelAnalyticsQuery,
  paymentAnalyticsQuery,
  paymentMethodAnalyticsQuery,
  productAnalyticsQuery,
  rankedAnalyticsQuery,
  readAnalyticsQuery,
  salesAnalyticsQuery,
} from './schemas/analytics.js';

/** An answer as a document, or as a table for export. */
export type AnalyticsAnswer =
  | { readonly format: 'json'; readonly document: object }
  | { readonly format: 'csv'; readonly name: string; readonly text: string };

type AnalyticsCall = (input: unknown, context: CallContext) => Promise<Result<AnalyticsAnswer>>;

/** Order insights for staff and admin (docs/analytics.md); exports are for admin. */
export interface AnalyticsOperations {
  readonly salesAnalytics: AnalyticsCall;
  readonly paymentMethodAnalytics: AnalyticsCall;
  readonly paymentAnalytics: AnalyticsCall;
  readonly funnelAnalytics: AnalyticsCall;
  readonly cancellationAnalytics: AnalyticsCall;
  readonly returnAnalytics: AnalyticsCall;
  readonly productAnalytics: AnalyticsCall;
  readonly warehouseAnalytics: AnalyticsCall;
}

/** What they depend on. */
export interface AnalyticsDeps {
  readonly insights: Insights;
  readonly now: () => Date;
}

const beingCounted: Problem = {
  code: 'unavailable',
  detail: 'The figures are being recounted. Please try again.',
  retryAfter: 10,
};

const wantsCsv = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && 'format' in input && input.format === 'csv';

/** One analysis: how it is asked, looked up and told. */
interface Analysis<T extends AnalyticsOptions, F> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly ask: (query: AnalyticsQuery<T>) => Promise<Counted<F> | undefined>;
  readonly tell: (counted: Counted<F>, asked: Asked) => Report;
  /** How many entries the answer would have. */
  readonly entries: (counted: Counted<F>, asked: Asked) => number;
}

/** The most entries of an answer: a thousand steps of five currencies. What is beyond takes more than a tenth of a second to tell. */
const mostEntries = 5_000;

const tooManyEntries = (entries: number): Problem => ({
  code: 'validation_failed',
  detail: `The answer would have ${entries} entries, and at most ${mostEntries} are returned.`,
  errors: [{ path: 'currency', message: 'must be given, or fewer steps be asked for' }],
});

/** The desk of finance and operations. */
export const createAnalyticsOperations = ({ insights, now }: AnalyticsDeps): AnalyticsOperations => {
  const analysis =
    <T extends AnalyticsOptions, F>({ name, schema, ask, tell, entries }: Analysis<T, F>): AnalyticsCall =>
    async (input, { caller }) => {
      const calls: readonly Call[] = wantsCsv(input) ? ['analytics', 'export'] : ['analytics'];
      const refused = calls.find((call) => !mayCall(caller, call));
      if (refused !== undefined) return fail(forbidden(caller, refused));
      const query = readAnalyticsQuery(schema, input, now());
      if (!query.ok) return query;
      const { range, granularity, currency, format } = query.value;
      const counted = await ask(query.value);
      if (counted === undefined) return fail(beingCounted);
      const asked = { range, granularity, currency };
      const told = entries(counted, asked);
      if (told > mostEntries) return fail(tooManyEntries(told));
      const { document, columns, rows } = tell(counted, asked);
      if (format === 'json') return ok({ format: 'json', document });
      const dates = `${document.from.slice(0, 10)}-${document.to.slice(0, 10)}`;
      return ok({ format: 'csv', name: `order-${name}-${dates}.csv`, text: toCsv(columns, rows) });
    };

  return {
    salesAnalytics: analysis({
      ...{ name: 'sales', schema: salesAnalyticsQuery, tell: salesReport, entries: salesEntries },
      ask: (query) => insights.sales(query, query.granularity),
    }),
    paymentMethodAnalytics: analysis({
      ...{ name: 'payment-methods', schema: paymentMethodAnalyticsQuery, tell: paymentMethodReport },
      entries: ({ found }) => found.length,
      ask: (query) => insights.paymentMethods(query, query.limit),
    }),
    paymentAnalytics: analysis({
      ...{ name: 'payments', schema: paymentAnalyticsQuery, tell: paymentReport },
      entries: ({ found }) => found.length,
      ask: (query) => insights.payments(query, query.granularity),
    }),
    funnelAnalytics: analysis({
      ...{ name: 'funnel', schema: funnelAnalyticsQuery, tell: funnelReport },
      entries: ({ found }) => found.statuses.length,
      ask: (query) => insights.funnel(query),
    }),
    cancellationAnalytics: analysis({
      ...{ name: 'cancellations', schema: rankedAnalyticsQuery, tell: cancellationReport },
      entries: ({ found }) => found.reasons.length,
      ask: (query) => insights.reasons('cancellation', query, query.limit),
    }),
    returnAnalytics: analysis({
      ...{ name: 'returns', schema: rankedAnalyticsQuery, tell: returnReport },
      entries: ({ found }) => found.reasons.length,
      ask: (query) => insights.reasons('return', query, query.limit),
    }),
    productAnalytics: analysis({
      ...{ name: 'products', schema: productAnalyticsQuery, tell: productReport },
      entries: ({ found }) => found.length,
      ask: (query) => insights.goods('product', query, query.sort, query.limit),
    }),
    warehouseAnalytics: analysis({
      ...{ name: 'warehouses', schema: rankedAnalyticsQuery, tell: warehouseReport },
      entries: ({ found }) => found.length,
      ask: (query) => insights.goods('warehouse', query, 'revenue', query.limit),
    }),
  };
};
