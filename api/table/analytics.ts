import {
  GetCancellationAnalyticsRequest,
  GetCancellationAnalyticsResponse,
  GetFunnelAnalyticsRequest,
  GetFunnelAnalyticsResponse,
  GetPaymentAnalyticsRequest,
  GetPaymentAnalyticsResponse,
  GetPaymentMethodAnalyticsRequest,
  GetPaymentMethodAnalyticsResponse,
  GetProductAnalyticsRequest,
  GetProductAnalyticsResponse,
  GetReturnAnalyticsRequest,
  GetReturnAnalyticsResponse,
  GetSalesAnalyticsRequest,
  GetSalesAnalyticsResponse,
  GetWarehouseAnalyticsRequest,
  GetWarehouseAnalyticsResponse,
} from '../../proto/gen/order/v1/analytics.js';
import { OrderStaffServiceService as service } from '../../proto/gen/order/v1/staff.js';
import type { AnalyticsAnswer, AnalyticsOperations } from '../analytics-operations.js';
import { withInput } from '../call-input.js';
import { input } from '../grpc/inputs.js';
import { reportReply } from '../grpc/replies.js';
import type { Rpc } from '../grpc/rpc.js';
import { unary } from '../grpc/unary.js';
import type { AnswerName, QueryName } from '../openapi/components.js';
import { sendAnalytics } from '../rest/send.js';
import { base, type Operation, operation, type OperationSpec, snake } from './operation.js';

/** What each analysis has of its own. */
interface Analysis extends Pick<OperationSpec, 'summary' | 'description'> {
  /** Below `/analytics`. */
  readonly path: string;
  readonly call: keyof AnalyticsOperations;
  readonly query: QueryName;
  readonly schema: AnswerName;
}

const analysis = ({ path, call, query, schema, ...words }: Analysis, rpc: Rpc<AnalyticsAnswer>): Operation =>
  operation(
    {
      path: `${base}/analytics/${path}`,
      method: 'get',
      id: `get${schema}`,
      observedAs: snake(call),
      tag: 'Analytics',
      call: 'analytics',
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
    ({ analytics }) => withInput(analytics[call]),
    sendAnalytics,
    rpc,
  );

/** Order insights: docs/analytics.md says what each figure means. */
export const analyticsOperations: readonly Operation[] = [
  analysis(
    {
      path: 'orders',
      call: 'salesAnalytics',
      query: 'salesAnalytics',
      schema: 'SalesAnalytics',
      summary: 'Orders and revenue over time',
      description: 'An entry for each step of the range, at most 1000, and their total; each currency apart.',
    },
    unary(service.getSalesAnalytics, input(GetSalesAnalyticsRequest), reportReply(GetSalesAnalyticsResponse)),
  ),
  analysis(
    {
      path: 'payment-methods',
      call: 'paymentMethodAnalytics',
      query: 'paymentMethodAnalytics',
      schema: 'PaymentMethodAnalytics',
      summary: 'Orders and revenue by payment method',
      description: 'Those with the highest gross revenue.',
    },
    unary(
      service.getPaymentMethodAnalytics,
      input(GetPaymentMethodAnalyticsRequest),
      reportReply(GetPaymentMethodAnalyticsResponse),
    ),
  ),
  analysis(
    {
      path: 'payments',
      call: 'paymentAnalytics',
      query: 'paymentAnalytics',
      schema: 'PaymentAnalytics',
      summary: 'Money by payment',
      description: 'Sums over the payments of each step, method and status that has any, and their total.',
    },
    unary(service.getPaymentAnalytics, input(GetPaymentAnalyticsRequest), reportReply(GetPaymentAnalyticsResponse)),
  ),
  analysis(
    {
      path: 'funnel',
      call: 'funnelAnalytics',
      query: 'funnelAnalytics',
      schema: 'FunnelAnalytics',
      summary: 'How far orders came, and how long they stayed in each status',
      description: 'Time in a status is known once the order has left it; to within one per cent.',
    },
    unary(service.getFunnelAnalytics, input(GetFunnelAnalyticsRequest), reportReply(GetFunnelAnalyticsResponse)),
  ),
  analysis(
    {
      path: 'cancellations',
      call: 'cancellationAnalytics',
      query: 'rankedAnalytics',
      schema: 'CancellationAnalytics',
      summary: 'Cancellations and their reasons',
      description: 'Whole orders and single units; the reasons of most orders.',
    },
    unary(
      service.getCancellationAnalytics,
      input(GetCancellationAnalyticsRequest),
      reportReply(GetCancellationAnalyticsResponse),
    ),
  ),
  analysis(
    {
      path: 'returns',
      call: 'returnAnalytics',
      query: 'rankedAnalytics',
      schema: 'ReturnAnalytics',
      summary: 'Returns and their reasons',
      description: 'Of the orders that were shipped; the reasons of most orders.',
    },
    unary(service.getReturnAnalytics, input(GetReturnAnalyticsRequest), reportReply(GetReturnAnalyticsResponse)),
  ),
  analysis(
    {
      path: 'products',
      call: 'productAnalytics',
      query: 'productAnalytics',
      schema: 'ProductAnalytics',
      summary: 'Top products',
      description: 'By what was not cancelled of them: revenue or units.',
    },
    unary(service.getProductAnalytics, input(GetProductAnalyticsRequest), reportReply(GetProductAnalyticsResponse)),
  ),
  analysis(
    {
      path: 'warehouses',
      call: 'warehouseAnalytics',
      query: 'rankedAnalytics',
      schema: 'WarehouseAnalytics',
      summary: 'Orders and revenue by warehouse',
      description: 'Those with the highest revenue.',
    },
    unary(
      service.getWarehouseAnalytics,
      input(GetWarehouseAnalyticsRequest),
      reportReply(GetWarehouseAnalyticsResponse),
    ),
  ),
];
