import { GetOrderDiffRequest, OrderServiceService } from '../../proto/gen/order/v1/order.js';
import {
  ListOrderEntriesRequest,
  OrderStaffServiceService as service,
  VerifyOrderRequest,
} from '../../proto/gen/order/v1/staff.js';
import { withId, withIdAndInput } from '../call-input.js';
import { input } from '../grpc/inputs.js';
import { diffReply } from '../grpc/replies.js';
import { entriesReply, verifiedReply } from '../grpc/staff-replies.js';
import { unary } from '../grpc/unary.js';
import { sendNamed, sendPage, sendValue } from '../rest/send.js';
import { base, type Operation, operation } from './operation.js';

/** Looking back on an order, and proving its journal: one row each. */
export const auditOperations: readonly Operation[] = [
  operation(
    {
      path: `${base}/{id}/diff`,
      method: 'get',
      id: 'getOrderDiff',
      tag: 'Histories',
      call: 'history',
      summary: 'Compare two versions of an order',
      description:
        'Every leaf that differs, under its path in the edit history; `version` and `updated_at` are left out. A version ' +
        'that does not exist is `not_found`.',
      parameters: ['OrderRef'],
      query: 'diff',
      answers: { 200: { description: 'The changes; none where the versions are equal.', schema: 'OrderDiff' } },
      problems: ['order_not_found', 'not_found'],
    },
    ({ audit }) => withIdAndInput(audit.getOrderDiff),
    sendNamed('changes'),
    unary(OrderServiceService.getOrderDiff, input(GetOrderDiffRequest, ['id']), diffReply),
  ),
  operation(
    {
      path: `${base}/{id}/journal`,
      method: 'get',
      id: 'listOrderEntries',
      tag: 'Staff',
      call: 'staff',
      summary: 'Read the journal of an order',
      description:
        'Everything that happened to the order, oldest first: what, by whom, over which channel, in which trace, and the ' +
        'hash that proves the entry. Pages by `page_size` and `page_token`.',
      parameters: ['OrderRef'],
      query: 'history',
      answers: { 200: { description: 'One page.', schema: 'JournalPage' } },
      problems: ['order_not_found'],
    },
    ({ audit }) => withIdAndInput(audit.listOrderEntries),
    sendPage('entries'),
    unary(service.listOrderEntries, input(ListOrderEntriesRequest, ['id']), entriesReply),
  ),
  operation(
    {
      path: `${base}/{id}/verify`,
      method: 'post',
      id: 'verifyOrder',
      tag: 'Staff',
      call: 'staff',
      summary: 'Verify the journal of an order',
      description:
        'Checks the hash chain, replays the journal with the present rules and compares the replay with the stored order ' +
        'and its items. Changes nothing.',
      parameters: ['OrderRef'],
      answers: { 200: { description: 'What was found.', schema: 'Verification' } },
      problems: ['order_not_found'],
    },
    ({ audit }) => withId(audit.verifyOrder),
    sendValue,
    unary(service.verifyOrder, input(VerifyOrderRequest, ['id']), verifiedReply),
  ),
];
