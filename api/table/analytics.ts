import type { AnalyticsOperations } from '../analytics-operations.js';
import type { AnswerName } from '../openapi/components.js';
import { sendAnalytics } from '../rest/send.js';
import { base, type Operation, operation, type OperationSpec, type QueryName } from './operation.js';

const analysis = (
  path: string,
  id: string,
  call: keyof AnalyticsOperations,
  query: QueryName,
  schema: AnswerName,
  words: Pick<OperationSpec, 'summary' | 'description'>,
): Operation =>
  operation(
    {
      path: `${base}/analytics/${path}`,
      method: 'get',
      id,
      tag: 'Analytics',
      call: 'analytics',
      grpc: 'OrderStaffService',
      query,
      ...words,
      answers: {
        200: {
          description: 'The figures, and how fresh they are.',
          schema,
          mediaTypes: ['application/json', 'text/csv'],
          headers: ['Content-Disposition'],
        },
      },
    },
    ({ analytics }) =>
      (request, context) =>
        analytics[call](request.query, context),
    sendAnalytics,
  );

/** Order insights: docs/analytics.md says what each figure means. */
export const analyticsOperations: readonly Operation[] = [
  analysis('orders', 'getSalesAnalytics', 'salesAnalytics', 'salesAnalytics', 'SalesAnalytics', {
    summary: 'Orders and revenue over time',
    description: 'An entry for each step of the range, at most 1000, and their total; each currency apart.',
  }),
  analysis(
    'payment-methods',
    'getPaymentMethodAnalytics',
    'paymentMethodAnalytics',
    'paymentMethodAnalytics',
    'PaymentMethodAnalytics',
    {
      summary: 'Orders and revenue by payment method',
      description: 'Those with the highest gross revenue.',
    },
  ),
  analysis('payments', 'getPaymentAnalytics', 'paymentAnalytics', 'paymentAnalytics', 'PaymentAnalytics', {
    summary: 'Money by payment',
    description: 'Sums over the payments of each step, method and status that has any, and their total.',
  }),
  analysis('funnel', 'getFunnelAnalytics', 'funnelAnalytics', 'funnelAnalytics', 'FunnelAnalytics', {
    summary: 'How far orders came, and how long they stayed in each status',
    description: 'Time in a status is known once the order has left it; to within one per cent.',
  }),
  analysis(
    'cancellations',
    'getCancellationAnalytics',
    'cancellationAnalytics',
    'rankedAnalytics',
    'CancellationAnalytics',
    {
      summary: 'Cancellations and their reasons',
      description: 'Whole orders and single units; the reasons of most orders.',
    },
  ),
  analysis('returns', 'getReturnAnalytics', 'returnAnalytics', 'rankedAnalytics', 'ReturnAnalytics', {
    summary: 'Returns and their reasons',
    description: 'Of the orders that were shipped; the reasons of most orders.',
  }),
  analysis('products', 'getProductAnalytics', 'productAnalytics', 'productAnalytics', 'ProductAnalytics', {
    summary: 'Top products',
    description: 'By what was not cancelled of them: revenue or units.',
  }),
  analysis('warehouses', 'getWarehouseAnalytics', 'warehouseAnalytics', 'rankedAnalytics', 'WarehouseAnalytics', {
    summary: 'Orders and revenue by warehouse',
    description: 'Those with the highest revenue.',
  }),
];
