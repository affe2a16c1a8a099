import type { z } from 'zod';
import * as analyticsQueries from '../schemas/analytics.js';
import * as analytics from '../../analytics/responses.js';
import * as audit from '../schemas/audit.js';
import * as create from '../schemas/create-order.js';
import * as desk from '../schemas/desk.js';
import * as deskAnswers from '../schemas/desk-responses.js';
import * as health from '../schemas/health-responses.js';
import * as orders from '../schemas/order.js';
import * as previews from '../schemas/previews.js';
import * as requests from '../schemas/requests.js';
import * as responses from '../schemas/responses.js';
import * as staff from '../schemas/staff.js';
import * as staffAnswers from '../schemas/staff-responses.js';
import * as text from '../schemas/text.js';

/** What the service answers, by name in the document: tests hold every answer to these. */
export const answerSchemas = {
  Order: orders.order,
  OrderItem: orders.orderItem,
  Address: orders.addressAnswer,
  Shipment: orders.shipment,
  Return: orders.orderReturn,
  ReturnPart: orders.returnPart,
  ItemQuantity: orders.itemQuantity,
  Deadline: orders.deadline,
  OrderAnswer: responses.orderAnswer,
  CreatedOrderAnswer: responses.createdOrderAnswer,
  ChangeAnswer: previews.changeAnswer,
  CreateAnswer: previews.createAnswer,
  Preview: previews.previewAnswer,
  OrderChange: audit.orderChange,
  PreviewedEffect: previews.previewedEffect,
  PreviewedRefund: previews.previewedRefund,
  BulkResults: deskAnswers.bulkResults,
  BulkResult: deskAnswers.bulkResult,
  ErasedOrders: deskAnswers.erasedOrders,
  KeptOrder: deskAnswers.keptOrder,
  BulkPreview: previews.preview,
  OrderActions: deskAnswers.orderActions,
  OrderAction: deskAnswers.orderAction,
  CancellableLine: deskAnswers.cancellableLine,
  OrderPage: responses.orderPage,
  StatusHistoryEntry: responses.statusHistoryEntry,
  StatusHistoryPage: responses.statusHistoryPage,
  EditHistoryEntry: responses.editHistoryEntry,
  EditHistoryPage: responses.editHistoryPage,
  OrderDiff: audit.orderDiff,
  JournalEntry: audit.journalEntry,
  JournalPage: audit.journalPage,
  Verification: audit.verification,
  Effect: staffAnswers.effect,
  EffectAction: staffAnswers.effectAction,
  EffectList: staffAnswers.effectList,
  EffectPage: staffAnswers.effectPage,
  EffectAnswer: staffAnswers.effectAnswer,
  DeadLetter: staffAnswers.deadLetter,
  DeadLetterPage: staffAnswers.deadLetterPage,
  DeadLetterAnswer: staffAnswers.deadLetterAnswer,
  SalesAnalytics: analytics.salesAnalytics,
  CurrencySales: analytics.currencySales,
  SalesFigures: analytics.salesFigures,
  SalesStep: analytics.salesStep,
  PaymentMethodAnalytics: analytics.paymentMethodAnalytics,
  PaymentMethodSales: analytics.paymentMethodSales,
  PaymentAnalytics: analytics.paymentAnalytics,
  PaymentTotals: analytics.paymentTotals,
  PaymentSums: analytics.paymentSums,
  FunnelAnalytics: analytics.funnelAnalytics,
  FunnelStatus: analytics.funnelStatus,
  CancellationAnalytics: analytics.cancellationAnalytics,
  CancellationReason: analytics.cancellationReason,
  ReturnAnalytics: analytics.returnAnalytics,
  ReturnReason: analytics.returnReason,
  ProductAnalytics: analytics.productAnalytics,
  ProductFigures: analytics.productFigures,
  WarehouseAnalytics: analytics.warehouseAnalytics,
  WarehouseFigures: analytics.warehouseFigures,
  Health: health.health,
  DependencyHealth: health.dependencyHealth,
  DependencyReport: health.dependencyReport,
  Probe: health.probe,
  Fault: responses.fault,
  Problem: responses.problem,
  ProblemType: responses.problemType,
  OrderPayment: orders.orderPayment,
  Hold: orders.hold,
  Actor: orders.actor,
  Metadata: text.metadata,
} as const;

/** What clients send, by name in the document. */
export const requestSchemas = (defaultCountry: string) => {
  const order = create.createOrderBody(defaultCountry);
  return {
    CreateOrderRequest: order,
    CreateOrderItem: order.shape.items.element,
    CreateOrderPayment: order.shape.payments.unwrap().element,
    AddressInput: order.shape.billing_address.unwrap(),
    EditedAddress: create.editedAddress,
    UpdateOrderRequest: requests.updateBody,
    UpdateOrderStatusRequest: requests.changeStatusBody,
    CancelOrderRequest: requests.cancelBody,
    CancelOrderItemsRequest: requests.cancelItemsBody,
    BulkChangeRequest: desk.bulkBody,
    HoldOrderRequest: desk.holdBody,
    ReleaseOrderRequest: desk.releaseBody,
    RestoreOrderRequest: desk.restoreBody,
    EraseOrdersRequest: desk.eraseBody,
    StaffActionRequest: staff.actionBody,
  } as const;
};

/** What calls are asked by, by the names that the operation table has for it. */
export const querySchemas = {
  listOrders: requests.listOrdersQuery,
  exportOrders: requests.exportOrdersQuery,
  watchOrders: requests.watchOrdersQuery,
  history: requests.historyQuery,
  moment: audit.momentQuery,
  diff: audit.diffQuery,
  effects: staff.effectsQuery,
  deadLetters: staff.deadLettersQuery,
  salesAnalytics: analyticsQueries.salesAnalyticsQuery,
  paymentMethodAnalytics: analyticsQueries.paymentMethodAnalyticsQuery,
  paymentAnalytics: analyticsQueries.paymentAnalyticsQuery,
  funnelAnalytics: analyticsQueries.funnelAnalyticsQuery,
  rankedAnalytics: analyticsQueries.rankedAnalyticsQuery,
  productAnalytics: analyticsQueries.productAnalyticsQuery,
} as const satisfies Readonly<Record<string, z.ZodObject>>;

/** Names of answers. */
export type AnswerName = keyof typeof answerSchemas;
/** Names of request bodies. */
export type RequestName = keyof ReturnType<typeof requestSchemas>;
/** Names of queries. */
export type QueryName = keyof typeof querySchemas;
