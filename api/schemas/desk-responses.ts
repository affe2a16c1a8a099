import { z } from 'zod';
import { actionNames } from '../../actors/rules/actions.js';
import { statuses } from '../../actors/rules/transitions.js';
import type { ErasedOrders } from '../erase-orders.js';
import type { ActionsAnswer } from '../order-actions.js';
import { preview } from './previews.js';
import { count, itemId, positive, utc } from './order.js';
import { errorCode, problem } from './responses.js';

/** How much of one line can be cancelled. */
export const cancellableLine = z
  .strictObject({
    item_id: itemId.describe('Line of the order.'),
    max_quantity: count.describe('Units that can be cancelled; 0 where none.'),
  })
  .describe('How much of one line can be cancelled.');

/** One action. */
export const orderAction = z
  .strictObject({
    action: z
      .enum(actionNames)
      .describe('Which call: UpdateOrderStatus, CancelOrder, CancelOrderItems, UpdateOrder, HoldOrder, ReleaseOrder.'),
    to: z.enum(statuses).optional().describe('The status that it would change to.'),
    allowed: z.boolean().describe('Whether the call with a valid body would be accepted now.'),
    code: errorCode.optional().describe('Why not: the code of the problem that the call would get.'),
    detail: z.string().optional().describe('What exactly, in a sentence.'),
    remedy: z.string().optional().describe('What to do.'),
    until: utc
      .optional()
      .describe('When `allowed` changes by itself, as far as the deadlines are known. RFC 3339 UTC.'),
    items: z.array(cancellableLine).optional().describe('Every line of the order.'),
  })
  .describe('One action, decided as its call would be.');

/** GetOrderActions. */
export const orderActions = z
  .strictObject({
    order_id: z.guid().describe('The order it belongs to.'),
    version: positive.describe('The version that this was computed for. Also the `ETag`.'),
    actions: z.array(orderAction).describe('`change_status` once for each status; `items` with `cancel_items`.'),
  })
  .describe('What can be done with an order.') satisfies z.ZodType<ActionsAnswer>;

/** The result of a bulk request for one order. */
export const bulkResult = z
  .strictObject({
    order_id: z.guid().describe('The order it belongs to.'),
    outcome: z
      .enum(['done', 'refused', 'unavailable'])
      .describe('`unavailable`: nothing is known to have happened; send the request again with its key.'),
    version: positive
      .optional()
      .describe('The version after the change; in a dry run the version that the preview was computed at.'),
    problem: problem.optional().describe('Why it was refused, or is unavailable.'),
    preview: preview.optional().describe('In a dry run: what the call would do to this order.'),
  })
  .describe('The result for one order.');

/** BulkChangeOrders. */
export const bulkResults = z.strictObject({ results: z.array(bulkResult).describe('In the order of `order_ids`.') });

/** An order that is not erased, and why. */
export const keptOrder = z
  .strictObject({
    order_id: z.guid().describe('The order it belongs to.'),
    why: z.string().describe('Why not.'),
  })
  .describe('An order that is not erased.');

/** EraseOrders. */
export const erasedOrders = z
  .strictObject({
    erased: count.describe('How many orders were erased by this call.'),
    kept: z.array(keptOrder).describe('The orders that are not erased.'),
  })
  .describe('The result of a request to erase.') satisfies z.ZodType<ErasedOrders>;
