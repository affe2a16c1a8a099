import { z } from 'zod';
import { actionNames } from '../../actors/rules/actions.js';
import { statuses } from '../../actors/rules/transitions.js';
import type { ErasedOrders } from '../erase-orders.js';
import type { ActionsAnswer } from '../order-actions.js';
import { preview } from './previews.js';
import { count, errorCode, itemId, positive, problem, utc } from './responses.js';

/** How much of one line can be cancelled. */
export const cancellableLine = z.strictObject({ item_id: itemId, max_quantity: count });

/** One action. */
export const orderAction = z.strictObject({
  action: z.enum(actionNames),
  to: z.enum(statuses).optional(),
  allowed: z.boolean(),
  code: errorCode.optional(),
  detail: z.string().optional(),
  remedy: z.string().optional(),
  until: utc.optional(),
  items: z.array(cancellableLine).optional(),
});

/** GetOrderActions. */
export const orderActions = z.strictObject({
  order_id: z.guid(),
  version: positive,
  actions: z.array(orderAction),
}) satisfies z.ZodType<ActionsAnswer>;

/** The result of a bulk request for one order. */
export const bulkResult = z.strictObject({
  order_id: z.guid(),
  outcome: z.enum(['done', 'refused', 'unavailable']),
  version: positive.optional(),
  problem: problem.optional(),
  preview: preview.optional(),
});

/** BulkChangeOrders. */
export const bulkResults = z.strictObject({ results: z.array(bulkResult) });

/** An order that is not erased, and why. */
export const keptOrder = z.strictObject({ order_id: z.guid(), why: z.string() });

/** EraseOrders. */
export const erasedOrders = z.strictObject({
  erased: count,
  kept: z.array(keptOrder),
}) satisfies z.ZodType<ErasedOrders>;
