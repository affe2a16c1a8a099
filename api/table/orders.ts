import {
  CancelOrderRequest,
  GetOrderEditHistoryRequest,
  GetOrderRequest,
  GetOrderStatusHistoryRequest,
  OrderServiceService as service,
  UpdateOrderStatusRequest,
} from '../../proto/gen/order/v1/order.js';
import { withIdAndInput, withInput } from '../call-input.js';
import { cancelOrderItemsInput, createOrderInput, input, listOrdersInput, updateOrderInput } from '../grpc/inputs.js';
import {
  changedReply,
  createdReply,
  editHistoryReply,
  foundReply,
  listReply,
  statusHistoryReply,
} from '../grpc/replies.js';
import { unary } from '../grpc/unary.js';
import { sendChanged, sendCreated, sendExport, sendFound, sendList, sendPage } from '../rest/send.js';
import { base, type Operation, operation, changed, changeParameters, changeProblems } from './operation.js';

const paged = 'Pages by `page_size` and `page_token`.';

/** The calls of `order.v1.OrderService`: one row each. */
export const orderOperations: readonly Operation[] = [
  operation(
    {
      path: base,
      method: 'post',
      id: 'createOrder',
      tag: 'Orders',
      call: 'create',
      summary: 'Create an order',
      description:
        'Stores a confirmed order and answers. The event, fulfilment and notices follow by themselves and cannot be lost. ' +
        'With an `Idempotency-Key` the same request again answers the order as it is now. No `If-Match` matches an order ' +
        'that is not there yet (412).',
      parameters: ['Idempotency-Key', 'dry_run'],
      body: 'CreateOrderRequest',
      longBody: true,
      answers: {
        201: { description: 'Created.', schema: 'CreatedOrderAnswer', headers: ['Location', 'ETag'] },
        200: {
          description: 'This key created it before, and nothing was done; or, for a dry run, what the call would do.',
          schema: 'CreateAnswer',
          headers: ['Idempotent-Replayed'],
        },
      },
      problems: ['version_conflict', 'idempotency_key_reused', 'order_busy'],
    },
    ({ operations }) => withInput(operations.createOrder),
    sendCreated,
    unary(service.createOrder, createOrderInput, createdReply),
  ),
  operation(
    {
      path: base,
      method: 'get',
      id: 'listOrders',
      tag: 'Orders',
      call: 'list',
      summary: 'List orders',
      description:
        'Newest first; all filters together. A customer sees only their own, and has no filters by payment, parcel, line, hold ' +
        `or deadline (403). ${paged}`,
      query: 'listOrders',
      answers: { 200: { description: 'One page.', schema: 'OrderPage' } },
    },
    ({ operations }) => withInput(operations.listOrders),
    sendList,
    unary(service.listOrders, listOrdersInput, listReply),
  ),
  operation(
    {
      path: `${base}/export`,
      method: 'get',
      id: 'exportOrders',
      tag: 'Orders',
      call: 'export',
      summary: 'Export orders',
      description:
        'All orders that the filters of ListOrders find, newest first, as a stream: each once, as it is when its part is read, ' +
        'and none that was created after the start. A fault breaks the connection, so a complete response is a complete ' +
        'export. CSV has a row for each item: the fields of the order that are no lists or objects, then those of the item.',
      query: 'exportOrders',
      answers: {
        200: {
          description: 'The orders: one JSON object a line, or a table.',
          mediaTypes: ['application/x-ndjson', 'text/csv'],
          headers: ['Content-Disposition', 'Search-As-Of'],
        },
      },
    },
    ({ operations }) => withInput(operations.exportOrders),
    sendExport,
  ),
  operation(
    {
      path: `${base}/{id}`,
      method: 'get',
      id: 'getOrder',
      tag: 'Orders',
      call: 'get',
      summary: 'Read an order',
      description:
        'By id or by order number. With `If-None-Match` only what has changed. With `version` or `at`, not both: the complete ' +
        'order as it was then, in the present shape; `not_found` where it had no such version. The rights are those of today.',
      parameters: ['OrderRef', 'If-None-Match'],
      query: 'moment',
      answers: {
        200: { description: 'The order.', schema: 'OrderAnswer', headers: ['ETag'] },
        304: { description: 'Not changed since.', headers: ['ETag'] },
      },
      problems: ['order_not_found', 'not_found'],
    },
    ({ operations }) => withIdAndInput(operations.getOrder),
    sendFound,
    unary(service.getOrder, input(GetOrderRequest, ['id']), foundReply),
  ),
  operation(
    {
      path: `${base}/{id}`,
      method: 'put',
      id: 'updateOrder',
      tag: 'Changes',
      call: 'update',
      summary: 'Change addresses, notes or metadata, also of items',
      description:
        'Each leaf that differs becomes an entry of the edit history; nothing different is no new version. ' +
        'Customers and guests edit until processing, and no metadata.',
      parameters: ['OrderId', ...changeParameters],
      body: 'UpdateOrderRequest',
      longBody: true,
      answers: { 200: changed },
      problems: [...changeProblems, 'order_not_editable'],
    },
    ({ operations }) => withIdAndInput(operations.updateOrder),
    sendChanged,
    unary(service.updateOrder, updateOrderInput, changedReply),
  ),
  operation(
    {
      path: `${base}/{id}/status`,
      method: 'put',
      id: 'updateOrderStatus',
      tag: 'Changes',
      call: 'change_status',
      summary: 'Move the status by hand',
      description:
        'confirmed → processing, cancelled; processing → shipped, cancelled; shipped → delivered, partially_returned; ' +
        'delivered → partially_returned, returned; partially_returned → returned. `cancelled` acts as CancelOrder, ' +
        '`returned` returns all that remains.',
      parameters: ['OrderId', ...changeParameters],
      body: 'UpdateOrderStatusRequest',
      answers: { 200: changed },
      problems: [...changeProblems, 'illegal_transition', 'order_on_hold'],
    },
    ({ operations }) => withIdAndInput(operations.updateOrderStatus),
    sendChanged,
    unary(service.updateOrderStatus, input(UpdateOrderStatusRequest, ['id']), changedReply),
  ),
  operation(
    {
      path: `${base}/{id}/cancel`,
      method: 'post',
      id: 'cancelOrder',
      tag: 'Changes',
      call: 'cancel',
      summary: 'Cancel an order',
      description:
        'Only until it is shipped. Stock is released, fulfilment stopped and what is owed refunded, surely and once each.',
      parameters: ['OrderId', ...changeParameters],
      body: 'CancelOrderRequest',
      answers: { 200: changed },
      problems: [...changeProblems, 'order_not_cancellable'],
    },
    ({ operations }) => withIdAndInput(operations.cancelOrder),
    sendChanged,
    unary(service.cancelOrder, input(CancelOrderRequest, ['id']), changedReply),
  ),
  operation(
    {
      path: `${base}/{id}/cancel-items`,
      method: 'post',
      id: 'cancelOrderItems',
      tag: 'Changes',
      call: 'cancel_items',
      summary: 'Cancel units of an order',
      description: 'By quantity, only until it is shipped. Cancelling the last unit cancels the order.',
      parameters: ['OrderId', ...changeParameters],
      body: 'CancelOrderItemsRequest',
      answers: { 200: changed },
      problems: [...changeProblems, 'order_not_cancellable', 'quantity_not_available'],
    },
    ({ operations }) => withIdAndInput(operations.cancelOrderItems),
    sendChanged,
    unary(service.cancelOrderItems, cancelOrderItemsInput, changedReply),
  ),
  operation(
    {
      path: `${base}/{id}/status-history`,
      method: 'get',
      id: 'getOrderStatusHistory',
      observedAs: 'status_history',
      tag: 'Histories',
      call: 'history',
      summary: 'Read the status history',
      description: `Every move, oldest first. ${paged}`,
      parameters: ['OrderRef'],
      query: 'history',
      answers: { 200: { description: 'One page.', schema: 'StatusHistoryPage' } },
      problems: ['order_not_found'],
    },
    ({ operations }) => withIdAndInput(operations.statusHistory),
    sendPage('history'),
    unary(service.getOrderStatusHistory, input(GetOrderStatusHistoryRequest, ['order_id']), statusHistoryReply),
  ),
  operation(
    {
      path: `${base}/{id}/edit-history`,
      method: 'get',
      id: 'getOrderEditHistory',
      observedAs: 'edit_history',
      tag: 'Histories',
      call: 'history',
      summary: 'Read the edit history',
      description: `Every leaf that an edit changed, oldest first. ${paged}`,
      parameters: ['OrderRef'],
      query: 'history',
      answers: { 200: { description: 'One page.', schema: 'EditHistoryPage' } },
      problems: ['order_not_found'],
    },
    ({ operations }) => withIdAndInput(operations.editHistory),
    sendPage('edits'),
    unary(service.getOrderEditHistory, input(GetOrderEditHistoryRequest, ['order_id']), editHistoryReply),
  ),
];
