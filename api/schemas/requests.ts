import { z } from 'zod';
import { paymentStatuses } from '../../actors/rules/order.js';
import { statuses } from '../../actors/rules/transitions.js';
import { wordsOfQuery } from '../../search/words.js';
import { readHistoryToken, readListToken } from '../page-token.js';
import { editedAddress } from './create-order.js';
import { flag, foreignId, metadata, note, text, timestamp, verbatim, wholeNumber } from './text.js';

const reason = text(2_000);

/** UpdateOrderStatus. */
export const changeStatusBody = z.strictObject({
  status: z.enum(statuses, `must be one of ${statuses.join(', ')}`),
  reason: reason.optional(),
  notes: note(10_000).optional(),
});

/** CancelOrder. */
export const cancelBody = z.strictObject({ reason });

const itemId = z.string().regex(/^\d{1,19}$/, 'must be an item id');

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
export const cancelItemsBody = z.strictObject({
  items: someItems(
    z.strictObject({ item_id: itemId, quantity: z.int('must be a whole number').min(1, 'must be at least 1') }),
  ),
  reason,
});

/** UpdateOrder. */
export const updateBody = z.strictObject({
  shipping_address: editedAddress.optional(),
  billing_address: editedAddress.optional(),
  notes: note(10_000).optional(),
  metadata: metadata.optional(),
  items: someItems(z.strictObject({ item_id: itemId, metadata })).optional(),
  reason: reason.optional(),
});

/**
 * How much of a list, and from where.
 *
 * @param readToken reads the page tokens of this list, and only those
 */
export const page = (readToken: (token: string) => object | undefined) => ({
  page_size: wholeNumber(1, 100).default(20),
  page_token: verbatim(1_000)
    .refine((token) => readToken(token) !== undefined, 'is not a page token of this list')
    .meta({ minLength: 1 })
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

const listFilters = {
  customer_id: foreignId.optional(),
  status: many(z.enum(statuses, `must be one of ${statuses.join(', ')}`)),
  payment_status: z.enum(paymentStatuses, `must be one of ${paymentStatuses.join(', ')}`).optional(),
  created_after: timestamp.optional(),
  created_before: timestamp.optional(),
  order_number: text(64).optional(),
  guest_email: text(320).optional(),
  updated_after: timestamp.optional(),
  payment_id: foreignId.optional(),
  tracking_number: text(255).optional(),
  product_sku: text(255).optional(),
  warehouse_id: foreignId.optional(),
  held: flag.optional(),
  deadline_before: timestamp.optional(),
  q: searchText.optional(),
};

/** ListOrders. */
export const listOrdersQuery = z.strictObject({
  ...listFilters,
  ...page(readListToken),
});

/** ExportOrders: the filters of ListOrders. */
export const exportOrdersQuery = z.strictObject({
  format: z.enum(['ndjson', 'csv'], 'must be ndjson or csv').default('ndjson'),
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
