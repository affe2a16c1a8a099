import { parameter } from '../rest/handle.js';
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
      grpc: 'OrderStaffService',
      summary: 'Change many orders alike',
      description:
        '`change_status`, `cancel`, `hold` or `release` with the fields of that call, for up to 500 orders. Each order is ' +
        'changed by itself; the results are in the order of the ids. The same key and body again answers `done` for orders ' +
        'done before and tries the others again.',
      parameters: ['Idempotency-Key', 'dry_run'],
      body: 'BulkChangeRequest',
      answers: { 200: { description: 'The result for each order.', schema: 'BulkResults' } },
      problems: ['idempotency_key_reused'],
    },
    ({ desk }) =>
      (request, context) =>
        desk.bulkChangeOrders(request.body, context),
    sendBulk,
  ),
  operation(
    {
      path: `${base}/erase`,
      method: 'post',
      id: 'eraseOrders',
      tag: 'Desk',
      call: 'erase',
      grpc: 'OrderStaffService',
      summary: 'Erase what is personal of a customer or guest',
      description:
        'Of all their orders that are cancelled or completed and settled: emails, addresses except the country, notes, ' +
        'metadata, reasons and every other free text, wherever they are stored. Other orders are kept, each with the ' +
        'reason. Repeating the call is harmless.',
      parameters: ['Idempotency-Key'],
      body: 'EraseOrdersRequest',
      answers: { 200: { description: 'What was erased, and what was not.', schema: 'ErasedOrders' } },
      problems: ['idempotency_key_reused'],
    },
    ({ desk }) =>
      (request, context) =>
        desk.eraseOrders(request.body, context),
    sendValue,
  ),
  operation(
    {
      path: `${base}/{id}/actions`,
      method: 'get',
      id: 'getOrderActions',
      tag: 'Orders',
      call: 'get',
      grpc: 'OrderService',
      summary: 'Read what can be done with an order',
      description:
        'Every action for the role of the caller, each decided as the call itself would be at this version and moment: ' +
        'whether it would be accepted, else why not.',
      parameters: ['OrderRef'],
      answers: { 200: { description: 'All actions.', schema: 'OrderActions', headers: ['ETag'] } },
      problems: ['order_not_found'],
    },
    ({ desk }) =>
      (request, context) =>
        desk.orderActions(parameter(request, 'id'), context),
    sendActions,
  ),
  operation(
    {
      path: `${base}/{id}/hold`,
      method: 'post',
      id: 'holdOrder',
      tag: 'Desk',
      call: 'hold',
      grpc: 'OrderStaffService',
      summary: 'Put an order on hold',
      description:
        'Fulfilment waits until the order is released, or until `until`. Only before it is shipped. Meanwhile the status ' +
        'cannot be changed by hand; cancelling and editing stay possible, and events apply.',
      parameters: ['OrderId', ...changeParameters],
      body: 'HoldOrderRequest',
      answers: { 200: changed },
      problems: [...changeProblems, 'illegal_transition', 'order_on_hold'],
    },
    ({ desk }) =>
      (request, context) =>
        desk.holdOrder(parameter(request, 'id'), request.body, context),
    sendChanged,
  ),
  operation(
    {
      path: `${base}/{id}/release`,
      method: 'post',
      id: 'releaseOrder',
      tag: 'Desk',
      call: 'release',
      grpc: 'OrderStaffService',
      summary: 'Release an order from hold',
      description: 'Ends the hold of a person. The hold of an order that is not paid for ends when it is.',
      parameters: ['OrderId', ...changeParameters],
      body: 'ReleaseOrderRequest',
      bodyOptional: true,
      answers: { 200: changed },
      problems: [...changeProblems, 'order_not_held'],
    },
    ({ desk }) =>
      (request, context) =>
        desk.releaseOrder(parameter(request, 'id'), request.body, context),
    sendChanged,
  ),
  operation(
    {
      path: `${base}/{id}/restore`,
      method: 'post',
      id: 'restoreOrder',
      tag: 'Desk',
      call: 'restore',
      grpc: 'OrderStaffService',
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
    ({ desk }) =>
      (request, context) =>
        desk.restoreOrder(parameter(request, 'id'), request.body, context),
    sendChanged,
  ),
];
