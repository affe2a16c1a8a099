import { z } from 'zod';
import type { EditHistoryEntry, StatusHistoryEntry } from '../../actors/order-reads.js';
import { statuses } from '../../actors/rules/transitions.js';
import { type ErrorCode, errorTable, mostNamedFaults } from '../errors.js';
import { actor, order, positive, utc } from './order.js';

/** What the REST gateway answers, exactly: these describe the answers in the OpenAPI document, and tests hold them to it. */

/** Of a trace, as W3C writes it. */
export const traceId = z.string().regex(/^[0-9a-f]{32}$/);

/** One order. */
export const orderAnswer = z.strictObject({ order: order.describe('The order as it is now.') });

/** CreateOrder; with a token where the order has no customer. */
export const createdOrderAnswer = z.strictObject({
  order: order.describe('The order as it is now.'),
  guest_token: z
    .string()
    .optional()
    .describe('Lets a guest reach this order until its return window ends, at most 400 days from its creation.'),
});

/** Where the next page begins. */
export const nextPage = {
  next_page_token: z.string().describe('Pass it as `page_token`; empty on the last page.'),
};

/** ListOrders. */
export const orderPage = z.strictObject({
  orders: z.array(order).describe('Newest first.'),
  ...nextPage,
  search_as_of: utc.optional().describe('Only with `q`: every change before this moment was searched. RFC 3339 UTC.'),
});

/** One move of the status. */
export const statusHistoryEntry = z.strictObject({
  version: positive.describe('Version of the order that this belongs to.'),
  from_status: z.enum(statuses).optional().describe('Absent for the first entry.'),
  to_status: z.enum(statuses).describe('Where it moved.'),
  reason: z.string().optional().describe('Why; kept in the history.'),
  notes: z.string().optional().describe('Free text.'),
  changed_by: actor.describe('Who did it.'),
  changed_at: utc.describe('When. RFC 3339 UTC.'),
}) satisfies z.ZodType<StatusHistoryEntry>;

/** GetOrderStatusHistory. */
export const statusHistoryPage = z.strictObject({
  history: z.array(statusHistoryEntry).describe('Oldest first, complete from the first moment.'),
  ...nextPage,
});

/** One leaf that an edit changed. */
export const editHistoryEntry = z.strictObject({
  version: positive.describe('Version of the order that this belongs to.'),
  field: z.string().describe('Path of the leaf, such as `shipping_address.city`.'),
  old_value: z.unknown().describe('JSON value before, or null.'),
  new_value: z.unknown().describe('JSON value after, or null.'),
  reason: z.string().optional().describe('Why; kept in the history.'),
  changed_by: actor.describe('Who did it.'),
  changed_at: utc.describe('When. RFC 3339 UTC.'),
}) satisfies z.ZodType<EditHistoryEntry>;

/** GetOrderEditHistory. */
export const editHistoryPage = z.strictObject({
  edits: z.array(editHistoryEntry).describe('Oldest first, one entry for each leaf that differs.'),
  ...nextPage,
});

/** One fault of an input. */
export const fault = z.strictObject({
  path: z.string().describe('Where, such as `items[0].quantity`; a header by its name.'),
  message: z.string().describe('What is wrong there.'),
});

/** A code of the error table. */
export const errorCode = z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]);

/** RFC 9457. */
export const problem = z
  .strictObject({
    type: z
      .string()
      .regex(/^\/problems\/[a-z_]+$/)
      .describe('URI of the problem’s page.'),
    title: z.string().describe('The problem in a few words.'),
    status: z.int().min(400).max(599).describe('The HTTP status.'),
    detail: z.string().describe('What exactly, in a sentence.'),
    code: errorCode.describe('The problem, for programs.'),
    trace_id: traceId.optional().describe('The trace; support asks for it.'),
    errors: z.array(fault).max(mostNamedFaults).optional().describe('The first 100 faults of the input, each once.'),
  })
  .describe('What went wrong (RFC 9457).');

/** What `type` of a problem leads to. */
export const problemType = z
  .strictObject({
    type: z
      .string()
      .regex(/^\/problems\/[a-z_]+$/)
      .describe('URI of this page.'),
    code: errorCode.describe('The problem, for programs.'),
    title: z.string().describe('The problem in a few words.'),
    status: z.int().min(400).max(599).describe('The HTTP status.'),
    grpc_status: z
      .string()
      .regex(/^[A-Z_]+$/)
      .describe('The gRPC status.'),
    meaning: z.string().describe('What it means.'),
    remedy: z.string().describe('What to do.'),
  })
  .describe('What a problem code means and what to do about it.');
