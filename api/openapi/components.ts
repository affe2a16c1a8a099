import { address, createOrderBody, editedAddress } from '../schemas/create-order.js';
import {
  changeAnswer,
  createAnswer,
  orderChange,
  preview,
  previewAnswer,
  previewedEffect,
  previewedRefund,
} from '../schemas/previews.js';
import { cancelBody, cancelItemsBody, changeStatusBody, updateBody } from '../schemas/requests.js';
import {
  addressAnswer,
  createdOrderAnswer,
  deadline,
  editHistoryEntry,
  editHistoryPage,
  fault,
  hold,
  itemQuantity,
  order,
  actor,
  orderAnswer,
  orderItem,
  orderPayment,
  orderPage,
  orderReturn,
  problem,
  problemType,
  returnPart,
  shipment,
  statusHistoryEntry,
  statusHistoryPage,
} from '../schemas/responses.js';
import { dependencyHealth, dependencyReport, health, probe } from '../schemas/health-responses.js';
import {
  cancellationAnalytics,
  cancellationReason,
  currencySales,
  funnelAnalytics,
  funnelStatus,
  paymentMethodAnalytics,
  paymentMethodSales,
  productAnalytics,
  productFigures,
  returnAnalytics,
  returnReason,
  salesAnalytics,
  salesFigures,
  salesStep,
  warehouseAnalytics,
  warehouseFigures,
} from '../schemas/analytics-responses.js';
import { bulkBody, holdBody, releaseBody, restoreBody } from '../schemas/desk.js';
import { bulkResult, bulkResults, cancellableLine, orderAction, orderActions } from '../schemas/desk-responses.js';
import { actionBody } from '../schemas/staff.js';
import {
  deadLetter,
  deadLetterAnswer,
  deadLetterPage,
  effect,
  effectAction,
  effectAnswer,
  effectList,
  effectPage,
} from '../schemas/staff-responses.js';
import { metadata } from '../schemas/text.js';

/** What the service answers, by name in the document: tests hold every answer to these. */
export const answerSchemas = {
  Order: order,
  OrderItem: orderItem,
  Address: addressAnswer,
  Shipment: shipment,
  Return: orderReturn,
  ReturnPart: returnPart,
  ItemQuantity: itemQuantity,
  Deadline: deadline,
  OrderAnswer: orderAnswer,
  CreatedOrderAnswer: createdOrderAnswer,
  ChangeAnswer: changeAnswer,
  CreateAnswer: createAnswer,
  Preview: previewAnswer,
  OrderChange: orderChange,
  PreviewedEffect: previewedEffect,
  PreviewedRefund: previewedRefund,
  BulkResults: bulkResults,
  BulkResult: bulkResult,
  BulkPreview: preview,
  OrderActions: orderActions,
  OrderAction: orderAction,
  CancellableLine: cancellableLine,
  OrderPage: orderPage,
  StatusHistoryEntry: statusHistoryEntry,
  StatusHistoryPage: statusHistoryPage,
  EditHistoryEntry: editHistoryEntry,
  EditHistoryPage: editHistoryPage,
  Effect: effect,
  EffectAction: effectAction,
  EffectList: effectList,
  EffectPage: effectPage,
  EffectAnswer: effectAnswer,
  DeadLetter: deadLetter,
  DeadLetterPage: deadLetterPage,
  DeadLetterAnswer: deadLetterAnswer,
  SalesAnalytics: salesAnalytics,
  CurrencySales: currencySales,
  SalesFigures: salesFigures,
  SalesStep: salesStep,
  PaymentMethodAnalytics: paymentMethodAnalytics,
  PaymentMethodSales: paymentMethodSales,
  FunnelAnalytics: funnelAnalytics,
  FunnelStatus: funnelStatus,
  CancellationAnalytics: cancellationAnalytics,
  CancellationReason: cancellationReason,
  ReturnAnalytics: returnAnalytics,
  ReturnReason: returnReason,
  ProductAnalytics: productAnalytics,
  ProductFigures: productFigures,
  WarehouseAnalytics: warehouseAnalytics,
  WarehouseFigures: warehouseFigures,
  Health: health,
  DependencyHealth: dependencyHealth,
  DependencyReport: dependencyReport,
  Probe: probe,
  Fault: fault,
  Problem: problem,
  ProblemType: problemType,
  OrderPayment: orderPayment,
  Hold: hold,
  Actor: actor,
  Metadata: metadata,
} as const;

/** What clients send, by name in the document. */
export const requestSchemas = (defaultCountry: string) => {
  const create = createOrderBody(defaultCountry);
  return {
    CreateOrderRequest: create,
    CreateOrderItem: create.shape.items.element,
    CreateOrderPayment: create.shape.payments.unwrap().element,
    AddressInput: address(defaultCountry),
    EditedAddress: editedAddress,
    UpdateOrderRequest: updateBody,
    UpdateOrderStatusRequest: changeStatusBody,
    CancelOrderRequest: cancelBody,
    CancelOrderItemsRequest: cancelItemsBody,
    BulkChangeRequest: bulkBody,
    HoldOrderRequest: holdBody,
    ReleaseOrderRequest: releaseBody,
    RestoreOrderRequest: restoreBody,
    StaffActionRequest: actionBody,
  } as const;
};

/** Names of answers. */
export type AnswerName = keyof typeof answerSchemas;
/** Names of request bodies. */
export type RequestName = keyof ReturnType<typeof requestSchemas>;
