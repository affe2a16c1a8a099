import { z } from 'zod';
import { operations, targets } from '../../actors/rules/effects.js';
import { orderChange } from './audit.js';
import { amount, currencyCode, order, positive } from './order.js';
import { createdOrderAnswer, orderAnswer } from './responses.js';

/** What a call would send to another service. */
export const previewedEffect = z
  .strictObject({
    target: z.enum(targets.filter((target) => target !== 'events')).describe('Where it goes.'),
    operation: z.enum(operations.filter((operation) => operation !== 'event.publish')).describe('What it does there.'),
    payload: z.record(z.string(), z.unknown()).describe('What is sent.'),
  })
  .describe('What another service would be asked.');

/** What a call would ask back of the payments. */
export const previewedRefund = z
  .strictObject({
    amount: amount.describe('All that would be asked back. Decimal string.'),
    currency: currencyCode.describe('ISO 4217; decides how many decimals amounts have.'),
    lines: z
      .array(
        z.strictObject({
          item_id: z.string().describe('Line of the order.'),
          amount: z.string().describe('What the line is worth less. Decimal string.'),
        }),
      )
      .describe('What each line is worth less than before.'),
    other_amount: z
      .string()
      .describe(
        'The rest of `amount`: shipping, discount and tax of the order itself, what was owed before. Decimal string, ' +
          'with a minus where it is below zero.',
      ),
    payments: z
      .array(
        z.strictObject({
          payment_id: z.string().optional().describe('Id of the payment in the payment service.'),
          amount: amount.describe('What would be asked back of it. Decimal string.'),
        }),
      )
      .describe('How much of each payment; without an id, money whose payment is not known.'),
  })
  .describe('What payments would be asked to give back.');

/** The order as it would be; a creation's has neither id nor number. */
const previewedOrder = order.partial({ id: true, order_number: true });

const previewFields = {
  version: positive
    .optional()
    .describe('The version that this was computed at; absent for CreateOrder. Pass it as `If-Match` to do the same.'),
  order: previewedOrder.describe('The order as it would be; for CreateOrder without `id` and `order_number`.'),
  changes: z.array(orderChange).describe('Every leaf that would differ, without `version` and `updated_at`.'),
  effects: z.array(previewedEffect).describe('What other services would be asked.'),
  refund: previewedRefund
    .optional()
    .describe('What payments would be asked to give back; absent where nothing is owed.'),
};

/** What a call would do. */
export const preview = z
  .strictObject({
    ...previewFields,
    version: previewFields.version.describe('The version that this was computed at.'),
    order: previewedOrder.describe('The order as it would be.'),
  })
  .describe('What the call would do to this order.');

/** A dry run. */
export const previewAnswer = z
  .strictObject({ dry_run: z.literal(true).describe('Always true.'), ...previewFields })
  .describe(
    'What a call would do. Only times, ids, the order number and events that arrive in between ' +
      'can differ from what it does.',
  );

/** Every call that changes one order. */
export const changeAnswer = z
  .union([orderAnswer, previewAnswer])
  .describe('The order, or with `dry_run=true` what the call would do.');

/** CreateOrder, where it does not create. */
export const createAnswer = z
  .union([createdOrderAnswer, previewAnswer])
  .describe('The order that this key created before, or with `dry_run=true` what the call would do.');
