import type {
  EditHistoryEntry as EditHistoryLine,
  StatusHistoryEntry as StatusHistoryLine,
} from '../../actors/order-reads.js';
import {
  CancelOrderItemsRequest,
  CancelOrderRequest,
  CreateOrderRequest,
  EditHistoryEntry,
  GetOrderActionsRequest,
  GetOrderEditHistoryRequest,
  GetOrderRequest,
  GetOrderStatusHistoryRequest,
  ItemQuantity,
  ListOrdersRequest,
  Order,
  OrderServiceService as service,
  StatusHistoryEntry,
  UpdateOrderRequest,
  UpdateOrderStatusRequest,
} from '../../proto/gen/order/v1/order.js';
import type { AuditOperations } from '../audit-operations.js';
import type { DeskOperations } from '../desk-operations.js';
import { ok } from '../errors.js';
import type { Operations } from '../operations.js';
import { change, etag, metadataOf, orderOf, previewReply } from './change.js';
import { given } from './decode.js';
import { orderAuditMethods } from './audit.js';
import { createOrderInput, updateInput } from './inputs.js';
import { createMethod, type Method } from './method.js';
import { messagesOf } from './page.js';

const statusEntryOf = (entry: StatusHistoryLine): StatusHistoryEntry => ({ ...entry });
const editEntryOf = (entry: EditHistoryLine): EditHistoryEntry => ({ ...entry });

/**
 * The nine core calls. A thin skin, as in REST: messages in, results and problems out. The same schemas
 * read the input, so the same faults are found.
 */
export const orderMethods = (
  operations: Operations,
  audit: AuditOperations,
  desk: DeskOperations,
): Readonly<Record<Exclude<keyof typeof service, 'watchOrder'>, Method>> => ({
  ...orderAuditMethods(audit),
  getOrderActions: createMethod(service.getOrderActions, GetOrderActionsRequest, async ({ id }, context) => {
    const result = await desk.orderActions(id, context);
    if (!result.ok) return result;
    const { actions, ...about } = result.value;
    const message = { ...about, actions: actions.map((one) => ({ ...one, items: [...(one.items ?? [])] })) };
    return ok({ message, metadata: { etag: `"${about.version}"` } });
  }),

  createOrder: createMethod(
    service.createOrder,
    CreateOrderRequest,
    async (message, context) => {
      const result = await operations.createOrder(createOrderInput(message), context);
      if (!result.ok) return result;
      if ('preview' in result.value) return ok(previewReply(result.value));
      const { document, guestToken } = result.value;
      const created = { order: orderOf(document), guest_token: guestToken, preview: undefined };
      return ok({ message: created, metadata: metadataOf(result.value) });
    },
    { size: 'long', canDryRun: true },
  ),

  getOrder: createMethod(service.getOrder, GetOrderRequest, async (message, context) => {
    const { id: _id, ...moment } = given(GetOrderRequest, message);
    const result = await operations.getOrder(message.id, moment, context);
    return result.ok ? ok({ message: { order: orderOf(result.value) }, metadata: etag(result.value) }) : result;
  }),

  listOrders: createMethod(service.listOrders, ListOrdersRequest, async (message, context) => {
    const { status, ...filter } = given(ListOrdersRequest, message);
    // No status asked for is any status; an empty list of them would match none.
    const result = await operations.listOrders(status?.length === 0 ? filter : { ...filter, status }, context);
    if (!result.ok) return result;
    const { messages, nextPageToken } = messagesOf(result.value, orderOf, Order);
    const { searchAsOf: search_as_of } = result.value;
    return ok({ message: { orders: messages, next_page_token: nextPageToken, search_as_of } });
  }),

  updateOrderStatus: createMethod(
    service.updateOrderStatus,
    UpdateOrderStatusRequest,
    change(UpdateOrderStatusRequest, operations.updateOrderStatus),
    { canDryRun: true },
  ),

  updateOrder: createMethod(
    service.updateOrder,
    UpdateOrderRequest,
    change(UpdateOrderRequest, operations.updateOrder, updateInput),
    { size: 'long', canDryRun: true },
  ),

  cancelOrder: createMethod(
    service.cancelOrder,
    CancelOrderRequest,
    change(CancelOrderRequest, operations.cancelOrder),
    { canDryRun: true },
  ),

  cancelOrderItems: createMethod(
    service.cancelOrderItems,
    CancelOrderItemsRequest,
    change(CancelOrderItemsRequest, operations.cancelOrderItems, ({ items }) => ({
      items: items.map((item) => given(ItemQuantity, item)),
    })),
    { canDryRun: true },
  ),

  getOrderStatusHistory: createMethod(
    service.getOrderStatusHistory,
    GetOrderStatusHistoryRequest,
    async (message, context) => {
      const { order_id: _id, ...page } = given(GetOrderStatusHistoryRequest, message);
      const result = await operations.statusHistory(message.order_id, page, context);
      if (!result.ok) return result;
      const { messages, nextPageToken } = messagesOf(result.value, statusEntryOf, StatusHistoryEntry);
      return ok({ message: { history: messages, next_page_token: nextPageToken } });
    },
  ),

  getOrderEditHistory: createMethod(
    service.getOrderEditHistory,
    GetOrderEditHistoryRequest,
    async (message, context) => {
      const { order_id: _id, ...page } = given(GetOrderEditHistoryRequest, message);
      const result = await operations.editHistory(message.order_id, page, context);
      if (!result.ok) return result;
      const { messages, nextPageToken } = messagesOf(result.value, editEntryOf, EditHistoryEntry);
      return ok({ message: { edits: messages, next_page_token: nextPageToken } });
    },
  ),
});
