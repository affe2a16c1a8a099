import { GetOrderActionsRequest, OrderServiceService } from '../../proto/gen/order/v1/order.js';
import {
  BulkChangeOrdersRequest,
  EraseOrdersRequest,
  HoldOrderRequest,
  OrderStaffServiceService as service,
  ReleaseOrderRequest,
  RestoreOrderRequest,
} from '../../proto/gen/order/v1/staff.js';
import { withId, withIdAndInput, withInput } from '../call-input.js';
import { input } from '../grpc/inputs.js';
import { actionsReply, changedReply } from '../grpc/replies.js';
import { bulkReply, erasedReply } from '../grpc/staff-replies.js';
import { unary } from '../grpc/unary.js';
import { sendActions, sendBulk, sendChanged, sendValue } from '../rest/send.js';
import { base, type Operation, operation, changed, changeParameters, changeProblems } from './operation.js';

/** The calls of the support desk: one row each. */
export const deskOperations: readonly Operation[] = [
  operation(
    {
      path: `${base}/bulk`,
      method: 'post',
      id: 'bulkChangeOrders',
      tag: 'Desk',
      call: 'bulk',
      summary: 'Change many orders alike',
      description:
        '`change_status`, `cancel`, `hold` or `release` with the fields of that call, for up to 500 orders. Each order is ' +
        'changed by itself; the results are in the order of the ids. The same key and body again answers `done` for orders ' +
        'done before and tries the others again.',
      parameters: ['Idempotency-Key', 'dry_run'],
      body: 'BulkChangeRequest',
      extent: 'many',
      answers: { 200: { description: 'The result for each order.', schema: 'BulkResults' } },
      problems: ['idempotency_key_reused'],
    },
    ({ desk }) => withInput(desk.bulkChangeOrders),
    sendBulk,
    unary(service.bulkChangeOrders, input(BulkChangeOrdersRequest), bulkReply),
  ),
  operation(
    {
      path: `${base}/erase`,
      method: 'post',
      id: 'eraseOrders',
      tag: 'Desk',
      call: 'erase',
      summary: 'Erase what is personal of a customer or guest',
      description:
        'Of all their orders that are cancelled or completed and settled: emails, addresses except the country, notes, ' +
        'metadata, reasons and every other free text, wherever they are stored. Other orders are kept, each with the ' +
        'reason. Repeating the call is harmless.',
      parameters: ['Idempotency-Key'],
      body: 'EraseOrdersRequest',
      extent: 'many',
      answers: { 200: { description: 'What was erased, and what was not.', schema: 'ErasedOrders' } },
      problems: ['idempotency_key_reused'],
    },
    ({ desk }) => withInput(desk.eraseOrders),
    sendValue,
    unary(service.eraseOrders, input(EraseOrdersRequest), erasedReply),
  ),
  operation(
    {
      path: `${base}/{id}/actions`,
      method: 'get',
      id: 'getOrderActions',
      observedAs: 'order_actions',
      tag: 'Orders',
      call: 'get',
      summary: 'Read what can be done with an order',
      description:
        'Every action for the role of the caller, each decided as the call itself would be at this version and moment: ' +
        'whether it would be accepted, else why not.',
      parameters: ['OrderRef'],
      answers: { 200: { description: 'All actions.', schema: 'OrderActions', headers: ['ETag'] } },
      problems: ['order_not_found'],
    },
    ({ desk }) => withId(desk.orderActions),
    sendActions,
    unary(OrderServiceService.getOrderActions, input(GetOrderActionsRequest, ['id']), actionsReply),
  ),
  operation(
    {
      path: `${base}/{id}/hold`,
      method: 'post',
      id: 'holdOrder',
      tag: 'Desk',
      call: 'hold',
      summary: 'Put an order on hold',
      description:
        'Fulfilment waits until the order is released, or until `until`. Only before it is shipped. Meanwhile the status ' +
        'cannot be changed by hand; cancelling and editing stay possible, and events apply.',
      parameters: ['OrderId', ...changeParameters],
      body: 'HoldOrderRequest',
      answers: { 200: changed },
      problems: [...changeProblems, 'illegal_transition', 'order_on_hold'],
    },
    ({ desk }) => withIdAndInput(desk.holdOrder),
    sendChanged,
    unary(service.holdOrder, input(HoldOrderRequest, ['id']), changedReply),
  ),
  operation(
    {
      path: `${base}/{id}/release`,
      method: 'post',
      id: 'releaseOrder',
      tag: 'Desk',
      call: 'release',
      summary: 'Release an order from hold',
      description: 'Ends the hold of a person. The hold of an order that is not paid for ends when it is.',
      parameters: ['OrderId', ...changeParameters],
      body: 'ReleaseOrderRequest',
      bodyOptional: true,
      answers: { 200: changed },
      problems: [...changeProblems, 'order_not_held'],
    },
    ({ desk }) => withIdAndInput(desk.releaseOrder),
    sendChanged,
    unary(service.releaseOrder, input(ReleaseOrderRequest, ['id']), changedReply),
  ),
  operation(
    {
      path: `${base}/{id}/restore`,
      method: 'post',
      id: 'restoreOrder',
      tag: 'Desk',
      call: 'restore',
      summary: 'Undo the cancellation of an order',
      description:
        'While the deadline `grace` of a cancelled order has not passed: status, quantities, hold and deadlines are again ' +
        'as before, and what the cancellation asked of other services is withdrawn.',
      parameters: ['OrderId', ...changeParameters],
      body: 'RestoreOrderRequest',
      bodyOptional: true,
      answers: { 200: changed },
      problems: [...changeProblems, 'order_not_restorable'],
    },
    ({ desk }) => withIdAndInput(desk.restoreOrder),
    sendChanged,
    unary(service.restoreOrder, input(RestoreOrderRequest, ['id']), changedReply),
  ),
];
