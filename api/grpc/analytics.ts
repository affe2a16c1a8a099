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
import type { AnalyticsOperations } from '../analytics-operations.js';
import { ok } from '../errors.js';
import { given, type MessageType } from './decode.js';
import { createMethod, type Method } from './method.js';

interface Types<Q, A> {
  readonly request: MessageType<Q>;
  /** Makes the message from the JSON document, in which null stands for what a message leaves out. */
  readonly response: { fromPartial(document: object): A };
}

const analysis = <Q extends object, A>(
  definition: { readonly path: string; readonly responseSerialize: (message: A) => Buffer },
  { request, response }: Types<Q, A>,
  call: AnalyticsOperations[keyof AnalyticsOperations],
): Method =>
  createMethod(definition, request, async (message, context) => {
    const result = await call(given(request, message), context);
    if (!result.ok) return result;
    if (result.value.format !== 'json') throw new Error('no message asks for an export');
    return ok({ message: response.fromPartial(result.value.document) });
  });

type Analyses =
  | 'getSalesAnalytics'
  | 'getPaymentMethodAnalytics'
  | 'getPaymentAnalytics'
  | 'getFunnelAnalytics'
  | 'getCancellationAnalytics'
  | 'getReturnAnalytics'
  | 'getProductAnalytics'
  | 'getWarehouseAnalytics';

/** The analytics of `order.v1.OrderStaffService`; exports are on REST only. */
export const analyticsMethods = (analytics: AnalyticsOperations): Readonly<Record<Analyses, Method>> => ({
  getSalesAnalytics: analysis(
    service.getSalesAnalytics,
    { request: GetSalesAnalyticsRequest, response: GetSalesAnalyticsResponse },
    analytics.salesAnalytics,
  ),
  getPaymentMethodAnalytics: analysis(
    service.getPaymentMethodAnalytics,
    { request: GetPaymentMethodAnalyticsRequest, response: GetPaymentMethodAnalyticsResponse },
    analytics.paymentMethodAnalytics,
  ),
  getPaymentAnalytics: analysis(
    service.getPaymentAnalytics,
    { request: GetPaymentAnalyticsRequest, response: GetPaymentAnalyticsResponse },
    analytics.paymentAnalytics,
  ),
  getFunnelAnalytics: analysis(
    service.getFunnelAnalytics,
    { request: GetFunnelAnalyticsRequest, response: GetFunnelAnalyticsResponse },
    analytics.funnelAnalytics,
  ),
  getCancellationAnalytics: analysis(
    service.getCancellationAnalytics,
    { request: GetCancellationAnalyticsRequest, response: GetCancellationAnalyticsResponse },
    analytics.cancellationAnalytics,
  ),
  getReturnAnalytics: analysis(
    service.getReturnAnalytics,
    { request: GetReturnAnalyticsRequest, response: GetReturnAnalyticsResponse },
    analytics.returnAnalytics,
  ),
  getProductAnalytics: analysis(
    service.getProductAnalytics,
    { request: GetProductAnalyticsRequest, response: GetProductAnalyticsResponse },
    analytics.productAnalytics,
  ),
  getWarehouseAnalytics: analysis(
    service.getWarehouseAnalytics,
    { request: GetWarehouseAnalyticsRequest, response: GetWarehouseAnalyticsResponse },
    analytics.warehouseAnalytics,
  ),
});
