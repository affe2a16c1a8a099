import { z } from 'zod';
import { changeStatusBody, cancelBody } from './requests.js';
import { email, foreignId, text, timestamp, uuid } from './text.js';

const reason = text(2_000).describe('Why; kept in the history.');

/** HoldOrder. Whether `until` is in the future, the order's actor decides. */
export const holdBody = z
  .strictObject({
    reason,
    until: timestamp.optional().describe('When it ends by itself. RFC 3339 UTC.'),
  })
  .meta({ examples: [{ reason: 'the address looks wrong', until: '2099-01-01T12:00:00Z' }] });

/** ReleaseOrder. */
export const releaseBody = z
  .strictObject({ reason: reason.optional() })
  .meta({ examples: [{ reason: 'the customer confirmed the address' }] });

/** RestoreOrder. */
export const restoreBody = z
  .strictObject({ reason: reason.optional() })
  .meta({ examples: [{ reason: 'cancelled by mistake' }] });

/** Whose orders are erased is checked whatever else is wrong with the body, so that all faults are told at once. */
const ofAnyObject = ({ value }: { readonly value: unknown }): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** EraseOrders: of one customer, or of one guest. */
export const eraseBody = z
  .strictObject({
    customer_id: foreignId.optional().describe('Id of the customer; absent for a guest.'),
    guest_email: email.optional().describe('Email of a guest who ordered without an account.'),
    reason,
  })
  .refine(({ customer_id, guest_email }) => customer_id !== undefined || guest_email !== undefined, {
    when: ofAnyObject,
    path: ['customer_id'],
    message: 'is required where there is no guest_email',
  })
  .refine(({ customer_id, guest_email }) => customer_id === undefined || guest_email === undefined, {
    when: ofAnyObject,
    path: ['guest_email'],
    message: 'cannot be given with customer_id',
  })
  .meta({ examples: [{ guest_email: 'ada@example.com', reason: 'asked for by the guest, ticket 4711' }] });

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
  })
  .describe('Ids, not numbers; each once.');

const actions = ['change_status', 'cancel', 'hold', 'release'] as const;

const action = <A extends (typeof actions)[number]>(name: A) =>
  z.literal(name).describe('The call that each order gets.');

/** BulkChangeOrders: an action with the fields of its own call. */
export const bulkBody = z
  .discriminatedUnion(
    'action',
    [
      z.strictObject({
        action: action('change_status'),
        order_ids: orderIds,
        ...changeStatusBody.shape,
        status: changeStatusBody.shape.status.describe(
          'Where to move the orders; only what the transition table allows.',
        ),
      }),
      z.strictObject({ action: action('cancel'), order_ids: orderIds, ...cancelBody.shape }),
      z.strictObject({ action: action('hold'), order_ids: orderIds, ...holdBody.shape }),
      z.strictObject({ action: action('release'), order_ids: orderIds, ...releaseBody.shape }),
    ],
    {
      error: ({ input }) => {
        if (input === undefined) return 'is required';
        return typeof input === 'object' && input !== null && !Array.isArray(input)
          ? `must be one of ${actions.join(', ')}`
          : 'must be object';
      },
    },
  )
  .meta({
    examples: [
      {
        action: 'hold',
        order_ids: ['019c3b5e-7a10-7000-8000-000000000001', '019c3b5e-7a10-7000-8000-000000000002'],
        reason: 'recalled product',
      },
    ],
  });
