import { z } from 'zod';
import { paymentStatuses } from '../../actors/rules/order.js';
import { statuses } from '../../actors/rules/transitions.js';
import { wordsOfQuery } from '../../search/words.js';
import { readHistoryToken, readListToken } from '../page-token.js';
import { editedAddress, exampleAddress } from './create-order.js';
import { flag, foreignId, metadata, note, text, timestamp, verbatim, wholeNumber } from './text.js';

const reason = text(2_000).describe('Why; kept in the history.');

/** UpdateOrderStatus. */
export const changeStatusBody = z
  .strictObject({
    status: z
      .enum(statuses, `must be one of ${statuses.join(', ')}`)
      .describe('Where to move the order; only what the transition table allows.'),
    reason: reason.optional(),
    notes: note(10_000).optional().describe('Free text.'),
  })
  .meta({ examples: [{ status: 'processing', reason: 'picked' }] });

/** CancelOrder. */
export const cancelBody = z.strictObject({ reason }).meta({ examples: [{ reason: 'ordered by mistake' }] });

const itemId = z
  .string()
  .regex(/^\d{1,19}$/, 'must be an item id')
  .describe('Line of the order.');

/** Some items of an order, each named once. */
const someItems = <S extends z.ZodType<{ readonly item_id: string }>>(item: S) =>
  z
    .array(item)
    .min(1, 'must have at least 1')
    .max(500, 'must have at most 500')
    .superRefine((items, context) => {
      const seen = new Set<string>();
      items.forEach(({ item_id }, index) => {
        if (seen.has(item_id))
          context.addIssue({ code: 'custom', path: [index, 'item_id'], message: 'is named twice' });
        seen.add(item_id);
      });
    });

/** CancelOrderItems. */
export const cancelItemsBody = z
  .strictObject({
    items: someItems(
      z.strictObject({
        item_id: itemId,
        quantity: z.int('must be a whole number').min(1, 'must be at least 1').describe('Units.'),
      }),
    ).describe('Lines and quantities.'),
    reason,
  })
  .meta({
    description: 'Units to cancel, each line named once.',
    examples: [{ items: [{ item_id: '1', quantity: 1 }], reason: 'out of stock' }],
  });

/** UpdateOrder. */
export const updateBody = z
  .strictObject({
    shipping_address: editedAddress.optional().describe('Where the goods go.'),
    billing_address: editedAddress.optional().describe('Where the invoice goes, if elsewhere.'),
    notes: note(10_000).optional().describe('Free text.'),
    metadata: metadata.optional().describe('Any JSON object, at most 32 levels deep; kept as it is.'),
    items: someItems(
      z.strictObject({
        item_id: itemId,
        metadata: metadata.describe('Any JSON object, at most 32 levels deep; kept as it is.'),
      }),
    )
      .optional()
      .describe('New metadata of some items, each named once.'),
    reason: reason.optional(),
  })
  .meta({
    description:
      'What is given replaces the old value whole, the rest stays. Addresses change only until shipped; notes and ' +
      'metadata always.',
    examples: [
      {
        shipping_address: { ...exampleAddress, line2: 'Second floor' },
        notes: 'Please ring twice.',
        reason: 'the customer called',
      },
    ],
  });

/**
 * How much of a list, and from where.
 *
 * @param readToken reads the page tokens of this list, and only those
 */
export const page = (readToken: (token: string) => object | undefined) => ({
  page_size: wholeNumber(1, 100).default(20).describe('How many, 1 to 100.'),
  page_token: verbatim(1_000)
    .refine((token) => readToken(token) !== undefined, 'is not a page token of this list')
    .meta({ minLength: 1, description: '`next_page_token` of the page before.' })
    .optional(),
});

/** One value or several of a query. */
export const many = <S extends z.ZodType>(schema: S) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(schema).max(20, 'must have at most 20').optional(),
  );

const mostWords = 20;

/** Words to search for. */
const searchText = text(500).superRefine((q, context) => {
  const { length } = wordsOfQuery(q);
  if (length === 0) context.addIssue({ code: 'custom', message: 'must have a letter or a digit' });
  if (length > mostWords) context.addIssue({ code: 'custom', message: `must have at most ${mostWords} words` });
});

const forStaff = 'For staff, admin and services.';

const listFilters = {
  customer_id: foreignId.optional().describe('Orders of this customer. A customer sees only their own in any case.'),
  status: many(z.enum(statuses, `must be one of ${statuses.join(', ')}`)).describe('Repeatable; any of them.'),
  payment_status: z
    .enum(paymentStatuses, `must be one of ${paymentStatuses.join(', ')}`)
    .optional()
    .describe('How the order is paid.'),
  created_after: timestamp.optional().describe('Only orders created after this. RFC 3339.'),
  created_before: timestamp.optional().describe('Only orders created before this. RFC 3339.'),
  order_number: text(64).optional().describe('How the number begins.'),
  guest_email: text(320).optional().describe('Email of a guest who ordered without an account.'),
  updated_after: timestamp.optional().describe('Only orders changed after this. RFC 3339.'),
  payment_id: foreignId.optional().describe(`With this payment. ${forStaff}`),
  tracking_number: text(255).optional().describe(`With a parcel of this number. ${forStaff}`),
  product_sku: text(255).optional().describe(`With a line of this SKU. ${forStaff}`),
  warehouse_id: foreignId.optional().describe(`With a line from this warehouse. ${forStaff}`),
  held: flag.optional().describe(`Whether fulfilment is on hold. ${forStaff}`),
  deadline_before: timestamp.optional().describe(`With a deadline earlier than this. RFC 3339. ${forStaff}`),
  q: searchText
    .optional()
    .describe(
      'Words, the last one as a prefix: all must be in the order number, emails, recipients, customer id, payment ids, ' +
        `tracking numbers, SKUs or product names. At most five seconds behind. ${forStaff}`,
    ),
};

/** ListOrders. */
export const listOrdersQuery = z.strictObject({
  ...listFilters,
  ...page(readListToken),
});

/** ExportOrders: the filters of ListOrders. */
export const exportOrdersQuery = z.strictObject({
  format: z
    .enum(['ndjson', 'csv'], 'must be ndjson or csv')
    .default('ndjson')
    .describe('`ndjson`: one JSON object a line. `csv`: a table with a row for each item.'),
  ...listFilters,
});

/** WatchOrders: the filters of ListOrders. */
export const watchOrdersQuery = z.strictObject(listFilters);

/** Filters of ListOrders that customers and guests may not use. */
export const staffFilters = [
  'payment_id',
  'tracking_number',
  'product_sku',
  'warehouse_id',
  'held',
  'deadline_before',
  'q',
] as const satisfies readonly (keyof z.output<typeof listOrdersQuery>)[];

/** Both histories. */
export const historyQuery = z.strictObject(page(readHistoryToken));

/** `Idempotency-Key`. */
export const idempotencyKey = z
  .string()
  .min(1, 'must not be empty')
  .max(255, 'must have at most 255 characters')
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII');
