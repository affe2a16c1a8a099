import type { TimelineEntry } from '../../actors/journal.js';
import { GetOrderDiffRequest, OrderServiceService } from '../../proto/gen/order/v1/order.js';
import {
  JournalEntry,
  ListOrderEntriesRequest,
  OrderStaffServiceService,
  VerifyOrderRequest,
} from '../../proto/gen/order/v1/staff.js';
import type { AuditOperations } from '../audit-operations.js';
import { ok } from '../errors.js';
import { cutForMessage, messagesOf } from './page.js';
import { given } from './decode.js';
import { createMethod, type Method } from './method.js';

/** The journal holds JSON objects, by the types of the rules. */
const entryOf = (entry: TimelineEntry): JournalEntry => ({ ...entry, data: cutForMessage({ ...entry.data }) });

/** The calls of `order.v1.OrderService` that look back on an order. */
export const orderAuditMethods = (audit: AuditOperations): Readonly<Record<'getOrderDiff', Method>> => ({
  getOrderDiff: createMethod(OrderServiceService.getOrderDiff, GetOrderDiffRequest, async (message, context) => {
    const { id: _id, ...versions } = given(GetOrderDiffRequest, message);
    const result = await audit.getOrderDiff(message.id, versions, context);
    return result.ok ? ok({ message: { changes: [...result.value] } }) : result;
  }),
});

/** The calls of `order.v1.OrderStaffService` that read and prove a journal. */
export const staffAuditMethods = (
  audit: AuditOperations,
): Readonly<Record<'listOrderEntries' | 'verifyOrder', Method>> => ({
  listOrderEntries: createMethod(
    OrderStaffServiceService.listOrderEntries,
    ListOrderEntriesRequest,
    async (message, context) => {
      const { id: _id, ...page } = given(ListOrderEntriesRequest, message);
      const result = await audit.listOrderEntries(message.id, page, context);
      if (!result.ok) return result;
      const { messages, nextPageToken } = messagesOf(result.value, entryOf, JournalEntry);
      return ok({ message: { entries: messages, next_page_token: nextPageToken } });
    },
  ),

  verifyOrder: createMethod(OrderStaffServiceService.verifyOrder, VerifyOrderRequest, async ({ id }, context) => {
    const result = await audit.verifyOrder(id, context);
    return result.ok ? ok({ message: result.value }) : result;
  }),
});
