import type { AnswerName } from './components.js';
import { base, type OperationSpec, type QueryName } from './operations.js';

const analysis = (
  path: string,
  id: string,
  query: QueryName,
  schema: AnswerName,
  words: Pick<OperationSpec, 'summary' | 'description'>,
): OperationSpec => ({
  ...{ path: `${base}/analytics/${path}`, method: 'get', id, tag: 'Analytics', call: 'analytics', query },
  ...words,
  answers: {
    200: {
      description: 'The figures, and how fresh they are.',
      schema,
      mediaTypes: ['application/json', 'text/csv'],
      headers: ['Content-Disposition'],
    },
  },
});

/** Order insights: docs/analytics.md says what each figure means. */
export const analyticsOperations: readonly OperationSpec[] = [
  analysis('orders', 'getSalesAnalytics', 'salesAnalytics', 'SalesAnalytics', {
    summary: 'Orders and revenue over time',
    description: 'An entry for each step of the range, at most 1000, and their total; each currency apart.',
  }),
  analysis('payment-methods', 'getPaymentMethodAnalytics', 'paymentMethodAnalytics', 'PaymentMethodAnalytics', {
    summary: 'Orders and revenue by payment method',
    description: 'Those with the highest gross revenue.',
  }),
  analysis('funnel', 'getFunnelAnalytics', 'funnelAnalytics', 'FunnelAnalytics', {
    summary: 'How far orders came, and how long they stayed in each status',
    description: 'Time in a status is known once the order has left it; to within one per cent.',
  }),
  analysis('cancellations', 'getCancellationAnalytics', 'rankedAnalytics', 'CancellationAnalytics', {
    summary: 'Cancellations and their reasons',
    description: 'Whole orders and single units; the reasons of most orders.',
  }),
  analysis('returns', 'getReturnAnalytics', 'rankedAnalytics', 'ReturnAnalytics', {
    summary: 'Returns and their reasons',
    description: 'Of the orders that were shipped; the reasons of most orders.',
  }),
  analysis('products', 'getProductAnalytics', 'productAnalytics', 'ProductAnalytics', {
    summary: 'Top products',
    description: 'By what was not cancelled of them: revenue or units.',
  }),
  analysis('warehouses', 'getWarehouseAnalytics', 'rankedAnalytics', 'WarehouseAnalytics', {
    summary: 'Orders and revenue by warehouse',
    description: 'Those with the highest revenue.',
  }),
];
