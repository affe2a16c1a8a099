import { z } from 'zod';
import { operations, targets } from '../../actors/rules/effects.js';
import { createdOrderAnswer, order, orderAnswer, positive } from './responses.js';

const amount = z.string().regex(/^\d{1,18}(\.\d{1,4})?$/);

/** One leaf that a call would change. */
export const orderChange = z.strictObject({ path: z.string(), old: z.unknown(), new: z.unknown() });

/** What a call would send to another service. */
export const previewedEffect = z.strictObject({
  target: z.enum(targets.filter((target) => target !== 'events')),
  operation: z.enum(operations.filter((operation) => operation !== 'event.publish')),
  payload: z.record(z.string(), z.unknown()),
});

/** What a call would ask back of the payments. */
export const previewedRefund = z.strictObject({
  amount,
  currency: z.string(),
  lines: z.array(z.strictObject({ item_id: z.string(), amount: z.string() })),
  other_amount: z.string(),
  payments: z.array(z.strictObject({ payment_id: z.string().optional(), amount })),
});

/** The order as it would be; a creation's has neither id nor number. */
const previewedOrder = order.partial({ id: true, order_number: true });

const previewFields = {
  version: positive.optional(),
  order: previewedOrder,
  changes: z.array(orderChange),
  effects: z.array(previewedEffect),
  refund: previewedRefund.optional(),
};

/** What a call would do. */
export const preview = z.strictObject(previewFields);

/** A dry run. */
export const previewAnswer = z.strictObject({ dry_run: z.literal(true), ...previewFields });

/** Every call that changes one order. */
export const changeAnswer = z.union([orderAnswer, previewAnswer]);

/** CreateOrder, where it does not create. */
export const createAnswer = z.union([createdOrderAnswer, previewAnswer]);
