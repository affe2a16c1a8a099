import { z } from 'zod';
import { changeStatusBody, cancelBody } from './requests.js';
import { email, foreignId, text, timestamp, uuid } from './text.js';

const reason = text(2_000);

/** HoldOrder. Whether `until` is in the future, the order's actor decides. */
export const holdBody = z.strictObject({ reason, until: timestamp.optional() });

/** ReleaseOrder. */
export const releaseBody = z.strictObject({ reason: reason.optional() });

/** RestoreOrder. */
export const restoreBody = z.strictObject({ reason: reason.optional() });

/** Whose orders are erased is checked whatever else is wrong with the body, so that all faults are told at once. */
const ofAnyObject = ({ value }: { readonly value: unknown }): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** EraseOrders: of one customer, or of one guest. */
export const eraseBody = z
  .strictObject({ customer_id: foreignId.optional(), guest_email: email.optional(), reason })
  .refine(({ customer_id, guest_email }) => customer_id !== undefined || guest_email !== undefined, {
    when: ofAnyObject,
    path: ['customer_id'],
    message: 'is required where there is no guest_email',
  })
  .refine(({ customer_id, guest_email }) => customer_id === undefined || guest_email === undefined, {
    when: ofAnyObject,
    path: ['guest_email'],
    message: 'cannot be given with customer_id',
  });

const orderIds = z
  .array(uuid)
  .min(1, 'must have at least 1')
  .max(500, 'must have at most 500')
  .superRefine((ids, context) => {
    const seen = new Set<string>();
    ids.forEach((id, index) => {
      if (seen.has(id)) context.addIssue({ code: 'custom', path: [index], message: 'is named twice' });
      seen.add(id);
    });
  });

const actions = ['change_status', 'cancel', 'hold', 'release'] as const;

/** BulkChangeOrders: an action with the fields of its own call. */
export const bulkBody = z.discriminatedUnion(
  'action',
  [
    z.strictObject({ action: z.literal('change_status'), order_ids: orderIds, ...changeStatusBody.shape }),
    z.strictObject({ action: z.literal('cancel'), order_ids: orderIds, ...cancelBody.shape }),
    z.strictObject({ action: z.literal('hold'), order_ids: orderIds, ...holdBody.shape }),
    z.strictObject({ action: z.literal('release'), order_ids: orderIds, ...releaseBody.shape }),
  ],
  {
    error: ({ input }) => {
      if (input === undefined) return 'is required';
      return typeof input === 'object' && input !== null && !Array.isArray(input)
        ? `must be one of ${actions.join(', ')}`
        : 'must be object';
    },
  },
);
